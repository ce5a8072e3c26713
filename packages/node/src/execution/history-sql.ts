/**
 * The history of a contract's table as SQL: its table, the triggers that write it, the view of
 * versions, the table as of a height, and the hashes of its row changes in a block.
 */

import { canonicalColumn } from './canonical-sql.ts';
import { firstPosition, heightOf, signerOf } from './chain-sql.ts';
import { type ContractColumn, type ContractTable, formerColumnName } from './contract-table.ts';
import { recordedRows, rowsAsOf, shownColumn, shownColumns } from './recorded-rows.ts';
import { fillTemplate, qualifiedName, quoteBytes, quoteName, quoteText, readSql } from './sql-text.ts';

/** Bytes of a row's texts, byte strings, documents and arrays together; more fails the transaction. */
const ROW_BYTES_MAX = 1_048_576;

/** Bytes of a row that cost nothing beyond the row itself: what fits a page of Postgres, so that most rows are never measured twice. */
const ROW_BYTES_FREE = 8_192;

/** Bytes of a row whose documents are not nested too deep: 500 levels have 1,000 brackets. */
const NESTING_BYTES_FREE = 1_000;

/** What a row counts beside its values: its head and its version's, position, ordinal, entries in indexes. */
const ROW_HEAD_BYTES = 100;

/** What a value of a type of fixed length counts, its length in front included. */
const FIXED_VALUE_BYTES = 16;

/** Schema that holds the history of a contract. */
export function historySchema(contract: string): string {
  return `${contract}_history`;
}

/** Statements that create the history of `table`; its schema exists. */
export function historySql(table: ContractTable): string {
  return historyTableSql(table) + historyAccessSql(table);
}

/**
 * Statements that bring the history of a table from `before` to the columns that it has `now`. A column
 * that the table has lost stays, under a name of its own, so that one that comes under the name it had
 * is another one, whatever its type. `lost` and `added` are names.
 */
export function historyChangeSql(
  before: ContractTable,
  now: ContractTable,
  { lost, added }: { readonly lost: readonly string[]; readonly added: readonly string[] },
): string {
  const history = `ALTER TABLE ${qualifiedName(historySchema(now.contract), now.name)}`;
  const retired = before.recorded.filter(({ name }) => lost.includes(name));
  const columns = now.columns.filter(({ name }) => added.includes(name));
  return [
    ...retired.map(
      (column) =>
        `${history} RENAME COLUMN ${quoteName(column.name)} TO ${quoteName(formerColumnName(column))};\n`,
    ),
    ...columns.map((column) => `${history} ADD COLUMN ${quoteName(column.name)} ${column.sqlType};\n`),
  ].join('');
}

function historyTableSql(table: ContractTable): string {
  return fillTemplate(readSql('template/history.sql'), {
    table: qualifiedName(table.contract, table.name),
    history: qualifiedName(historySchema(table.contract), table.name),
    columns: table.columns.map((column) => `  ${quoteName(column.name)} ${column.sqlType}`).join(',\n'),
  });
}

/** Statements that make what writes and reads the history of `table` anew. */
export function historyAccessSql(table: ContractTable): string {
  const schema = historySchema(table.contract);
  const names = table.columns.map((column) => quoteName(column.name));
  const history = qualifiedName(schema, table.name);
  const own = (suffix: string): string => qualifiedName(schema, `${table.name}_${suffix}`);
  return fillTemplate(readSql('template/history-access.sql'), {
    table: qualifiedName(table.contract, table.name),
    history,
    columns: names.join(', '),
    insertTrigger: own('insert'),
    updateTrigger: own('update'),
    deleteTrigger: own('delete'),
    keyTrigger: own('key'),
    countNew: countBytes('NEW', table.columns),
    countOld: countBytes('OLD', table.columns),
    again: againCharge(table),
    newRow: names.map((name) => `NEW.${name}`).join(', '),
    oldRow: names.map((name) => `OLD.${name}`).join(', '),
    keyChanged: table.key.map((name) => `NEW.${quoteName(name)} <> OLD.${quoteName(name)}`).join(' OR '),
    keyColumns: table.key.map(quoteName).join(', '),
    rows: recordedRows(table, history),
    versions: own('versions'),
    versionJoins: VERSION_JOINS,
    versionHead: versionHead(table),
    versionColumns: names.map((name) => `${shownColumn(table, 'h', name)} AS ${name}`).join(', '),
    at: own('at'),
    atHeight: atHeight(table),
    atRows: atRows(table, qualifiedName(table.contract, table.name)),
    rowsAsOf: rowsAsOf(table, history),
    atColumns: names.map((name) => shownColumn(table, 'newest', name)).join(', '),
  });
}

