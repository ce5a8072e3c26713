/**
 * Counts how often the node has died of one block, across restarts, and finds out of which transaction.
 *
 * A small file beside the database holds one record: the block, the ids of its transactions, the
 * number of attempts. It is written when a block begins that may be the one (the first after a start,
 * and later only one that shares transactions with the record), when Postgres is lost while a block
 * runs, and removed when that block has committed; so nothing is written for the blocks between. From
 * the second attempt on the block is traced: the server names each transaction before it executes it,
 * and the name is in the file when the server dies. After {@link attemptsMax} attempts the node is in
 * quarantine: it serves and executes nothing.
 *
 * Where this node orders, a block that was not committed is lost and its transactions come back in
 * another one; so blocks are the same when they share transactions, and what they share is suspected.
 */

import { readFileSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import type { BlockOutcome, SealedBlock } from '../chain/sealed-block.ts';
import { ROW_ID_AT } from '../chain/transaction-row.ts';
import { Fault } from '../fault.ts';
import { attemptsMax } from '../limits.ts';
import type { Log } from '../observe/ports.ts';
import type { DeadlyBlock } from './ports.ts';

/** A block that the node tries to execute, and how earlier attempts at it ended. */
export interface Attempt extends DeadlyBlock {
  /** Ids of the transactions that were in every attempt, lower-case hex. */
  readonly suspects: readonly string[];
}

/** How a block is executed. */
export interface AttemptSteps {
  readonly execute: (block: SealedBlock) => Promise<BlockOutcome>;
  /**
   * Calls `told` with the index of each transaction of the block at `height` before it executes.
   * Takes effect for a block that is executed after this was called, awaited or not.
   */
  readonly trace: (height: number, told: (index: number) => void) => Promise<void>;
}

/** Faults by which a block shows that it cannot be executed; others are no fault of the block. */
const DEADLY: ReadonlySet<string> = new Set(['postgres_unreachable', 'block_not_committed']);

/** The attempts of this node, over its starts. */
export class Attempts {
  readonly #file: string;
  readonly #log: Log;
  /** What the file held before the block that is under way. */
  #before: Attempt | null;
  /** The block that is recorded and under way. */
  #current: Attempt | null = null;
  #isFirst = true;
  #hasDied = false;

  /** `height` is that of the last committed block; `isOrdering` tells whether blocks are this node's own. */
  static open(file: string, options: { height: number; isOrdering: boolean; log: Log }): Attempts {
    const record = readRecord(file, options.log);
    // Blocks of another node keep their heights: what is committed was executed.
    const isOver = record !== null && !options.isOrdering && record.height <= options.height;
    const attempts = new Attempts(file, isOver ? null : record, options.log);
    if (isOver) attempts.#write(null);
    return attempts;
  }

  private constructor(file: string, record: Attempt | null, log: Log) {
    this.#file = file;
    this.#before = record;
    this.#log = log;
  }

  /** The block that this node does not try any more, or null. */
  get quarantine(): Attempt | null {
    const record = this.#before;
    if (record === null || record.attempts < attemptsMax) return null;
    const [only = null, ...others] = record.suspects;
    return { ...record, transaction: record.transaction ?? (others.length === 0 ? only : null) };
  }

  /** Where the record is kept. */
  get file(): string {
    return this.#file;
  }

  /** Executes `block`, counting the attempt where it may be the one that the node dies of. */
  async run(block: SealedBlock, steps: AttemptSteps): Promise<BlockOutcome> {
    const isFirst = this.#isFirst;
    this.#isFirst = false;
    if (this.#before === null && !isFirst) return this.#guarded(block, steps.execute);
    const next = this.#next(block);
    const isSame = next.attempts > 1;
    if (this.#current !== null || (this.#before !== null && !isSame))
      return this.#guarded(block, steps.execute);
    this.#begin(next);
    // Both are handed over at once, so that no later block comes between.
    const tracing = isSame
      ? steps.trace(block.height, (index) => this.#executing(idOf(block, index)))
      : Promise.resolve();
    const [outcome] = await Promise.all([this.#guarded(block, steps.execute), tracing]);
    this.#current = null;
    this.#before = null;
    this.#write(null);
    return outcome;
  }

  /** Takes back what this start has counted: it ended for a reason that has nothing to do with the block. */
  forgive(): void {
    if (this.#current === null) return;
    this.#current = null;
    this.#write(this.#before);
  }

  /** Starts anew: the block may be tried again. */
  forget(): void {
    this.#before = null;
    this.#current = null;
    this.#isFirst = true;
    this.#hasDied = false;
    this.#write(null);
  }

  /** The node stops. What is under way then has not killed it, unless it died before. */
  close(): void {
    if (!this.#hasDied) this.forgive();
  }

  async #guarded(block: SealedBlock, execute: AttemptSteps['execute']): Promise<BlockOutcome> {
    try {
      return await execute(block);
    } catch (error) {
      if (error instanceof Fault && DEADLY.has(error.code) && !this.#hasDied) {
        this.#hasDied = true;
        if (this.#current === null) this.#begin(this.#next(block));
      }
      throw error;
    }
  }

  // The record of this block: one more attempt if it shares transactions with the record there is.
  #next(block: SealedBlock): Attempt {
    const ids = Array.from({ length: block.rows.count }, (_, index) => idOf(block, index));
    const hash = Buffer.from(block.hash).toString('hex');
    const known = new Set(this.#before?.suspects);
    const shared = ids.filter((id) => known.has(id));
    const isSame = shared.length > 0;
    return {
      height: block.height,
      block: hash,
      transaction: isSame ? (this.#before?.transaction ?? null) : null,
      attempts: isSame ? (this.#before?.attempts ?? 0) + 1 : 1,
      suspects: isSame ? shared : ids,
    };
  }

  #begin(attempt: Attempt): void {
    this.#current = attempt;
    this.#write(attempt);
  }

  #executing(id: string): void {
    if (this.#current !== null) this.#begin({ ...this.#current, transaction: id });
  }

  // The file helps to recover and is needed for nothing else: a node whose folder is read-only runs as well.
  #write(record: Attempt | null): void {
    try {
      if (record === null) {
        rmSync(this.#file, { force: true });
        return;
      }
      writeFileSync(`${this.#file}.new`, `${JSON.stringify(record, null, 2)}\n`, { mode: 0o600 });
      renameSync(`${this.#file}.new`, this.#file);
    } catch (error) {
      this.#log.warn(
        { file: this.#file, reason: String(error) },
        'attempts to execute a block cannot be counted',
      );
    }
  }
}

function idOf({ rows }: SealedBlock, index: number): string {
  const at = (rows.rowAt[index] ?? 0) + ROW_ID_AT;
  return rows.bytes.toString('hex', at, at + 32);
}

function readRecord(file: string, log: Log): Attempt | null {
  let text: string;
  try {
    text = readFileSync(file, 'utf8');
  } catch {
    return null;
  }
  try {
    return recordOf(JSON.parse(text));
  } catch (error) {
    log.warn(
      { file, reason: String(error) },
      'the file with the attempts at a block is not readable and not heeded',
    );
    return null;
  }
}

const HEX = /^[0-9a-f]{64}$/;

function recordOf(value: object): Attempt {
  const height: unknown = Reflect.get(value, 'height');
  const block: unknown = Reflect.get(value, 'block');
  const transaction: unknown = Reflect.get(value, 'transaction');
  const attempts: unknown = Reflect.get(value, 'attempts');
  const suspects: unknown = Reflect.get(value, 'suspects');
  const isHex = (text: unknown): text is string => typeof text === 'string' && HEX.test(text);
  if (
    !Number.isSafeInteger(height) ||
    !Number.isSafeInteger(attempts) ||
    typeof height !== 'number' ||
    typeof attempts !== 'number' ||
    !isHex(block) ||
    !(transaction === null || isHex(transaction)) ||
    !Array.isArray(suspects) ||
    !suspects.every(isHex)
  ) {
    throw new Error('it is not a record of attempts');
  }
  return { height, block, transaction, attempts, suspects };
}
