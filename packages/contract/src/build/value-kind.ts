/** Kinds of values by how they may grow. */

import { isFields, namesOf } from '../check/sql-tree.ts';

/**
 * `text` and bytes are measured by their length, `json` by its text, `array` by its bytes in memory,
 * `number` (numeric without a precision) by its digits. `fixed` cannot grow; `other` is a row or
 * something that the build does not know.
 */
export type ValueKind = 'text' | 'json' | 'array' | 'number' | 'fixed' | 'other';

const KINDS: ReadonlyMap<string, ValueKind> = new Map<string, ValueKind>([
  ...['text', 'varchar', 'bpchar', 'char', 'character', 'bytea'].map((name): [string, ValueKind] => [
    name,
    'text',
  ]),
  ...['bool', 'boolean', 'int2', 'smallint', 'int4', 'int', 'integer', 'int8', 'bigint'].map(
    (name): [string, ValueKind] => [name, 'fixed'],
  ),
  ...['uuid', 'date', 'timestamptz', 'interval', 'void'].map((name): [string, ValueKind] => [name, 'fixed']),
  ['jsonb', 'json'],
  ['numeric', 'number'],
  ['decimal', 'number'],
  ['dec', 'number'],
]);

/** The kind of a type in the parser's tree (`TypeName`). */
export function typeKind(type: unknown): ValueKind {
  if (!isFields(type)) return 'other';
  if (Array.isArray(type['arrayBounds']) && type['arrayBounds'].length > 0) return 'array';
  const names = namesOf(type['names']);
  // The parser gives parameters of a function no precision: Postgres ignores it there.
  return KINDS.get(names[names.length - 1] ?? '') ?? 'other';
}

/** The kind of a type as a DECLARE part writes it: `numeric(12,2)`, `text[]`, `timestamp with time zone`. */
export function writtenTypeKind(type: string): ValueKind {
  const text = type.toLowerCase().trim();
  if (/\]$|\barray\b/.test(text)) return 'array';
  const [, word = ''] = /^(?:pg_catalog\s*\.\s*)?"?([a-z0-9_]+)/.exec(text) ?? [];
  if (word === 'timestamp') return 'fixed';
  const kind = KINDS.get(word) ?? 'other';
  return kind === 'number' && text.includes('(') ? 'fixed' : kind;
}
