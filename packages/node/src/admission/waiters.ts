/**
 * Transactions that are on their way into a block, and who waits for them.
 *
 * Every admitted transaction has one entry under its id until a block with it is committed or it
 * can no longer get into one. Callers of the same transaction form a chain behind that entry: a
 * resubmitted transaction attaches to the one under way and gets the same answer.
 */

import type { Outcome, OutcomeDetail, RefusalCode, WaitLevel } from '@bucordo/protocol';
import type { BlockOutcome, Rejection, SealedBlock } from '../chain/sealed-block.ts';
import { ROW_ID_AT } from '../chain/transaction-row.ts';
import { finalCharactersMax } from '../limits.ts';
import type { Hindrance, Replies } from './ports.ts';
import { OutcomeBatches } from './replies.ts';

/** A caller of a transaction. */
export interface Caller {
  readonly replies: Replies;
  /** The caller's own number for the transaction. */
  readonly number: number;
  readonly level: WaitLevel;
  /** When the caller stops waiting; same clock as `expire`. */
  readonly deadlineMs: number;
}

/** A transaction under way. */
interface Entry {
  readonly validUntil: number;
  readonly rowBytes: number;
  /** The caller that came first, unless it was answered or has gone, then those who resubmitted. */
  first: Waiter | null;
}

interface Waiter extends Caller {
  readonly duplicate: boolean;
  next: Waiter | null;
}

interface FinalBatch {
  readonly height: number;
  /** Characters of the messages and results in it. */
  readonly characters: number;
  readonly waiters: { readonly waiter: Waiter; readonly outcome: Outcome }[];
}

/** The transactions under way in this node. Ids are Latin-1 strings of 32 bytes here. */
export class Waiters {
  readonly #entries: Map<string, Entry> = new Map();
  readonly #batches: OutcomeBatches = new OutcomeBatches();
  #finals: FinalBatch[] = [];
  #rowBytes = 0;

  /** Transactions under way. */
  get count(): number {
    return this.#entries.size;
  }

  /** Bytes of the rows of the transactions under way. */
  get rowBytes(): number {
    return this.#rowBytes;
  }

  /** Begins to follow a transaction that is about to be offered. Its id must not be under way. */
  add(id: string, caller: Caller, facts: { validUntil: number; rowBytes: number }): void {
    const first = caller.level === 'accepted' ? null : waiterOf(caller, false);
    this.#entries.set(id, { validUntil: facts.validUntil, rowBytes: facts.rowBytes, first });
    this.#rowBytes += facts.rowBytes;
  }

  /** Whether the transaction is under way. */
  has(id: string): boolean {
    return this.#entries.has(id);
  }

  /** Lets the caller wait for a transaction under way; false when there is none with this id. */
  attach(id: string, caller: Caller): boolean {
    const entry = this.#entries.get(id);
    if (entry === undefined) return false;
    if (caller.level === 'accepted') return true;
    const waiter = waiterOf(caller, true);
    waiter.next = entry.first;
    entry.first = waiter;
    return true;
  }

  /** Answers those who wait for the order alone; the block may not be committed yet. */
  ordered(block: SealedBlock): void {
    for (let index = 0; index < block.rows.count; index++) {
      const entry = this.#entries.get(idOf(block, index));
      if (entry === undefined) continue;
      entry.first = keep(entry.first, (waiter) => {
        if (waiter.level !== 'ordered') return true;
        this.#batches.add(waiter.replies, outcomeAt(waiter, block.height, index));
        return false;
      });
    }
    this.#batches.send();
  }

