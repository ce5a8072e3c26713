/**
 * How a test sees the values of a row: what JavaScript can hold exactly as itself, everything else as
 * text. An int8 is a number while it is exact, else a bigint; numeric keeps its scale as text, and so do numbers
 * inside jsonb that are not whole or too long for a double; dates and times are text; bytea is hexadecimal text.
 */

import { compactJson, parseExactJson } from '@bucordo/protocol';
import type pg from 'pg';
import pgModule from 'pg';

const INT8 = 20;
const BYTEA = 17;
const JSONB = 3802;
const JSON_TYPE = 114;
const BOOL = 16;
const SMALL_INTEGERS: ReadonlySet<number> = new Set([21, 23, 26]);
const VOID = 2278;
/** Arrays of bool, int2, int4, text. */
const PLAIN_ARRAYS: ReadonlySet<number> = new Set([1000, 1005, 1007, 1009]);

const int8 = (text: string): number | bigint => {
  const value = Number(text);
  return Number.isSafeInteger(value) ? value : BigInt(text);
};

/** For `types` of a query of pg. */
export const ROW_TYPES: pg.CustomTypesConfig = {
  getTypeParser: (oid: number, format?: 'text' | 'binary') => {
    if (format === 'binary') return pgModule.types.getTypeParser(oid, format);
    if (oid === INT8) return int8;
    if (oid === BYTEA) return (text: string) => text.replace(/^\\x/, '');
    if (oid === VOID) return () => null;
    if (oid === JSONB || oid === JSON_TYPE) return (text: string) => parseExactJson(text);
    if (oid === BOOL || SMALL_INTEGERS.has(oid) || PLAIN_ARRAYS.has(oid))
      return pgModule.types.getTypeParser(oid);
    return (text: string) => text;
  },
};

/** A document or number of json as Postgres writes it, without the space between its parts. */
export class JsonText {
  readonly text: string;

  constructor(text: string) {
    this.text = compactJson(text);
  }

  toString(): string {
    return this.text;
  }
}

/** The same for tests in SQL, which compare texts: documents and numbers of json stay as they are written. */
export const SQL_ROW_TYPES: pg.CustomTypesConfig = {
  getTypeParser: (oid: number, format?: 'text' | 'binary') => {
    if (format === 'binary' || (oid !== JSONB && oid !== JSON_TYPE))
      return ROW_TYPES.getTypeParser(oid, format);
    return (text: string) => (/^\s*[-0-9[{]/.test(text) ? new JsonText(text) : parseExactJson(text));
  },
};
