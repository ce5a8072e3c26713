/** What the rules for statements must know about the tables that they write: what rows may raise, and which keys have no index. */

import type { ContractScope, UnindexedKey } from './resolved-statement.ts';
import type { RelationFacts } from './table-facts.ts';
import { errorsForRow } from './tree-rules.ts';
import type { WrittenPlaces } from './written-places.ts';

/** What the CHECKs and generated columns of tables may raise for a row, by object id. */
export function errorsOfRows(
  relations: readonly RelationFacts[],
  scope: ContractScope,
  places: WrittenPlaces,
): ReadonlyMap<number, readonly string[]> {
  return new Map(
    relations.map((relation) => {
      const excerpt = places.relation(relation.name);
      const errors = [...relation.columns, ...relation.constraints].flatMap(({ expression }) =>
        expression === null
          ? []
          : errorsForRow(
              { functionName: '', excerpt, tree: expression, sql: excerpt.text, mayStop: false },
              scope,
            ),
      );
      return [relation.oid, [...new Set(errors)]];
    }),
  );
}

/** Foreign keys whose columns lead no index of their table. */
export function unindexedKeys(relations: readonly RelationFacts[]): readonly UnindexedKey[] {
  return relations.flatMap((relation) =>
    relation.constraints
      .filter(
        (key) =>
          key.kind === 'f' && !relation.indexes.some((index) => key.columns.includes(index.columns[0] ?? 0)),
      )
      .map((key) => ({
        table: relation.name,
        columns: relation.columns
          .filter((each) => key.columns.includes(each.number))
          .map((each) => each.name),
        target: key.target,
        targetColumns: key.targetColumns,
      })),
  );
}
