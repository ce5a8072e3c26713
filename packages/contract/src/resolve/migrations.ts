/**
 * Migrations: applied to the tables of the version before, they lead to the tables that `schema.sql`
 * creates. Otherwise nodes that were there from the beginning and those that are set up anew would
 * have different tables.
 */

import type { Finding } from '../check/finding.ts';
import { SourceText } from '../check/source-text.ts';
import { parseStatements } from '../check/sql-parser.ts';
import { nodeOf } from '../check/sql-tree.ts';
import type { ContractPackage, PackageMigration } from '../package/contract-package.ts';
import { judgeTableChange, TABLE_SHAPES, type TableShape, tableShapeOf } from '../shape/table-change.ts';
import { readCatalogue } from './catalogue.ts';
import { judgeEqual } from './equal-rules.ts';
import { type Excerpt, wholeText } from './excerpt.ts';
import { type ContractScope, findingAt } from './resolved-statement.ts';
import { createSchema, excerptOfStatement, runStatements, SCHEMA_STATEMENTS } from './scratch-contract.ts';
import { attempt, type ScratchDatabase, undone } from './scratch-database.ts';
import { asRole, resolveStatements } from './throwaway.ts';
import { judgeTree } from './tree-rules.ts';
import { judgeWrites } from './write-rules.ts';

/** The version that a migration starts from. */
export interface PreviousVersion {
  readonly version: string;
  /** The text of its tables. */
  readonly schema: string;
}

/** Statements that change tables; they are run. */
const TABLE_CHANGES: ReadonlySet<string> = new Set([
  'CreateStmt',
  'IndexStmt',
  'AlterTableStmt',
  'RenameStmt',
  'DropStmt',
  'CommentStmt',
]);

/** An upgrade drops the views before the migration and creates those of the new version after it. */
const WITHOUT_VIEWS: ReadonlySet<string> = new Set(
  [...SCHEMA_STATEMENTS].filter((kind) => kind !== 'ViewStmt'),
);

/** Statements that change rows; they are resolved and not run. */
const ROW_CHANGES: ReadonlySet<string> = new Set(['InsertStmt', 'UpdateStmt', 'DeleteStmt']);

/** Tries the migration from `previous`; without a version before there is nothing to try. */
export async function checkMigrations(
  contract: ContractPackage,
  scratch: ScratchDatabase,
  role: string | null,
  previous: PreviousVersion | undefined,
): Promise<readonly Finding[]> {
  const { name, version } = contract.manifest;
  if (previous === undefined || previous.version === version) return [];
  const schema = new SourceText(contract.schema.file, contract.schema.text);
  const wanted = await undone(scratch, async () => {
    await createSchema(scratch, role, name);
    await runStatements(scratch, role, schema, SCHEMA_STATEMENTS);
    return { tables: await describeSchema(scratch, name), values: await readValues(scratch, name) };
  });
  return await undone(scratch, async () => {
    await createSchema(scratch, role, name);
    await runStatements(scratch, role, new SourceText('schema.sql', previous.schema), WITHOUT_VIEWS);
    const migration = contract.migrations.find(
      (each) => each.from === previous.version && each.to === version,
    );
    if (migration === undefined) {
      const before = await describeSchema(scratch, name);
      return difference(before, wanted.tables).length === 0
        ? []
        : [missing(contract, previous, difference(before, wanted.tables))];
    }
    const source = new SourceText(migration.file, migration.text);
    const known = new Set([...wanted.values, ...(await readValues(scratch, name))]);
    const findings = await new Migrating(scratch, role, name, known).run(source);
    if (findings.length > 0) return findings;
    const reached = await describeSchema(scratch, name);
    return difference(reached, wanted.tables).map((each) => differs(source, migration, each));
  });
}

function missing(
  contract: ContractPackage,
  previous: PreviousVersion,
  differences: readonly string[],
): Finding {
  const { version } = contract.manifest;
  const whole = wholeText(new SourceText(contract.schema.file, contract.schema.text));
  return findingAt(whole, {
    rule: 'migration-missing',
    construct: `version ${version} after ${previous.version}`,
    message: `its tables differ from those of ${previous.version} (${differences.slice(0, 3).join('; ')}), and no migration says how`,
    remedy: `Write migrations/${previous.version}-${version}.sql.`,
  });
}

