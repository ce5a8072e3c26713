/**
 * Finds and reads the tests of a contract: `tests/**` ending in `.test.sql`, `.test.ts`, `.test.mts`,
 * `.test.mjs` or `.test.js`, and `tests/network.json`.
 */

import { readdir, readFile } from 'node:fs/promises';
import { register } from 'node:module';
import path from 'node:path';
import { pathToFileURL } from 'node:url';
import type { GenesisContract } from '@bucordo/protocol';
import { placeInTests, type TestBegin, takeRegistered } from './contract-test.ts';
import { NetworkPlan, parseNetworkDescription } from './network-description.ts';
import { loadScanner } from './sql-scanner.ts';
import { parseSqlTests } from './sql-test-file.ts';
import { runSqlTest } from './sql-test-run.ts';
import { TestError, type TestPlace } from './test-error.ts';
import type { TestRun } from './test-run.ts';

/** A test that can be run. */
export interface LoadedTest {
  readonly name: string;
  readonly place: TestPlace;
  readonly begins: TestBegin;
  readonly body: (run: TestRun) => Promise<void> | void;
}

/** All tests of a contract, and the network that they share. */
export interface LoadedTests {
  readonly tests: readonly LoadedTest[];
  readonly plan: NetworkPlan;
  /** The contracts to install, in order; the tested one is the last. */
  readonly contracts: readonly GenesisContract[];
  /** The same for tests that begin on the version before; null where none is named. */
  readonly previousContracts: readonly GenesisContract[] | null;
}

/** Options of {@link loadTests}. */
export interface LoadOptions {
  readonly readContract: (folder: string) => Promise<GenesisContract>;
  /** Folder of the version before; otherwise the one that the network's description names. */
  readonly previous?: string | undefined;
}

const TEST_FILE = /\.test\.(sql|ts|mts|mjs|js)$/;

/**
 * Loads the tests of the contract in `folder`. Where a version before is named, its own tests are taken
 * too: each leaves rows behind, on which the migration is run. Throws a {@link TestError} with the place,
 * or what a file of tests throws when it is loaded.
 */
export async function loadTests(folder: string, options: LoadOptions): Promise<LoadedTests> {
  const { readContract } = options;
  const plan = new NetworkPlan();
  const files = await listFiles(path.join(folder, 'tests'));
  const networkFile = await addNetwork(plan, folder);
  const tested = await readContract(folder);
  const modules = await loadModules(files, plan);
  const before = await loadPrevious(options.previous ?? fromFolder(folder, plan.previous), options, tested);
  if (before !== null) addMembers(plan, before.plan, networkFile);
  const others = await readOthers(folder, plan, readContract);
  const contracts = [...others, tested];
  const previousContracts =
    before === null
      ? null
      : [...differentFrom(others, before.contracts.slice(0, -1)), ...others, before.tested];
  const known = [...contracts, ...(before === null ? [] : before.contracts)];
  const tests = [...modules, ...(await loadSql(files, plan, known))].sort(byPlace);
  tests.push(...(before?.tests ?? []));
  if (plan.members.length === 0) {
    throw new TestError('the tests have no members', {
      place: { file: networkFile, line: 1 },
      hint: 'Example: { "members": { "buyer": { "class": "buyer", "identities": { "alice": ["purchaser"] } } } }',
    });
  }
  requirePrevious(tests, before !== null);
  return { tests, plan, contracts, previousContracts };
}

/** The version before, with its tests as those of the migration. */
interface Previous {
  readonly plan: NetworkPlan;
  readonly contracts: readonly GenesisContract[];
  readonly tested: GenesisContract;
  readonly tests: readonly LoadedTest[];
}

async function loadPrevious(
  folder: string | null,
  { readContract }: LoadOptions,
  next: GenesisContract,
): Promise<Previous | null> {
  if (folder === null) return null;
  const tested = await readContract(folder);
  const place = { file: path.join(folder, 'contract.json'), line: 1 };
  const migration = (next.migrations ?? []).find(({ from }) => from === tested.version);
  if (tested.name !== next.name || migration === undefined) {
    throw new TestError(
      `${folder} has ${tested.name} ${tested.version}, from which ${next.name} ${next.version} has no migration`,
      { place, hint: 'Name the folder of the version that a file below migrations/ begins with.' },
    );
  }
  const plan = new NetworkPlan();
  await addNetwork(plan, folder);
  const files = await listFiles(path.join(folder, 'tests'));
  const modules = await loadModules(files, plan);
  const contracts = [...(await readOthers(folder, plan, readContract)), tested];
  const loaded = [...modules, ...(await loadSql(files, plan, contracts))].sort(byPlace);
  const step = `${tested.version} to ${next.version}`;
  const tests = loaded
    .filter(({ begins }) => begins === 'tested')
    .map((test): LoadedTest => {
      const body = async (run: TestRun): Promise<void> => {
        await test.body(run);
        await run.upgrade();
      };
      return { name: `${step}, on the rows of: ${test.name}`, place: test.place, begins: 'previous', body };
    });
  const empty: LoadedTest = {
    name: `${step}, on no rows`,
    place,
    begins: 'previous',
    body: (run) => run.upgrade(),
  };
  return { plan, contracts, tested, tests: [empty, ...tests] };
}

