/**
 * Executes blocks in the node's Postgres: one connection, one message and one commit per block.
 *
 * What `run` promises is all or nothing: when it resolves, the block's rows, history, receipts and
 * hashes are durable; when it rejects, it is unknown only if the connection was lost while the
 * commit was under way, and `head()` of a newly opened executor tells. After a rejection nothing
 * more is executed here: the node's own trouble (disk, memory, a lost server) must never become a
 * receipt, nor may a later block run without the one before.
 */

import type pg from 'pg';
import type { Catalogue } from '../chain/catalogue.ts';
import { Fault } from '../chain/fault.ts';
import type { BlockOutcome, CallResult, ChainHead, Rejection, SealedBlock } from '../chain/sealed-block.ts';
import { BlockQuery } from './block-query.ts';
import { readCatalogue } from './catalogue-reader.ts';
import { readHead, requireEnglish, requireNetwork } from './chain-head.ts';
import { profileStatements } from './session-profile.ts';

/** What an executor needs. */
export interface ExecutorOptions {
  /** A new connection as `bucordo_node`, without other users. The executor ends it. */
  readonly connect: () => Promise<pg.Client>;
  /** The network that the database must hold, 32 bytes. */
  readonly networkId: Uint8Array;
  /** Called once when the connection is lost or a block failed for a reason of this node. */
  readonly onFault?: (fault: Fault) => void;
}

/** Runs blocks on one connection, in the order in which they are given. */
export class Executor {
  readonly #client: pg.Client;
  readonly #onFault: (fault: Fault) => void;
  readonly #waiting: BlockQuery[] = [];
  /** The block that Postgres executes. */
  #current: BlockQuery | null = null;
  /** The block behind it, whose bytes are already on their way. */
  #ahead: BlockQuery | null = null;
  #fault: Fault | null = null;
  #isClosing = false;

  /** Connects, makes sure of the network and pins the session's settings. */
  static async open(options: ExecutorOptions): Promise<Executor> {
    const client = await options.connect();
    const executor = new Executor(client, options.onFault);
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

  private constructor(client: pg.Client, onFault: ((fault: Fault) => void) | undefined) {
    this.#client = client;
    this.#onFault = onFault ?? (() => undefined);
    client.on('error', (error) => this.#stop(faultOf(error)));
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
      const query = new BlockQuery(block, (error, text) => {
        this.#current = null;
        if (error !== null) {
          reject(this.#stop(faultOf(error, block.height)));
        } else if (this.#fault !== null) {
          reject(this.#fault);
        } else {
          this.#sendWaiting();
          resolve(outcomeOf(block.height, text));
        }
      });
      this.#waiting.push(query);
      this.#sendWaiting();
    });
  }

  /** Ends the connection. Blocks that are still running are lost, or committed: `head()` tells. */
  async close(): Promise<void> {
    this.#isClosing = true;
    this.#fault ??= new Fault('stopping', 'The executor is closed');
    await this.#client.end().catch(() => undefined);
  }

  // Postgres reads the block ahead as soon as it is done with the current one; pg is told of it only
  // when it becomes the current one, which it does before its answer is read.
  #sendWaiting(): void {
    if (this.#current === null) {
      this.#current = this.#ahead ?? this.#waiting.shift() ?? null;
      this.#ahead = null;
      if (this.#current !== null) this.#client.query(this.#current);
    }
    if (this.#current !== null && this.#ahead === null) {
      this.#ahead = this.#waiting.shift() ?? null;
      this.#ahead?.write(this.#client.connection);
    }
  }

  // The first fault is the one that counts; what waits fails with it.
  #stop(fault: Fault): Fault {
    if (this.#fault !== null) return this.#fault;
    this.#fault = fault;
    const unanswered = [this.#current, this.#ahead, ...this.#waiting.splice(0)];
    for (const query of unanswered) query?.handleError(fault);
    this.#onFault(fault);
    // Later blocks would be refused for the missing one anyway; nothing more is to be had here.
    void this.#client.end().catch(() => undefined);
    return fault;
  }
}

/** What `execute_block` returns. */
interface BlockAnswerText {
  readonly state: string;
  readonly rejections: readonly (readonly [index: number, code: string, message: string])[];
  readonly results: readonly (readonly [index: number, value: string])[];
}

function outcomeOf(height: number, text: string): BlockOutcome {
  const answer: BlockAnswerText = JSON.parse(text);
  return {
    height,
    stateHash: Buffer.from(answer.state, 'hex'),
    rejections: answer.rejections.map(([index, code, message]): Rejection => ({ index, code, message })),
    results: answer.results.map(([index, value]): CallResult => ({ index, value })),
  };
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

function faultOf(error: Error, height: number | null = null): Fault {
  if (error instanceof Fault) return error;
  const sqlstate = 'code' in error && /^[0-9A-Z]{5}$/.test(String(error.code)) ? String(error.code) : '';
  const [, code, hint] = HINTS.find(([states]) => states.test(sqlstate)) ?? [
    null,
    'block_not_committed',
    'See the log of Postgres; the node goes on with this block when it is started again.',
  ];
  const place = height === null ? 'The connection of the executor' : `Block ${height}`;
  return new Fault(code, `${place} failed: ${error.message}`, {
    cause: error,
    facts: { height, sqlstate },
    hint,
  });
}
