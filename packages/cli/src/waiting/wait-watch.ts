/**
 * Tells for what a command waits when it takes long: asks the node that it talks to, and writes a remark whenever
 * the reason is another than before. What it found last explains an answer that never came.
 */
import type { Client } from '@bucordo/client';
import { plainText } from '../output/plain-text.ts';
import type { MemberEndpoint } from '../profile.ts';
import { type WaitingReason, waitingFor } from './waiting-for.ts';

/** Nobody wonders before that. */
const silentMs = 3_000;
/** Between two looks. */
const lookMs = 2_000;
/** Longest that a look waits for the node. */
const answerMs = 2_000;

/** A transaction that a command waits for. */
export interface Awaited {
  /** Lower-case hex; null where it is not known before the answer. */
  readonly transactionId: string | null;
  /** How far. */
  readonly wait: string;
}

/** What watching needs. */
export interface WaitWatchOptions {
  readonly client: Client;
  readonly endpoint: MemberEndpoint;
  /** Takes a remark for people. */
  readonly note: (text: string) => void;
}

/** Watches one command, from its making to `stop`. */
export class WaitWatch {
  readonly #options: WaitWatchOptions;
  readonly #startedMs = performance.now();
  readonly #timer: NodeJS.Timeout;
  #awaited: Awaited | null = null;
  #reason: WaitingReason | null = null;
  #looking: Promise<void> | null = null;
  #stopped = false;
  #isKept = false;
  /** Milliseconds after its making at which it looks again. */
  #nextMs = silentMs;

  constructor(options: WaitWatchOptions) {
    this.#options = options;
    this.#timer = setInterval(() => this.#lookLater(), lookMs / 4);
    this.#timer.unref();
  }

  /** From now on this transaction is waited for. */
  submitted(awaited: Awaited): void {
    this.#awaited = awaited;
  }

  /** The signed transaction is kept here, so that it can be sent once more. */
  kept(): void {
    this.#isKept = true;
  }

  /** Whether it is. */
  get isKept(): boolean {
    return this.#isKept;
  }

  /** For what it has waited, by a last look where there was none yet. */
  async explain(): Promise<WaitingReason | null> {
    await this.#looking;
    if (this.#reason === null) await this.#look();
    return this.#reason;
  }

  /** Says nothing more. */
  stop(): void {
    this.#stopped = true;
    clearInterval(this.#timer);
  }

  #lookLater(): void {
    if (this.#looking !== null || performance.now() - this.#startedMs < this.#nextMs) return;
    this.#looking = this.#look().finally(() => {
      this.#looking = null;
      this.#nextMs = performance.now() - this.#startedMs + lookMs;
    });
  }

  async #look(): Promise<void> {
    const before = this.#reason;
    const reason = await this.#ask();
    // Between two situations nothing may hold for a moment; the last thing that did explains most.
    if (reason === null || this.#stopped) return;
    this.#reason = reason;
    const isSame = reason.code === before?.code && (reason.text === before.text || !isListing(reason));
    if (isSame) return;
    this.#options.note(`It waits for ${plainText(reason.text)}`);
  }

  async #ask(): Promise<WaitingReason | null> {
    const { client, endpoint } = this.#options;
    const facts = { node: endpoint.id, address: endpoint.http };
    const awaited = this.#awaited;
    try {
      const status = await client.status({ timeoutMs: answerMs });
      if (awaited === null) return null;
      const height = awaited.wait === 'final' ? await this.#heightOf(awaited) : null;
      return waitingFor({ ...facts, status, reason: '', submitted: { wait: awaited.wait, height } });
    } catch (error) {
      const reason = error instanceof Error ? error.message : String(error);
      return waitingFor({ ...facts, status: null, reason, submitted: null });
    }
  }

  async #heightOf({ transactionId }: Awaited): Promise<number | null> {
    if (transactionId === null) return null;
    const { client } = this.#options;
    const receipt = await client.receipt(transactionId, { timeoutMs: answerMs }).catch(() => null);
    return receipt?.height ?? null;
  }
}

/** Whether its words name what is still missing; of the others only the numbers move, which is no news. */
function isListing({ code }: WaitingReason): boolean {
  return code === 'quorum_awaited';
}
