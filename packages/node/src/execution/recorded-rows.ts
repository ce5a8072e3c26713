/**
 * The rows of a history under the names that the columns have now. A name that a table lost and got
 * again stands for several columns of its history: of every version at most one of them has a value,
 * the one that had the name when the version was written, because the rows get a version each when a
 * name comes back. So the versions show it whatever the types are: values of one type as they are,
 * numbers of several types as numbers that hold all of them, anything else as text.
 */

import { firstPosition } from './chain-sql.ts';
import type { ContractColumn, ContractTable, RecordedColumn } from './contract-table.ts';
import { quoteName } from './sql-text.ts';

/** An SQL relation with the versions of `table`: its history, as far as names came back with those under one name. */
export function recordedRows(table: ContractTable, history: string): string {
  const returned = table.columns.filter(({ name }) => formerOf(table, name).length > 0);
  if (returned.length === 0) return history;
  const own = table.columns.map((column) => {
    // Under its own type stand the values that its type can hold; a rule for readers is written for that type.
    const isHeld = shownType(table, column) === column.sqlType;
    const former = formerOf(table, column.name).filter(({ sqlType }) => isHeld || sqlType === column.sqlType);
    return togetherAs(column, former, column.sqlType, column.name);
  });
  const shown = returned.flatMap((column) => {
    const type = shownType(table, column);
    if (type === column.sqlType) return [];
    return [togetherAs(column, formerOf(table, column.name), type, shownName(column.name))];
  });
  const columns = ['v._position', 'v._ordinal', 'v._operation', ...own, ...shown];
  return `(SELECT ${columns.join(', ')} FROM ${history} AS v)`;
}

/**
 * An SQL relation with the rows of `table` as they were after the block of the height `$1`. The newest version
 * of a row is found by hashing, which is linear in the versions up to then; a condition on the key reaches both sides.
 */
export function rowsAsOf(table: ContractTable, history: string): string {
  const key = table.key.map(quoteName);
  const isThen = (alias: string): string => `${alias}._position < ${firstPosition('($1 + 1)')}`;
  return `(SELECT q.*
            FROM (SELECT ${key.map((name) => `v.${name}`).join(', ')}, pg_catalog.max(ARRAY[v._position, v._ordinal]) AS _newest
                    FROM ${history} AS v
                   WHERE ${isThen('v')}
                   GROUP BY ${key.map((name) => `v.${name}`).join(', ')}) AS m
            JOIN ${recordedRows(table, history)} AS q
              ON ${key.map((name) => `q.${name} = m.${name}`).join(' AND ')}
             AND q._position = m._newest[1] AND q._ordinal = m._newest[2]
           WHERE ${isThen('q')} AND q._operation <> 'D')`;
}

function togetherAs(
  column: ContractColumn,
  former: readonly ContractColumn[],
  type: string,
  name: string,
): string {
  const values = [column, ...former].map((each) => valueAs(`v.${quoteName(each.name)}`, each, type));
  return values.length === 1
    ? `v.${quoteName(name)}`
    : `coalesce(${values.join(', ')}) AS ${quoteName(name)}`;
}

/** The value that versions show for a column, over the row of {@link recordedRows} that `alias` names. */
export function shownColumn(table: ContractTable, alias: string, quotedName: string): string {
  const column = table.columns.find(({ name }) => quoteName(name) === quotedName);
  const isOther = column !== undefined && shownType(table, column) !== column.sqlType;
  return `${alias}.${isOther ? quoteName(shownName(column.name)) : quotedName}`;
}

/** The columns of the versions with the types that show all values, `"price" numeric`; null when they are the table's own. */
export function shownColumns(table: ContractTable): string | null {
  const types = table.columns.map((column) => shownType(table, column));
  if (types.every((type, index) => type === table.columns[index]?.sqlType)) return null;
  return table.columns.map((column, index) => `${quoteName(column.name)} ${types[index]}`).join(', ');
}

function formerOf(table: ContractTable, name: string): readonly RecordedColumn[] {
  return table.recorded.filter(({ formerName }) => formerName === name);
}

// Names of columns do not begin with an underscore, and those of the history go on with a digit.
function shownName(name: string): string {
  return `_as_${name}`;
}

const INTEGERS: readonly string[] = ['smallint', 'integer', 'bigint'];

/** The type in which a value of every column that had the name can be shown without losing anything. */
function shownType(table: ContractTable, column: ContractColumn): string {
  const former = formerOf(table, column.name);
  const all: readonly ContractColumn[] = [column, ...former];
  if (all.every(({ sqlType }) => sqlType === column.sqlType)) return column.sqlType;
  const array = column.isArray ? '[]' : '';
  if (all.some(({ isArray }) => isArray !== column.isArray)) return 'text';
  const bare = all.map(({ sqlType }) => sqlType.replace(/\[\]$/, ''));
  if (bare.every((type) => INTEGERS.includes(type)))
    return `${INTEGERS.findLast((type) => bare.includes(type))}${array}`;
  if (bare.every((type) => INTEGERS.includes(type) || type.startsWith('numeric'))) return `numeric${array}`;
  return 'text';
}

function valueAs(value: string, column: ContractColumn, type: string): string {
  if (type === column.sqlType) return value;
  if (type !== 'text') return `${value}::${type}`;
  if (column.isArray) return `pg_catalog.to_json(${value})::text`;
  // Text that depends on no setting of whoever reads, but for the time zone.
  if (column.scalar === 'date' || column.scalar === 'timestamptz')
    return `(pg_catalog.to_json(${value}) #>> '{}')`;
  if (column.scalar === 'bytea') return `pg_catalog.encode(${value}, 'hex')`;
  return `${value}::text`;
}
