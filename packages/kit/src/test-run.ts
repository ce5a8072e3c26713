/**
 * One run of one test in one database: what its calls came to is written down, and the second run is
 * held against the first, block by block.
 */

import {
  decisionHash,
  fromUtf8,
  jsonElements,
  type Parameter,
  parseExactJson,
  toHex,
} from '@bucordo/protocol';
import {
  callerPlace,
  placeInTests,
  type TestArguments,
  type TestCaller,
  type UpgradeContext,
} from './contract-test.ts';
import { differencesOfBlock } from './find-difference.ts';
import { SQL_ROW_TYPES } from './row-values.ts';
import type { PreparedTransaction, TestCall, TestChain } from './test-chain.ts';
import type { TestDatabase, TestRow } from './test-database.ts';
import { Rejected, TestError, type TestPlace } from './test-error.ts';

/** What one block of a run came to. */
interface Step {
  /** What was done, in words: `place_order by buyer/alice`. */
  readonly words: string;
  /** The payload and everything that the members would compare. */
  readonly outcome: Outcome;
}

interface Outcome {
  readonly payload: string;
  readonly code: string;
  readonly message: string;
  readonly call: number | null;
  readonly result: string;
  readonly stateHash: string;
}

/** The version to which a run upgrades. */
export interface NextVersion {
  /** What the members would approve, to the byte. */
  readonly document: Uint8Array;
  readonly from: string;
  readonly to: string;
}

/** A run that ended before the other, or came to something else. */
export class RunsDiffer extends TestError {}

/** Most empty blocks of one `advance`: each takes a millisecond. */
const ADVANCE_BLOCKS_MAX = 100_000;

/** A run. It is the context that the body of a test gets. */
export class TestRun implements UpgradeContext {
  readonly #database: TestDatabase;
  readonly #chain: TestChain;
  readonly #contract: string;
  /** The run that this one must equal, or null. */
  readonly #before: TestRun | null;
  /** The tested version's document, for a run that begins on the version before; null once it is installed. */
  #next: NextVersion | null;
  readonly #steps: Step[] = [];
  #last: Promise<unknown> = Promise.resolve();
  #waiting = 0;
  /** Codes of all rejections, for the coverage. */
  readonly rejections: Set<string> = new Set();
  /** Functions that were called, `contract.function`, for the coverage: Postgres does not count a call that raises. */
  readonly called: Set<string> = new Set();

  constructor(options: {
    database: TestDatabase;
    chain: TestChain;
    contract: string;
    before: TestRun | null;
    next: NextVersion | null;
  }) {
    this.#next = options.next;
    this.#database = options.database;
    this.#chain = options.chain;
    this.#contract = options.contract;
    this.#before = options.before;
  }

  get height(): number {
    return this.#chain.height;
  }

