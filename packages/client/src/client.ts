/**
 * The client: an identity that submits transactions to a network and reads from it.
 *
 * `connect` makes one: that of the package's entry speaks HTTP and runs in a browser, that of
 * `@bucordo/client/node` speaks gRPC.
 */

import { fromHex, toHex, validUntilWindow, type WaitLevel } from '@bucordo/protocol';

import {
  type FoundTransactions,
  type ProposalAdvice,
  parseAdvice,
  parseBlock,
  parseFoundTransactions,
  parseQueryResult,
  parseReceipt,
  parseTransaction,
  type QueryResult,
  type StoredBlock,
  type StoredReceipt,
  type StoredTransaction,
} from './answers.ts';
import {
  type BuiltTransaction,
  type EncodedCall,
  encodeSigned,
  TransactionBuilder,
} from './build-transaction.ts';
import { type ArgumentValue, type CallArguments, encodeArguments } from './call-arguments.ts';
import type {
  Call,
  ClientParts,
  ConnectOptions,
  DryRunOptions,
  QueryOptions,
  ReadOptions,
  SubmitOptions,
  TriedCall,
} from './client-options.ts';
import {
  parseContract,
  parseContracts,
  parseReflection,
  type Reflection,
  type RunningContract,
  type StoredContract,
} from './contract-answers.ts';
import { ClientError, RejectedError, RequestError } from './errors.ts';
import { type ApiRequest, NodeApi } from './node-api.ts';
import type { WaitOptions } from './pending-transaction.ts';
import type { Platform } from './platform.ts';
import { Receipt } from './receipt.ts';
import { effectOf, encodeCalls, parameterText } from './request-values.ts';
import { type ResultTypes, returnsOf } from './result-value.ts';
import type { Signer } from './signer.ts';
import { parseStatus, type Status } from './status.ts';
import { type StreamedReceipt, type StreamOptions, streamReceipts } from './submit-stream.ts';
import { Submitter } from './submitter.ts';
import { type DryRun, parseDryRun, parseSkipStanding, type SkipStanding } from './trial-answers.ts';
import { type MemberUsage, parseUsage, type UsageMonths, usagePath } from './usage.ts';

/** Milliseconds that a request waits when nothing else is said. */
export const TIMEOUT_MS_DEFAULT = 30_000;
/**
 * Blocks for which a transaction is valid when nothing else is said: half of what the protocol
 * allows, so that a node that lags behind does not find it too far ahead. A node makes at most about
 * 1,500 blocks a second, which makes this at least half a minute, and far longer under load.
 */
export const VALID_FOR_BLOCKS_DEFAULT: number = validUntilWindow / 2;
// A height older than this is asked for again before a transaction is built on it.
const HEIGHT_AGE_MAX_MS = 2_000;
const NO_OPTIONS: SubmitOptions = {};

/**
 * Submits and reads for one identity. Made by `connect`; close it when done.
 *
 * Calls may be issued at any rate: they are signed and sent in batches, and none waits for the
 * round trip of another.
 */
export class Client {
  /** Network id, lower-case hex. */
  readonly network: string;
  readonly #platform: Platform;
  readonly #signer: Signer;
  readonly #builder: TransactionBuilder;
  readonly #api: NodeApi;
  readonly #submitter: Submitter;
  readonly #closed: () => void;
  readonly #wait: WaitLevel;
  readonly #timeoutMs: number;
  readonly #validForBlocks: number;
  readonly #waitDefault: WaitOptions;
  #height: number = 0;
  #heightAt: number = -Infinity;
  #asking: Promise<void> | null = null;

