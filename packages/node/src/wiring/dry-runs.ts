/**
 * Dry runs for the API: makes the transaction that a caller wants to try, unsigned, and has it executed
 * between two blocks.
 *
 * Blocks come first: dry runs take their turns one after the other, every one is bounded in time, and
 * the next one waits until they have had no more than their share of the executor. Those who would
 * wait too long are refused as `overloaded`.
 */

import { randomBytes } from 'node:crypto';
import { setTimeout as sleep } from 'node:timers/promises';

import {
  admitKey,
  DecodeError,
  encodeSignedTransaction,
  encodeTransaction,
  isRefusalCode,
  type RefusalCode,
  toUtf8,
} from '@bucordo/protocol';
import type { Hindrance } from '../admission/ports.ts';
import { Preparer } from '../admission/prepare.ts';
import { type Slot, slotMemory, slotOf } from '../admission/slot.ts';
import type { DryRunAnswer, DryRunning, DryRunRequest } from '../api/ports.ts';
import type { Catalogue, CatalogueIdentity } from '../chain/catalogue.ts';
import { RowBuffer } from '../chain/row-buffer.ts';
import type { DryRunOutcome } from '../execution/ports.ts';
import { sqlstateOf } from '../execution/sqlstate.ts';
import { dryRunMs, dryRunShare, dryRunsWaitingMax, dryRunWaitMs } from '../limits.ts';

/** What dry runs need. */
export interface DryRunsOptions {
  /** Network id, 32 bytes. */
  readonly network: Uint8Array;
  /** Functions and identities as of the last committed block. */
  readonly catalogue: () => Catalogue;
  /** For what every dry run is refused now, or null. */
  readonly hindrance: () => Hindrance | null;
  /** Executes one unsealed row and rolls it back. */
  readonly execute: (rows: RowBuffer, timeMs: number) => Promise<DryRunOutcome>;
  /** Milliseconds since the epoch. */
  readonly now: () => number;
}

/** Takes dry runs, one at a time. */
export class DryRuns implements DryRunning {
  readonly #options: DryRunsOptions;
  readonly #preparer: Preparer;
  readonly #slot: Slot = slotOf(slotMemory());
  #catalogue: Catalogue | null = null;
  #waiting = 0;
  #last: Promise<unknown> = Promise.resolve();
  #notBeforeMs = 0;

  constructor(options: DryRunsOptions) {
    this.#options = options;
    this.#preparer = new Preparer(options.network, UNSIGNED);
  }

