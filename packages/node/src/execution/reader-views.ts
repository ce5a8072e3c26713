/**
 * Who reads a contract's rows, as SQL.
 *
 * Tables without a rule are read as they are. Of a table with rules, readers see a view in the schema
 * `<contract>_read` in its place, with its versions and the table as of a height: of the rows those
 * that one of the reader's rules lets through, of their columns those that such a rule names, NULL
 * in place of the others. Who the reader is comes from settings of the query interface
 * (`system/reader-rights.sql`). Views with a security barrier judge a row before anything of the query does.
 *
 * The member's own database role and its node read the tables themselves.
 */

import { readerPredicate, StatementError } from '@bucordo/contract';
import type { ReaderRule } from '@bucordo/protocol';
import type pg from 'pg';
import type { Fault } from '../fault.ts';
import { ContractRefusal } from './contract-refusal.ts';
import type { ContractTable } from './contract-table.ts';
import { dropRoutinesSql } from './drop-routines.ts';
import { atHeight, atRows, historySchema, VERSION_JOINS, versionHead } from './history-sql.ts';
import { isNodeTrouble } from './node-trouble.ts';
import { recordedRows, rowsAsOf, shownColumn } from './recorded-rows.ts';
import { qualifiedName, quoteName, quoteText, quoteTexts } from './sql-text.ts';

/** Schema that holds what readers see in place of the tables with rules. */
export function readSchema(contract: string): string {
  return `${contract}_read`;
}

/** A rule whose predicate may stand in a view. */
interface JudgedRule extends Omit<ReaderRule, 'rows'> {
  /** SQL in parentheses; null for all rows. */
  readonly predicate: string | null;
}

/**
 * Lets readers see the tables of `contract`, their history and the tables as of a height, as the rules
 * want it, as `bucordo_owner`; replaces what there was. Throws a `contract_refused` fault for a rule about
 * a table or column that is not there, or whose predicate is no plain expression over one row.
 */
export async function showReaders(
  client: pg.ClientBase,
  contract: string,
  tables: readonly ContractTable[],
  readers: readonly ReaderRule[],
): Promise<void> {
  const rules: JudgedRule[] = [];
  for (const rule of readers) rules.push(await judgeRule(client, contract, tables, rule));
  await client.query(await dropReaderViewsSql(client, contract));
  try {
    await client.query(readerSql(contract, tables, rules));
  } catch (error) {
    if (isNodeTrouble(error)) throw error;
    throw refusal(contract, null, error instanceof Error ? error.message : String(error), error);
  }
}

function readerSql(contract: string, tables: readonly ContractTable[], rules: readonly JudgedRule[]): string {
  const schemas = [contract, historySchema(contract)].map(quoteName).join(', ');
  const insiders = 'bucordo_node, bucordo_member';
  const read = quoteName(readSchema(contract));
  const everything = `
    GRANT USAGE ON SCHEMA ${schemas} TO bucordo_reader, ${insiders};
    GRANT SELECT ON ALL TABLES IN SCHEMA ${schemas} TO ${insiders};`;
  // Last, because the system's own tables may be among those that were granted before.
  const restrict = `SELECT bucordo.restrict_contract(${quoteText(contract)}, ${rules.length > 0});`;
  if (rules.length === 0) {
    return `${everything}\nGRANT SELECT ON ALL TABLES IN SCHEMA ${schemas} TO bucordo_reader;\n${restrict}`;
  }
  const parts = tables.map((table) => {
    const own = rules.filter((rule) => rule.table === table.name);
    return own.length === 0 ? openTableSql(table) : ruledTableSql(table, own);
  });
  return [
    everything,
    `REVOKE ALL ON ALL TABLES IN SCHEMA ${schemas} FROM bucordo_reader;`,
    `CREATE SCHEMA ${read} AUTHORIZATION bucordo_owner;`,
    `GRANT USAGE ON SCHEMA ${read} TO bucordo_reader, ${insiders};`,
    ...parts,
    `GRANT SELECT ON ALL TABLES IN SCHEMA ${read} TO bucordo_reader, ${insiders};`,
    restrict,
  ].join('\n');
}

/**
 * Statements that remove what readers of `contract` see, and nothing else: what the member has built on
 * it itself is in the way.
 */
export async function dropReaderViewsSql(client: pg.ClientBase, contract: string): Promise<string> {
  const schema = readSchema(contract);
  const drops = await dropRoutinesSql(client, schema);
  return `${drops}\nDROP SCHEMA IF EXISTS ${quoteName(schema)} RESTRICT;`;
}

async function judgeRule(
  client: pg.ClientBase,
  contract: string,
  tables: readonly ContractTable[],
  { rows, ...rule }: ReaderRule,
): Promise<JudgedRule> {
  const refuse = (reason: string, cause?: unknown): Fault =>
    refusal(contract, { ...rule, rows }, reason, cause);
  const table = tables.find(({ name }) => name === rule.table);
  if (table === undefined) throw refuse(`it has no table ${rule.table}`);
  const stranger = rule.columns?.find((name) => !table.columns.some((column) => column.name === name));
  if (stranger !== undefined) throw refuse(`the table ${rule.table} has no column ${stranger}`);
  if (rows === undefined) return { ...rule, predicate: null };
  const { sql, functions } = await readerPredicate(rows).catch((error: unknown) => {
    if (!(error instanceof StatementError)) throw error;
    throw refuse(`\`rows\` of the table ${rule.table}: ${error.message}`, error);
  });
  const forbidden = await forbiddenFunctions(client, functions);
  if (forbidden !== '') throw refuse(`\`rows\` of the table ${rule.table} calls ${forbidden}`);
  return { ...rule, predicate: sql };
}

