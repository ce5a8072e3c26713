/**
 * Layer B2 of the checker: what a contract means. A scratch Postgres resolves every name, overload,
 * operator and implicit conversion; the rules judge the result. Nothing of the contract is run, and
 * everything that was created is rolled back.
 *
 * The verdict is advice to the member who approves: catalogues differ between versions of Postgres, so
 * a network that admits several runs this on the lowest and the highest.
 */

import { type Finding, sortFindings } from '../check/finding.ts';
import { SourceText } from '../check/source-text.ts';
import { loadParser, type ParsedStatement, parseStatements } from '../check/sql-parser.ts';
import type { ContractPackage } from '../package/contract-package.ts';
import { judgeRecursion, withCallers, withHandlers } from './call-cycles.ts';
import { readCatalogue, withNewTypes } from './catalogue.ts';
import { judgeEqual } from './equal-rules.ts';
import { wholeText } from './excerpt.ts';
import { readFunctionFacts } from './function-facts.ts';
import type { FunctionText } from './function-program.ts';
import { judgeFunction } from './function-rules.ts';
import { functionTextOf } from './function-texts.ts';
import { judgeManifest, type OtherContract, publishedViews, usedViews } from './manifest-rules.ts';
import { checkMigrations, type PreviousVersion } from './migrations.ts';
import type { TreeNode } from './node-tree.ts';
import { judgeReads } from './read-rules.ts';
import { judgeReaders } from './reader-rules.ts';
import { resolveFunctions } from './resolve-functions.ts';
import { type ContractScope, findingAt } from './resolved-statement.ts';
import { errorsOfRows, unindexedKeys } from './row-facts.ts';
import {
  createSchema,
  FUNCTION_STATEMENTS,
  prepareScratch,
  runStatements,
  SCHEMA_STATEMENTS,
} from './scratch-contract.ts';
import { inScratch, type ScratchDatabase } from './scratch-database.ts';
import { type RelationFacts, readTableFacts } from './table-facts.ts';
import { judgeTables } from './table-rules.ts';
import { THROWAWAY_SCHEMA } from './throwaway.ts';
import { judgeTree } from './tree-rules.ts';
import { judgeWrites } from './write-rules.ts';
import { WrittenPlaces } from './written-places.ts';

/** What the checker may know besides the package. */
export interface SemanticOptions {
  /** The version that runs in the network: migrations are tried from it. */
  readonly previous?: PreviousVersion;
  /** Contracts whose views this one uses. */
  readonly others?: readonly OtherContract[];
}

/**
 * Checks what `contract` means with the help of `scratch`, which is as before afterwards. Rejects only
 * when the scratch database fails; findings are the answer otherwise, sorted by place.
 */
export async function checkSemantics(
  contract: ContractPackage,
  scratch: ScratchDatabase,
  options: SemanticOptions = {},
): Promise<readonly Finding[]> {
  await loadParser();
  const findings = await inScratch(scratch, () => new SemanticCheck(contract, scratch, options).run());
  return sortFindings(findings);
}

class SemanticCheck {
  readonly #contract: ContractPackage;
  readonly #scratch: ScratchDatabase;
  readonly #options: SemanticOptions;
  readonly #schema: SourceText;
  readonly #functions: SourceText;
  #role: string | null = null;

  constructor(contract: ContractPackage, scratch: ScratchDatabase, options: SemanticOptions) {
    this.#contract = contract;
    this.#scratch = scratch;
    this.#options = options;
    this.#schema = new SourceText(contract.schema.file, contract.schema.text);
    this.#functions = new SourceText(contract.functions.file, contract.functions.text);
  }

