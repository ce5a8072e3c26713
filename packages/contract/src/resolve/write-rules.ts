/**
 * Writes whose success depends on the order of rows: an UPDATE of several rows that sets a column of
 * a unique index fails or not by which row comes first.
 */

import type { Finding } from '../check/finding.ts';
import type { ResolvedRelation } from './catalogue.ts';
import { columnsLeftOut } from './never-runs.ts';
import type { TreeNode } from './node-tree.ts';
import { INSERT } from './query-rows.ts';
import { fixesKeys, fromRanges } from './query-shape.ts';
import { type ContractScope, findingAt, type ResolvedStatement } from './resolved-statement.ts';

/** Judges the writes of one statement. */
export function judgeWrites(statement: ResolvedStatement, scope: ContractScope): readonly Finding[] {
  const query = statement.tree;
  const target = query.children('rtable')[query.number('resultRelation') - 1];
  const relation = scope.catalogue.relation(target?.number('relid') ?? 0);
  if (query.tag !== 'QUERY' || relation === undefined) return [];
  if (relation.isView) return [writeToView(statement, relation)];
  return [
    ...judgeKeys(statement, scope, relation),
    ...judgeOrder(statement, scope, relation),
    ...judgeLeftOut(statement, relation),
  ];
}

// A column that is NOT NULL and gets no value: no such row can ever be written.
function judgeLeftOut(statement: ResolvedStatement, relation: ResolvedRelation): readonly Finding[] {
  const query = statement.tree;
  if (query.number('commandType') !== INSERT) return [];
  const given = query.children('targetList').map((entry) => entry.number('resno'));
  const missing = relation.columns
    .filter((column) => !column.isNullable && !column.hasValue && !given.includes(column.number))
    .map((column) => column.name);
  if (missing.length === 0) return [];
  return [findingAt(statement.excerpt, columnsLeftOut(relation.name, missing))];
}

function judgeOrder(
  statement: ResolvedStatement,
  scope: ContractScope,
  relation: ResolvedRelation,
): readonly Finding[] {
  const query = statement.tree;
  const several = query.number('commandType') !== 3 && fromRanges(query.child('jointree')).length > 1;
  if (several) return [writeFrom(statement)];
  const set = setColumns(query);
  const unique = uniqueColumns(relation, set);
  if (unique.length === 0 || isOneRow(query, scope)) return [];
  return [
    findingAt(statement.excerpt, {
      rule: 'multi-row-key-update',
      construct: `SET ${unique.join(', ')} on several rows`,
      message: `${unique.join(', ')} stands in a unique index: whether a row meets the old or the new value of another depends on the order of rows`,
      remedy:
        'Update one row at a time: fix the whole primary key by equality, in a loop with a total order if there are several.',
      words: unique,
    }),
  ];
}

// Postgres looks up who refers to a row that goes: without an index in the whole table, for every row.
function judgeKeys(
  statement: ResolvedStatement,
  scope: ContractScope,
  relation: ResolvedRelation,
): readonly Finding[] {
  const command = statement.tree.number('commandType');
  const set = setColumns(statement.tree);
  const declared = scope.scans[statement.functionName] ?? {};
  return scope.unindexedKeys
    .filter(({ target, targetColumns, table }) => {
      const isChanged =
        command === 4 || (command !== 3 && targetColumns.some((column) => set.includes(column)));
      return target === relation.oid && isChanged && !Object.hasOwn(declared, table);
    })
    .map(({ table, columns }) =>
      findingAt(statement.excerpt, {
        rule: 'unindexed-key',
        construct: `${table} (${columns.join(', ')}) refers to ${relation.name}`,
        message: `for every row that goes, Postgres reads the whole table ${table}, so the cost grows with it`,
        remedy: `Add CREATE INDEX ON ${scope.contract}.${table} (${columns.join(', ')}); to schema.sql.`,
        words: [relation.name],
      }),
    );
}

function writeFrom(statement: ResolvedStatement): Finding {
  return findingAt(statement.excerpt, {
    rule: 'write-from',
    construct: 'UPDATE … FROM or DELETE … USING',
    message: 'when several rows match one, the plan decides which of them counts',
    remedy: 'Use a scalar subquery in SET, and WHERE … IN (SELECT …) or EXISTS.',
    words: ['from', 'using'],
  });
}

function writeToView(statement: ResolvedStatement, relation: ResolvedRelation): Finding {
  return findingAt(statement.excerpt, {
    rule: 'write-to-view',
    construct: `${relation.schema}.${relation.name}`,
    message: 'the checker judges writes by the tables they name',
    remedy: 'Write to the table itself.',
    words: [relation.name],
  });
}

function setColumns(query: TreeNode): readonly number[] {
  const isUpdate = query.number('commandType') === 2;
  const entries = isUpdate
    ? query.children('targetList')
    : (query.child('onConflict')?.children('onConflictSet') ?? []);
  return entries.filter((entry) => !entry.isTrue('resjunk')).map((entry) => entry.number('resno'));
}

function uniqueColumns(relation: ResolvedRelation, set: readonly number[]): readonly string[] {
  const unique = new Set(
    relation.indexes.filter((index) => index.isUnique).flatMap((index) => index.columns),
  );
  return relation.columns
    .filter((column) => set.includes(column.number) && unique.has(column.number))
    .map((column) => column.name);
}

function isOneRow(query: TreeNode, scope: ContractScope): boolean {
  if (query.number('commandType') === 2) return fixesKeys(query, scope.catalogue);
  return fromRanges(query.child('jointree')).length === 0;
}
