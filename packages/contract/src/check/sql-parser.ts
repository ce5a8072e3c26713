/**
 * Postgres' own parser and scanner, compiled to WebAssembly (libpg-query). Everything here counts
 * bytes of UTF-8 from 0.
 */

import pgQuery from 'libpg-query';
import { type Fields, isFields } from './sql-tree.ts';

/** A token of SQL; comments are left out. */
export interface Token {
  readonly start: number;
  readonly end: number;
  /** As written. */
  readonly text: string;
  /** Lower case where Postgres folds, the quotes taken off a quoted identifier. */
  readonly word: string;
  readonly kind: TokenKind;
}

/** What a token is, as far as the checker tells them apart. */
export type TokenKind = 'identifier' | 'keyword' | 'string' | 'number' | 'parameter' | 'symbol';

/** A statement of a text and where it stands. */
export interface ParsedStatement {
  /** The parser's tree: one key, the kind of the statement. */
  readonly tree: unknown;
  readonly start: number;
  readonly end: number;
}

/** A text that the parser refuses. */
export interface SyntaxError {
  readonly message: string;
  readonly offset: number;
  /** The parser ran out of this process's stack; says nothing about the text. */
  readonly isExhausted: boolean;
}

/** Either what was read, or why not. */
export type Parsed<Value> = { readonly ok: Value } | { readonly error: SyntaxError };

/** Loads the parser once; every other function here needs it. */
export async function loadParser(): Promise<void> {
  await pgQuery.loadModule();
}

/** Reads the statements of a text. The text has passed the limits of B0. */
export function parseStatements(text: string): Parsed<readonly ParsedStatement[]> {
  try {
    const result: unknown = pgQuery.parseSync(text);
    const statements = isFields(result) && Array.isArray(result['stmts']) ? result['stmts'] : [];
    return { ok: statements.filter(isFields).map((raw) => statementOf(raw, Buffer.byteLength(text))) };
  } catch (error) {
    // The parser refuses a text that says nothing, such as comments alone.
    if (text.trim() === '' || scanTokens(text)?.length === 0) return { ok: [] };
    return { error: syntaxErrorOf(error, text) };
  }
}

function statementOf(raw: Fields, length: number): ParsedStatement {
  const start = typeof raw['stmt_location'] === 'number' ? raw['stmt_location'] : 0;
  const size = typeof raw['stmt_len'] === 'number' && raw['stmt_len'] > 0 ? raw['stmt_len'] : length - start;
  return { tree: raw['stmt'], start, end: start + size };
}

/** Postgres' reading of the body in one CREATE FUNCTION statement of PL/pgSQL; it tells no positions. */
export function parseBody(createFunction: string): Parsed<unknown> {
  try {
    return { ok: pgQuery.parsePlPgSQLSync(createFunction) };
  } catch (error) {
    return { error: { message: messageOf(error), offset: 0, isExhausted: error instanceof RangeError } };
  }
}

/** A token or comment as it stands in a text, in bytes of UTF-8. */
export interface ScannedToken {
  readonly start: number;
  readonly end: number;
  readonly text: string;
  readonly isComment: boolean;
}

/** All tokens and comments of a text; null when a string or comment is not closed. */
export function scanSql(text: string): readonly ScannedToken[] | null {
  try {
    const { tokens } = pgQuery.scanSync(text);
    return tokens.map((token) => ({
      start: token.start,
      end: token.end,
      text: token.text,
      isComment: isComment(token),
    }));
  } catch {
    // The scanner calls an empty text an error.
    return text.trim() === '' ? [] : null;
  }
}

function isComment({ tokenName }: { readonly tokenName: string }): boolean {
  return tokenName === 'SQL_COMMENT' || tokenName === 'C_COMMENT';
}

/** The tokens of a text without its comments; null when a string or comment is not closed. */
export function scanTokens(text: string): readonly Token[] | null {
  try {
    const { tokens } = pgQuery.scanSync(text);
    return tokens
      .filter((token) => !isComment(token))
      .map(({ start, end, text: written, tokenName, keywordKind }) => ({
        start,
        end,
        text: written,
        word: foldWord(written),
        kind: kindOf(tokenName, written, keywordKind),
      }));
  } catch {
    return null;
  }
}

function kindOf(name: string, text: string, keywordKind: number): TokenKind {
  if (name === 'IDENT' || name === 'UIDENT') return 'identifier';
  if (keywordKind > 0) return 'keyword';
  if (/^[A-Z]*CONST$/.test(name)) return name === 'ICONST' || name === 'FCONST' ? 'number' : 'string';
  if (name === 'PARAM') return 'parameter';
  return /^[a-z_]/i.test(text) ? 'keyword' : 'symbol';
}

/** An identifier as Postgres compares it. */
export function foldWord(text: string): string {
  if (text.startsWith('"') && text.endsWith('"')) return text.slice(1, -1).replaceAll('""', '"');
  return text.replace(/[A-Z]/g, (letter) => letter.toLowerCase());
}

function syntaxErrorOf(error: unknown, text: string): SyntaxError {
  const position = pgQuery.hasSqlDetails(error) ? (error.sqlDetails?.cursorPosition ?? 0) : 0;
  return {
    message: messageOf(error),
    offset: Buffer.byteLength([...text].slice(0, Math.max(position, 0)).join('')),
    isExhausted: error instanceof RangeError,
  };
}

function messageOf(error: unknown): string {
  return error instanceof Error ? error.message : String(error);
}
