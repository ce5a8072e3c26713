/** The rules for CREATE INDEX. */

import { checkQuery } from '../query/check-query.ts';
import { fieldsAt, nodeOf, nodesOf, textAt } from '../sql-tree.ts';
import { checkCollated } from './check-table.ts';
import { checkOwn, contextOf, type Definition, offsetOfWord, refuse } from './definition.ts';

/** Checks one index: over plain columns, ordered by bytes, built with the transaction. */
export function checkIndex(definition: Definition): void {
  const { fields } = definition;
  checkOwn(fieldsAt(fields, 'relation') ?? {}, definition);
  const method = textAt(fields, 'accessMethod');
  if (method !== '' && method !== 'btree') {
    refuse(definition, offsetOfWord(definition, 'using'), `USING ${method}`, {
      rule: 'index',
      message: 'Indexes of this kind give rows in an order of their own.',
      remedy: 'Leave USING out; keep the values that are searched for in columns of their own.',
    });
  }
  if (fields['concurrent'] === true || textAt(fields, 'tableSpace') !== '') {
    refuse(definition, definition.start, 'CONCURRENTLY or TABLESPACE', {
      rule: 'index',
      message: 'An index is made with the contract, in one transaction, where the node keeps its tables.',
      remedy: 'Remove it.',
    });
  }
  for (const element of nodesOf(fields['indexParams'])) {
    checkCollated(element.fields, definition);
    const expression = nodeOf(element.fields['expr']);
    if (expression === null) continue;
    refuse(definition, offsetOfWord(definition, '('), 'an expression in an index', {
      rule: 'index',
      message: 'A function in an index can refuse a row on one version that another accepts.',
      remedy: 'Keep the value in a column of its own and index that.',
    });
  }
  const condition = nodeOf(fields['whereClause']);
  if (condition !== null) {
    checkQuery(condition, contextOf(definition, { ...definition.scope, functions: new Set() }));
  }
}