  get time(): string {
    return new Date(this.#chain.timeMs).toISOString();
  }

  as(identity: string): TestCaller {
    const known = this.#chain.identities;
    if (!known.includes(identity)) {
      throw new TestError(`${identity} is no identity of this network`, {
        hint: `There are ${known.join(', ') || 'none'}; declare it in tests/network.json.`,
      });
    }
    return {
      call: async (name, args = {}) => (await this.transact(identity, [this.#callOf(name, args)]))[0] ?? null,
      transaction: (calls) =>
        this.transact(
          identity,
          calls.map(([name, args = {}]) => this.#callOf(name, args)),
        ),
      query: (sql, parameters = []) =>
        this.#inTurn(() => this.#database.query(sql, parameters, this.#chain.readerOf(identity))),
    };
  }

  /** The parameters of a function that transactions can call, in order. */
  parametersOf(contract: string, name: string): readonly Parameter[] {
    return this.#chain.parametersOf(contract, name);
  }

  /** Runs the calls as one transaction in a block of its own. Resolves to their results, or rejects with {@link Rejected}. */
  async transact(identity: string, calls: readonly TestCall[]): Promise<readonly unknown[]> {
    const results = await this.transactTexts(identity, calls, new Error('asked here').stack);
    return results.map((json) => parseExactJson(json));
  }

  /** The same, with the results as JSON text as the receipt has them. */
  transactTexts(
    identity: string,
    calls: readonly TestCall[],
    asked: string | undefined = new Error('asked here').stack,
  ): Promise<readonly string[]> {
    return this.#inTurn(async () => {
      const transaction = this.#chain.prepare(identity, calls);
      const outcome = await this.#execute(transaction, identity, asked);
      if (outcome.code === '') return resultsOf(outcome.result, calls.length);
      const detail =
        outcome.code === 'failed'
          ? await this.#database.rejectionDetail(this.#chain.height, 0)
          : (transaction.words ?? '');
      const rejected = new Rejected({
        code: outcome.code,
        words: outcome.message,
        call: outcome.call,
        detail,
      });
      rejected.stack = `${rejected.name}: ${rejected.message}\n${(asked ?? '').split('\n').slice(1).join('\n')}`;
      throw rejected;
    });
  }

  async rejects(outcome: Promise<unknown>, code: string, words = ''): Promise<Rejected> {
    const place = callerPlace(new Error('here').stack);
    const refuse = (text: string): TestError => new TestError(text, { place });
    const error = await outcome.then(
      (value) =>
        refuse(`${code} was expected, and the call was taken with the result ${JSON.stringify(value)}`),
      (reason: unknown) => reason,
    );
    if (!(error instanceof Rejected)) throw error;
    if (error.code !== code)
      throw refuse(`${code} was expected, and the call was rejected with ${error.message}`);
    if (!error.words.includes(words)) throw refuse(`${code} says "${error.words}", without "${words}"`);
    return error;
  }

  query(sql: string, parameters: readonly unknown[] = []): Promise<TestRow[]> {
    return this.#inTurn(() => this.#database.query(sql, parameters));
  }

  /** Rows for a test in SQL, which compares texts: as `reader` sees them, or all of them for null. */
  queryTexts(sql: string, reader: string | null): Promise<TestRow[]> {
    if (reader !== null) this.as(reader);
    const seenBy = reader === null ? null : this.#chain.readerOf(reader);
    return this.#inTurn(() => this.#database.query(sql, [], seenBy, SQL_ROW_TYPES));
  }

  at(time: string): void {
    const timeMs = Date.parse(time);
    if (this.#waiting > 0) throw new TestError(`at ${time}: a call is still under way; await it first`);
    if (Number.isNaN(timeMs)) throw new TestError(`at ${time}: no time like 2026-03-01T09:00:00Z`);
    if (!this.#chain.setNextTime(timeMs)) {
      throw new TestError(`at ${time}: not later than the last block, which is of ${this.time}`);
    }
  }

  async advance({ blocks = 0, seconds = 0 }: { blocks?: number; seconds?: number }): Promise<void> {
    if (!Number.isInteger(blocks) || blocks < 0 || blocks > ADVANCE_BLOCKS_MAX || !(seconds >= 0)) {
      throw new TestError(
        `advance takes 0 to ${ADVANCE_BLOCKS_MAX} blocks and seconds that are not negative`,
      );
    }
    await this.#inTurn(async () => {
      for (let block = 0; block < blocks; block++) await this.#database.run(this.#chain.seal([]));
    });
    if (seconds > 0) this.#chain.setNextTime(this.#chain.timeMs + Math.round(seconds * 1000));
  }

  async upgrade(): Promise<void> {
    const next = this.#next;
    if (next === null) {
      throw new TestError('the test begins on the tested version, or has upgraded already', {
        hint: 'An upgradeTest, or a test in SQL with the line -- upgrade, begins on the version before.',
      });
    }
    this.#next = null;
    await this.#inTurn(() => this.#decide(next));
  }

  // As members do it: one proposes, each approves the hash, one submits; its block carries it out.
  async #decide({ document, from, to }: NextVersion): Promise<void> {
    const deciders = this.#chain.deciders;
    const [first = ''] = deciders;
    const sign = (identity: string, name: string, args: TestArguments): PreparedTransaction =>
      this.#chain.prepare(identity, [{ contract: 'bucordo', function: name, args }]);
    const text = fromUtf8(document);
    const proposed = { kind: 'deploy', title: `${from} to ${to}`, document: text, base_version: from };
    const outcome = await this.#database.run(this.#chain.seal([sign(first, 'propose', proposed)]));
    const proposal = Number(outcome.results[0]?.value ?? 0);
    const approved = { proposal, document_hash: toHex(decisionHash('deploy', document)) };
    await this.#database.run(this.#chain.seal(deciders.map((each) => sign(each, 'approve', approved))));
    const decided = await this.#database.decide(this.#chain.seal([sign(first, 'submit', { proposal })]));
    if (decided.failure !== null) {
      throw new TestError(`the upgrade from ${from} to ${to} fails: ${decided.failure}`, {
        hint: 'On a network the decision would fail like this, and nothing would change. Mend the migration.',
      });
    }
    this.#chain.catalogue = decided.catalogue;
  }

  /** To be called when the body has ended: it awaited all its calls, and made as many as the run before. */
  async finish(): Promise<void> {
    const left = this.#waiting;
    await this.#last;
    if (left > 0)
      throw new TestError('the test ended while calls were under way', { hint: 'Await every call.' });
    const missing = this.#before === null ? undefined : this.#before.#steps[this.#steps.length];
    if (missing !== undefined) throw this.#differ(`${missing.words} happened in run 1 only`, []);
  }

  #callOf(name: string, args: TestArguments): TestCall {
    const [contract, own] = name.includes('.') ? name.split('.', 2) : [this.#contract, name];
    return { contract: contract ?? '', function: own ?? '', args: jsonValues(args) };
  }

  #inTurn<Value>(work: () => Promise<Value>): Promise<Value> {
    this.#waiting += 1;
    const turn = this.#last.then(work).finally(() => {
      this.#waiting -= 1;
    });
    this.#last = turn.catch(() => undefined);
    return turn;
  }

  async #execute(
    transaction: PreparedTransaction,
    identity: string,
    asked: string | undefined,
  ): Promise<Outcome> {
    const block = this.#chain.seal([transaction]);
    const { stateHash, rejections, results } = await this.#database.run(block);
    const outcome: Outcome = {
      payload: transaction.payload.toString('hex'),
      code: rejections[0]?.code ?? '',
      message: rejections[0]?.message ?? '',
      call: rejections[0]?.call ?? null,
      result: results[0]?.value ?? '',
      stateHash: toHex(stateHash),
    };
    if (outcome.code !== '') this.rejections.add(outcome.code);
    const names = transaction.calls.map((call) => `${call.contract}.${call.function}`);
    if (transaction.refusal === null) for (const name of names) this.called.add(name);
    this.#steps.push({ words: `${names.join(', ')} by ${identity}`, outcome });
    if (this.#before !== null) await this.#compare(this.#before, asked);
    return outcome;
  }

  async #compare(before: TestRun, asked: string | undefined): Promise<void> {
    const index = this.#steps.length - 1;
    const second = this.#steps[index];
    const first = before.#steps[index];
    if (second === undefined) return;
    if (first === undefined) throw this.#differ(`${second.words} happened in run 2 only`, [], asked);
    if (first.outcome.payload !== second.outcome.payload) {
      throw this.#differ(
        `the test calls ${first.words} in run 1 and ${second.words} with other arguments in run 2`,
        [],
        asked,
      );
    }
    if (JSON.stringify(first.outcome) === JSON.stringify(second.outcome)) return;
    const differences = receiptDifferences(first.outcome, second.outcome);
    const rows = await differencesOfBlock(before.#database, this.#database, this.#chain.height);
    throw this.#differ(`after ${second.words} (call ${index + 1})`, [...differences, ...rows], asked);
  }

  #differ(words: string, differences: readonly string[], asked?: string): RunsDiffer {
    const { words: conditions } = this.#database.conditions;
    const lines = [`the two runs differ: ${words}`, ...differences.map((line) => `  ${line}`)];
    return new RunsDiffer(lines.join('\n'), {
      ...placeOf(asked),
      hint: `On two members' nodes the state would part. Run 2 has ${conditions}: look for an order that no ORDER BY fixes.`,
    });
  }
}

