/**
 * Executes blocks in the node's Postgres: one connection, one message and one commit per block.
 *
 * What `run` promises is all or nothing: when it resolves, the block's rows, history, receipts and
 * hashes are durable; when it rejects, it is unknown only if the connection was lost while the
 * commit was under way, and `head()` of a newly opened executor tells. After a rejection nothing
 * more is executed here: the node's own trouble (disk, memory, a lost server) must never become a
 * receipt, nor may a later block run without the one before.
 */

import type { OutcomeDetail } from '@bucordo/protocol';
import type pg from 'pg';
import type { Catalogue } from '../chain/catalogue.ts';
import type { BlockOutcome, CallResult, ChainHead, Rejection, SealedBlock } from '../chain/sealed-block.ts';
import { Fault } from '../fault.ts';
import type { Log } from '../observe/ports.ts';
import { type AnswerRow, BlockQuery } from './block-query.ts';
import { runInSteps, runStepsWithin } from './block-steps.ts';
import { carryOutDecisions } from './carry-out.ts';
import { readCatalogue, readCatalogueWithin } from './catalogue-reader.ts';
import { readHead, requireEnglish, requireNetwork } from './chain-head.ts';
import { installRules } from './install-release.ts';
import { rejectionDetail } from './rejection-detail.ts';
import { RELEASE, type Release } from './release.ts';
import { profileStatements } from './session-profile.ts';
import { sqlstateOf } from './sqlstate.ts';

/** What an executor needs. */
export interface ExecutorOptions {
  /** A new connection as `bucordo_node`, without other users. The executor ends it. */
  readonly connect: () => Promise<pg.Client>;
  /** The network that the database must hold, 32 bytes. */
  readonly networkId: Uint8Array;
  /** Called once when the connection is lost or a block failed for a reason of this node. */
  readonly onFault?: (fault: Fault) => void;
  /**
   * The same block with its transactions judged by the current functions. Asked for when the members
   * have changed functions since the rows were made; without it such a block is a fault.
   */
  readonly rejudge?: (block: SealedBlock) => Promise<SealedBlock>;
  /** Throws when the server is not as it was set up; asked when a decision fails for want of a right. */
  readonly requireSafeServer?: (client: pg.ClientBase) => Promise<void>;
  /** Gets a line when decisions of the members are carried out. */
  readonly log?: Pick<Log, 'info' | 'warn'>;
  /** The rules that the program has; by default its own. */
  readonly release?: Release;
}

/** A block on its way through Postgres. */
interface BlockWork {
  readonly kind: 'block';
  readonly block: SealedBlock;
  readonly query: BlockQuery;
  readonly resolve: (outcome: BlockOutcome) => void;
  readonly reject: (fault: Fault) => void;
  /** It was sent behind a block that must run again, so its own answer means nothing. */
  isVoid: boolean;
}

/** Something else that has the connection for itself, between two blocks. */
interface Task {
  readonly kind: 'task';
  readonly start: () => Promise<void>;
  readonly reject: (fault: Fault) => void;
}

/** A decision of the members waits to be carried out: the block runs again, in steps. */
const DECISION_WAITS = 'BX001';

/** What `run_block` says of each transaction of a block that is traced. */
const TRACE = /^bucordo executes ([0-9]{1,7})$/;

/** The functions have changed since the block's transactions were judged. */
const JUDGED_BEFORE = 'BX002';

/** From this block on other rules hold than those that are installed. */
const NEWER_RULES = 'BX003';

/** Runs blocks on one connection, in the order in which they are given. */
export class Executor {
  readonly #client: pg.Client;
  readonly #options: ExecutorOptions;
  readonly #waiting: (BlockWork | Task)[] = [];
  /** The block that Postgres executes. */
  #current: BlockWork | null = null;
  /** The block behind it, whose bytes are already on their way. */
  #ahead: BlockWork | null = null;
  /** The task that has the connection. */
  #task: Task | null = null;
  #fault: Fault | null = null;
  #isClosing = false;
  /** Whether the last block's transactions were all accepted and returned nothing: then the next ones' probably are. */
  #arePlain = true;
  #traced: (index: number) => void = () => undefined;

  /** Connects, makes sure of the network and pins the session's settings. */
  static async open(options: ExecutorOptions): Promise<Executor> {
    const client = await options.connect();
    const executor = new Executor(client, options);
    try {
      await client.query(profileStatements());
      await requireEnglish(client);
      await requireNetwork(client, options.networkId);
    } catch (error) {
      await executor.close();
      throw error;
    }
    return executor;
  }

