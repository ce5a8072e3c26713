/**
 * Text that comes from the network, made safe and measurable for a terminal. A row may hold any
 * text that another organisation wrote; escape sequences in it must not reach the reader's terminal.
 */

/** C0, DEL, C1, line and paragraph separators, and the marks that reorder text (bidirectional overrides). */
const unsafe = /[\u0000-\u001f\u007f-\u009f\u2028\u2029\u202a-\u202e\u2066-\u2069]/g;

const named: Readonly<Record<string, string>> = { '\n': '\\n', '\r': '\\r', '\t': '\\t' };

/** The text with every control character shown as an escape: one line, nothing a terminal would obey. */
export function plainText(text: string): string {
  return text.replace(unsafe, (character) => {
    const short = named[character];
    if (short !== undefined) return short;
    return `\\u${character.charCodeAt(0).toString(16).padStart(4, '0')}`;
  });
}

/** Columns that the text takes on a terminal: wide East Asian characters and emoji take two, combining marks none. */
export function textWidth(text: string): number {
  let width = 0;
  for (const character of text) width += characterWidth(character.codePointAt(0) ?? 0);
  return width;
}

/** The text cut to at most `width` columns, with an ellipsis when something is missing. */
export function fitText(text: string, width: number): string {
  if (textWidth(text) <= width) return text;
  let taken = 0;
  let result = '';
  for (const character of text) {
    const next = characterWidth(character.codePointAt(0) ?? 0);
    if (taken + next > width - 1) break;
    taken += next;
    result += character;
  }
  return `${result}…`;
}

function characterWidth(code: number): number {
  if ((code >= 0x300 && code <= 0x36f) || code === 0x200d || (code >= 0xfe00 && code <= 0xfe0f)) return 0;
  const wide =
    (code >= 0x1100 && code <= 0x115f) ||
    (code >= 0x2e80 && code <= 0xa4cf) ||
    (code >= 0xac00 && code <= 0xd7a3) ||
    (code >= 0xf900 && code <= 0xfaff) ||
    (code >= 0xfe30 && code <= 0xfe6f) ||
    (code >= 0xff00 && code <= 0xff60) ||
    (code >= 0x1f300 && code <= 0x1faff) ||
    (code >= 0x20000 && code <= 0x3fffd);
  return wide ? 2 : 1;
}
