/** An expression of PL/pgSQL as a statement that converts its value. */

import type { Fields } from '../check/sql-tree.ts';

/** The value of `expression`, which may have clauses of its own (`x := a FROM t WHERE …`), as `type`. */
export function castSql(select: Fields, expression: string, type: string): string {
  const isPlain =
    Array.isArray(select['targetList']) && select['targetList'].length === 1 && !hasClauses(select);
  const value = isPlain ? expression : `SELECT ${expression}`;
  return isPlain ? `SELECT (${value}\n)::${type}` : `SELECT ((${value}\n))::${type}`;
}

function hasClauses(select: Fields): boolean {
  return Object.keys(select).some((key) => !['targetList', 'limitOption', 'op'].includes(key));
}