  constructor(parts: ClientParts, options: ConnectOptions) {
    if (!/^[0-9a-f]{64}$/.test(options.network)) {
      throw new ClientError('wrong_network', 'a network id has 64 lower-case hex digits', {
        hint: 'The status of a node tells it.',
      });
    }
    if (options.endpoints.length === 0) throw new ClientError('connection_lost', 'no endpoint is given');
    this.network = options.network;
    this.#platform = parts.platform;
    this.#signer = options.signer;
    this.#closed = parts.closed;
    this.#wait = options.wait ?? 'committed';
    this.#timeoutMs = options.timeoutMs ?? TIMEOUT_MS_DEFAULT;
    this.#validForBlocks = options.validForBlocks ?? VALID_FOR_BLOCKS_DEFAULT;
    this.#waitDefault = { wait: this.#wait, timeoutMs: this.#timeoutMs, signal: null };
    const { signer, endpoints } = options;
    const network = fromHex(options.network);
    this.#builder = new TransactionBuilder(parts.platform, { network, signer });
    this.#api = new NodeApi(parts.platform, { signer, network, endpoints, send: parts.sendHttp });
    this.#submitter = new Submitter({
      platform: parts.platform,
      builder: this.#builder,
      open: parts.openSession,
      endpoints,
      validUntil: () => this.#height + this.#validForBlocks,
      onHeight: (height) => this.#noteHeight(height),
      findReceipt: (transactionId, returns) => this.#findReceipt(transactionId, returns),
    });
  }

  /** Public key of the identity, lower-case hex. */
  get identity(): string {
    return toHex(this.#signer.publicKey);
  }

  /** Number of transactions whose callers wait. */
  get waiting(): number {
    return this.#submitter.waiting;
  }

  /**
   * Calls a contract function in a transaction of its own.
   *
   * @throws RejectedError when contract or protocol refuse; TimeoutError, ConnectionLostError when
   * the outcome stays unknown; ArgumentError when the arguments cannot be written as JSON.
   */
  call(
    contract: string,
    fn: string,
    args: CallArguments,
    options: SubmitOptions = NO_OPTIONS,
  ): Promise<Receipt> {
    return this.submit([{ contract, function: fn, args }], options);
  }

  /** Submits calls that commit or fail together: one transaction, one signature. Errors as in {@link call}. */
  submit(calls: readonly Call[], options: SubmitOptions = NO_OPTIONS): Promise<Receipt> {
    // Not an async function: the promises that it would add cost more than everything else here.
    let encoded: EncodedCall[];
    try {
      encoded = encodeCalls(calls);
    } catch (error) {
      return Promise.reject(error);
    }
    const wait = this.#waitOptions(options);
    if (options.effect !== undefined) {
      return this.build(calls, options).then((built) => this.#submitter.submitBuilt(built, wait));
    }
    if (this.#knowsHeight()) return this.#submitter.submit(encoded, wait);
    const asked = performance.now();
    return this.#askForHeight(wait).then(() => {
      const leftMs = Math.max(1, wait.timeoutMs - (performance.now() - asked));
      return this.#submitter.submit(encoded, { ...wait, timeoutMs: leftMs });
    });
  }

  /**
   * Submits what `source` yields, one transaction each, and yields what became of them in the same
   * order. At most `inFlightMax` are unanswered at once; a rejection is an element, other errors end the stream.
   */
  submitStream(
    source: AsyncIterable<readonly Call[]> | Iterable<readonly Call[]>,
    options: SubmitOptions & StreamOptions = {},
  ): AsyncGenerator<StreamedReceipt> {
    return streamReceipts(source, (calls) => this.submit(calls, options), options);
  }

  /** Builds and signs a transaction without sending it: what {@link submitRaw} takes, now or after a restart. */
  async build(
    calls: readonly Call[],
    options: ReadOptions & { readonly effect?: string } = {},
  ): Promise<BuiltTransaction> {
    const encoded = encodeCalls(calls);
    const effect = options.effect === undefined ? null : effectOf(options.effect);
    if (!this.#knowsHeight()) await this.#askForHeight(this.#waitOptions(options));
    const id = this.#builder.build(encoded, this.#height + this.#validForBlocks, effect);
    const payload = this.#builder.copyPayload();
    const signed = this.#builder.sign();
    // A signature given at once must be copied before anything else is signed.
    const signature = signed instanceof Uint8Array ? Uint8Array.from(signed) : await signed;
    return { id, bytes: encodeSigned(this.#platform, payload, signature), returns: returnsOf(encoded) };
  }

  /** Submits a transaction that is already signed, any number of times: it is executed at most once. Errors as in {@link call}. */
  submitRaw(transaction: BuiltTransaction, options: SubmitOptions = NO_OPTIONS): Promise<Receipt> {
    return this.#submitter.submitBuilt(transaction, this.#waitOptions(options));
  }

  /**
   * Tries calls as one transaction on the present state of the node that answers, without a signature
   * and without doing anything: which rows it would change, its result, or why it would be rejected.
   *
   * @throws RequestError `overloaded` when too many try, `timeout` when it takes too long.
   */
  async dryRun(calls: readonly TriedCall[], options: DryRunOptions = {}): Promise<DryRun> {
    const body = {
      calls: calls.map(({ args, ...call }) => ({
        ...call,
        arguments: typeof args === 'string' ? args : encodeArguments(args),
      })),
      ...(options.as === undefined ? {} : { as: options.as }),
      ...(options.effect === undefined ? {} : { effect: options.effect }),
    };
    return parseDryRun(await this.#post('/v1/dry-run', body, options));
  }

  /**
   * Hands in the members' statements that a transaction shall be skipped: the text of the file that
   * `bucordo skip` writes. Any node takes them; the statements are signed, the request is not.
   */
  async skip(file: string, options: ReadOptions = {}): Promise<SkipStanding> {
    const request = this.#request('POST', '/v1/skip', { ...options, signed: false });
    return parseSkipStanding(await this.#api.request({ ...request, body: { skip: file } }));
  }

  /**
   * Runs a read-only query; `$1`, `$2` … stand for `parameters`.
   *
   * @throws RequestError `query_refused` when the statement fails or is not a plain query.
   */
  async query(
    sql: string,
    parameters: readonly ArgumentValue[] = [],
    options: QueryOptions = {},
  ): Promise<QueryResult> {
    const timeoutMs = options.timeoutMs ?? this.#timeoutMs;
    const rowsMax = options.rowsMax === undefined ? {} : { rowsMax: options.rowsMax };
    const body = { sql, parameters: parameters.map(parameterText), timeoutMs, ...rowsMax };
    return parseQueryResult(await this.#post('/v1/query', body, options));
  }

  /** The receipt of an ordered transaction, or null when the node knows none. */
  receipt(transactionId: string, options: ReadOptions = {}): Promise<StoredReceipt | null> {
    return this.#find(`/v1/receipts/${encodeURIComponent(transactionId)}`, parseReceipt, options);
  }

  /** An ordered transaction, or null when the node knows none. */
  transaction(transactionId: string, options: ReadOptions = {}): Promise<StoredTransaction | null> {
    return this.#find(`/v1/transactions/${encodeURIComponent(transactionId)}`, parseTransaction, options);
  }

  /** Where the transactions stand whose ids begin with `digits`: at least 4 lower-case hex digits. */
  async transactionsBeginning(digits: string, options: ReadOptions = {}): Promise<FoundTransactions> {
    const path = `/v1/transactions?beginning=${encodeURIComponent(digits)}`;
    return parseFoundTransactions(await this.#get(path, options));
  }

  /** The block at `height`, or null when the node has not come so far. */
  block(height: number, options: ReadOptions = {}): Promise<StoredBlock | null> {
    return this.#find(`/v1/blocks/${height}`, parseBlock, options);
  }

  /** What the checker of the node that answers says about a proposed contract, or null when it says nothing. */
  advice(proposal: number, options: ReadOptions = {}): Promise<ProposalAdvice | null> {
    return this.#find(`/v1/proposals/${proposal}/advice`, parseAdvice, options);
  }

  /** The contracts that run. */
  async contracts(options: ReadOptions = {}): Promise<readonly RunningContract[]> {
    return parseContracts(await this.#get('/v1/contracts', options));
  }

  /** A contract with its document, or null when there is none of this name. */
  contract(name: string, options: ReadOptions = {}): Promise<StoredContract | null> {
    return this.#find(`/v1/contracts/${encodeURIComponent(name)}`, parseContract, options);
  }

  /** What the database of the node that answers holds of the contracts. */
  async reflection(options: ReadOptions = {}): Promise<Reflection> {
    return parseReflection(await this.#get('/v1/reflection', options));
  }

  /** How much members used the network, from month `from` to month `to` (`2026-11`), by month and member. */
  async usage(options: ReadOptions & UsageMonths = {}): Promise<readonly MemberUsage[]> {
    return parseUsage(await this.#get(usagePath(options), options));
  }

  /** The state of the node that answers. */
  async status(options: ReadOptions = {}): Promise<Status> {
    const status = parseStatus(
      await this.#api.request(this.#request('GET', '/v1/status', { ...options, signed: false })),
    );
    if (status.network !== this.network) {
      throw new ClientError(
        'wrong_network',
        `the node belongs to network ${status.network}, not to ${this.network}`,
        {
          hint: 'Check the endpoints and the network id.',
        },
      );
    }
    this.#noteHeight(status.height);
    return status;
  }

  /** Ends the connection. Whoever still waits gets a `ClosedError`. */
  close(): void {
    this.#submitter.close();
    this.#closed();
  }

  #noteHeight(height: number): void {
    if (height > this.#height) this.#height = height;
    this.#heightAt = performance.now();
  }

  #knowsHeight(): boolean {
    return performance.now() - this.#heightAt <= HEIGHT_AGE_MAX_MS;
  }

  // One request for all who need the height; when it fails, the last known height serves.
  #askForHeight({ timeoutMs, signal }: WaitOptions): Promise<void> {
    const known = this.#heightAt !== -Infinity;
    this.#asking ??= this.status({ timeoutMs: known ? HEIGHT_AGE_MAX_MS : timeoutMs }).then(
      () => {
        this.#asking = null;
      },
      (error: unknown) => {
        this.#asking = null;
        if (!known || (error instanceof ClientError && error.code === 'wrong_network')) throw error;
        this.#heightAt = performance.now();
      },
    );
    return signal === null ? this.#asking : orAborted(this.#asking, signal);
  }

  async #findReceipt(transactionId: string, returns: ResultTypes): Promise<Receipt | null> {
    const stored = await this.receipt(transactionId);
    if (stored === null) return null;
    if (stored.status === 'rejected') throw new RejectedError(stored);
    return new Receipt({ ...stored, duplicate: true, returns });
  }

  async #find<Value>(
    path: string,
    parse: (value: unknown) => Value,
    options: ReadOptions,
  ): Promise<Value | null> {
    try {
      return parse(await this.#api.request(this.#request('GET', path, { ...options, signed: true })));
    } catch (error) {
      if (error instanceof RequestError && error.code === 'not_found') return null;
      throw error;
    }
  }

  #get(path: string, options: ReadOptions): Promise<unknown> {
    return this.#api.request(this.#request('GET', path, { ...options, signed: true }));
  }

  #post(path: string, body: unknown, options: ReadOptions): Promise<unknown> {
    return this.#api.request({ ...this.#request('POST', path, { ...options, signed: true }), body });
  }

  #request(method: 'GET' | 'POST', path: string, options: ReadOptions & { signed: boolean }): ApiRequest {
    return {
      method,
      path,
      body: null,
      signed: options.signed,
      timeoutMs: options.timeoutMs ?? this.#timeoutMs,
      signal: options.signal ?? null,
    };
  }

  #waitOptions(options: SubmitOptions): WaitOptions {
    if (options === NO_OPTIONS) return this.#waitDefault;
    return {
      wait: options.wait ?? this.#wait,
      timeoutMs: options.timeoutMs ?? this.#timeoutMs,
      signal: options.signal ?? null,
    };
  }
}

// Others may wait for the same promise, so that a signal ends only the wait of its own caller.
function orAborted(promise: Promise<void>, signal: AbortSignal): Promise<void> {
  return new Promise((resolve, reject) => {
    const aborted = (): void => reject(signal.reason);
    if (signal.aborted) aborted();
    signal.addEventListener('abort', aborted, { once: true });
    promise.then(resolve, reject).finally(() => signal.removeEventListener('abort', aborted));
  });
}
