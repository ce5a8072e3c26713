/**
 * Execution that knows when to stop trying: blocks go through the attempts, and a node that has died of
 * one block too often serves what it has and executes nothing, until the members have agreed to skip
 * the transaction or an operator lets it try again.
 */

import { dirname, join } from 'node:path';
import { type Skip, toHex } from '@bucordo/protocol';
import type pg from 'pg';
import type { BlockOutcome, SealedBlock } from '../chain/sealed-block.ts';
import type { NodeConfig } from '../config.ts';
import type { Executor } from '../execution/executor.ts';
import type { Log } from '../observe/ports.ts';
import { type Attempt, Attempts } from '../quarantine/attempts.ts';
import type { DeadlyBlock } from '../quarantine/ports.ts';
import { Skips } from '../quarantine/skips.ts';
import type { NodeFailure } from './node-failure.ts';

/** What guarded execution is made of. */
export interface GuardedExecutionOptions {
  readonly config: Pick<NodeConfig, 'postgres' | 'nodeKey'>;
  readonly executor: Executor;
  /** Height of the last committed block. */
  readonly height: number;
  /** Whether this node orders. */
  readonly isOrdering: boolean;
  /** A new connection as `bucordo_node`. */
  readonly connect: () => Promise<pg.Client>;
  readonly failure: NodeFailure;
  readonly log: Log;
}

/** Executes blocks, or is in quarantine. */
export class GuardedExecution {
  readonly skips: Skips;
  readonly #executor: Executor;
  readonly #attempts: Attempts;
  readonly #log: Log;
  #begin: (() => void) | null = null;

  constructor({ config, executor, height, isOrdering, connect, failure, log }: GuardedExecutionOptions) {
    this.#executor = executor;
    this.#attempts = Attempts.open(attemptsFile(config), { height, isOrdering, log });
    this.#log = log;
    this.skips = new Skips({ connect, onSkipped: (skip) => this.#lift(skip) });
    void failure.failed.then(({ code }) => {
      if (NOT_ITS_FAULT.has(code)) this.#attempts.forgive();
    });
  }

  /** The block for which nothing is executed, or null. */
  get quarantine(): DeadlyBlock | null {
    const attempt = this.#attempts.quarantine;
    if (attempt === null) return null;
    const { height, block, transaction, attempts } = attempt;
    return { height, block, transaction, attempts };
  }

  /** Calls `begin` now, or when the quarantine is over. */
  start(begin: () => void): void {
    const { quarantine, file } = this.#attempts;
    if (quarantine === null) {
      begin();
    } else {
      this.#begin = begin;
      this.#log.error({ ...factsOf(quarantine), file }, QUARANTINED);
    }
  }

  /** Executes a block; see `Executor.run`. */
  run(block: SealedBlock): Promise<BlockOutcome> {
    return this.#attempts.run(block, {
      execute: (one) => this.#executor.run(one),
      trace: (height, told) => this.#executor.trace(height, told),
    });
  }

  /** Nothing is executed any more. */
  close(): void {
    this.#attempts.close();
  }

  #lift(skip: Skip): void {
    const { quarantine } = this.#attempts;
    const transaction = toHex(skip.transactionId);
    if (quarantine === null || (quarantine.transaction !== null && quarantine.transaction !== transaction))
      return;
    this.#attempts.forget();
    this.#log.warn(
      { height: quarantine.height, transaction },
      'the members skip the transaction: the node goes on',
    );
    this.#begin?.();
    this.#begin = null;
  }
}

/** Faults that end a node at a block with which nothing is wrong. */
const NOT_ITS_FAULT: ReadonlySet<string> = new Set(['disk_full', 'rules_missing', 'rules_differ']);

const QUARANTINED =
  'THIS NODE IS IN QUARANTINE: it died of one block again and again and executes nothing any more; it still answers queries. ' +
  'Look for the cause in the log of Postgres. If the transaction stops every member: `bucordo skip propose`. To try once more: remove the file and start the node again';

function factsOf({ height, block, transaction, attempts, suspects }: Attempt) {
  return { height, block, transaction, attempts, transactions: suspects.length };
}

// Beside the database where that is the node's own, else beside its key.
function attemptsFile({ postgres, nodeKey }: Pick<NodeConfig, 'postgres' | 'nodeKey'>): string {
  return postgres.kind === 'embedded'
    ? `${postgres.dataDirectory}.attempts.json`
    : join(dirname(nodeKey), 'attempts.json');
}
