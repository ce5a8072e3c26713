/** The type of a variable as the rules write it. */

import { writtenType } from '../schema/schema-model.ts';
import { parseStatements } from '../sql-parser.ts';
import { fieldsAt, fieldsOf, nodesOf } from '../sql-tree.ts';

/** `int4` for `integer`, `int4[]` for `integer ARRAY`, `contract.table` for a row; empty when it is no type. */
export function variableType(written: string): string {
  const parsed = parseStatements(`SELECT NULL::${written}`);
  if ('error' in parsed) return '';
  const select = fieldsOf(parsed.ok[0]?.tree, 'SelectStmt');
  const cast = fieldsOf(nodesOf(select?.['targetList'])[0]?.fields['val'], 'TypeCast');
  return cast === null ? '' : writtenType(fieldsAt(cast, 'typeName'));
}
