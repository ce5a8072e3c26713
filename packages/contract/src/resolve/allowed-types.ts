/** The types that a contract may use: in tables, for parameters, and inside expressions. */

import { scalarTypes } from '@bucordo/protocol';
import type { ResolvedType } from './catalogue.ts';
import type { ContractScope } from './resolved-statement.ts';
import { THROWAWAY_SCHEMA } from './throwaway.ts';

/** Types of columns, parameters and results; arrays of these have one dimension. */
export const COLUMN_TYPES: ReadonlySet<string> = new Set<string>(scalarTypes);

/** What may besides occur on the way: results of casts and of date arithmetic, rows, nothing. */
const PASSING_TYPES: ReadonlySet<string> = new Set([
  'varchar',
  'bpchar',
  'interval',
  'timestamp',
  'record',
  'void',
  'unknown',
  '_record',
]);

/** Whether an expression may have this type. */
export function isAllowedType(type: ResolvedType, scope: ContractScope): boolean {
  if (type.schema === scope.contract || type.schema === THROWAWAY_SCHEMA) return true;
  if (scope.usedViews.has(`${type.schema}.${type.name}`)) return true;
  if (type.schema !== 'pg_catalog') return false;
  return COLUMN_TYPES.has(type.name) || PASSING_TYPES.has(type.name) || isArrayOfColumnType(type);
}

/** Whether a column or a parameter may have this type. */
export function isColumnType(type: ResolvedType): boolean {
  return type.schema === 'pg_catalog' && (COLUMN_TYPES.has(type.name) || isArrayOfColumnType(type));
}

function isArrayOfColumnType(type: ResolvedType): boolean {
  const element = type.name.startsWith('_') ? type.name.slice(1) : '';
  return type.element !== 0 && (COLUMN_TYPES.has(element) || PASSING_TYPES.has(element));
}
