/**
 * What tests in TypeScript and JavaScript are written with.
 *
 * ```ts
 * import { contractTest } from '@bucordo/kit';
 *
 * contractTest('an order is placed once', async (t) => {
 *   await t.as('buyer/alice').call('place_order', { order_id: 1, goods: 'pens' });
 *   await t.rejects(t.as('buyer/alice').call('place_order', { order_id: 1, goods: 'pens' }), 'BC201');
 * });
 * ```
 *
 * A test runs twice, in two databases, and must do the same both times: it keeps nothing between its
 * runs and asks for the order of rows where the order matters.
 */

import { fileURLToPath } from 'node:url';
import type { NetworkDescription } from './network-description.ts';
import type { TestRow } from './test-database.ts';
import type { Rejected, TestPlace } from './test-error.ts';

/** Values of a call by parameter; a bigint goes as whole number, bytes as hexadecimal text. */
export type TestArguments = Readonly<Record<string, unknown>>;

/** Signs calls for one identity. */
export interface TestCaller {
  /**
   * Calls a function of the tested contract, or of another one as `contract.function`, in a transaction
   * and block of its own. Resolves to what it returns; rejects with {@link Rejected}.
   */
  call(name: string, args?: TestArguments): Promise<unknown>;
  /** Several calls in one transaction: all or none. Resolves to what they return, in order. */
  transaction(calls: readonly (readonly [name: string, args?: TestArguments])[]): Promise<readonly unknown[]>;
  /** Rows as this identity sees them through the node's query door, by the readers' rules of the manifest. */
  query(sql: string, parameters?: readonly unknown[]): Promise<TestRow[]>;
}

/** The hands of a test. Calls run one after the other, in the order in which they are made. */
export interface TestContext {
  /** Height of the last block. */
  readonly height: number;
  /** Time of the last block, `YYYY-MM-DDThh:mm:ss.sssZ`. */
  readonly time: string;
  /** `member/name` of `tests/network.json`. */
  as(identity: string): TestCaller;
  /** Demands that the call is rejected with this code, and if given, with these words in its message. */
  rejects(outcome: Promise<unknown>, code: string, words?: string): Promise<Rejected>;
  /** Rows of a statement that reads the state after the last call, all of it; it changes nothing. */
  query(sql: string, parameters?: readonly unknown[]): Promise<TestRow[]>;
  /** The next block has this time; it is later than the last one's. Without a word, blocks are a second apart. */
  at(time: string): void;
  /** Empty blocks go by, then time. */
  advance(by: { readonly blocks?: number; readonly seconds?: number }): Promise<void>;
}

/** The hands of a test of a migration. It begins on the version before. */
export interface UpgradeContext extends TestContext {
  /** The members decide on the tested version, in three blocks: its migration runs on the rows that are there. Once in a test. */
  upgrade(): Promise<void>;
}

/** The body of a test. */
export type TestBody = (t: TestContext) => Promise<void> | void;

/** A test as its file registered it. */
export interface RegisteredTest {
  readonly name: string;
  readonly place: TestPlace;
  /** On which version it begins. */
  readonly begins: TestBegin;
  readonly body: (t: UpgradeContext) => Promise<void> | void;
}

/** With which version of the contract a test begins: the tested one, or the one before it. */
export type TestBegin = 'tested' | 'previous';

interface Registry {
  tests: RegisteredTest[];
  networks: { description: NetworkDescription; place: TestPlace }[];
}

// One list for all copies of this module that a process may have loaded.
const REGISTRY = Symbol.for('bucordo.kit.tests');

function registry(): Registry {
  const found: Registry | undefined = Reflect.get(globalThis, REGISTRY);
  const held = found ?? { tests: [], networks: [] };
  if (found === undefined) Reflect.set(globalThis, REGISTRY, held);
  return held;
}

/** Registers a test. */
export function contractTest(name: string, body: TestBody): void {
  registry().tests.push({ name, body, begins: 'tested', place: callerPlace(new Error('here').stack) });
}

/**
 * Registers a test that begins on the version before, writes rows by its functions, and upgrades. The version before is named
 * as `previous` in {@link contractNetwork} or `tests/network.json`, or by `bucordo contract test --previous`.
 */
export function upgradeTest(name: string, body: (t: UpgradeContext) => Promise<void> | void): void {
  registry().tests.push({ name, body, begins: 'previous', place: callerPlace(new Error('here').stack) });
}

/** Adds members, identities and contracts to the network of the tests, as `tests/network.json` does. */
export function contractNetwork(description: NetworkDescription): void {
  registry().networks.push({ description, place: callerPlace(new Error('here').stack) });
}

/** What was registered since the last time, which is forgotten. */
export function takeRegistered(): Registry {
  const { tests, networks } = registry();
  registry().tests = [];
  registry().networks = [];
  return { tests, networks };
}

/** The first place of a stack that lies in a file of tests. */
export function callerPlace(stack: string | undefined): TestPlace {
  return placeInTests(stack) ?? { file: '', line: 0 };
}

/** The same, or null when the stack leads through none; only places in `within`, if that is given. */
export function placeInTests(stack: string | undefined, within?: string): TestPlace | null {
  for (const line of (stack ?? '').split('\n')) {
    const match = /(file:\/\/\S+?|\/.+?)\.test\.(\w+)(?:\?[^:]*)?:(\d+):\d+/.exec(line);
    if (match === null) continue;
    const [, path = '', ending = '', number = '0'] = match;
    const file = `${path}.test.${ending}`;
    const plain = file.startsWith('file:') ? fileURLToPath(file) : file;
    if (within === undefined || plain === within) return { file: plain, line: Number(number) };
  }
  return null;
}