/** The parameter of the function that gives the table as of a height; a column that it returns may have that name. */
export function atHeight(table: ContractTable): string {
  const isTaken = shownColumns(table) !== null && table.columns.some(({ name }) => name === 'height');
  return isTaken ? '_height' : 'height';
}

/** What that function returns: rows of `relation`, or of the types that hold what all its heights had. */
export function atRows(table: ContractTable, relation: string): string {
  const columns = shownColumns(table);
  return columns === null ? `SETOF ${relation}` : `TABLE (${columns})`;
}

/**
 * Who made a version when, joined to the versions h: its height s, from both sides, so that a version
 * finds its height and a height its versions; transaction t, the function f of its first call, identity i.
 * Rows from the genesis have a height and no transaction.
 */
export const VERSION_JOINS: string = `JOIN bucordo.state AS s
    ON s.height = ${heightOf('h._position')} AND h._position >= ${firstPosition('s.height')} AND h._position < ${firstPosition('(s.height + 1)')}
  LEFT JOIN bucordo.transaction AS t ON t.position = h._position
  LEFT JOIN bucordo.function AS f ON f.number = t.calls[1]
  LEFT JOIN bucordo.identity AS i ON i.key = ${signerOf('t.payload')}`;

/** What the view of versions says about each version, besides the row, over {@link VERSION_JOINS}. */
const VERSION_HEAD: readonly (readonly [name: string, expression: string])[] = [
  ['member', 'i.member'],
  ['identity', "i.member || '/' || i.name"],
  ['transaction', "pg_catalog.encode(t.id, 'hex')"],
  ['height', 's.height'],
  ['time', 'CASE WHEN s.height > 0 THEN bucordo.time_of(s.block_time) END'],
  [
    'function',
    `CASE WHEN pg_catalog.cardinality(t.calls) = 3 THEN coalesce(f.contract || '.' || f.name, 'unknown')
         ELSE bucordo.functions_called(t.calls) END`,
  ],
  ['operation', 'h._operation'],
  ['position', 'h._position'],
  ['ordinal', 'h._ordinal'],
];

/**
 * The first columns of a view of versions, as the beginning of its SELECT list: always the same ones in
 * the same order. One whose name a column of the table has stands with an underscore in front, which
 * no column of a contract begins with.
 */
export function versionHead(table: ContractTable): string {
  const taken = new Set(table.columns.map((column) => column.name));
  return VERSION_HEAD.map(
    ([name, expression]) => `${expression} AS ${quoteName(taken.has(name) ? `_${name}` : name)}`,
  ).join(',\n       ');
}

/** A query for the hashes of the changes of `table` in the block that `execute_block` executes. */
export function changeHashesSql(table: ContractTable): string {
  return `SELECT sha256(${quoteBytes(changePrefix(table))} || charsend(h._operation) || int8send(h._position)
       || ${canonicalColumns(table)})
  FROM ${qualifiedName(historySchema(table.contract), table.name)} AS h
 WHERE h._position >= first_position AND h._position < end_position`;
}

/** A query for the hashes of the changes of `table` by the transaction at `position`, an SQL expression, without that position in them. */
export function effectHashesSql(table: ContractTable, position: string): string {
  return `SELECT sha256(${quoteBytes(changePrefix(table))} || charsend(h._operation)
       || ${canonicalColumns(table)})
  FROM ${qualifiedName(historySchema(table.contract), table.name)} AS h
 WHERE h._position = ${position}`;
}

