/**
 * What the build writes between the author's words. Every insertion stands between two marks on the
 * author's own line, so that lines keep their numbers and the author's text can be had back:
 *
 * ```
 * /*+*\/ … /*-*\/       something new
 * /*+*\/ … /*-WORD*\/   something in place of WORD
 * ```
 */

/** A piece of text and the byte before which it goes. */
export interface Insertion {
  readonly at: number;
  readonly text: string;
}

const OPENING = '/*+*/';
const REPLACED = /\/\*\+\*\/ \w+ \/\*-(\w+)\*\//g;
const INSERTED = / \/\*\+\*\/ [\s\S]*? \/\*-\*\/ /g;

/** Something new at `at`; a list of SQL statements or declarations. */
export function inserted(at: number, text: string): Insertion {
  return { at, text: ` ${OPENING} ${text} /*-*/ ` };
}

/** `text` in place of the word at `[start, end)`. */
export function replaced(start: number, end: number, text: string): readonly Insertion[] {
  return [
    { at: start, text: `${OPENING} ${text} /*-` },
    { at: end, text: '*/' },
  ];
}

/** The text with all insertions; offsets are bytes of its UTF-8. Of two at one place the first one given comes first. */
export function insertAll(text: string, insertions: readonly Insertion[]): string {
  const bytes = Buffer.from(text, 'utf8');
  const parts: string[] = [];
  let from = 0;
  for (const { at, text: piece } of insertions.toSorted((a, b) => a.at - b.at)) {
    parts.push(bytes.toString('utf8', from, at), piece);
    from = at;
  }
  parts.push(bytes.toString('utf8', from));
  return parts.join('');
}

/** Whether the text has marks of the build. */
export function isBuilt(source: string): boolean {
  return source.includes(OPENING);
}

/** The author's text of a built source: what stands between marks is taken out again. */
export function authorSource(built: string): string {
  return built.replace(REPLACED, '$1').replace(INSERTED, '');
}
