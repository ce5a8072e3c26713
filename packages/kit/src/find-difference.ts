/**
 * What two databases differ in that have executed the same calls: table, row and column. Both still
 * hold their transaction, so everything they wrote can be looked at.
 */

import type { TestDatabase, TestRow } from './test-database.ts';

/** A difference, as a sentence without its end: `shop.item, row id=4, column note: run 1 "a", run 2 "b"`. */
export type Difference = string;

/** Differences that are shown; a broken contract easily has thousands. */
const DIFFERENCES_MAX = 5;

/** Differences in the versions of rows that the block at `height` wrote. */
export async function differencesOfBlock(
  one: TestDatabase,
  two: TestDatabase,
  height: number,
): Promise<Difference[]> {
  const condition = `bucordo.height_of(t._position) = ${height}`;
  const hidden = ['_position', '_ordinal'];
  const words = { present: 'written', absent: 'not written' };
  return compareTables({ one, two, suffix: '_history', condition, hidden, words });
}

/** Differences in the rows of the tables themselves. */
export async function differencesOfContents(one: TestDatabase, two: TestDatabase): Promise<Difference[]> {
  const words = { present: 'there', absent: 'not there' };
  return compareTables({ one, two, suffix: '', condition: 'true', hidden: [], words });
}

interface Comparison {
  readonly one: TestDatabase;
  readonly two: TestDatabase;
  /** Behind the contract's name, the schema. */
  readonly suffix: string;
  readonly condition: string;
  /** Columns that are not compared. */
  readonly hidden: readonly string[];
  /** How a row is named that one side has and the other has not. */
  readonly words: { readonly present: string; readonly absent: string };
}

async function compareTables(comparison: Comparison): Promise<Difference[]> {
  const { one, two, suffix, condition, hidden, words } = comparison;
  const found: Difference[] = [];
  for (const { contract, name, key } of await one.tables()) {
    const sql = `SELECT t.* FROM "${contract}${suffix}"."${name}" AS t WHERE ${condition}`;
    const [first, second] = [await one.query(sql), await two.query(sql)];
    const table = `${contract}.${name}`;
    const rows = compareRows({ first, second, key, hidden, words });
    found.push(
      ...rows.map((each) =>
        `${table}, ${each}`.replaceAll('{1}', one.conditions.name).replaceAll('{2}', two.conditions.name),
      ),
    );
  }
  return found.slice(0, DIFFERENCES_MAX);
}

interface Rows {
  readonly first: readonly TestRow[];
  readonly second: readonly TestRow[];
  readonly key: readonly string[];
  readonly hidden: readonly string[];
  readonly words: Comparison['words'];
}

/** Row by row, paired by key and, where a key stands several times, by content. */
function compareRows({ first, second, key, hidden, words }: Rows): string[] {
  const seen = (row: TestRow): [string, string][] =>
    Object.entries(row)
      .filter(([column]) => !hidden.includes(column))
      .map(([column, value]) => [column, shown(value)]);
  const nameOf = (row: TestRow): string => key.map((column) => `${column}=${shown(row[column])}`).join(', ');
  const groups = new Map<string, { one: Map<string, string>[]; two: Map<string, string>[] }>();
  const add = (rows: readonly TestRow[], side: 'one' | 'two'): void => {
    const sorted = rows.map((row) => ({ name: nameOf(row), cells: seen(row) }));
    sorted.sort((a, b) => (JSON.stringify(a.cells) < JSON.stringify(b.cells) ? -1 : 1));
    for (const { name, cells } of sorted) {
      const group = groups.get(name) ?? { one: [], two: [] };
      groups.set(name, group);
      group[side].push(new Map(cells));
    }
  };
  add(first, 'one');
  add(second, 'two');
  return [...groups].flatMap(([name, { one, two }]) => {
    const place = `row ${name}`;
    if (one.length !== two.length) {
      return [`${place}: ${count(one.length, words)} in {1}, ${count(two.length, words)} in {2}`];
    }
    return one.flatMap((row, index) => compareCells(place, row, two[index] ?? new Map()));
  });
}

function compareCells(place: string, one: Map<string, string>, two: Map<string, string>): string[] {
  return [...one].flatMap(([column, value]) => {
    const other = two.get(column) ?? '';
    return value === other ? [] : [`${place}, column ${column}: ${value} in {1}, ${other} in {2}`];
  });
}

function count(rows: number, words: Comparison['words']): string {
  if (rows === 0) return words.absent;
  return rows === 1 ? words.present : `${words.present} ${rows} times`;
}

/** Longest value that a difference quotes, in characters. */
const SHOWN_MAX = 100;

function shown(value: unknown): string {
  const text = typeof value === 'bigint' ? value.toString() : JSON.stringify(value ?? null);
  return text.length > SHOWN_MAX ? `${text.slice(0, SHOWN_MAX)}…` : text;
}
