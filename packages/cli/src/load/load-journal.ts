/**
 * What a load remembers between two runs, so that a repeated or resumed load makes the very same
 * transactions: until which height they are valid, and how many are done. Kept in the network's
 * folder under a name made from everything that shapes the transactions.
 */
import { createHash } from 'node:crypto';
import { createReadStream, existsSync, mkdirSync, readFileSync, renameSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { pipeline } from 'node:stream/promises';
import { usageError } from '../command-error.ts';
import { giveToOwner } from '../folder-owner.ts';

/** Everything that shapes a load's transactions. */
export interface LoadIdentity {
  readonly network: string;
  readonly identity: string;
  readonly function: string;
  /** SHA-256 of the file, hex. */
  readonly fileHash: string;
  readonly columnMap: string;
  readonly groupBy: string;
  readonly callsPerTransaction: number;
}

/** The part of a journal that changes. */
export interface LoadState {
  /**
   * Last heights of validity, in the order they were chosen. A transaction is made with the first;
   * where that expired before the transaction was ordered, with the next.
   */
  readonly validUntil: readonly number[];
  /** Transactions from the beginning of the file whose receipts are there. */
  readonly done: number;
  /** Rejected ones among them. */
  readonly rejected: number;
  readonly complete: boolean;
}

/** A journal on disk. */
export class LoadJournal {
  readonly #file: string;
  readonly #load: LoadIdentity;
  #state: LoadState;

  /** Opens the journal of a load below `directory`, or begins one. */
  constructor(directory: string, load: LoadIdentity) {
    this.#load = load;
    this.#file = join(directory, `${loadKey(load).slice(0, 32)}.json`);
    this.#state = existsSync(this.#file)
      ? readState(this.#file)
      : { validUntil: [], done: 0, rejected: 0, complete: false };
  }

  get state(): LoadState {
    return this.#state;
  }

  /** Replaces the state on disk whole: a crash leaves the old one or the new one. */
  write(state: LoadState): void {
    this.#state = state;
    const made = mkdirSync(dirname(this.#file), { recursive: true });
    writeFileSync(`${this.#file}.new`, `${JSON.stringify({ ...this.#load, ...state }, null, 1)}\n`, {
      flush: true,
    });
    renameSync(`${this.#file}.new`, this.#file);
    giveToOwner(made, this.#file);
  }
}

/** SHA-256 of a file, hex. */
export async function hashFile(path: string): Promise<string> {
  const hash = createHash('sha256');
  await pipeline(createReadStream(path), hash);
  return hash.digest('hex');
}

/** A name for a load: equal for equal loads only. */
export function loadKey(load: LoadIdentity): string {
  return createHash('sha256')
    .update(
      JSON.stringify([
        load.network,
        load.identity,
        load.function,
        load.fileHash,
        load.columnMap,
        load.groupBy,
        load.callsPerTransaction,
      ]),
    )
    .digest('hex');
}

/**
 * The 16-byte nonce of a load's transaction `number` (from 0): the same whenever it is made. `renewed` counts the
 * blocks that had no room for it.
 */
export function loadNonce(load: LoadIdentity, number: number, renewed: number = 0): Uint8Array {
  return createHash('sha256')
    .update(`${loadKey(load)}/${number}${renewed === 0 ? '' : `/${renewed}`}`)
    .digest()
    .subarray(0, 16);
}

function readState(file: string): LoadState {
  const value: unknown = JSON.parse(readFileSync(file, 'utf8'));
  if (isState(value))
    return {
      validUntil: value.validUntil,
      done: value.done,
      rejected: value.rejected,
      complete: value.complete,
    };
  throw usageError(
    `the journal ${file} is not of this version`,
    'Delete it to load the file from its beginning; what was loaded before would be loaded twice.',
  );
}

function isState(value: unknown): value is LoadState {
  if (typeof value !== 'object' || value === null) return false;
  if (!('validUntil' in value && 'done' in value && 'rejected' in value && 'complete' in value)) return false;
  return (
    Array.isArray(value.validUntil) &&
    value.validUntil.every(Number.isSafeInteger) &&
    Number.isSafeInteger(value.done) &&
    Number.isSafeInteger(value.rejected) &&
    typeof value.complete === 'boolean'
  );
}
