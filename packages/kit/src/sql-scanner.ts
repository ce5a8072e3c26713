/**
 * SQL cut into the pieces that a test file is read by: statements with the line they begin on, line
 * comments in front of them, and within a statement what stands at the top level. Understands quotes,
 * dollar quotes, comments and brackets, and nothing else of the language.
 */

/** A line comment (without its dashes) or a statement (without its semicolon), in the order of the file. */
export interface SqlPiece {
  readonly kind: 'comment' | 'statement';
  readonly text: string;
  /** The line on which it begins, from 1. */
  readonly line: number;
}

/** Cuts a file into comments between statements, and statements. What is not closed ends with the file. */
export function splitSql(sql: string): SqlPiece[] {
  const pieces: SqlPiece[] = [];
  let line = 1;
  let start = -1;
  let startLine = 1;
  const flush = (end: number): void => {
    if (start >= 0) pieces.push({ kind: 'statement', text: sql.slice(start, end).trim(), line: startLine });
    start = -1;
  };
  for (let at = 0; at < sql.length; ) {
    const end = endOfToken(sql, at);
    const token = sql.slice(at, end);
    if (token === ';') {
      flush(at);
    } else if (token.startsWith('--') && start < 0) {
      pieces.push({ kind: 'comment', text: token.slice(2).trim(), line });
    } else if (start < 0 && !/^\s/.test(token) && !token.startsWith('/*') && !token.startsWith('--')) {
      start = at;
      startLine = line;
    }
    line += token.split('\n').length - 1;
    at = end;
  }
  flush(sql.length);
  return pieces;
}

/** Cuts `text` at every `separator` that stands outside of quotes, comments and brackets. */
export function splitTopLevel(text: string, separator: string): string[] {
  const parts: string[] = [];
  let depth = 0;
  let from = 0;
  for (let at = 0; at < text.length; ) {
    const end = endOfToken(text, at);
    const token = text.slice(at, end);
    if (token === '(' || token === '[') depth++;
    else if (token === ')' || token === ']') depth--;
    if (depth === 0 && text.startsWith(separator, at)) {
      parts.push(text.slice(from, at).trim());
      from = at + separator.length;
      at = from;
    } else {
      at = end;
    }
  }
  parts.push(text.slice(from).trim());
  return parts;
}

/** The end of the bracket that opens at `at`, behind its closing one; -1 when it does not close. */
export function endOfBracket(text: string, at: number): number {
  let depth = 0;
  for (let place = at; place < text.length; ) {
    const end = endOfToken(text, place);
    const token = text.slice(place, end);
    if (token === '(') depth++;
    if (token === ')' && --depth === 0) return end;
    place = end;
  }
  return -1;
}

// A quoted or commented stretch, a run of white space or of word characters, or a single character.
function endOfToken(sql: string, at: number): number {
  for (const [begins, ends] of STRETCHES) {
    if (sql.startsWith(begins, at)) return endBehind(sql, at + begins.length, ends);
  }
  if (sql.startsWith("'", at)) return endOfQuote(sql, at, /[eE]/.test(sql[at - 1] ?? ''));
  if (sql.startsWith('"', at)) return endOfQuote(sql, at, false);
  const dollar = matchAt(DOLLAR, sql, at);
  if (dollar !== '') return endBehind(sql, at + dollar.length, dollar);
  return at + Math.max(matchAt(WORD, sql, at).length, matchAt(BLANK, sql, at).length, 1);
}

/** A line comment ends before its line end. */
const STRETCHES: readonly (readonly [begins: string, ends: string])[] = [
  ['--', '\n'],
  ['/*', '*/'],
];
const DOLLAR = /\$(?:[A-Za-z_][A-Za-z0-9_]*)?\$/y;
// The E in front of an escape string is a word of its own here, so that the quote is seen.
const WORD = /[A-Za-z0-9_]+/y;
const BLANK = /\s+/y;

function matchAt(pattern: RegExp, text: string, at: number): string {
  pattern.lastIndex = at;
  return pattern.exec(text)?.[0] ?? '';
}

function endBehind(sql: string, from: number, ends: string): number {
  const found = sql.indexOf(ends, from);
  if (found < 0) return sql.length;
  return ends === '\n' ? found : found + ends.length;
}

function endOfQuote(sql: string, at: number, hasEscapes: boolean): number {
  const quote = sql[at];
  for (let place = at + 1; place < sql.length; place++) {
    if (hasEscapes && sql[place] === '\\') place++;
    else if (sql[place] === quote && sql[place + 1] === quote) place++;
    else if (sql[place] === quote) return place + 1;
  }
  return sql.length;
}
