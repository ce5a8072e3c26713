/** What makes it impossible for a node to go on: the first fault counts, is logged, and ends the node. */

import type { Fault } from './chain/fault.ts';
import type { Log } from './chain/log.ts';
import { errorFacts } from './observe/logger.ts';

/** Takes the first fault that ends the node. */
export class NodeFailure {
  /** Resolves with that fault; never without one. */
  readonly failed: Promise<Fault>;
  readonly #log: Log;
  #resolve: (fault: Fault) => void = () => {};
  #isFailed = false;

  constructor(log: Log) {
    this.#log = log;
    this.failed = new Promise((resolve) => {
      this.#resolve = resolve;
    });
  }

  /** Reports a fault; those after the first are consequences and change nothing. */
  fail(fault: Fault): void {
    if (this.#isFailed) return;
    this.#isFailed = true;
    this.#log.error(errorFacts(fault), 'the node cannot go on');
    this.#resolve(fault);
  }
}