/** Adds `tests/network.json`, where there is one, and says where it lies. */
async function addNetwork(plan: NetworkPlan, folder: string): Promise<string> {
  const file = path.join(folder, 'tests', 'network.json');
  const text = await readFile(file, 'utf8').catch(() => null);
  if (text !== null) plan.add(parseNetworkDescription(text, file), { file, line: 1 });
  return file;
}

function addMembers(plan: NetworkPlan, before: NetworkPlan, file: string): void {
  plan.add({ members: Object.fromEntries(before.members) }, { file, line: 1 });
}

function fromFolder(folder: string, other: string | null): string | null {
  return other === null ? null : path.resolve(folder, other);
}

function readOthers(
  folder: string,
  plan: NetworkPlan,
  readContract: LoadOptions['readContract'],
): Promise<GenesisContract[]> {
  return Promise.all(plan.contracts.map((each) => readContract(path.resolve(folder, each))));
}

// Contracts that only the version before uses; of those that both use there is one.
function differentFrom(
  others: readonly GenesisContract[],
  before: readonly GenesisContract[],
): readonly GenesisContract[] {
  return before.filter(({ name }) => others.every((each) => each.name !== name));
}

async function loadModules(files: readonly string[], plan: NetworkPlan): Promise<LoadedTest[]> {
  const tests: LoadedTest[] = [];
  for (const file of files.filter((each) => !each.endsWith('.sql')))
    tests.push(...(await loadModule(file, plan)));
  return tests;
}

async function loadSql(
  files: readonly string[],
  plan: NetworkPlan,
  contracts: readonly GenesisContract[],
): Promise<LoadedTest[]> {
  const isCallable = (contract: string, name: string): boolean =>
    contracts.some((each) => each.name === contract && Object.hasOwn(each.functions, name));
  await loadScanner();
  const tests: LoadedTest[] = [];
  for (const file of files.filter((each) => each.endsWith('.sql'))) {
    for (const test of parseSqlTests(await readFile(file, 'utf8'), file, { plan, isCallable })) {
      const begins = test.steps.some(({ kind }) => kind === 'upgrade') ? 'previous' : 'tested';
      tests.push({ ...test, begins, body: (run) => runSqlTest(run, test) });
    }
  }
  return tests;
}

function requirePrevious(tests: readonly LoadedTest[], isNamed: boolean): void {
  const test = isNamed ? undefined : tests.find(({ begins }) => begins === 'previous');
  if (test === undefined) return;
  throw new TestError(`"${test.name}" upgrades, and the version before is not named`, {
    place: test.place,
    hint: 'Name its folder: "previous" in tests/network.json, or --previous.',
  });
}

function byPlace({ place: one }: LoadedTest, { place: two }: LoadedTest): number {
  if (one.file !== two.file) return one.file < two.file ? -1 : 1;
  return one.line - two.line;
}

async function listFiles(directory: string): Promise<string[]> {
  const entries = await readdir(directory, { recursive: true, withFileTypes: true }).catch(() => []);
  return entries
    .filter((entry) => entry.isFile() && TEST_FILE.test(entry.name))
    .map((entry) => path.join(entry.parentPath, entry.name))
    .sort();
}

let isRegistered = false;
/** Modules are kept by Node for good; another address makes it read one again. */
let round = 0;

async function loadModule(file: string, plan: NetworkPlan): Promise<LoadedTest[]> {
  if (!isRegistered) register('./typescript-loader.js', import.meta.url);
  isRegistered = true;
  takeRegistered();
  try {
    await import(`${pathToFileURL(file).href}?round=${++round}`);
  } catch (error) {
    if (error instanceof TestError) throw error;
    const place = placeInTests(error instanceof Error ? error.stack : '') ?? { file, line: 1 };
    throw new TestError(error instanceof Error ? error.message : String(error), { place });
  }
  const { tests, networks } = takeRegistered();
  for (const { description, place } of networks) plan.add(description, place);
  if (tests.length === 0) {
    throw new TestError('the file has no test', {
      place: { file, line: 1 },
      hint: "import { contractTest } from '@bucordo/kit' and call it.",
    });
  }
  return tests;
}
