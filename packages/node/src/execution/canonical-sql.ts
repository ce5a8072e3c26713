/**
 * The canonical bytes of a row's columns as SQL expressions: the same on every node, whatever its
 * settings, because they use neither types' binary forms (which hold numbers of objects) nor the
 * text of whole rows.
 *
 * Each column stands with its length in front (four bytes); NULL is the length 0xFFFFFFFF. Text of
 * the types: bool `t` or `f`, integers decimal, numeric with its scale, uuid and bytea lower-case
 * hex, date as days and timestamptz as microseconds since 1970 (`infinity` as that word), jsonb its
 * text. An array is the number of its elements, then for each one `,length:text` or `,-` for NULL:
 * the text array {a,NULL} is `2,1:a,-`.
 */

import type { ScalarType } from '@bucordo/protocol';
import type { ContractColumn } from './contract-table.ts';
import { quoteName } from './sql-text.ts';

/** Expression of type bytea for `column` of the row that `alias` names. */
export function canonicalColumn(alias: string, column: ContractColumn): string {
  const value = `${alias}.${quoteName(column.name)}`;
  const bytes = column.isArray
    ? textField(arrayText(value, column.scalar))
    : scalarField(value, column.scalar);
  return column.isNullable ? `coalesce(${bytes}, '\\xffffffff'::bytea)` : bytes;
}

// Where all texts of a type have one length, the length is a constant.
function scalarField(value: string, scalar: ScalarType): string {
  switch (scalar) {
    case 'bool':
      return `CASE ${value} WHEN true THEN '\\x0000000174'::bytea WHEN false THEN '\\x0000000166'::bytea END`;
    case 'uuid':
      return `'\\x00000024'::bytea || convert_to(${value}::text, 'UTF8')`;
    default:
      return textField(scalarText(value, scalar));
  }
}

function textField(text: string): string {
  return `int4send(octet_length(${text})) || convert_to(${text}, 'UTF8')`;
}

function scalarText(value: string, scalar: ScalarType): string {
  switch (scalar) {
    case 'bool':
      return `CASE ${value} WHEN true THEN 't' WHEN false THEN 'f' END`;
    case 'bytea':
      return `encode(${value}, 'hex')`;
    case 'date':
      return `CASE WHEN isfinite(${value}) THEN (${value} - '1970-01-01'::date)::text ELSE ${value}::text END`;
    case 'timestamptz':
      return `CASE WHEN isfinite(${value}) THEN (extract(epoch FROM ${value}) * 1000000)::int8::text ELSE ${value}::text END`;
    case 'text':
      return value;
    case 'int2':
    case 'int4':
    case 'int8':
    case 'numeric':
    case 'uuid':
    case 'jsonb':
      return `${value}::text`;
    default:
      scalar satisfies never;
      throw new Error('a scalar type without canonical text');
  }
}

function arrayText(value: string, scalar: ScalarType): string {
  const text = scalarText('e.element', scalar);
  return `cardinality(${value})::text || coalesce((SELECT string_agg(',' || coalesce(octet_length(${text})::text || ':' || ${text}, '-'), '' ORDER BY e.place)
               FROM unnest(${value}) WITH ORDINALITY AS e (element, place)), '')`;
}
