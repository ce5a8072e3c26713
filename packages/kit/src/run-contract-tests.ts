/**
 * Runs the tests of a contract: one throwaway server, two databases, each test once in each under
 * different conditions, and a comparison of all that members would compare.
 */

import { performance } from 'node:perf_hooks';
import { markBranches } from '@bucordo/contract';
import type { Catalogue } from '@bucordo/node/engine';
import { encodeContractDocument, type GenesisContract } from '@bucordo/protocol';
import { FIRST, SECOND } from './conditions.ts';
import { placeInTests } from './contract-test.ts';
import { Coverage, type CoverageReport } from './coverage.ts';
import { differencesOfContents } from './find-difference.ts';
import { ForgottenPromises } from './forgotten-promises.ts';
import { type LoadedTest, type LoadedTests, loadTests } from './load-tests.ts';
import { isPostgresError, postgresWords } from './postgres-words.ts';
import { readContract } from './read-contract.ts';
import { foundNetwork, TestChain, type TestGenesis } from './test-chain.ts';
import { TestDatabase } from './test-database.ts';
import { Rejected, TestError, type TestPlace } from './test-error.ts';
import { type NextVersion, TestRun } from './test-run.ts';
import { startThrowawayServer, type ThrowawayServer } from './throwaway-server.ts';

/** Why a test failed. */
export interface TestFailure {
  readonly message: string;
  readonly hint: string;
  readonly place: TestPlace;
  /** In which run; null where the two differ. */
  readonly run: string | null;
}

/** What a test came to. */
export interface TestResult {
  readonly name: string;
  readonly place: TestPlace;
  readonly durationMs: number;
  readonly failure: TestFailure | null;
}

/** What all tests came to. */
export interface TestReport {
  readonly contract: string;
  readonly results: readonly TestResult[];
  /** How long it took until the first test began. */
  readonly preparedMs: number;
  readonly durationMs: number;
  readonly coverage: CoverageReport;
  readonly migration: MigrationReport;
}

/** Which migrations of the contract were run on rows. */
export interface MigrationReport {
  /** The version before that was named, or null. */
  readonly ran: string | null;
  /** Versions from which the contract has a migration that was not run. */
  readonly left: readonly string[];
}

/** Options of {@link runContractTests}. */
export interface ContractTestOptions {
  /** Only tests whose names contain this text. */
  readonly filter?: string;
  /** Whether branches of the functions are counted, for which the contract is changed a little. */
  readonly isMarked?: boolean;
  /** Folder of the version before, from which the migration is run; otherwise `previous` of `tests/network.json`. */
  readonly previous?: string | undefined;
  /** Called after each test. */
  readonly onResult?: (result: TestResult) => void;
}

/**
 * Runs the tests in `folder`. Rejects when they cannot be run at all: a {@link TestError} for a file,
 * the faults of the server and of installing a contract.
 */
export async function runContractTests(
  folder: string,
  options: ContractTestOptions = {},
): Promise<TestReport> {
  const started = performance.now();
  const servers: Promise<ThrowawayServer>[] = [];
  const startServer = (): Promise<ThrowawayServer> => {
    const starting = startThrowawayServer({ settings: { track_functions: 'all' } });
    // Its failure is heard where it is awaited, but perhaps later than that of the tests.
    starting.catch(() => undefined);
    servers.push(starting);
    return starting;
  };
  try {
    const starting = startServer();
    const loaded = await loadTests(folder, { readContract, previous: options.previous });
    const chosen = loaded.tests.filter((test) => test.name.includes(options.filter ?? ''));
    const isUpgrading = chosen.some(({ begins }) => begins === 'previous');
    const { session, coverage, contract } = await openTested(loaded, await starting, options);
    const upgrading = isUpgrading ? await openPrevious(loaded, await startServer()) : null;
    const results: TestResult[] = [];
    const preparedMs = performance.now() - started;
    for (const test of chosen) {
      const result = await (test.begins === 'previous' ? upgrading : session)?.run(test);
      if (result === undefined) continue;
      results.push(result);
      options.onResult?.(result);
    }
    await Promise.all([session.close(), upgrading?.close()]);
    const durationMs = performance.now() - started;
    const migration = migrationReport(contract, isUpgrading ? loaded.previousContracts : null);
    return {
      contract: contract.name,
      results,
      preparedMs,
      durationMs,
      coverage: coverage.report(),
      migration,
    };
  } finally {
    for (const starting of servers) await (await starting.catch(() => null))?.stop();
  }
}

function migrationReport(
  { migrations = [] }: GenesisContract,
  before: LoadedTests['previousContracts'],
): MigrationReport {
  const ran = before?.at(-1)?.version ?? null;
  return { ran, left: migrations.map(({ from }) => from).filter((from) => from !== ran) };
}

/** A session on the tested version, whose functions may be marked. */
async function openTested(
  { plan, contracts }: LoadedTests,
  server: ThrowawayServer,
  { isMarked = false }: ContractTestOptions,
): Promise<{ session: Session; coverage: Coverage; contract: GenesisContract }> {
  const contract = contracts.at(-1);
  if (contract === undefined) throw new Error('no contract');
  const marked = isMarked ? await markBranches(contract.source) : { source: contract.source, lines: [] };
  const genesis = foundNetwork(plan, [...contracts.slice(0, -1), { ...contract, source: marked.source }]);
  const coverage = new Coverage(contract, marked.lines);
  const session = await Session.open(server, { genesis, coverage, contract: contract.name, next: null });
  return { session, coverage, contract };
}