  /**
   * Answers everyone who waits for a transaction of a committed block, but those who wait for finality.
   * With `doubt` what the block did is not vouched for: only its order is answered, and who wants more gets the code.
   */
  settle(block: SealedBlock, outcome: BlockOutcome, doubt: Hindrance | null = null): void {
    if (this.#entries.size === 0) return;
    const rejections = new Map(outcome.rejections.map((rejection) => [rejection.index, rejection]));
    const results = new Map(outcome.results.map((result) => [result.index, result.value]));
    const final: FinalBatch['waiters'] = [];
    for (let index = 0; index < block.rows.count; index++) {
      const entry = this.#take(idOf(block, index));
      let waiter = entry?.first ?? null;
      for (; waiter !== null; waiter = waiter.next) {
        if (doubt !== null) {
          this.#batches.add(
            waiter.replies,
            waiter.level === 'ordered'
              ? outcomeAt(waiter, block.height, index)
              : { ...outcomeAt(waiter, 0, 0), ...doubt },
          );
          continue;
        }
        const told = receiptAt(
          waiter,
          { height: block.height, index },
          {
            rejection: rejections.get(index),
            result: results.get(index),
            detail: outcome.details.get(index),
          },
        );
        if (waiter.level === 'final') final.push({ waiter, outcome: told });
        else this.#batches.add(waiter.replies, told);
      }
    }
    this.#keepFinal(block.height, final);
    this.#batches.send();
  }

  /** Answers those who wait for finality of heights up to `height`. */
  final(height: number): void {
    const reached = this.#finals.filter((batch) => batch.height <= height);
    if (reached.length === 0) return;
    this.#finals = this.#finals.filter((batch) => batch.height > height);
    for (const batch of reached) {
      for (const { waiter, outcome } of batch.waiters) this.#batches.add(waiter.replies, outcome);
    }
    this.#batches.send();
  }

  /** Lets a caller wait until a height that is already committed is final. */
  awaitFinal(caller: Caller, outcome: Outcome): void {
    this.#keepFinal(outcome.height, [{ waiter: waiterOf(caller, true), outcome }]);
    this.#batches.send();
  }

  /** Tells everyone who waits for the transaction that it will be in no block. */
  refuse(id: string, code: string, message: string): void {
    let waiter = this.#take(id)?.first ?? null;
    for (; waiter !== null; waiter = waiter.next) {
      this.#batches.add(waiter.replies, { ...outcomeAt(waiter, 0, 0), code, message });
    }
    this.#batches.send();
  }

  /** Tells everyone who waits for the transaction that nothing is known of it; it stays under way. */
  doubt(id: string, explain: (validUntil: number) => Hindrance): void {
    const entry = this.#entries.get(id);
    if (entry === undefined) return;
    const doubt = explain(entry.validUntil);
    for (let waiter = entry.first; waiter !== null; waiter = waiter.next) {
      this.#batches.add(waiter.replies, { ...outcomeAt(waiter, 0, 0), ...doubt });
    }
    entry.first = null;
    this.#batches.send();
  }

  /** Tells everyone who waits for finality that it is not vouched for. */
  doubtFinals(doubt: Hindrance): void {
    for (const { waiters } of this.#finals.splice(0)) {
      for (const { waiter } of waiters) {
        this.#batches.add(waiter.replies, { ...outcomeAt(waiter, 0, 0), ...doubt });
      }
    }
    this.#batches.send();
  }

