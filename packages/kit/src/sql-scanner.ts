/**
 * SQL cut into the pieces that a test file is read by: statements with the line they begin on, line
 * comments in front of them, and within a statement what stands at the top level. Tokens are those of
 * Postgres's own scanner; `loadScanner` comes first.
 */

import { loadScanner, type ScannedToken, scanSql } from '@bucordo/contract';

export { loadScanner };

/** A line comment (without its dashes) or a statement (without its semicolon), in the order of the file. */
export interface SqlPiece {
  readonly kind: 'comment' | 'statement';
  readonly text: string;
  /** The line on which it begins, from 1. */
  readonly line: number;
}

/** Cuts a file into comments between statements, and statements; null when a quote or comment does not end. */
export function splitSql(sql: string): SqlPiece[] | null {
  const scanned = scanText(sql);
  if (scanned === null) return null;
  const pieces: SqlPiece[] = [];
  const { tokens, slice } = scanned;
  const lineOf = lineCounter(slice);
  let first: ScannedToken | null = null;
  let end = 0;
  const flush = (): void => {
    if (first !== null) {
      pieces.push({ kind: 'statement', text: slice(first.start, end), line: lineOf(first.start) });
    }
    first = null;
  };
  for (const token of tokens) {
    if (token.isComment && first === null) {
      if (!token.text.startsWith('--')) continue;
      pieces.push({ kind: 'comment', text: token.text.slice(2).trim(), line: lineOf(token.start) });
    } else if (token.text === ';') {
      flush();
    } else {
      first ??= token;
      if (!token.isComment) end = token.end;
    }
  }
  flush();
  return pieces;
}

/** Cuts `text` at every `separator` that stands outside of quotes, comments and brackets. */
export function splitTopLevel(text: string, separator: string): string[] {
  const scanned = scanText(text);
  if (scanned === null) return [text.trim()];
  const parts: string[] = [];
  let depth = 0;
  let from = 0;
  for (const token of scanned.tokens) {
    if (token.text === '(' || token.text === '[') depth++;
    else if (token.text === ')' || token.text === ']') depth--;
    else if (depth === 0 && token.text === separator) {
      parts.push(scanned.slice(from, token.start).trim());
      from = token.end;
    }
  }
  parts.push(scanned.slice(from).trim());
  return parts;
}

/** Whether `text` is one bracket and what is in it: the one that opens it closes at its end. */
export function isOneBracket(text: string): boolean {
  let depth = 0;
  const tokens = (scanSql(text) ?? []).filter(({ isComment }) => !isComment);
  for (const [index, token] of tokens.entries()) {
    if (token.text === '(') depth++;
    if (token.text === ')') depth--;
    if (depth === 0) return token.text === ')' && index === tokens.length - 1;
  }
  return false;
}

// The scanner counts bytes.
function scanText(text: string): {
  readonly tokens: readonly ScannedToken[];
  readonly slice: (start: number, end?: number) => string;
} | null {
  const tokens = scanSql(text);
  const bytes = Buffer.from(text, 'utf8');
  return tokens === null ? null : { tokens, slice: (start, end) => bytes.toString('utf8', start, end) };
}

// Offsets are asked in rising order.
function lineCounter(slice: (start: number, end: number) => string): (offset: number) => number {
  let line = 1;
  let at = 0;
  return (offset) => {
    line += slice(at, offset).split('\n').length - 1;
    at = offset;
    return line;
  };
}
