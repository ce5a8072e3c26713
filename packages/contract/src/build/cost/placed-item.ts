/** FROM items in their places, and what is known of functions among them. */

import { type Fields, namesOf, nodesOf, type TreeNode } from '../../check/sql-tree.ts';
import { expressionText } from './expression-text.ts';
import { aliasesIn } from './lookup.ts';
import type { ReadItem, Scope } from './scope.ts';

/** An item in its place: reached by what stands before it. */
export interface PlacedItem {
  readonly item: ReadItem;
  /** Conditions by which it is looked up, as SQL. */
  readonly conditions: readonly string[];
  /** Aliases of items that these conditions, or its call, name. */
  readonly needs: ReadonlySet<string>;
  readonly isSingle: boolean;
}

/** Rows for an item whose rows cannot be counted beforehand. */
export const ROWS_UNKNOWN = 1_000;

/** Rows that a function of the contract is taken to give to what it is joined with. */
const ROWS_OF_CALL = 100;

/** A function in FROM behind the items that are known: the lower the rank, the sooner. */
export function functionReached(
  item: ReadItem,
  { node, scope }: { node: TreeNode; scope: Scope },
  known: ReadonlySet<string>,
): { placed: PlacedItem; rank: number } {
  const lists = nodesOf(node.fields['functions']);
  const calls = lists.map((list) => nodesOf(list.fields['items'])[0]);
  const texts = calls.map((call) =>
    call === undefined ? null : expressionText({ [call.kind]: call.fields }, scope),
  );
  const written = texts.filter((text) => text !== null);
  const needs = aliasesIn(written.join(' '));
  const isWritten = written.length === 1 && texts.length === 1 && node.fields['coldeflist'] === undefined;
  // A function of the contract pays for its rows itself, and is not called to count them.
  const factor = calls.some((call) => isOwnCall(call)) ? ROWS_OF_CALL : ROWS_UNKNOWN;
  const [from = ''] = written;
  return {
    placed: {
      item: isWritten ? { ...item, from } : { ...item, factor },
      conditions: [],
      needs,
      isSingle: false,
    },
    rank: isWithin(needs, known) ? 2 : 5,
  };
}

/**
 * An item behind those that are placed: each of two functions of the contract has paid for its own rows, and neither
 * for all of the other's that each of them meets.
 */
export function besideOwnCalls(each: PlacedItem, before: readonly PlacedItem[]): PlacedItem {
  const isOwn = ({ item }: PlacedItem): boolean => item.isFunction && item.factor === ROWS_OF_CALL;
  return isOwn(each) && before.some(isOwn) ? { ...each, item: { ...each.item, factor: ROWS_UNKNOWN } } : each;
}

function isOwnCall(call: TreeNode | undefined): boolean {
  const names = namesOf(call?.fields['funcname']);
  return names.length > 1 && names[0] !== 'pg_catalog';
}

/** Whether all of them are known. */
export function isWithin(needs: ReadonlySet<string>, known: ReadonlySet<string>): boolean {
  return [...needs].every((each) => known.has(each));
}

/** The name of a function in FROM. */
export function calledName(fields: Fields): string {
  const [call] = nodesOf(nodesOf(fields['functions'])[0]?.fields['items']);
  return namesOf(call?.fields['funcname']).at(-1) ?? '';
}