  private constructor(client: pg.Client, options: ExecutorOptions) {
    this.#client = client;
    this.#options = options;
    client.on('error', (error) => this.#stop(faultOf(error)));
    client.on('notice', ({ message }) => {
      const [, index] = TRACE.exec(message ?? '') ?? [];
      if (index !== undefined) this.#traced(Number(index));
    });
    client.on('end', () => {
      if (!this.#isClosing) this.#stop(faultOf(new Error('the server closed the connection')));
    });
  }

  /** The last committed block. Not while blocks run. */
  head(): Promise<ChainHead> {
    return readHead(this.#client);
  }

  /** Functions and identities as of the last committed block. Not while blocks run. */
  catalogue(): Promise<Catalogue> {
    return readCatalogue(this.#client);
  }

  /**
   * Executes `block`, which follows the one given before. Its rows may not change until the promise
   * settles. Rejects with a fault, and so do all blocks behind it.
   */
  run(block: SealedBlock): Promise<BlockOutcome> {
    if (this.#fault !== null) return Promise.reject(this.#fault);
    return new Promise((resolve, reject) => {
      this.#waiting.push(this.#blockWork(block, { resolve, reject }));
      this.#sendWaiting();
    });
  }

  /**
   * Lets `work` use the connection alone, after the blocks given before and ahead of those given
   * later. It must leave the session as it found it, outside any transaction. Rejects with what
   * `work` throws, or with the executor's fault.
   */
  between<Result>(work: (client: pg.Client) => Promise<Result>): Promise<Result> {
    if (this.#fault !== null) return Promise.reject(this.#fault);
    return new Promise((resolve, reject) => {
      const start = (): Promise<void> => work(this.#client).then(resolve, reject);
      this.#waiting.push({ kind: 'task', start, reject });
      this.#sendWaiting();
    });
  }

  /**
   * Executes a block in which a decision is accepted, and carries that out, inside a transaction that the
   * caller has begun on this connection and will undo: what a decision would come to. Resolves with the functions
   * and identities from the next block on. Rejects with the error of Postgres.
   */
  runUncommitted(block: SealedBlock): Promise<Catalogue> {
    return this.between(async (client) => {
      await runStepsWithin(client, block, (inner) => this.#carryOut(inner, block));
      return readCatalogueWithin(client);
    });
  }

  /**
   * Calls `told` with the index of each transaction of the block at `height` before it executes;
   * the server has sent it by then, so that it is known even when the server dies. For one block at a
   * time, before it is given to {@link run}.
   */
  trace(height: number, told: (index: number) => void): Promise<void> {
    return this.between(async (client) => {
      this.#traced = told;
      await client.query(`SET bucordo.trace_height = ${height}`);
    });
  }

  /** Ends the connection. Blocks that are still running are lost, or committed: `head()` tells. */
  async close(): Promise<void> {
    this.#isClosing = true;
    this.#fault ??= new Fault('stopping', 'The executor is closed');
    await this.#client.end().catch(() => undefined);
  }

  #blockWork(block: SealedBlock, promised: Pick<BlockWork, 'resolve' | 'reject'>): BlockWork {
    const step = this.#arePlain ? 'execute_plain_block' : 'execute_block';
    const query = new BlockQuery(block, step, (error, rows) => this.#answered(work, error, rows));
    const { resolve, reject } = promised;
    const work: BlockWork = { kind: 'block', block, query, resolve, reject, isVoid: false };
    return work;
  }

  #answered(work: BlockWork, error: Error | null, rows: readonly AnswerRow[]): void {
    this.#current = null;
    if (this.#fault !== null) {
      work.reject(this.#fault);
    } else if (work.isVoid) {
      // Behind the task that runs the block before it again.
      this.#waiting.splice(1, 0, this.#blockWork(work.block, work));
      this.#sendWaiting();
    } else if (error === null) {
      this.#sendWaiting();
      this.#committed(work, rows);
    } else if (sqlstateOf(error) === DECISION_WAITS) {
      this.#again(work, () => this.#runInSteps(work));
    } else if (sqlstateOf(error) === JUDGED_BEFORE && this.#options.rejudge !== undefined) {
      this.#again(work, () => this.#runRejudged(work));
    } else if (sqlstateOf(error) === NEWER_RULES) {
      this.#again(work, () => this.#runByNewerRules(work));
    } else {
      this.#fail(work, error);
    }
  }

  #committed(work: BlockWork, rows: readonly AnswerRow[]): void {
    let outcome: BlockOutcome;
    try {
      outcome = outcomeOf(work.block.height, rows);
    } catch (error) {
      this.#fail(work, error);
      return;
    }
    this.#arePlain = outcome.rejections.length === 0 && outcome.results.length === 0;
    work.resolve(outcome);
  }

  // The block behind has been sent and will not follow: its answer is awaited, then it is sent again.
  #again(work: BlockWork, start: () => Promise<void>): void {
    this.#waiting.unshift({ kind: 'task', start, reject: work.reject });
    if (this.#ahead !== null) this.#ahead.isVoid = true;
    this.#sendWaiting();
  }

  async #runInSteps(work: BlockWork): Promise<void> {
    try {
      const rows = await runInSteps(this.#client, work.block, (client) => this.#carryOut(client, work.block));
      work.resolve({ ...outcomeOf(work.block.height, rows), catalogueChanged: true });
    } catch (error) {
      this.#fail(work, error);
    }
  }

  #carryOut(client: pg.Client, { height }: SealedBlock): Promise<void> {
    const { networkId, requireSafeServer, log = SILENT } = this.#options;
    return carryOutDecisions(client, { networkId, height, requireSafeServer, log });
  }

  async #runRejudged(work: BlockWork): Promise<void> {
    try {
      const block = await this.#options.rejudge?.(work.block);
      if (block !== undefined) this.#waiting.unshift(this.#blockWork(block, work));
    } catch (error) {
      this.#fail(work, error);
    }
  }

  async #runByNewerRules(work: BlockWork): Promise<void> {
    const { networkId, log = SILENT, release = RELEASE } = this.#options;
    try {
      await installRules(this.#client, { networkId, release, log, height: work.block.height });
      this.#waiting.unshift(this.#blockWork(work.block, work));
    } catch (error) {
      this.#fail(work, error);
    }
  }

  // Postgres reads the block ahead as soon as it is done with the current one; pg learns of it only
  // when it becomes the current one, which it does before its answer is read.
  #sendWaiting(): void {
    if (this.#task !== null) return;
    if (this.#current === null) {
      this.#current = this.#ahead ?? this.#nextBlock();
      this.#ahead = null;
      if (this.#current !== null) this.#client.query(this.#current.query);
      else this.#startTask();
    }
    if (this.#current !== null && this.#ahead === null) {
      this.#ahead = this.#nextBlock();
      this.#ahead?.query.write(this.#client.connection);
    }
  }

  #nextBlock(): BlockWork | null {
    const [next] = this.#waiting;
    if (next?.kind !== 'block') return null;
    this.#waiting.shift();
    return next;
  }

  #startTask(): void {
    const [next] = this.#waiting;
    if (next?.kind !== 'task') return;
    this.#waiting.shift();
    this.#task = next;
    void next.start().finally(() => {
      this.#task = null;
      if (this.#fault === null) this.#sendWaiting();
    });
  }

  // The block that failed is rejected before those behind it, which fail because of it.
  #fail(work: BlockWork, error: unknown): void {
    const fault = this.#fault ?? faultOf(error, work.block.height);
    work.reject(fault);
    this.#stop(fault);
  }

  // The first fault is the one that counts; what waits fails with it.
  #stop(fault: Fault): Fault {
    if (this.#fault !== null) return this.#fault;
    this.#fault = fault;
    for (const work of [this.#current, this.#ahead, this.#task, ...this.#waiting.splice(0)])
      work?.reject(fault);
    this.#options.onFault?.(fault);
    // Later blocks would be refused for the missing one anyway; nothing more is to be had here.
    void this.#client.end().catch(() => undefined);
    return fault;
  }
}

const SILENT: Pick<Log, 'info' | 'warn'> = { info: () => undefined, warn: () => undefined };

/** The place of the row that tells of the block itself. */
const BLOCK_PLACE = '-1';

function outcomeOf(height: number, rows: readonly AnswerRow[]): BlockOutcome {
  const rejections: Rejection[] = [];
  const results: CallResult[] = [];
  const details = new Map<number, OutcomeDetail>();
  let stateHash: Buffer | null = null;
  let catalogueChanged = false;
  for (const [place, code, call, content, detail] of rows) {
    if (place === BLOCK_PLACE) {
      stateHash = Buffer.from(content ?? '', 'hex');
      catalogueChanged = call === '1';
    } else if (typeof code === 'string') {
      const failed = typeof call === 'string' ? Number(call) : null;
      rejections.push({ index: Number(place), code, message: content ?? '', call: failed });
      const known = rejectionDetail(detail ?? null);
      if (known !== null) details.set(Number(place), known);
    } else {
      results.push({ index: Number(place), value: content ?? '' });
    }
  }
  if (stateHash === null) throw new Error(`Postgres did not say what block ${height} came to`);
  return { height, stateHash, rejections, results, details, catalogueChanged };
}

const HINTS: readonly (readonly [sqlstate: RegExp, code: string, hint: string])[] = [
  [
    /^53100$/,
    'disk_full',
    'Make room on the disk of the database and start the node again; nothing was lost.',
  ],
  [
    /^(57|08|$)/,
    'postgres_unreachable',
    'See that the server runs; the node goes on where it stopped when it is started again.',
  ],
  [
    /^(55000|23505)$/,
    'block_invalid',
    'The block does not follow the one in the database, or holds a transaction of an earlier block.',
  ],
];

function faultOf(error: unknown, height: number | null = null): Fault {
  if (error instanceof Fault) return error;
  const sqlstate = sqlstateOf(error);
  const reason = error instanceof Error ? error.message : String(error);
  const [, code, hint] = HINTS.find(([states]) => states.test(sqlstate)) ?? [
    null,
    'block_not_committed',
    'See the log of Postgres; the node goes on with this block when it is started again.',
  ];
  const place = height === null ? 'The connection of the executor' : `Block ${height}`;
  return new Fault(code, `${place} failed: ${reason}`, {
    cause: error,
    facts: { height, sqlstate },
    hint,
  });
}
