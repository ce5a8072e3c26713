/** How the rows of a CSV file are written, and the delimiters that it may have. */
import { usageError } from '../command-error.ts';

/** How the rows of a CSV file are written. */
export interface CsvForm {
  readonly delimiter: string;
  /** Names in the header, those of remarks among them. */
  readonly columns: readonly string[];
}

/** Columns whose names begin so are remarks for people: a load leaves them out. */
export const remarkSign = '#';

/** Delimiters by the names that `--delimiter` takes beside the sign itself. */
const named: ReadonlyMap<string, string> = new Map([
  ['comma', ','],
  ['semicolon', ';'],
  ['tab', '\t'],
  ['\\t', '\t'],
  ['pipe', '|'],
]);
/** A delimiter in words. */
export function delimiterWords(delimiter: string): string {
  const names = new Map([
    [',', 'a comma'],
    [';', 'a semicolon'],
    ['\t', 'a tab'],
    ['|', 'a bar'],
  ]);
  return names.get(delimiter) ?? delimiter;
}

/** Delimiters that a header may have. */
export const candidates: readonly string[] = [',', ';', '\t', '|'];

/** The delimiter that an option names, or a usage error. */
export function parseDelimiter(text: string): string {
  const sign = named.get(text) ?? text;
  if ([...sign].length === 1 && !/["\r\n#]/.test(sign)) return sign;
  throw usageError(`--delimiter ${text} is not one sign`, 'Examples: --delimiter ";", --delimiter tab');
}
