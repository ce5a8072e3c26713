/**
 * Finds and reads the tests of a contract: `tests/**` ending in `.test.sql`, `.test.ts`, `.test.mts`,
 * `.test.mjs` or `.test.js`, and `tests/network.json`.
 */

import { readdir, readFile } from 'node:fs/promises';
import { register } from 'node:module';
import path from 'node:path';
import { pathToFileURL } from 'node:url';
import type { GenesisContract } from '@bucordo/protocol';
import { placeInTests, takeRegistered } from './contract-test.ts';
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
  readonly body: (run: TestRun) => Promise<void> | void;
}

/** All tests of a contract, and the network that they share. */
export interface LoadedTests {
  readonly tests: readonly LoadedTest[];
  readonly plan: NetworkPlan;
  /** The contracts to install, in order; the tested one is the last. */
  readonly contracts: readonly GenesisContract[];
}

const TEST_FILE = /\.test\.(sql|ts|mts|mjs|js)$/;

/**
 * Loads the tests of the contract in `folder`. `readContract` reads the contracts. Throws a
 * {@link TestError} with the place, or what a file of tests throws when it is loaded.
 */
export async function loadTests(
  folder: string,
  readContract: (folder: string) => Promise<GenesisContract>,
): Promise<LoadedTests> {
  const directory = path.join(folder, 'tests');
  const files = await listFiles(directory);
  const plan = new NetworkPlan();
  const networkFile = path.join(directory, 'network.json');
  const network = await readFile(networkFile, 'utf8').catch(() => null);
  if (network !== null)
    plan.add(parseNetworkDescription(network, networkFile), { file: networkFile, line: 1 });
  const tests: LoadedTest[] = [];
  for (const file of files.filter((each) => !each.endsWith('.sql')))
    tests.push(...(await loadModule(file, plan)));
  const used = await Promise.all(plan.contracts.map((each) => readContract(path.resolve(folder, each))));
  const contracts = [...used, await readContract(folder)];
  const isCallable = (contract: string, name: string): boolean =>
    contracts.some((each) => each.name === contract && Object.hasOwn(each.functions, name));
  await loadScanner();
  for (const file of files.filter((each) => each.endsWith('.sql'))) {
    const found = parseSqlTests(await readFile(file, 'utf8'), file, { plan, isCallable });
    tests.push(...found.map((test) => ({ ...test, body: (run: TestRun) => runSqlTest(run, test) })));
  }
  if (plan.members.length === 0) {
    throw new TestError('the tests have no members', {
      place: { file: networkFile, line: 1 },
      hint: 'Example: { "members": { "buyer": { "class": "buyer", "identities": { "alice": ["purchaser"] } } } }',
    });
  }
  tests.sort((one, two) => order(one.place, two.place));
  return { tests, plan, contracts };
}

function order(one: TestPlace, two: TestPlace): number {
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
