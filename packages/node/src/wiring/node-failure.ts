/** What makes it impossible for a node to go on: the first fault counts, is logged, and ends the node. */

import { setTimeout as delay } from 'node:timers/promises';
import { Fault } from '../fault.ts';
import { errorFacts } from '../observe/logger.ts';
import type { Log } from '../observe/ports.ts';

/** Takes the first fault that ends the node. */
export class NodeFailure {
  /** Resolves with that fault; never without one. */
  readonly failed: Promise<Fault>;
  readonly #log: Log;
  readonly #isDiskFull: () => Promise<boolean>;
  #resolve: (fault: Fault) => void = () => {};
  #fault: Fault | null = null;

  /** `isDiskFull` tells whether the disk of the database is full, where that can be known. */
  constructor(log: Log, isDiskFull: () => Promise<boolean> = () => Promise.resolve(false)) {
    this.#log = log;
    this.#isDiskFull = isDiskFull;
    this.failed = new Promise((resolve) => {
      this.#resolve = resolve;
    });
  }

  /** The fault that ends the node, as soon as it is reported; null as long as none is. */
  get fault(): Fault | null {
    return this.#fault;
  }

  /** Reports a fault; those after the first are consequences and change nothing. */
  fail(fault: Fault): void {
    if (this.#fault !== null) return;
    this.#fault = fault;
    void this.#causeOf(fault).then((cause) => {
      this.#fault = cause;
      this.#log.error(errorFacts(cause), 'the node cannot go on');
      this.#resolve(cause);
    });
  }

  /** What ended a start: `error` itself, or the loss of the server where that is all that a broken connection means. */
  async causeOfStart(error: unknown): Promise<unknown> {
    if (error instanceof Fault || !isLostConnection(error)) return error;
    const unreachable = new Fault(
      'postgres_unreachable',
      `Postgres went away while the node started: ${String(error)}`,
      {
        cause: error,
        hint: 'See that the server runs, and start the node again.',
      },
    );
    return Promise.race([this.failed, delay(LOSS_SEEN_MS, unreachable, { ref: false })]);
  }

  // A server that finds no room for its write-ahead log ends, and its clients only see the connection break.
  async #causeOf(fault: Fault): Promise<Fault> {
    if (!LOST_SERVER.has(fault.code) || !(await this.#isDiskFull())) return fault;
    return new Fault('disk_full', `The disk of Postgres is full. ${fault.message}`, {
      cause: fault,
      facts: fault.facts,
      hint: 'Make room on the disk of the database and start the node again; nothing was lost.',
    });
  }
}

/** The supervisor looks once a second whether its server is there, and needs a moment to say so. */
const LOSS_SEEN_MS = 3_000;

/**
 * A socket that broke while it was used, or a server that ends its sessions (class 08, and 57P01 to 57P03). What fails to
 * connect is a fault already, and a file that is not there is no server's doing.
 */
const LOST_CONNECTION = /^(ECONNRESET|EPIPE|08...|57P0[123])$/;

// pg says so without a code when the server closes the connection by itself.
function isLostConnection(error: unknown): boolean {
  if (!(error instanceof Error)) return false;
  if ('code' in error && typeof error.code === 'string') return LOST_CONNECTION.test(error.code);
  return error.message.startsWith('Connection terminated');
}

/** Faults that say the server went away, not why. */
const LOST_SERVER: ReadonlySet<string> = new Set(['postgres_unreachable', 'postgres_lost']);
