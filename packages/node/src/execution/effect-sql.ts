/**
 * The effect of a transaction as SQL: `bucordo.effect_of`, which execution compares with the effect
 * that a transaction demands, and `bucordo.changes_of` and `bucordo.rows_at`, by which a dry run shows
 * the rows. Generated anew whenever tables come or go.
 */

import type { ContractTable } from './contract-table.ts';
import { effectHashesSql, historySchema } from './history-sql.ts';
import { fillTemplate, qualifiedName, quoteName, quoteText, quoteTexts, readSql } from './sql-text.ts';

/** Statements that create or replace the functions for these tables. */
export function effectSql(tables: readonly ContractTable[]): string {
  const sorted = tables.toSorted((a, b) => (placeOf(a) < placeOf(b) ? -1 : 1));
  return fillTemplate(readSql('template/effect.sql'), {
    effects: indent(sorted.map(effect).join('\n'), 2),
    changes: indent(sorted.length === 0 ? NO_CHANGES : sorted.map(changes).join('\nUNION ALL\n'), 6),
    rows: indent(rows(sorted), 4),
    effectTag: Buffer.from('bucordo/effect/v1\0', 'utf8').toString('hex'),
  });
}

const NO_CHANGES =
  "SELECT 0, '', '', '', '{}'::text[], '{}'::text[], '{}'::text[], '{}'::text[] WHERE transaction_position IS NULL";

function placeOf(table: ContractTable): string {
  return qualifiedName(table.contract, table.name);
}

// The counters may still hold changes of earlier transactions, never miss one of this.
function effect(table: ContractTable): string {
  const history = quoteText(qualifiedName(historySchema(table.contract), table.name));
  return `IF NOT changes_counted OR pg_stat_get_xact_tuples_inserted(${history}::regclass) > 0 THEN
  change_hashes := change_hashes || ARRAY(
${indent(effectHashesSql(table, 'transaction_position'), 4)}
  );
END IF;`;
}

function changes(table: ContractTable): string {
  const readView = quoteText(qualifiedName(`${table.contract}_read`, table.name));
  const names = table.columns.map((column) => column.name);
  return `SELECT h._ordinal, h._operation::text, ${quoteText(table.contract)}, ${quoteText(table.name)}, ${quoteTexts(names)},
       CASE WHEN to_regclass(${readView}) IS NULL THEN ${textsOf('h', names)} END,
       ${quoteTexts(table.key)}, ${textsOf('h', table.key)}
  FROM ${qualifiedName(historySchema(table.contract), table.name)} AS h
 WHERE h._position = transaction_position`;
}

function rows(tables: readonly ContractTable[]): string {
  if (tables.length === 0) return '-- There are no tables.';
  return `CASE\n${indent(tables.map(row).join('\n'), 2)}\nELSE\n  row_values := NULL;\nEND CASE;`;
}

function row(table: ContractTable): string {
  const types = new Map(table.columns.map((column) => [column.name, column.sqlType]));
  const isRow = table.key
    .map((name, index) => `t.${quoteName(name)} = key_values[${index + 1}]::${types.get(name) ?? 'text'}`)
    .join(' AND ');
  const names = table.columns.map((column) => column.name);
  return `WHEN this.contract = ${quoteText(table.contract)} AND this.table_name = ${quoteText(table.name)} THEN
    row_values := (SELECT ${textsOf('t', names)} FROM ${qualifiedName(table.contract, table.name)} AS t WHERE ${isRow});`;
}

function textsOf(alias: string, names: readonly string[]): string {
  return `ARRAY[${names.map((name) => `${alias}.${quoteName(name)}::text`).join(', ')}]::text[]`;
}

function indent(text: string, columns: number): string {
  return text.replace(/^(?=.)/gm, ' '.repeat(columns));
}
