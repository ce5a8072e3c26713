/**
 * Where transactions are verified: on the main thread while few are waiting, in worker threads when
 * many are. Handing a batch over costs about as much time as verifying two or three transactions,
 * so for a lone caller the main thread is faster, and under load it has other things to do.
 *
 * There is no setting. Workers start when they are first needed and stay. A worker that dies or
 * does not answer is a fault of the node: what lay in its slots is answered when the node stops.
 */

import { Worker } from 'node:worker_threads';
import type { Catalogue } from '../chain/catalogue.ts';
import { Fault } from '../fault.ts';
import {
  inlineTransactionsMax,
  slotsPerWorker,
  verificationWorkersMax,
  verificationYoungMb,
  workerAnswerMs,
} from '../limits.ts';
import { Preparer } from './prepare.ts';
import { openSignatureVerifier, type SignatureLibrary } from './signature.ts';
import { type Purpose, type Slot, type SlotMemory, slotMemory, slotOf } from './slot.ts';

/** By what a batch is judged. */
export interface Circumstances {
  /** The last height before the block in which the transactions may be. */
  readonly height: number;
  readonly purpose: Purpose;
}

/** What a pool needs. */
export interface VerificationPoolOptions {
  /** The network's id, 32 bytes. */
  readonly network: Uint8Array;
  /** Threads beside the main thread, 0 to {@link verificationWorkersMax}; the default. */
  readonly workers?: number;
  /** Which library verifies; the fastest there is by default. */
  readonly library?: SignatureLibrary;
  /** Called once, when a worker has ended. No slot is given out from then on. */
  readonly onFault: (fault: Fault) => void;
}

/** What a worker gets when it starts. */
export interface WorkerStart {
  readonly network: Uint8Array;
  readonly library: SignatureLibrary;
  readonly catalogue: Catalogue | null;
  readonly slots: readonly SlotMemory[];
}

/** What a worker gets afterwards: judge the slot of this number, or judge by this catalogue. */
export type WorkerMessage = number | Catalogue;

/** What a worker says when it is ready to judge; the number of a slot when it has judged that. */
export const WORKER_READY = -1;

interface WorkerThread {
  readonly thread: Worker;
  readonly slots: readonly WorkerSlot[];
  isReady: boolean;
}

interface WorkerSlot {
  readonly slot: Slot;
  isFree: boolean;
  /** When the slot was handed over, or 0 while it is not with the worker. */
  since: number;
  done: () => void;
}

/** Verifies batches of transactions, here or in workers. */
export class VerificationPool {
  readonly #options: VerificationPoolOptions;
  readonly #library: SignatureLibrary;
  readonly #preparer: Preparer;
  readonly #inline: Slot = slotOf(slotMemory());
  readonly #workersMax: number;
  readonly #workers: WorkerThread[] = [];
  readonly #placeOf: Map<Slot, { readonly worker: WorkerThread; readonly number: number }> = new Map();
  readonly #onFree: (() => void)[] = [];
  readonly #onFailure: ((fault: Fault) => void)[] = [];
  #catalogue: Catalogue | null = null;
  #isInlineFree = true;
  #countInWork = 0;
  #watchdog: NodeJS.Timeout | null = null;
  #state: 'open' | 'failed' | 'closed' = 'open';

  constructor(options: VerificationPoolOptions) {
    this.#options = options;
    const verifier = openSignatureVerifier(options.library);
    this.#library = verifier.library;
    this.#preparer = new Preparer(options.network, verifier);
    this.#workersMax = Math.min(options.workers ?? verificationWorkersMax, verificationWorkersMax);
  }

  /** The library that verifies. */
  get library(): SignatureLibrary {
    return this.#library;
  }

  /** Transactions that workers are verifying. */
  get countInWork(): number {
    return this.#countInWork;
  }