function canonicalColumns(table: ContractTable): string {
  return table.recorded.map((column) => canonicalColumn('h', column)).join('\n       || ');
}

function changePrefix(table: ContractTable): Uint8Array {
  const parts = [table.contract, table.name].map((name) => {
    const bytes = Buffer.from(name, 'utf8');
    const length = Buffer.alloc(4);
    length.writeUInt32BE(bytes.length);
    return Buffer.concat([length, bytes]);
  });
  return Buffer.concat(parts);
}

// Adds the bytes of the row NEW or OLD to what the transaction has written, which fails at the limit.
// The digest of a block reads every row outside any subtransaction, so a row too large for it must fail
// in the transaction that writes it. A large one pays for its size.
function countBytes(row: 'NEW' | 'OLD', columns: readonly ContractColumn[]): string {
  const fixed = columns.filter((column) => !isUnbounded(column)).map(fixedSize);
  const head = fixed.reduce((sum, bytes) => sum + bytes, ROW_HEAD_BYTES);
  const sizes = columns.filter(isUnbounded).map((column) => columnSize(row, column));
  const written = (bytes: string): string =>
    `pg_catalog.setval('bucordo.bytes', pg_catalog.currval('bucordo.bytes') + ${bytes})`;
  const nested = row === 'NEW' ? columns.flatMap(nestingCheck) : [];
  const depths =
    nested.length === 0 ? '' : `  IF bytes > ${NESTING_BYTES_FREE} THEN\n${nested.join('')}  END IF;\n`;
  if (sizes.length === 0) return `DECLARE\n  written int8 := ${written(String(head))};\nBEGIN\n`;
  return `DECLARE
  bytes   int8 := ${sizes.join(' + ')};
  written int8 := ${written(`${head} + bytes`)};
BEGIN
  IF bytes > ${ROW_BYTES_FREE} THEN
    IF bytes > ${ROW_BYTES_MAX} THEN
      RAISE EXCEPTION USING ERRCODE = 'program_limit_exceeded', MESSAGE = 'a row is larger than 1 MiB';
    END IF;
    PERFORM bucordo.charge_row(bytes::int4);
  END IF;
${depths}`;
}

// Every transaction could make a document a little deeper, until nodes differ in whether they can read it.
function nestingCheck(column: ContractColumn): readonly string[] {
  if (column.scalar !== 'jsonb') return [];
  const value = `NEW.${quoteName(column.name)}`;
  return [
    `    PERFORM bucordo.check_nesting(${column.isArray ? `pg_catalog.to_jsonb(${value})` : value});\n`,
  ];
}

// A version that the same block has made is one that every later look at the row in this block walks over. Only
// the node's own transactions write here, so what is not older than the block's transaction belongs to it.
function againCharge(table: ContractTable): string {
  const values = table.key.map((name) => `OLD.${quoteName(name)}`);
  const key =
    values.length === 1 ? `${values[0]}::text` : `pg_catalog.jsonb_build_array(${values.join(', ')})::text`;
  return `  IF pg_catalog.age(OLD.xmin) <= pg_catalog.age(pg_catalog.pg_current_xact_id()::pg_catalog.xid) THEN
    PERFORM bucordo.charge_change(${quoteText(`${table.contract}.${table.name}`)}, ${key});
  END IF;
`;
}

function isUnbounded(column: ContractColumn): boolean {
  return column.isArray || column.scalar === 'text' || column.scalar === 'bytea' || column.scalar === 'jsonb';
}

// Of a number the digits that its type allows, two in a byte.
function fixedSize(column: ContractColumn): number {
  const [, digits = '0'] = /^numeric\((\d+)/.exec(column.sqlType) ?? [];
  return FIXED_VALUE_BYTES + Math.ceil(Number(digits) / 2);
}

function columnSize(row: 'NEW' | 'OLD', column: ContractColumn): string {
  const value = `${row}.${quoteName(column.name)}`;
  const isBytes = !column.isArray && (column.scalar === 'text' || column.scalar === 'bytea');
  const size = `pg_catalog.octet_length(${isBytes ? value : `${value}::text`})`;
  return column.isNullable ? `coalesce(${size}, 0)` : size;
}