  async run(): Promise<readonly Finding[]> {
    const { name } = this.#contract.manifest;
    this.#role = await prepareScratch(this.#scratch);
    if (isReserved(name)) return [this.#reserved(name)];
    const findings = [...(await this.#createOthers())];
    findings.push(
      ...(await checkMigrations(this.#contract, this.#scratch, this.#role, this.#options.previous)),
    );
    await createSchema(this.#scratch, this.#role, name);
    findings.push(...(await runStatements(this.#scratch, this.#role, this.#schema, SCHEMA_STATEMENTS)));
    findings.push(...(await runStatements(this.#scratch, this.#role, this.#functions, FUNCTION_STATEMENTS)));
    findings.push(...(await this.#judge()));
    return findings;
  }

  #reserved(name: string): Finding {
    const { file, text } = this.#contract.manifestText;
    return findingAt(wholeText(new SourceText(file, text)), {
      rule: 'contract-name',
      construct: `name ${name}`,
      message: 'schemas of this name belong to Postgres or to the node',
      remedy: 'Choose another name.',
      words: [`"${name}"`],
    });
  }

  async #createOthers(): Promise<readonly Finding[]> {
    for (const other of this.#options.others ?? []) {
      await createSchema(this.#scratch, this.#role, other.name);
      // Members have approved it, so what Postgres refuses in it is not this contract's fault.
      await runStatements(
        this.#scratch,
        this.#role,
        new SourceText(other.name, other.schema),
        SCHEMA_STATEMENTS,
      );
    }
    return [];
  }

  async #judge(): Promise<readonly Finding[]> {
    const { manifest } = this.#contract;
    const relations = await readTableFacts(this.#scratch, manifest.name);
    const facts = new Map(
      (await readFunctionFacts(this.#scratch, manifest.name)).map((each) => [each.name, each]),
    );
    const texts = this.#functionTexts();
    const others = (this.#options.others ?? []).map((other) => other.name);
    const resolving = {
      scratch: this.#scratch,
      role: this.#role,
      catalogue: await readCatalogue(this.#scratch, [manifest.name, ...others]),
      facts,
    };
    const resolved = await resolveFunctions(resolving, texts);
    const catalogue = await withNewTypes(resolving.catalogue, this.#scratch);
    const own = { catalogue, contract: manifest.name };
    const statements = withHandlers(resolved.statements, own);
    const views = await this.#viewQueries(relations, others);
    const places = new WrittenPlaces(this.#schema, statementsOf(this.#schema));
    const expressions: ContractScope = {
      ...own,
      views,
      refusing: withCallers(resolved.refusing, statements, own),
      usedViews: usedViews(manifest, this.#options.others ?? []),
      scans: manifest.scans,
      unindexedKeys: unindexedKeys(relations),
      rowErrors: new Map(),
    };
    const scope = { ...expressions, rowErrors: errorsOfRows(relations, expressions, places) };
    return [
      ...judgeManifest(this.#contract, scope, relations, facts, this.#options.others),
      ...this.#judgeRelations(relations, scope, places),
      ...resolved.findings,
      ...texts.flatMap((text) => judgeFunction(text, facts.get(text.name), scope)),
      ...(await judgeReaders(this.#contract, this.#scratch, this.#role, scope)),
      ...judgeRecursion(statements, scope),
      ...(await this.#strays()),
      ...statements.flatMap((statement) => [
        ...judgeTree(statement, scope),
        ...judgeEqual(statement, scope),
        ...judgeWrites(statement, scope),
        ...judgeReads(statement, scope, views),
      ]),
    ];
  }

  // What the contract created outside its schema: temporary tables, for one.
  async #strays(): Promise<readonly Finding[]> {
    if (this.#role === null) return [];
    const others = (this.#options.others ?? []).map((other) => other.name);
    const { rows } = await this.#scratch.query(STRAYS, [
      this.#role,
      [this.#contract.manifest.name, THROWAWAY_SCHEMA, ...others],
    ]);
    return rows.map((row) =>
      findingAt(wholeText(this.#schema), {
        rule: 'stray',
        construct: String(row['name']),
        message: 'it lies outside the schema of the contract',
        remedy: `Create it as ${this.#contract.manifest.name}.${String(row['name'])}, and nothing temporary.`,
        words: [String(row['name'])],
      }),
    );
  }

  #judgeRelations(
    relations: readonly RelationFacts[],
    scope: ContractScope,
    places: WrittenPlaces,
  ): readonly Finding[] {
    const published = publishedViews(this.#contract.manifest);
    const own = { ...scope, usedViews: new Set<string>() };
    return [
      ...judgeTables(
        relations.filter((each) => !published.has(each.name)),
        scope,
        places,
      ),
      ...judgeTables(
        relations.filter((each) => published.has(each.name)),
        own,
        places,
      ),
    ];
  }

  #functionTexts(): readonly FunctionText[] {
    return statementsOf(this.#functions).flatMap((statement) => {
      const text = functionTextOf(this.#functions, statement, this.#contract.manifest.name);
      return text === null ? [] : [text];
    });
  }

  async #viewQueries(
    relations: readonly RelationFacts[],
    others: readonly string[],
  ): Promise<ReadonlyMap<number, TreeNode>> {
    const all = [...relations];
    for (const other of others) all.push(...(await readTableFacts(this.#scratch, other)));
    return new Map(all.flatMap((each) => (each.query === null ? [] : [[each.oid, each.query] as const])));
  }
}

function isReserved(name: string): boolean {
  return /^(pg_|bucordo)|^(public|information_schema)$/.test(name);
}

const STRAYS = `
  SELECT c.relname::pg_catalog.text AS name
    FROM pg_catalog.pg_class AS c
    JOIN pg_catalog.pg_namespace AS n ON n.oid = c.relnamespace
    JOIN pg_catalog.pg_roles AS r ON r.oid = c.relowner
   WHERE r.rolname = $1 AND n.nspname <> ALL ($2::pg_catalog.text[]) AND c.relkind IN ('r', 'v', 'm', 'S', 'f', 'p')
   ORDER BY c.relname`;

function statementsOf(source: SourceText): readonly ParsedStatement[] {
  const parsed = parseStatements(source.text);
  return 'ok' in parsed ? parsed.ok : [];
}
