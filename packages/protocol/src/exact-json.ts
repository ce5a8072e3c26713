/**
 * JSON as values of JavaScript of which no number has lost a digit.
 *
 * JavaScript's numbers are doubles: `JSON.parse` turns 9007199254740993 into …992 and 12.50 into 12.5.
 * Here a whole number that a double holds exactly (up to ±(2^53 − 1), without fraction and exponent) is a
 * number, and every other one is the text that it was written as. It is the notation in which arguments of
 * calls are given, so that what comes out can go in again.
 */

/** A value of JSON. Numbers are safe integers; the others stand as texts. */
export type ExactJson =
  | null
  | boolean
  | number
  | string
  | readonly ExactJson[]
  | { readonly [key: string]: ExactJson };

/** How numbers are read: `exact` as told above, `text` all of them as texts. */
export type NumberReading = 'exact' | 'text';

/** Reads JSON. Throws a SyntaxError where `JSON.parse` does. O(size). */
export function parseExactJson(text: string, numbers: NumberReading = 'exact'): ExactJson {
  const value: ExactJson = JSON.parse(text);
  const quoted = quoteNumbers(text, numbers);
  return quoted === text ? value : JSON.parse(quoted);
}

/** The texts of the elements of a JSON array, without the space around them. Throws a SyntaxError when it is none. */
export function jsonElements(text: string): readonly string[] {
  if (!Array.isArray(JSON.parse(text))) throw new SyntaxError('the JSON is no array');
  const elements: string[] = [];
  let depth = 0;
  let from = text.indexOf('[') + 1;
  for (let at = from - 1; at < text.length; at++) {
    const sign = text[at];
    if (sign === '"') at = stringEnd(text, at) - 1;
    else if (sign === '[' || sign === '{') depth++;
    else if (sign === ']' || sign === '}') depth--;
    if ((sign === ',' && depth === 1) || (depth === 0 && sign === ']')) {
      elements.push(text.slice(from, at).trim());
      from = at + 1;
    }
  }
  return elements.length === 1 && elements[0] === '' ? [] : elements;
}

/** The JSON without the space between its parts; everything else as written. `text` is JSON. */
export function compactJson(text: string): string {
  let compact = '';
  let from = 0;
  for (let at = 0; at < text.length; at++) {
    const sign = text[at];
    if (sign === '"') at = stringEnd(text, at) - 1;
    else if (sign === ' ' || sign === '\n' || sign === '\r' || sign === '\t') {
      compact += text.slice(from, at);
      from = at + 1;
    }
  }
  return compact + text.slice(from);
}

// The same JSON with quotes around the numbers that are to be texts.
function quoteNumbers(text: string, numbers: NumberReading): string {
  let quoted = '';
  let from = 0;
  for (let at = 0; at < text.length; at++) {
    const sign = text.charCodeAt(at);
    if (sign === QUOTE) {
      at = stringEnd(text, at) - 1;
      continue;
    }
    if (sign !== MINUS && !(sign >= 0x30 && sign <= 0x39)) continue;
    NUMBER.lastIndex = at;
    const written = NUMBER.exec(text)?.[0];
    if (written === undefined) continue;
    const end = at + written.length;
    if (numbers === 'text' || !isSafeInteger(written)) {
      quoted += `${text.slice(from, at)}"${written}"`;
      from = end;
    }
    at = end - 1;
  }
  return from === 0 ? text : quoted + text.slice(from);
}

const QUOTE = 0x22;
const MINUS = 0x2d;
const NUMBER = /-?(?:0|[1-9][0-9]*)(?:\.[0-9]+)?(?:[eE][-+]?[0-9]+)?/y;

function isSafeInteger(written: string): boolean {
  return /^-?[0-9]+$/.test(written) && written !== '-0' && Number.isSafeInteger(Number(written));
}

// The index behind the string that begins at `at`; behind the end where it is not closed.
function stringEnd(text: string, at: number): number {
  for (let r = at + 1; r < text.length; r++) {
    const sign = text[r];
    if (sign === '\\') r++;
    else if (sign === '"') return r + 1;
  }
  return text.length;
}
