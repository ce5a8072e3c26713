/** Which types contracts may use, and where. */

import { scalarTypes } from '@bucordo/protocol';
import type { Advice } from './refused-functions.ts';

/** Types of columns, parameters, results and variables, by their names in `pg_type`. */
export const STORED_TYPES: ReadonlySet<string> = new Set<string>(scalarTypes);

/** Types that may stand in casts and variables besides: a length for texts, a span of time. */
export const PASSING_TYPES: ReadonlySet<string> = new Set(['varchar', 'bpchar', 'interval']);

/** Names by which people call the stored types. */
const SPOKEN: ReadonlyMap<string, string> = new Map([
  ['boolean', 'bool'],
  ['smallint', 'int2'],
  ['integer', 'int4'],
  ['int', 'int4'],
  ['bigint', 'int8'],
  ['decimal', 'numeric'],
  ['character varying', 'varchar'],
  ['timestamp with time zone', 'timestamptz'],
]);

/** The name in `pg_type` of a type as written. */
export function typeName(written: string): string {
  return SPOKEN.get(written) ?? written;
}

const ADVICE: readonly (Advice & { readonly names: RegExp })[] = [
  {
    rule: 'floating-point',
    names: /^(float4|float8|real|double precision)$/,
    message: 'The last digits of floating point depend on the machine, the order of a sum and libraries.',
    remedy: 'Write numeric(p,s), such as numeric(12,2), or bigint for the smallest unit.',
  },
  {
    rule: 'type',
    names: /^money$/,
    message: 'How it is read and written depends on the locale.',
    remedy: 'Write numeric(p,s), such as numeric(12,2).',
  },
  {
    rule: 'sequence',
    names: /^(small|big)?serial[248]?$/,
    message: 'It numbers by a sequence, which counts what was rolled back on one node alone.',
    remedy: 'Take the key as a parameter of the function, or use uuid with bucordo.new_id().',
  },
  {
    rule: 'type',
    names: /^timestamp$/,
    message: 'A timestamp without time zone names no moment; every conversion asks for the session’s zone.',
    remedy: 'Write timestamptz for a moment, date for a day, text for a local time as written.',
  },
  {
    rule: 'type',
    names: /^(time|timetz)$/,
    message: 'A time of day has no canonical text here and its zone depends on the session.',
    remedy: 'Write int4 for the seconds or minutes of the day.',
  },
  {
    rule: 'type',
    names: /^interval$/,
    message: 'A span of months and days has no canonical text: equal spans are written differently.',
    remedy: 'Write int8 for the seconds or days of the span.',
  },
  {
    rule: 'type',
    names: /^(json|xml)$/,
    message: 'It keeps blanks, duplicate keys and their order, and has no equality.',
    remedy: 'Write jsonb.',
  },
  {
    rule: 'type',
    names: /^(varchar|bpchar|char)$/,
    message: 'A column’s text has one type here, so that its canonical text is its bytes.',
    remedy: 'Write text CHECK (length(column) <= n).',
  },
];

/** What to say about a type that contracts may not use. */
export function adviceOnType(name: string): Advice {
  return (
    ADVICE.find((advice) => advice.names.test(name)) ?? {
      rule: 'type',
      message: 'Its values have no canonical text that is the same on every node and version.',
      remedy:
        'Use bool, int2, int4, int8, numeric(p,s), text, bytea, uuid, date, timestamptz, jsonb or a one-dimensional array of these.',
    }
  );
}

/** Casts of these from anything but an ISO literal read the session’s clock, zone or style. */
export const MOMENT_LITERALS: ReadonlyMap<string, RegExp> = new Map([
  ['date', /^\d{4}-\d\d-\d\d$/],
  ['timestamptz', /^\d{4}-\d\d-\d\d[T ]\d\d:\d\d:\d\d(\.\d{1,6})?(Z|\+00(:00)?)$/],
  ['interval', /^-?\d{1,9} (microsecond|millisecond|second|minute|hour|day|week|month|year)s?$/],
]);