function differs(source: SourceText, migration: PackageMigration, what: string): Finding {
  return findingAt(wholeText(source), {
    rule: 'migration-differs',
    construct: `migration ${migration.from}-${migration.to}`,
    message: `after it, the tables are other than schema.sql creates them: ${what}`,
    remedy:
      'Change the migration or schema.sql; a column that is added stands last in its table, in schema.sql too.',
    words: [/^[a-z]+ ([\w.]+)/.exec(what)?.[1]?.split('.').at(-1) ?? ''],
  });
}

/** Runs a migration in the scratch database, statement by statement. */
class Migrating {
  readonly #scratch: ScratchDatabase;
  readonly #role: string | null;
  readonly #contract: string;
  /** Defaults and generated values of the versions before and after it, which are judged with their tables. */
  readonly #knownValues: ReadonlySet<string>;

  constructor(
    scratch: ScratchDatabase,
    role: string | null,
    contract: string,
    knownValues: ReadonlySet<string>,
  ) {
    this.#scratch = scratch;
    this.#role = role;
    this.#contract = contract;
    this.#knownValues = knownValues;
  }

  async run(source: SourceText): Promise<readonly Finding[]> {
    const parsed = parseStatements(source.text);
    if ('error' in parsed) {
      const place = source.place(parsed.error.offset);
      const message = `Postgres: ${parsed.error.message}`;
      return [{ rule: 'syntax', layer: 'B2', ...place, construct: 'syntax', message, remedy: 'Correct it.' }];
    }
    const findings: Finding[] = [];
    for (const statement of parsed.ok) {
      const kind = nodeOf(statement.tree)?.kind ?? '';
      findings.push(...(await this.#apply(kind, excerptOfStatement(source, statement))));
    }
    return findings;
  }

  async #apply(kind: string, excerpt: Excerpt): Promise<readonly Finding[]> {
    if (ROW_CHANGES.has(kind)) return this.#judgeRowChange(excerpt);
    if (!TABLE_CHANGES.has(kind))
      return [refused(excerpt, kind, 'a migration changes tables, indexes and rows, nothing else')];
    const before = await readShapes(this.#scratch, this.#contract);
    const refusal = await attempt(this.#scratch, asRole(this.#role, excerpt.text));
    if (refusal !== null) return [refused(excerpt, kind, refusal.message)];
    return [...(await this.#judgeShapes(excerpt, before)), ...(await this.#judgeValues(excerpt))];
  }

  async #judgeShapes(excerpt: Excerpt, before: readonly TableShape[]): Promise<readonly Finding[]> {
    const change = judgeTableChange(before, await readShapes(this.#scratch, this.#contract));
    if (change === null) return [];
    const { subject, reason, remedy } = change;
    return [
      findingAt(excerpt, { rule: 'migration', construct: subject, message: reason, remedy, words: [] }),
    ];
  }

  async #judgeValues(excerpt: Excerpt): Promise<readonly Finding[]> {
    const values = await readValues(this.#scratch, this.#contract);
    const [unknown] = values.filter((each) => !this.#knownValues.has(each));
    if (unknown === undefined) return [];
    return [
      findingAt(excerpt, {
        rule: 'migration',
        construct: unknown,
        message:
          'schema.sql has no such default or generated value, so nothing judges what it writes into rows',
        remedy: 'Leave it out and write the values by UPDATE or INSERT.',
        words: ['default', 'generated'],
      }),
    ];
  }

  // What is written into rows must be the same on every node, as in a function.
  async #judgeRowChange(excerpt: Excerpt): Promise<readonly Finding[]> {
    const question = { functionName: 'migration', parameters: [], isPositional: true, sql: excerpt.text };
    const [answer] = await resolveStatements(this.#scratch, this.#role, [question]);
    if (answer === undefined) return [];
    if ('refusal' in answer) return [refused(excerpt, 'row change', answer.refusal.message)];
    const contract = this.#contract;
    const catalogue = await readCatalogue(this.#scratch, [contract]);
    const statement = { functionName: '', excerpt, tree: answer.tree, sql: excerpt.text, mayStop: false };
    const none = new Set<string>();
    const scope: ContractScope = {
      catalogue,
      contract,
      usedViews: none,
      scans: {},
      unindexedKeys: [],
      rowErrors: new Map(),
      views: new Map(),
      refusing: none,
    };
    return [
      ...judgeTree(statement, scope),
      ...judgeEqual(statement, scope),
      ...judgeWrites(statement, scope),
    ];
  }
}

function refused(excerpt: Excerpt, construct: string, message: string): Finding {
  return findingAt(excerpt, {
    rule: 'migration',
    construct,
    message,
    remedy:
      'Correct the statement; it sees the tables of the version before, as far as the statements above changed them.',
    words: [...message.matchAll(/"([^"]+)"/g)].map((match) => match[1] ?? ''),
  });
}

/** What differs between two descriptions, each line one object. */
function difference(found: readonly string[], wanted: readonly string[]): readonly string[] {
  const more = found.filter((each) => !wanted.includes(each)).map((each) => `${each} (not in schema.sql)`);
  const less = wanted.filter((each) => !found.includes(each)).map((each) => `${each} (missing)`);
  return [...less, ...more];
}

async function readShapes(scratch: ScratchDatabase, schema: string): Promise<readonly TableShape[]> {
  const { rows } = await scratch.query(TABLE_SHAPES, [schema]);
  return rows.map(tableShapeOf);
}

/** The defaults and generated values of a schema's columns, as `column t.c DEFAULT 1`. */
async function readValues(scratch: ScratchDatabase, schema: string): Promise<readonly string[]> {
  const { rows } = await scratch.query(VALUES, [schema]);
  return rows.map((row) => String(row['line']));
}

const VALUES = `
  SELECT 'column ' || c.relname::pg_catalog.text || '.' || a.attname::pg_catalog.text
           || CASE a.attgenerated WHEN '' THEN ' DEFAULT ' ELSE ' GENERATED AS ' END
           || pg_catalog.pg_get_expr(d.adbin, d.adrelid) AS line
    FROM pg_catalog.pg_attrdef AS d
    JOIN pg_catalog.pg_attribute AS a ON a.attrelid = d.adrelid AND a.attnum = d.adnum
    JOIN pg_catalog.pg_class AS c ON c.oid = d.adrelid
    JOIN pg_catalog.pg_namespace AS n ON n.oid = c.relnamespace
   WHERE n.nspname = $1
   ORDER BY line`;

/** A schema as lines, one an object: equal lines are equal tables. */
async function describeSchema(scratch: ScratchDatabase, schema: string): Promise<readonly string[]> {
  const { rows } = await scratch.query(DESCRIPTION, [schema]);
  return rows.map((row) => String(row['line']));
}

const DESCRIPTION = `
  SELECT found.line FROM (
    SELECT 'column ' || c.relname::pg_catalog.text || '.' || a.attname::pg_catalog.text || ' '
             || pg_catalog.format_type(a.atttypid, a.atttypmod)
             || CASE WHEN a.attnotnull THEN ' not null' ELSE '' END
             || coalesce(CASE a.attgenerated WHEN '' THEN ' default ' ELSE ' generated as ' END
                  || pg_catalog.pg_get_expr(d.adbin, d.adrelid), '')
             || ', number ' || pg_catalog.row_number() OVER (PARTITION BY c.oid ORDER BY a.attnum) AS line
      FROM pg_catalog.pg_class AS c
      JOIN pg_catalog.pg_namespace AS n ON n.oid = c.relnamespace
      JOIN pg_catalog.pg_attribute AS a ON a.attrelid = c.oid AND a.attnum > 0 AND NOT a.attisdropped
      LEFT JOIN pg_catalog.pg_attrdef AS d ON d.adrelid = a.attrelid AND d.adnum = a.attnum
     WHERE n.nspname = $1 AND c.relkind = 'r'
    UNION ALL
    SELECT 'constraint ' || c.relname::pg_catalog.text || '.' || k.conname::pg_catalog.text || ' ' || pg_catalog.pg_get_constraintdef(k.oid)
      FROM pg_catalog.pg_constraint AS k
      JOIN pg_catalog.pg_class AS c ON c.oid = k.conrelid
      JOIN pg_catalog.pg_namespace AS n ON n.oid = c.relnamespace
     WHERE n.nspname = $1 AND k.contype <> 'n'
    UNION ALL
    SELECT 'index ' || x.relname::pg_catalog.text || ' ' || pg_catalog.pg_get_indexdef(x.oid)
      FROM pg_catalog.pg_class AS x JOIN pg_catalog.pg_namespace AS n ON n.oid = x.relnamespace
     WHERE n.nspname = $1 AND x.relkind = 'i'
  ) AS found
  ORDER BY found.line`;