// The table as of a height is computed with the owner's rights: a predicate calls what a contract may call.
async function forbiddenFunctions(client: pg.ClientBase, functions: readonly string[]): Promise<string> {
  const { rows } = await client.query<{ name: string }>(
    `SELECT f.name
       FROM pg_catalog.unnest($1::pg_catalog.text[]) AS f (name)
      WHERE NOT EXISTS (
              SELECT FROM pg_catalog.pg_proc AS p
               WHERE p.proname = f.name AND p.pronamespace = 'pg_catalog'::pg_catalog.regnamespace
                 AND pg_catalog.has_function_privilege('bucordo_contract', p.oid, 'EXECUTE'))
      ORDER BY f.name`,
    [functions],
  );
  return rows.map(({ name }) => name).join(', ');
}

function openTableSql(table: ContractTable): string {
  const history = historySchema(table.contract);
  const relations = [
    qualifiedName(table.contract, table.name),
    qualifiedName(history, table.name),
    qualifiedName(history, `${table.name}_versions`),
  ];
  return `GRANT SELECT ON ${relations.join(', ')} TO bucordo_reader;`;
}

function ruledTableSql(table: ContractTable, rules: readonly JudgedRule[]): string {
  const schema = readSchema(table.contract);
  const view = qualifiedName(schema, table.name);
  const history = qualifiedName(historySchema(table.contract), table.name);
  const names = table.columns.map((column) => column.name);
  const columns = names.map((name) => columnSql(`h.${quoteName(name)}`, name, rules)).join(',\n       ');
  const shown = names
    .map((name) => columnSql(shownColumn(table, 'h', quoteName(name)), name, rules))
    .join(',\n       ');
  const rows = recordedRows(table, history);
  const visible = `WHERE ${rules.map((_, index) => ruleName(index)).join(' OR ')}`;
  const alias = quoteName(table.name);
  return `
CREATE VIEW ${view} WITH (security_barrier) AS
SELECT ${columns}
  FROM (SELECT ${alias}.*, ${judgements(rules)} FROM ${qualifiedName(table.contract, table.name)} AS ${alias}) AS h
 ${visible};

CREATE VIEW ${qualifiedName(schema, `${table.name}_versions`)} WITH (security_barrier) AS
SELECT ${versionHead(table)},
       ${shown}
  FROM (SELECT ${alias}.*, ${judgements(rules)} FROM ${rows} AS ${alias}) AS h
  ${VERSION_JOINS}
 ${visible};

CREATE FUNCTION ${qualifiedName(schema, `${table.name}_at`)}(${atHeight(table)} int8) RETURNS ${atRows(table, view)}
LANGUAGE sql STABLE SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS ${quoteText(`
  SELECT ${shown}
    FROM (SELECT ${alias}.*, ${judgements(rules)}
            FROM ${rowsAsOf(table, history)} AS ${alias}) AS h
   ${visible}`)};
REVOKE EXECUTE ON FUNCTION ${qualifiedName(schema, `${table.name}_at`)}(int8) FROM PUBLIC;
GRANT EXECUTE ON FUNCTION ${qualifiedName(schema, `${table.name}_at`)}(int8) TO bucordo_reader, bucordo_node, bucordo_member;
REVOKE EXECUTE ON FUNCTION ${qualifiedName(historySchema(table.contract), `${table.name}_at`)}(int8) FROM bucordo_reader;`;
}

// Names with an underscore in front are no column's.
function ruleName(index: number): string {
  return `h._rule_${index}`;
}

// Per rule whether it lets this reader see this row.
function judgements(rules: readonly JudgedRule[]): string {
  return rules
    .map(({ classes, roles, predicate }, index) => {
      const conditions = [
        ...(classes.length > 0 ? [`bucordo.reader_class() = ANY (${quoteTexts(classes)})`] : []),
        ...(roles.length > 0 ? [`bucordo.reader_roles() && ${quoteTexts(roles)}`] : []),
        ...(predicate === null ? [] : [predicate]),
        // Without a reader there is no rule for it.
        'bucordo.reader_member() IS NOT NULL',
      ];
      return `(${conditions.join(' AND ')}) AS _rule_${index}`;
    })
    .join(',\n         ');
}

// The column `name` by the expression that gives it, for those whom a rule lets see it.
function columnSql(expression: string, name: string, rules: readonly JudgedRule[]): string {
  const showing = rules.flatMap((rule, index) =>
    rule.columns === undefined || rule.columns.includes(name) ? [ruleName(index)] : [],
  );
  if (showing.length === rules.length) return `${expression} AS ${quoteName(name)}`;
  const condition = showing.length === 0 ? 'false' : showing.join(' OR ');
  return `CASE WHEN ${condition} THEN ${expression} END AS ${quoteName(name)}`;
}

function refusal(
  contract: string,
  rule: { readonly table: string; readonly rows?: string | undefined } | null,
  wrong: string,
  cause?: unknown,
): ContractRefusal {
  const reason = `readers: ${wrong}`;
  const isPostgres = cause !== undefined && !(cause instanceof StatementError);
  return new ContractRefusal({
    contract,
    reason,
    agreedReason: isPostgres ? 'readers: Postgres refused them' : reason.slice(0, REASON_MAX),
    facts: { table: rule?.table ?? '', rows: (rule?.rows ?? '').slice(0, 200) },
    hint: 'A rule names a table of the contract, columns of it, and a condition on one row without subqueries.',
    ...(cause === undefined ? {} : { cause }),
  });
}

/** Characters of what is wrong with a rule that everybody gets to read. */
const REASON_MAX = 300;