  /** Refuses every transaction under way and everyone who waits for finality. */
  refuseAll(code: RefusalCode, message: string): void {
    for (const id of this.#entries.keys()) this.refuse(id, code, message);
    this.doubtFinals({ code, message });
  }

  /** Tells everyone who waits for the transaction what its stored receipt says. */
  answer(id: string, stored: Outcome): void {
    let waiter = this.#take(id)?.first ?? null;
    for (; waiter !== null; waiter = waiter.next) {
      const told = { ...stored, number: waiter.number, duplicate: true };
      if (waiter.level === 'final') this.awaitFinal(waiter, told);
      else this.#batches.add(waiter.replies, told);
    }
    this.#batches.send();
  }

  /** Forgets the callers of a connection that has closed; their transactions stay under way. */
  drop(replies: Replies): void {
    for (const entry of this.#entries.values()) {
      entry.first = keep(entry.first, (waiter) => waiter.replies !== replies);
    }
    this.#keepFinals((waiter) => waiter.replies !== replies);
    this.#batches.drop(replies);
  }

  /**
   * Answers callers whose deadline has passed with `timeout`, and forgets transactions that, with
   * `height` committed, can be in no block any more, answering `expired`.
   */
  expire(nowMs: number, height: number): void {
    for (const [id, entry] of this.#entries) {
      entry.first = keep(entry.first, (waiter) => this.#keepWaiting(waiter, nowMs));
      if (entry.validUntil <= height) {
        this.refuse(
          id,
          'expired',
          `valid until height ${entry.validUntil}, and block ${height} is committed without it`,
        );
      }
    }
    this.#keepFinals((waiter) => this.#keepWaiting(waiter, nowMs));
    this.#batches.send();
  }

  #keepWaiting(waiter: Waiter, nowMs: number): boolean {
    if (waiter.deadlineMs > nowMs) return true;
    const message = `not ${waiter.level} in time; it may still commit: ask for its receipt, or submit the same bytes again`;
    this.#batches.add(waiter.replies, { ...outcomeAt(waiter, 0, 0), code: 'timeout', message });
    return false;
  }

  // Answers wait in memory until their height is final. When that takes so long that they are too many, the new
  // ones are not kept: what is committed can be asked for again.
  #keepFinal(height: number, waiters: FinalBatch['waiters']): void {
    if (waiters.length === 0) return;
    const characters = charactersOf(waiters);
    if (this.#finals.reduce((sum, batch) => sum + batch.characters, characters) <= finalCharactersMax) {
      this.#finals.push({ height, waiters, characters });
      return;
    }
    const message = `committed at height ${height}; too many wait for finality: ask for the receipt, or submit the same bytes again`;
    for (const { waiter } of waiters) {
      this.#batches.add(waiter.replies, { ...outcomeAt(waiter, 0, 0), code: 'overloaded', message });
    }
  }

  #keepFinals(isKept: (waiter: Waiter) => boolean): void {
    this.#finals = this.#finals
      .map(({ height, ...batch }) => {
        const waiters = batch.waiters.filter(({ waiter }) => isKept(waiter));
        return { height, waiters, characters: charactersOf(waiters) };
      })
      .filter((batch) => batch.waiters.length > 0);
  }

  #take(id: string): Entry | undefined {
    const entry = this.#entries.get(id);
    if (entry === undefined) return undefined;
    this.#entries.delete(id);
    this.#rowBytes -= entry.rowBytes;
    return entry;
  }
}

function charactersOf(waiters: FinalBatch['waiters']): number {
  return waiters.reduce((sum, { outcome }) => sum + charactersOfOutcome(outcome), 0);
}

function charactersOfOutcome({ message, result, detail }: Outcome): number {
  return 64 + message.length + result.length + (detail === null ? 0 : 128 + detail.text.length);
}

function waiterOf(caller: Caller, duplicate: boolean): Waiter {
  const { replies, number, level, deadlineMs } = caller;
  return { replies, number, level, deadlineMs, duplicate, next: null };
}

function idOf(block: SealedBlock, index: number): string {
  const idAt = (block.rows.rowAt[index] ?? 0) + ROW_ID_AT;
  return block.rows.bytes.toString('latin1', idAt, idAt + 32);
}

function outcomeAt(waiter: Waiter, height: number, index: number): Outcome {
  return {
    number: waiter.number,
    height,
    index,
    code: '',
    message: '',
    result: '',
    duplicate: waiter.duplicate,
    call: null,
    detail: null,
  };
}

interface ToldOutcome {
  readonly rejection: Rejection | undefined;
  readonly result: string | undefined;
  readonly detail: OutcomeDetail | undefined;
}

function receiptAt(
  waiter: Waiter,
  { height, index }: { readonly height: number; readonly index: number },
  { rejection, result, detail }: ToldOutcome,
): Outcome {
  return {
    number: waiter.number,
    height,
    index,
    code: rejection?.code ?? '',
    message: rejection?.message ?? '',
    result: result ?? '',
    duplicate: waiter.duplicate,
    call: rejection?.call ?? null,
    detail: detail ?? null,
  };
}

// The chain without the waiters that are not to be kept.
function keep(first: Waiter | null, isKept: (waiter: Waiter) => boolean): Waiter | null {
  let head = first;
  while (head !== null && !isKept(head)) head = head.next;
  for (let waiter = head; waiter !== null && waiter.next !== null; ) {
    if (isKept(waiter.next)) waiter = waiter.next;
    else waiter.next = waiter.next.next;
  }
  return head;
}
