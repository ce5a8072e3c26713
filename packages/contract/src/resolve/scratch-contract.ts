/** Creates contracts in a scratch database: the system's functions, tables, views and functions. */

import type { Finding } from '../check/finding.ts';
import type { SourceText } from '../check/source-text.ts';
import { type ParsedStatement, parseStatements } from '../check/sql-parser.ts';
import { nodeOf } from '../check/sql-tree.ts';
import { findingAt } from './resolved-statement.ts';
import { attempt, quoteName, type ScratchDatabase } from './scratch-database.ts';
import { asRole, THROWAWAY_SCHEMA } from './throwaway.ts';

/** Kinds of statements of `schema.sql`; others are not run. */
export const SCHEMA_STATEMENTS: ReadonlySet<string> = new Set([
  'CreateStmt',
  'IndexStmt',
  'ViewStmt',
  'AlterTableStmt',
  'CommentStmt',
]);

/** Kinds of statements of `functions.sql`. */
export const FUNCTION_STATEMENTS: ReadonlySet<string> = new Set(['CreateFunctionStmt', 'CommentStmt']);

/**
 * Makes what every contract finds: the context functions, and a role that owns what is created from
 * now on. Answers with the role, or null where the session may create none.
 */
export async function prepareScratch(scratch: ScratchDatabase): Promise<string | null> {
  const { rows } = await scratch.query(
    `SELECT pg_catalog.pg_backend_pid() AS pid, pg_catalog.to_regnamespace('bucordo') IS NOT NULL AS has_system`,
  );
  const name = `bucordo_check_${Number(rows[0]?.['pid'])}`;
  const refusal = await attempt(scratch, `CREATE ROLE ${name} NOLOGIN; GRANT ${name} TO CURRENT_USER`);
  const role = refusal === null ? name : null;
  if (rows[0]?.['has_system'] !== true) await scratch.query(CONTEXT_FUNCTIONS);
  await createSchema(scratch, role, THROWAWAY_SCHEMA);
  if (role !== null) {
    await scratch.query(
      `GRANT USAGE ON SCHEMA bucordo TO ${role}; GRANT USAGE ON LANGUAGE plpgsql, sql TO ${role};
       GRANT EXECUTE ON ALL FUNCTIONS IN SCHEMA bucordo TO ${role}`,
    );
    // Where the server is prepared for a node, built-in functions run with the rights that contracts have:
    // a generated column is computed when it is added.
    await attempt(scratch, `GRANT bucordo_contract TO ${role}`);
  }
  return role;
}

/** Makes an empty schema that the role owns; rejects when there is one of this name. */
export async function createSchema(
  scratch: ScratchDatabase,
  role: string | null,
  schema: string,
): Promise<void> {
  const owner = role === null ? '' : ` AUTHORIZATION ${quoteName(role)}`;
  await scratch.query(`CREATE SCHEMA ${quoteName(schema)}${owner}`);
}

/** Runs the statements of a text whose kind is among `kinds`; findings say which Postgres refuses. */
export async function runStatements(
  scratch: ScratchDatabase,
  role: string | null,
  source: SourceText,
  kinds: ReadonlySet<string>,
): Promise<readonly Finding[]> {
  const parsed = parseStatements(source.text);
  if ('error' in parsed) {
    const place = source.place(parsed.error.offset);
    const message = `Postgres: ${parsed.error.message}`;
    return [{ rule: 'syntax', layer: 'B2', ...place, construct: 'syntax', message, remedy: 'Correct it.' }];
  }
  const allowed = parsed.ok.filter((each) => kinds.has(nodeOf(each.tree)?.kind ?? ''));
  const findings = parsed.ok
    .filter((each) => !allowed.includes(each))
    .map((each) => unexpected(source, each));
  const all = allowed.map((each) => source.slice(each.start, each.end)).join('\n;\n');
  if (all === '' || (await attempt(scratch, asRole(role, all))) === null) return findings;
  for (const statement of allowed) {
    const refusal = await attempt(scratch, asRole(role, source.slice(statement.start, statement.end)));
    if (refusal !== null) findings.push(refused(source, statement, refusal.message));
  }
  return findings;
}

function unexpected(source: SourceText, statement: ParsedStatement): Finding {
  return findingAt(excerptOfStatement(source, statement), {
    rule: 'statement',
    construct: `${nodeOf(statement.tree)?.kind ?? 'statement'} in ${source.file}`,
    message: 'a contract creates tables, indexes, views and functions of its own schema, nothing else',
    remedy: 'Leave it out.',
  });
}

function refused(source: SourceText, statement: ParsedStatement, message: string): Finding {
  const words = [...message.matchAll(/"([^"]+)"/g)].map((match) => match[1] ?? '');
  return findingAt(excerptOfStatement(source, statement), {
    rule: 'unresolved',
    construct: nodeOf(statement.tree)?.kind ?? 'statement',
    message: `Postgres: ${message}`,
    remedy: 'Correct the statement: every name with its schema, in the order of creation.',
    words,
  });
}