/** A session on the version before, from which its tests upgrade. */
async function openPrevious(
  { plan, contracts, previousContracts }: LoadedTests,
  server: ThrowawayServer,
): Promise<Session> {
  const [contract, before] = [contracts.at(-1), previousContracts?.at(-1)];
  if (contract === undefined || before === undefined) throw new Error('no version before');
  const genesis = foundNetwork(plan, previousContracts ?? []);
  const next = { document: encodeContractDocument(contract), from: before.version, to: contract.version };
  // What these tests reach is not what the tested version's own tests reach.
  const coverage = new Coverage(before, []);
  return Session.open(server, { genesis, coverage, contract: contract.name, next });
}

/** What a session needs. */
interface SessionParts {
  readonly genesis: TestGenesis;
  readonly coverage: Coverage;
  /** Name of the tested contract. */
  readonly contract: string;
  /** To which version its tests upgrade. */
  readonly next: NextVersion | null;
}

/** The two databases. */
class Session {
  readonly #coverage: Coverage;
  readonly #genesis: TestGenesis;
  readonly #contract: string;
  readonly #next: NextVersion | null;
  readonly #one: TestDatabase;
  readonly #two: TestDatabase;

  static async open(server: ThrowawayServer, parts: SessionParts): Promise<Session> {
    const [first = '', second = ''] = server.databases;
    const options = { genesis: parts.genesis, branchCount: parts.coverage.branchCount };
    const one = await TestDatabase.install(server, first, { ...options, conditions: FIRST });
    const two = await TestDatabase.install(server, second, { ...options, conditions: SECOND });
    return new Session(parts, one, two);
  }

  private constructor(parts: SessionParts, one: TestDatabase, two: TestDatabase) {
    this.#genesis = parts.genesis;
    this.#contract = parts.contract;
    this.#next = parts.next;
    this.#coverage = parts.coverage;
    this.#one = one;
    this.#two = two;
  }

  /** Both runs of a test. Both databases keep their transaction until they are compared. */
  async run(test: LoadedTest): Promise<TestResult> {
    const started = performance.now();
    const { name, place } = test;
    const failure = await this.#runTwice(test);
    await Promise.all([this.#one.end(), this.#two.end()]);
    return { name, place, durationMs: performance.now() - started, failure };
  }

  async #runTwice(test: LoadedTest): Promise<TestFailure | null> {
    let before: TestRun | null = null;
    for (const database of [this.#one, this.#two]) {
      const catalogue = await database.begin();
      const run = this.#newRun(database, catalogue, before);
      const forgotten = new ForgottenPromises();
      try {
        await test.body(run);
        await run.finish();
        await forgotten.require();
      } catch (error) {
        // Calls that the test did not await are over before the next test begins.
        await run.finish().catch(() => undefined);
        return failureOf(error, test, database.conditions.name);
      } finally {
        await forgotten.stop();
        await this.#cover(database, run);
      }
      before = run;
    }
    return this.#compare(test);
  }

  #newRun(database: TestDatabase, catalogue: Catalogue, before: TestRun | null): TestRun {
    const chain = new TestChain(this.#genesis, catalogue);
    return new TestRun({ database, chain, contract: this.#contract, before, next: this.#next });
  }

  async #cover(database: TestDatabase, run: TestRun): Promise<void> {
    this.#coverage.addRejections(run.rejections);
    this.#coverage.addCalled(run.called);
    if (database !== this.#one) return;
    try {
      this.#coverage.addEntries(await database.functionEntries());
      if (this.#coverage.branchCount > 0) this.#coverage.addBranches(await database.reachedBranches());
    } catch {
      // The connection was lost in this test, which failed for it.
    }
  }

  // Equal state hashes say so already; the rows themselves say it without any of the node's own code.
  async #compare(test: LoadedTest): Promise<TestFailure | null> {
    const [one, two] = await Promise.all([this.#one.contents(), this.#two.contents()]);
    if ([...one].every(([table, digest]) => two.get(table) === digest)) return null;
    const differences = await differencesOfContents(this.#one, this.#two);
    const message = ['the two runs differ at the end:', ...differences.map((line) => `  ${line}`)].join('\n');
    return { message, hint: '', place: test.place, run: null };
  }

  async close(): Promise<void> {
    await Promise.all([this.#one.close(), this.#two.close()]);
  }
}

function failureOf(error: unknown, test: LoadedTest, run: string): TestFailure {
  const stack = error instanceof Error ? error.stack : '';
  const told = error instanceof TestError ? error.place : null;
  const place = told ?? placeInTests(stack, test.place.file) ?? test.place;
  const isDifference = error instanceof Error && error.constructor.name === 'RunsDiffer';
  const hint = error instanceof TestError ? error.hint : '';
  return { message: messageOf(error), hint, place, run: isDifference ? null : run };
}

function messageOf(error: unknown): string {
  if (error instanceof Rejected) return `the call was rejected: ${error.message}`;
  if (isPostgresError(error)) return postgresWords(error);
  return error instanceof Error ? error.message : String(error);
}
