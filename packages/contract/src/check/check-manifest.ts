/** Layer B1 for the manifest: that what it names exists in the contract's texts, as it says. */

import { judgePredicate } from '../install/reader-predicate.ts';
import { StatementError } from '../install/statement-error.ts';
import type { ContractPackage } from '../package/contract-package.ts';
import { type JsonValue, readJson } from '../package/json-text.ts';
import { checkLimits } from './check-limits.ts';
import { FindingList } from './finding-list.ts';
import type { OwnFunction } from './functions/own-function.ts';
import { checkQuery } from './query/check-query.ts';
import { parseFragment } from './query/parse-fragment.ts';
import type { ContractScope } from './query/query-context.ts';
import type { Advice } from './rules/refused-functions.ts';
import type { SchemaModel } from './schema/schema-model.ts';
import { SourceText } from './source-text.ts';

/** Checks the manifest of a package against its texts. */
export function checkManifest(
  contract: ContractPackage,
  given: {
    readonly schema: SchemaModel;
    readonly functions: readonly OwnFunction[];
    readonly scope: ContractScope;
  },
  findings: FindingList,
): void {
  const { manifest, manifestText } = contract;
  const checker = new ManifestChecker(new SourceText(manifestText.file, manifestText.text), findings);
  const functions = new Set(given.functions.map(({ name }) => name));
  for (const name of Object.keys(manifest.functions)) {
    if (!functions.has(name)) checker.missing(['functions', name], `the function ${name}`, 'functions.sql');
  }
  checkViews(contract, given.schema, checker);
  checkScans(contract, { schema: given.schema, functions }, checker);
  manifest.readers.forEach((rule, index) => {
    const table = given.schema.get(rule.table);
    const path = ['readers', String(index)];
    if (table?.kind !== 'table') checker.missing([...path, 'table'], `the table ${rule.table}`, 'schema.sql');
    else {
      for (const column of rule.columns ?? []) {
        if (!table.columns.has(column)) {
          checker.missing([...path, 'columns'], `the column ${rule.table}.${column}`, 'schema.sql');
        }
      }
      if (rule.rows !== undefined)
        checker.predicate([...path, 'rows'], rule.rows, { ...given.scope, table: rule.table });
    }
  });
  checkWay(contract, checker);
}

function checkViews({ manifest }: ContractPackage, schema: SchemaModel, checker: ManifestChecker): void {
  for (const name of Object.keys(manifest.views)) {
    if (schema.get(name)?.kind !== 'view') checker.missing(['views', name], `the view ${name}`, 'schema.sql');
  }
  for (const other of Object.keys(manifest.uses)) {
    if (other === manifest.name) {
      checker.refuse(['uses', other], `"${other}"`, {
        rule: 'manifest',
        message: 'A contract need not say that it reads its own views.',
        remedy: 'Remove it.',
      });
    }
  }
}

function checkScans(
  { manifest }: ContractPackage,
  known: { readonly schema: SchemaModel; readonly functions: ReadonlySet<string> },
  checker: ManifestChecker,
): void {
  for (const [name, tables] of Object.entries(manifest.scans)) {
    if (!known.functions.has(name)) checker.missing(['scans', name], `the function ${name}`, 'functions.sql');
    for (const table of Object.keys(tables)) {
      if (known.schema.get(table)?.kind !== 'table') {
        checker.missing(['scans', name, table], `the table ${table}`, 'schema.sql');
      }
    }
  }
}

// Every migration leads, step by step, to the version of the manifest.
function checkWay({ manifest, migrations }: ContractPackage, checker: ManifestChecker): void {
  const next = new Map(migrations.map((migration) => [migration.from, migration.to]));
  for (const { from, file } of migrations) {
    let at = from;
    for (let steps = 0; at !== manifest.version && next.has(at) && steps <= migrations.length; steps++) {
      at = next.get(at) ?? at;
    }
    if (at === manifest.version) continue;
    checker.refuse(['version'], file, {
      rule: 'manifest',
      message: `The migration does not lead to ${manifest.version}, the version of the manifest, but to ${at}.`,
      remedy: 'Correct the version, or add the migration that is missing.',
    });
  }
}

class ManifestChecker {
  readonly #source: SourceText;
  readonly #tree: JsonValue;
  readonly #findings: FindingList;

  constructor(source: SourceText, findings: FindingList) {
    this.#source = source;
    this.#tree = readJson(source.text);
    this.#findings = findings;
  }

  missing(path: readonly string[], what: string, file: string): void {
    this.refuse(path, what, {
      rule: 'manifest',
      message: `${file} does not create it.`,
      remedy: `Correct the name, or create it in ${file}.`,
    });
  }

  refuse(path: readonly string[], construct: string, advice: Advice): void {
    this.#findings.add({ source: this.#source, offset: this.#offset(path) }, construct, advice);
  }

  /** A predicate over one table's columns. A text in JSON has one place for all that is in it. */
  predicate(path: readonly string[], rows: string, scope: ContractScope & { readonly table: string }): void {
    const source = new SourceText(
      this.#source.file,
      `SELECT FROM ${scope.contract}.${scope.table} WHERE (${rows}\n)`,
    );
    const inner = new FindingList();
    checkLimits([source], inner);
    const fragments = inner.isEmpty
      ? parseFragment(source, { sql: source.text, base: 0, start: 0 }, inner)
      : [];
    for (const { node, fragment } of fragments) {
      const base = { ...scope, functions: new Set<string>(), fragment, findings: inner };
      checkQuery(node, {
        ...base,
        common: new Map(),
        select: null,
        variables: new Map(),
        isPerRow: false,
        isPerManyRows: false,
        isCaught: false,
        onCall: () => undefined,
      });
    }
    const problem = inner.isEmpty ? predicateProblem(rows) : null;
    if (problem !== null) this.refuse(path, rows, notOne(problem));
    for (const { construct, rule, message, remedy } of inner.all) {
      this.refuse(path, construct, { rule, message, remedy });
    }
  }

  #offset(path: readonly string[]): number {
    let at: JsonValue | null = this.#tree;
    let place = 0;
    for (const key of path) {
      const next: { at: number; value: JsonValue } | null = step(at, key);
      if (next === null) break;
      place = next.at;
      at = next.value;
    }
    return Buffer.byteLength(this.#source.text.slice(0, place));
  }
}

function predicateProblem(rows: string): string | null {
  try {
    judgePredicate(rows);
    return null;
  } catch (error) {
    if (error instanceof StatementError) return error.message;
    throw error;
  }
}

function notOne(problem: string): Advice {
  return {
    rule: 'manifest',
    message: `No node puts it into a view: ${problem}.`,
    remedy: 'Write one condition on the columns.',
  };
}

function step(value: JsonValue | null, key: string): { at: number; value: JsonValue } | null {
  if (value?.kind === 'object') return value.entries.find((entry) => entry.key === key) ?? null;
  const item = value?.kind === 'list' ? value.items[Number(key)] : undefined;
  return item === undefined ? null : { at: item.at, value: item };
}
