/**
 * What a load remembers between two runs, so that a repeated or resumed load makes the very same
 * transactions: until which height they are valid, how many are done, by which facts the rows were judged. Kept in
 * the network's folder under a name made from everything that shapes the transactions.
 */
import { createHash } from 'node:crypto';
import { existsSync, mkdirSync, readdirSync, readFileSync, renameSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { isParameterType, type Parameter } from '@bucordo/protocol';
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
  /** Empty for UTF-8. */
  readonly encoding: string;
  /** Whether it brings once more what an earlier load of the same file left out. */
  readonly isAgain: boolean;
}

/** Rows of an earlier load that are left out: the first so many of a file of digests. */
export interface EarlierRows {
  /** Name of the file: the load's key, or that with `-found` for what its journal did not live to see. */
  readonly load: string;
  readonly rows: number;
}

/** The file of rejected rows, as far as the journal answers for it. */
export interface RejectedState {
  readonly file: string;
  readonly bytes: number;
  /** SHA-256 of these bytes, hex. */
  readonly hash: string;
}

/** The part of a journal that changes. */
export interface LoadState {
  /** The input's path, `-` for standard input. */
  readonly file: string;
  /** When it was begun, ISO 8601. */
  readonly begun: string;
  /** Loads of versions of one file have the same. */
  readonly family: string;
  /** The parameters by which rows are judged, also when the contract has changed meanwhile. */
  readonly parameters: readonly Parameter[];
  /** Whose rows are left out, as it was when the load was begun. */
  readonly earlier: readonly EarlierRows[];
  /**
   * Last heights of validity, in the order they were chosen. A transaction is made with the first;
   * where that expired before the transaction was ordered, with the next.
   */
  readonly validUntil: readonly number[];
  /** Units from the beginning of the input whose fate is known. */
  readonly done: number;
  /** Rejected ones among them, by code. */
  readonly codes: Readonly<Record<string, number>>;
  /** Rows that are committed: so many digests of the file of rows count. */
  readonly rows: number;
  readonly rejected: RejectedState | null;
  /**
   * Where something may have been sent whose fate is not known: the height above which it was executed, if it was.
   * Null when nothing is under way.
   */
  readonly openAbove: number | null;
  readonly complete: boolean;
}

/** A load as another one finds it. */
export interface FoundLoad {
  readonly key: string;
  readonly load: LoadIdentity;
  readonly state: LoadState;
}

/** Where digests of rows lie. */
export function rowsFileOf(directory: string, { load }: Pick<EarlierRows, 'load'>): string {
  return join(directory, `${load}.rows`);
}

/** A journal on disk. */
export class LoadJournal {
  readonly key: string;
  readonly #file: string;
  readonly #load: LoadIdentity;
  #state: LoadState | null;

  /** Opens the journal of a load below `directory`; it may not be begun. */
  constructor(directory: string, load: LoadIdentity) {
    this.#load = load;
    this.key = loadKey(load).slice(0, 32);
    this.#file = join(directory, `${this.key}.json`);
    this.#state = existsSync(this.#file) ? readJournal(this.#file).state : null;
  }

  /** Null before it is begun. */
  get begun(): LoadState | null {
    return this.#state;
  }

  get state(): LoadState {
    if (this.#state === null) throw new Error('a load that is not begun has no state');
    return this.#state;
  }

  /** Where the digests of committed rows lie. */
  get rowsFile(): string {
    return this.#file.replace(/\.json$/, '.rows');
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

/** All loads below `directory` of this network and function, the oldest first. */
export function findLoads(
  directory: string,
  wanted: Pick<LoadIdentity, 'network' | 'function'>,
): readonly FoundLoad[] {
  if (!existsSync(directory)) return [];
  return readdirSync(directory)
    .filter((name) => /^[0-9a-f]{32}\.json$/.test(name))
    .map((name) => {
      const { load, state } = readJournal(join(directory, name));
      const key = name.slice(0, 32);
      return { key, load, state };
    })
    .filter(({ load }) => load.network === wanted.network && load.function === wanted.function)
    .sort((one, two) => Date.parse(one.state.begun) - Date.parse(two.state.begun));
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
        ...(load.encoding === '' ? [] : [`encoding ${load.encoding}`]),
        ...(load.isAgain ? ['again'] : []),
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

function readJournal(file: string): { load: LoadIdentity; state: LoadState } {
  let value: unknown = null;
  try {
    value = JSON.parse(readFileSync(file, 'utf8'));
  } catch {
    // What is no JSON is of no version either.
  }
  if (isJournal(value)) return { load: value, state: value };
  throw usageError(
    `the journal ${file} is not of this version`,
    'Finish its load with the version that began it. Without the journal a file that was loaded would be loaded twice; once it may be, delete the journal.',
  );
}

function isJournal(value: unknown): value is LoadIdentity & LoadState {
  if (typeof value !== 'object' || value === null) return false;
  const field = (name: string): unknown => Reflect.get(value, name);
  const isText = (name: string): boolean => typeof field(name) === 'string';
  const isCount = (name: string): boolean => Number.isSafeInteger(field(name));
  const isList = (name: string, of: (each: unknown) => boolean): boolean => {
    const list = field(name);
    return Array.isArray(list) && list.every(of);
  };
  return (
    ['network', 'identity', 'function', 'fileHash', 'columnMap', 'groupBy', 'encoding'].every(isText) &&
    ['file', 'begun', 'family'].every(isText) &&
    ['callsPerTransaction', 'done', 'rows'].every(isCount) &&
    typeof field('complete') === 'boolean' &&
    typeof field('isAgain') === 'boolean' &&
    isList('validUntil', Number.isSafeInteger) &&
    isList(
      'earlier',
      (each) => typeof Object(each).load === 'string' && Number.isSafeInteger(Object(each).rows),
    ) &&
    isList('parameters', (each) => isParameterType(String(Object(each).type))) &&
    (field('openAbove') === null || isCount('openAbove')) &&
    typeof field('codes') === 'object' &&
    typeof field('rejected') === 'object'
  );
}
