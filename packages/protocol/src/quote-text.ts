/** A text from elsewhere inside a sentence: short, and without what a terminal or a reader's eye would obey. */

/** Control characters, marks that turn the direction of reading, and whatever has no sign of its own. */
const UNSEEN = /[\p{C}\p{Zl}\p{Zp}]/gu;

/**
 * The first `most` characters of `text` in quotes, what cannot be seen written as `\u{…}`, and a sign when it goes
 * on. With `isJson` the text is JSON already and gets no quotes around it. Bytes that are not UTF-8 show as U+FFFD.
 */
export function quoteText(
  text: string | Uint8Array,
  most: number,
  { isJson = false }: { readonly isJson?: boolean } = {},
): string {
  // A character has at most 4 bytes or 2 units.
  const whole =
    typeof text === 'string' ? text.slice(0, most * 2 + 2) : lenient.decode(text.subarray(0, most * 4 + 4));
  const characters = [...whole];
  const shown = characters.slice(0, most).join('').replace(UNSEEN, escaped);
  const isCut = characters.length > most;
  return `${isJson ? shown : `"${shown}"`}${isCut ? '…' : ''}`;
}

const lenient = new TextDecoder('utf-8', { fatal: false, ignoreBOM: true });

function escaped(character: string): string {
  return `\\u{${(character.codePointAt(0) ?? 0).toString(16)}}`;
}