/** The text of one statement and where it stands. */
export function excerptOfStatement(
  source: SourceText,
  statement: ParsedStatement,
): { source: SourceText; start: number; text: string } {
  const text = source.slice(statement.start, statement.end);
  return { source, start: source.slice(0, statement.start).length, text };
}

// Signatures and volatility of packages/node/sql/system/context.sql, letters.sql, reader-rights.sql and
// budget.sql; they are resolved, never called.
const CONTEXT_FUNCTIONS = `
  CREATE SCHEMA bucordo;
  CREATE FUNCTION bucordo.caller() RETURNS text LANGUAGE sql STABLE AS 'SELECT ''''';
  CREATE FUNCTION bucordo.member() RETURNS text LANGUAGE sql STABLE AS 'SELECT ''''';
  CREATE FUNCTION bucordo.has_role(role text) RETURNS boolean LANGUAGE sql STABLE AS 'SELECT true';
  CREATE FUNCTION bucordo.tx_id() RETURNS bytea LANGUAGE sql STABLE AS 'SELECT ''''::bytea';
  CREATE FUNCTION bucordo.height() RETURNS int8 LANGUAGE sql STABLE AS 'SELECT 0::int8';
  CREATE FUNCTION bucordo.position() RETURNS int8 LANGUAGE sql STABLE AS 'SELECT 0::int8';
  CREATE FUNCTION bucordo.ordinal() RETURNS int4 LANGUAGE sql VOLATILE AS 'SELECT 0';
  CREATE FUNCTION bucordo.block_time_ms() RETURNS int8 LANGUAGE sql STABLE AS 'SELECT 0::int8';
  CREATE FUNCTION bucordo.block_time() RETURNS timestamptz LANGUAGE sql STABLE AS 'SELECT NULL::timestamptz';
  CREATE FUNCTION bucordo.add_seconds(moment timestamptz, seconds int8) RETURNS timestamptz LANGUAGE sql IMMUTABLE AS 'SELECT moment';
  CREATE FUNCTION bucordo.seconds_between(earlier timestamptz, later timestamptz) RETURNS numeric LANGUAGE sql IMMUTABLE AS 'SELECT 0.0';
  CREATE FUNCTION bucordo.timestamp_utc(moment text) RETURNS timestamptz LANGUAGE sql IMMUTABLE AS 'SELECT NULL::timestamptz';
  CREATE FUNCTION bucordo.whole_number(value text) RETURNS int8 LANGUAGE sql IMMUTABLE AS 'SELECT 0::int8';
  CREATE FUNCTION bucordo.decimal_number(value text) RETURNS numeric LANGUAGE sql IMMUTABLE AS 'SELECT 0.0';
  CREATE FUNCTION bucordo.lower_case(value text) RETURNS text LANGUAGE sql IMMUTABLE AS 'SELECT value';
  CREATE FUNCTION bucordo.upper_case(value text) RETURNS text LANGUAGE sql IMMUTABLE AS 'SELECT value';
  CREATE FUNCTION bucordo.fold_case(value text) RETURNS text LANGUAGE sql IMMUTABLE AS 'SELECT value';
  CREATE FUNCTION bucordo.random_bytes(count int4) RETURNS bytea LANGUAGE sql VOLATILE AS 'SELECT ''''::bytea';
  CREATE FUNCTION bucordo.new_id() RETURNS uuid LANGUAGE sql VOLATILE AS 'SELECT NULL::uuid';
  CREATE FUNCTION bucordo.reader_member() RETURNS text LANGUAGE sql STABLE AS 'SELECT NULL::text';
  CREATE FUNCTION bucordo.reader_class() RETURNS text LANGUAGE sql STABLE AS 'SELECT NULL::text';
  CREATE FUNCTION bucordo.reader_roles() RETURNS text[] LANGUAGE sql STABLE AS 'SELECT NULL::text[]';
  CREATE FUNCTION bucordo.reader_has_role(role text) RETURNS boolean LANGUAGE sql STABLE AS 'SELECT true';
  CREATE FUNCTION bucordo.charge(units int4) RETURNS int4 LANGUAGE sql VOLATILE AS 'SELECT 0';
  CREATE FUNCTION bucordo.charge_scan(scanned text, rows_max int4) RETURNS int4 LANGUAGE sql VOLATILE AS 'SELECT 0';
  CREATE FUNCTION bucordo.charge_work(units numeric, free int4) RETURNS int4 LANGUAGE sql VOLATILE AS 'SELECT 0';
  CREATE FUNCTION bucordo.units_left() RETURNS int4 LANGUAGE sql STABLE AS 'SELECT 0';
  CREATE FUNCTION bucordo.check_size(bytes int4) RETURNS int4 LANGUAGE sql STABLE AS 'SELECT 0';
  CREATE FUNCTION bucordo.check_array(elements anyarray) RETURNS int4 LANGUAGE sql STABLE AS 'SELECT 0';
  CREATE FUNCTION bucordo.check_digits(digits int4) RETURNS int4 LANGUAGE sql STABLE AS 'SELECT 0';
  CREATE FUNCTION bucordo.check_nesting(document jsonb) RETURNS jsonb LANGUAGE sql STABLE AS 'SELECT document'`;
