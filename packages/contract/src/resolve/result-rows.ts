/** Rows that a function returns: PL/pgSQL takes them by their places, and each type as it is, converting nothing. */

import type { Catalogue } from './catalogue.ts';
import type { ResultColumn } from './expression-type.ts';
import type { FunctionFacts } from './function-facts.ts';

/** The types that rows of a function must have, by their places; null when nobody knows. */
export function rowTypesOf(facts: FunctionFacts, catalogue: Catalogue): readonly number[] | null {
  const named = facts.parameters.filter((each) => !each.isInput).map((each) => each.type);
  if (named.length > 0) return named;
  if (!facts.isCompositeResult) return [facts.resultType];
  return columnTypesOf(facts.resultType, catalogue);
}

/** The columns of the one value that is a row, a variable or of the type of a table; null when nobody knows them. */
export function columnsOfRow(
  values: readonly ResultColumn[],
  shapes: ReadonlyMap<string, { readonly columns: readonly ResultColumn[] }>,
  catalogue: Catalogue,
): readonly Pick<ResultColumn, 'type'>[] | null {
  const [row, ...others] = values;
  if (row === undefined || others.length > 0) return null;
  const types = columnTypesOf(row.type, catalogue);
  return shapes.get(row.name)?.columns ?? types?.map((type) => ({ type })) ?? null;
}

// The types of the columns of a row type; null when it is not that of a table.
function columnTypesOf(type: number, catalogue: Catalogue): readonly number[] | null {
  const row = catalogue.type(type);
  const relation = catalogue.relations(row?.schema ?? '').find((each) => each.name === row?.name);
  return relation === undefined ? null : relation.columns.map((each) => each.type);
}

/** Why rows of these columns are no rows of a function that returns `wanted`; null when they are, or nobody knows. */
export function rowMismatch(
  found: readonly Pick<ResultColumn, 'type'>[],
  wanted: readonly number[],
  catalogue: Catalogue,
): string | null {
  if (found.length !== wanted.length)
    return `it gives ${found.length} columns, and the function returns ${wanted.length}`;
  const at = found.findIndex(
    ({ type }, index) => type !== 0 && wanted[index] !== 0 && type !== wanted[index],
  );
  if (at < 0) return null;
  const nameOf = (type: number | undefined): string => catalogue.type(type ?? 0)?.sql ?? 'another type';
  return `column ${at + 1} is ${nameOf(found[at]?.type)}, and the function returns ${nameOf(wanted[at])} there`;
}