  /** Judges by this catalogue whatever is run from now on. */
  setCatalogue(catalogue: Catalogue): void {
    this.#catalogue = catalogue;
    this.#preparer.setCatalogue(catalogue);
    for (const { thread } of this.#workers) thread.postMessage(catalogue satisfies WorkerMessage);
  }

  /** Calls `listener` whenever a slot has become free. Listeners take turns at being first, so that none starves. */
  onFree(listener: () => void): void {
    this.#onFree.push(listener);
  }

  /** Calls `listener` when a worker has died: what is being judged will not be reported. */
  onFailure(listener: (fault: Fault) => void): void {
    this.#onFailure.push(listener);
  }

  /** A slot for some of `waiting` transactions, or null when none is free. Give it back with {@link release}. */
  acquire(waiting: number): Slot | null {
    if (this.#state !== 'open') return null;
    if (this.#workersMax === 0 || (waiting <= inlineTransactionsMax && this.#countInWork === 0))
      return this.#takeInline();
    const slot = this.#takeFromWorkers();
    if (slot !== null) return slot;
    if (this.#workers.length < this.#workersMax) this.#startWorker();
    return this.#workers.some((worker) => worker.isReady) ? null : this.#takeInline();
  }

  /** Judges the batch in the slot and calls `done`, at once or later; never when the pool fails or is closed. */
  run(slot: Slot, circumstances: Circumstances, done: () => void): void {
    slot.batch.setCircumstances(circumstances);
    const place = this.#placeOf.get(slot);
    if (place === undefined) {
      this.#preparer.prepare(slot);
      done();
      return;
    }
    const { worker, number } = place;
    const workerSlot = worker.slots[number];
    if (workerSlot === undefined) return;
    workerSlot.done = done;
    workerSlot.since = performance.now();
    this.#countInWork += slot.batch.count;
    worker.thread.postMessage(number satisfies WorkerMessage);
  }

  /** Gives a slot back when its outcomes have been read. */
  release(slot: Slot): void {
    const place = this.#placeOf.get(slot);
    const workerSlot = place?.worker.slots[place.number];
    if (workerSlot === undefined) {
      // One batch per turn of the event loop, so that connections and blocks are served in between.
      setImmediate(() => {
        this.#isInlineFree = true;
        this.#announceFree();
      });
      return;
    }
    workerSlot.isFree = true;
    this.#announceFree();
  }

  /** Ends the workers. What they were judging is never reported. */
  async close(): Promise<void> {
    this.#state = 'closed';
    if (this.#watchdog !== null) clearInterval(this.#watchdog);
    await Promise.all(this.#workers.map(({ thread }) => thread.terminate()));
  }

  #announceFree(): void {
    if (this.#state !== 'open') return;
    for (const listener of this.#onFree) listener();
    const first = this.#onFree.shift();
    if (first !== undefined) this.#onFree.push(first);
  }

  #takeInline(): Slot | null {
    if (!this.#isInlineFree) return null;
    this.#isInlineFree = false;
    return this.#inline;
  }

  // The worker with the most free slots gets the next batch.
  #takeFromWorkers(): Slot | null {
    let found: WorkerSlot | null = null;
    let foundFree = 0;
    for (const { isReady, slots } of this.#workers) {
      if (!isReady) continue;
      const free = slots.filter((candidate) => candidate.isFree);
      const first = free[0];
      if (first !== undefined && free.length > foundFree) {
        found = first;
        foundFree = free.length;
      }
    }
    if (found === null) return null;
    found.isFree = false;
    return found.slot;
  }

  #startWorker(): void {
    const memory = Array.from({ length: slotsPerWorker }, slotMemory);
    const start: WorkerStart = {
      network: this.#options.network,
      library: this.#library,
      catalogue: this.#catalogue,
      slots: memory,
    };
    const thread = new Worker(workerFile(), {
      workerData: start,
      name: 'verification',
      resourceLimits: { maxYoungGenerationSizeMb: verificationYoungMb },
    });
    const slots = memory.map((each) => ({
      slot: slotOf(each),
      isFree: true,
      since: 0,
      done: () => undefined,
    }));
    const worker: WorkerThread = { thread, slots, isReady: false };
    slots.forEach(({ slot }, number) => {
      this.#placeOf.set(slot, { worker, number });
    });
    this.#workers.push(worker);
    thread.on('message', (number: number) => this.#answered(worker, number));
    thread.on('error', (cause) => this.#fail('ended with an error', cause));
    thread.on('exit', (code) => this.#fail(`ended with exit code ${code}`));
    this.#watchdog ??= setInterval(() => this.#assertAnswering(), workerAnswerMs / 4);
    this.#watchdog.unref();
  }

  #answered(worker: WorkerThread, number: number): void {
    if (this.#state !== 'open') return;
    if (number === WORKER_READY) {
      worker.isReady = true;
      this.#announceFree();
      return;
    }
    const workerSlot = worker.slots[number];
    if (workerSlot === undefined) return;
    workerSlot.since = 0;
    this.#countInWork -= workerSlot.slot.batch.count;
    workerSlot.done();
  }

  #assertAnswering(): void {
    const late = performance.now() - workerAnswerMs;
    for (const { slots } of this.#workers) {
      if (slots.some(({ since }) => since > 0 && since < late))
        this.#fail(`has not answered for ${workerAnswerMs} ms`);
    }
  }

  #fail(what: string, cause?: unknown): void {
    if (this.#state !== 'open') return;
    this.#state = 'failed';
    const fault = new Fault('verification_worker_died', `a verification worker ${what}`, {
      hint: 'Restart the node; nothing that it acknowledged is lost.',
      cause,
    });
    for (const listener of this.#onFailure) listener(fault);
    this.#options.onFault(fault);
  }
}

// A worker runs the built file, also when this one is run from the sources by a test.
function workerFile(): URL {
  const built = import.meta.url.endsWith('.ts') ? '../../dist/admission/worker.js' : './worker.js';
  return new URL(built, import.meta.url);
}
