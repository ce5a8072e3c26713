/**
 * Submits a load's transactions so that each is executed at most once, however often the load is
 * repeated: the bytes of a transaction follow from the file and from the validity in the journal.
 */
import { setTimeout as sleep } from 'node:timers/promises';
import { type Client, type Receipt, RejectedError, TimeoutError } from '@bucordo/client';
import { validUntilWindow } from '@bucordo/protocol';
import type { CallText } from '../call-arguments.ts';
import { CommandError } from '../command-error.ts';
import { exitUnreachable } from '../exit-codes.ts';
import type { TransactionSigner } from '../transaction-signer.ts';
import { type LoadIdentity, type LoadJournal, loadNonce } from './load-journal.ts';
import type { LoadUnit } from './load-units.ts';

/** What became of one unit of a load. */
export interface LoadOutcome {
  readonly unit: LoadUnit;
  /** Height of its block; null when it was refused before it was ordered. */
  readonly height: number | null;
  /** Code of the rejection; empty when it is committed. */
  readonly code: string;
  readonly message: string;
  /** Index of the call that failed, from 0; null when it failed as a whole. */
  readonly call: number | null;
  /** It had been ordered before this run. */
  readonly duplicate: boolean;
}

/** Refusals that say something about the node at this moment and nothing about the transaction. */
const passing: ReadonlySet<string> = new Set([
  'overloaded',
  'waiting',
  'stopping',
  'held',
  'timeout',
  'diverged',
  'forked',
  'quarantined',
  'unknown',
]);
/** Blocks without room after which a transaction counts as rejected: over an hour. */
const renewalsMax = 2_000;
/** The window less a tenth, so that a node that lags a little still takes the transaction. */
const validForBlocks = Math.floor(validUntilWindow * 0.9);

/** Signs and submits for one load. */
export class LoadSubmitter {
  readonly #client: Client;
  readonly #signer: TransactionSigner;
  readonly #load: LoadIdentity;
  readonly #journal: LoadJournal;
  readonly #timeoutMs: number;
  #choosing: Promise<void> | null = null;

  constructor(options: {
    client: Client;
    signer: TransactionSigner;
    load: LoadIdentity;
    journal: LoadJournal;
    timeoutMs: number;
  }) {
    this.#client = options.client;
    this.#signer = options.signer;
    this.#load = options.load;
    this.#journal = options.journal;
    this.#timeoutMs = options.timeoutMs;
  }

  /**
   * Submits one transaction and resolves when its fate is known. Where its block had no room for it, it
   * changed nothing and is made anew for a later one.
   */
  async submit(unit: LoadUnit, calls: readonly CallText[]): Promise<LoadOutcome> {
    for (let renewed = 0; ; renewed += 1) {
      const nonce = loadNonce(this.#load, unit.number, renewed);
      const outcome = await this.#submitOne(unit, calls, nonce);
      if (outcome.code !== 'block_full' || renewed === renewalsMax) return outcome;
      if (!outcome.duplicate) await sleep(Math.min(2_000, 100 * 2 ** renewed) * (0.5 + Math.random() / 2));
    }
  }

  // Where its validity ran out before it was ordered it can never be executed, and is made anew with the next one.
  async #submitOne(unit: LoadUnit, calls: readonly CallText[], nonce: Uint8Array): Promise<LoadOutcome> {
    for (let attempt = 0; ; attempt += 1) {
      const validUntil = await this.#validUntil(attempt);
      const signed = await this.#signer.sign({ calls, validUntil, nonce });
      const outcome = await this.#attempt(unit, signed);
      if (outcome.code !== 'expired') return outcome;
      const stored = await this.#client.receipt(signed.id, { timeoutMs: this.#timeoutMs });
      if (stored === null || stored.code === 'expired') continue;
      return {
        ...outcome,
        height: stored.height,
        code: stored.code,
        message: stored.message,
        call: stored.call,
        duplicate: true,
      };
    }
  }

  async #attempt(unit: LoadUnit, signed: { id: string; bytes: Uint8Array }): Promise<LoadOutcome> {
    try {
      const { height, duplicate } = await this.#submitWhileBlocksCome(signed);
      return { unit, height, code: '', message: '', call: null, duplicate };
    } catch (error) {
      if (!(error instanceof RejectedError)) throw error;
      if (error.height === null && passing.has(error.code)) {
        throw new CommandError(
          {
            code: error.code,
            exitCode: exitUnreachable,
            hint: 'Run the same command again in a moment: it goes on where it stopped.',
          },
          error.message,
        );
      }
      const { height, code, message, call } = error;
      return { unit, height, code, message, call, duplicate: false };
    }
  }

  // A burst of dear transactions takes many blocks: as long as they come, it is waited for.
  async #submitWhileBlocksCome(signed: { id: string; bytes: Uint8Array }): Promise<Receipt> {
    for (let height = -1; ; ) {
      try {
        return await this.#client.submitRaw(signed, { wait: 'committed', timeoutMs: this.#timeoutMs });
      } catch (error) {
        if (!(error instanceof TimeoutError)) throw error;
        const now = await this.#client.status({ timeoutMs: this.#timeoutMs });
        if (now.height <= height) throw error;
        height = now.height;
      }
    }
  }

  /** The validity of an attempt; one that is chosen now is on disk before it is used. */
  async #validUntil(attempt: number): Promise<number> {
    for (;;) {
      const known = this.#journal.state.validUntil[attempt];
      if (known !== undefined) return known;
      this.#choosing ??= this.#chooseValidity().finally(() => {
        this.#choosing = null;
      });
      await this.#choosing;
    }
  }

  async #chooseValidity(): Promise<void> {
    const { height } = await this.#client.status({ timeoutMs: this.#timeoutMs });
    const { state } = this.#journal;
    this.#journal.write({ ...state, validUntil: [...state.validUntil, height + validForBlocks] });
  }
}