  /** Tries the calls of `request`; the answer says what they would come to, or why they are not tried. */
  async run(request: DryRunRequest): Promise<DryRunAnswer> {
    const hindrance = this.#options.hindrance();
    if (hindrance !== null) return { refusal: hindrance.code, message: hindrance.message };
    const identity = this.#identityOf(request);
    if (typeof identity === 'string') return { refusal: identity };
    if (this.#waiting >= dryRunsWaitingMax) return { refusal: 'overloaded' };
    this.#waiting += 1;
    const deadlineMs = performance.now() + dryRunWaitMs;
    const mine = this.#last.then(() => this.#turn(request, { identity, deadlineMs }));
    this.#last = mine.catch(() => undefined);
    return mine.finally(() => {
      this.#waiting -= 1;
    });
  }

  async #turn(request: DryRunRequest, { identity, deadlineMs }: Turn): Promise<DryRunAnswer> {
    if (Math.max(this.#notBeforeMs, performance.now()) > deadlineMs) return { refusal: 'overloaded' };
    await sleep(Math.max(0, this.#notBeforeMs - performance.now()));
    const rows = this.#rowsOf(request, identity);
    if (typeof rows === 'string') return { refusal: rows };
    const startedMs = performance.now();
    let usedMs = 0;
    try {
      const outcome = await this.#options.execute(rows, this.#options.now());
      usedMs = outcome.ms;
      return { outcome: this.#explained(outcome) };
    } catch (error) {
      // It may have waited for a block, too; longer than its limit it did not run.
      usedMs = Math.min(dryRunMs, performance.now() - startedMs);
      const refusal = REFUSALS.get(sqlstateOf(error));
      if (refusal === undefined) throw error;
      return { refusal };
    } finally {
      this.#notBeforeMs = performance.now() + usedMs * (dryRunShare - 1);
    }
  }

  // Where receipts hold the code alone, this node says more; its slot still has the transaction.
  #explained(outcome: DryRunOutcome): DryRunOutcome {
    const { rejection, detail } = outcome;
    if (rejection === null || rejection.message !== '' || !isRefusalCode(rejection.code)) return outcome;
    const { code: refusal, call } = rejection;
    const { message } = this.#preparer.explain(this.#slot, 0, { refusal, call });
    return message === ''
      ? outcome
      : { ...outcome, detail: detail === '' ? message : `${message}\n${detail}` };
  }

  // An identity tries for itself; an administrator also for the others of the same member.
  #identityOf({ signer, as }: DryRunRequest): CatalogueIdentity | RefusalCode {
    if (as === null || as === `${signer.member}/${signer.name}`) return signer;
    const [member, name] = as.split('/');
    if (member !== signer.member || !signer.roles.includes('admin')) return 'not_permitted';
    const { identities, height } = this.#options.catalogue();
    const isValid = ({ validFrom, validTo }: CatalogueIdentity): boolean =>
      validFrom <= height + 1 && (validTo === null || validTo > height + 1);
    const named = identities.filter((each) => each.member === member && each.name === name);
    return named.find(isValid) ?? 'identity_unknown';
  }

  // Judged as in a block, so that what is wrong shows in the outcome as it would in the receipt.
  #rowsOf(request: DryRunRequest, identity: CatalogueIdentity): RowBuffer | RefusalCode {
    const catalogue = this.#options.catalogue();
    if (catalogue !== this.#catalogue) this.#preparer.setCatalogue(catalogue);
    this.#catalogue = catalogue;
    const transaction = transactionOf(request, { identity, network: this.#options.network, catalogue });
    if (typeof transaction === 'string') return transaction;
    const { batch, input, output } = this.#slot;
    batch.clear();
    batch.append(input, transaction);
    batch.setCircumstances({ height: catalogue.height, purpose: 'block' });
    this.#preparer.prepare(this.#slot);
    const refusal = batch.refusal(0);
    if (refusal !== null) return refusal;
    const rows = new RowBuffer(batch.rowEnd(0), 1);
    rows.append(output, batch.rowAt(0), batch.rowEnd(0));
    return rows;
  }
}

interface Turn {
  readonly identity: CatalogueIdentity;
  /** On the clock of `performance.now`. */
  readonly deadlineMs: number;
}

/** Errors of Postgres that are no trouble: it took too long; the functions changed meanwhile, so that it is to be judged again. */
const REFUSALS: ReadonlyMap<string, RefusalCode> = new Map([
  ['57014', 'timeout'],
  ['BX002', 'overloaded'],
]);

/** Takes every signature: a dry run has none, and leaves nothing behind that would need one. */
const UNSIGNED = { library: 'openssl', verify: () => true, admitKey } as const;

function transactionOf(
  { calls, effect }: DryRunRequest,
  by: { identity: CatalogueIdentity; network: Uint8Array; catalogue: Catalogue },
): Uint8Array | RefusalCode {
  try {
    const payload = encodeTransaction({
      network: by.network,
      identity: by.identity.key,
      calls: calls.map((call) => ({ ...call, args: toUtf8(call.args) })),
      validUntil: by.catalogue.height + VALID_FOR_BLOCKS,
      nonce: randomBytes(16),
      effect,
    });
    return encodeSignedTransaction({ payload, signature: new Uint8Array(64) });
  } catch (error) {
    if (error instanceof DecodeError && isRefusalCode(error.code)) return error.code;
    throw error;
  }
}

/** Far enough that no dry run has expired when its turn comes. */
const VALID_FOR_BLOCKS = 50_000;
