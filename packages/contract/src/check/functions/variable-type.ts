/** The type of a variable as the rules write it. */

import { writtenType } from '../schema/schema-model.ts';
import { parseStatements } from '../sql-parser.ts';
import { fieldsAt, fieldsOf, nodesOf } from '../sql-tree.ts';

/** `int4` for `integer`, `int4[]` for `integer ARRAY`, `contract.table` for a row; empty when it is no type. */
export function variableType(written: string): string {
  const known = knownTypes.get(written);
  if (known !== undefined) return known;
  const type = readType(written);
  if (knownTypes.size < knownTypesMax) knownTypes.set(written, type);
  return type;
}

/** Types are few and asked for again and again. */
const knownTypes = new Map<string, string>();
const knownTypesMax = 1_000;

function readType(written: string): string {
  const parsed = parseStatements(`SELECT NULL::${written}`);
  if ('error' in parsed) return '';
  const select = fieldsOf(parsed.ok[0]?.tree, 'SelectStmt');
  const cast = fieldsOf(nodesOf(select?.['targetList'])[0]?.fields['val'], 'TypeCast');
  return cast === null ? '' : writtenType(fieldsAt(cast, 'typeName'));
}