function placeOf(stack: string | undefined): { place: TestPlace } | Record<string, never> {
  const place = placeInTests(stack);
  return place === null ? {} : { place };
}

function receiptDifferences(one: Outcome, two: Outcome): string[] {
  const words = ({ code, message, call, result }: Outcome): string =>
    code === ''
      ? `taken${result === '' ? '' : ` with the result ${result}`}`
      : `rejected with ${`${code} ${message}`.trim()}${call === null ? '' : ` in call ${call}`}`;
  return words(one) === words(two) ? [] : [`receipt: ${words(one)} in run 1, ${words(two)} in run 2`];
}

// JSON of the result of each call: that of a single one stands alone, those of several in an array.
function resultsOf(result: string, calls: number): readonly string[] {
  if (result === '') return Array.from({ length: calls }, () => 'null');
  return calls === 1 ? [result] : jsonElements(result);
}

// What JSON has no word for, in the notation of arguments. A number that lost digits, or its scale, is refused as
// the client refuses it.
function jsonValues(args: TestArguments): TestArguments {
  const plain = (value: unknown, path: string): unknown => {
    if (typeof value === 'bigint') return value.toString();
    if (typeof value === 'number' && !Number.isSafeInteger(value)) {
      throw new TestError(`${path}: the number ${value} is not a safe integer`, {
        hint: Number.isInteger(value)
          ? 'Pass it as a bigint or as a string of digits.'
          : "Pass decimals as a string such as '12.50': a JavaScript number loses their scale.",
      });
    }
    if (value instanceof Uint8Array) return toHex(value);
    if (Array.isArray(value)) return value.map((element, index) => plain(element, `${path}[${index}]`));
    if (typeof value !== 'object' || value === null || 'toJSON' in value) return value;
    return Object.fromEntries(
      Object.entries(value).map(([key, each]) => [key, plain(each, `${path}.${key}`)]),
    );
  };
  return Object.fromEntries(
    Object.entries(args)
      .filter(([, value]) => value !== undefined)
      .map(([name, value]) => [name, plain(value, name)]),
  );
}
