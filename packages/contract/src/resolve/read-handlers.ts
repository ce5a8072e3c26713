/** Reads the handlers of a PL/pgSQL body. */

import { fieldsOf, isFields, nodesOf, textAt } from '../check/sql-tree.ts';
import type { Handlers } from './resolved-statement.ts';

/** All handlers in a body. */
export function handlersIn(value: unknown): Handlers {
  if (Array.isArray(value)) return value.flatMap(handlersIn);
  if (!isFields(value)) return [];
  return [...branchesOf(value['exceptions']), ...Object.values(value).flatMap(handlersIn)];
}

/** The conditions of each branch of a handler. */
export function branchesOf(exceptions: unknown): Handlers {
  const block = fieldsOf(exceptions, 'PLpgSQL_exception_block');
  return nodesOf(block?.['exc_list']).map(({ fields }) =>
    nodesOf(fields['conditions']).map((condition) => textAt(condition.fields, 'condname')),
  );
}
