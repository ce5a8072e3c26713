/**
 * Two kinds of load, counted after a warm-up. A closed loop: N callers, each awaiting its answer
 * before it asks again. An open loop: work begins at a fixed rate, whatever is still unanswered, so
 * that a slow answer delays nobody and its whole wait is seen.
 */

import { setTimeout as sleep } from 'node:timers/promises';
import { percentile } from '../harness/statistics.ts';
import type { Population, WorkKind } from './work.ts';

/** What a load process is told. */
export interface LoadOrder {
  readonly kind: WorkKind;
  readonly population: Population;
  /** Callers at work at the same time. */
  readonly inFlight: number;
  /** Pieces of work begun per second (open loop); absent = closed loop. */
  readonly rate?: number;
  /** Number of the first piece of work; both sides of a benchmark count on from theirs. */
  readonly first: number;
  readonly warmSeconds: number;
  readonly seconds: number;
}

/** What it counted. */
export interface LoadResult {
  /** Pieces of work answered in the measured time. */
  readonly count: number;
  readonly perSecond: number;
  readonly p50Ms: number;
  readonly p99Ms: number;
}

/** Runs the loop; `step` does one piece of work for the caller `slot`. Announces `go` and `end` to the parent. */
export async function measure(order: LoadOrder, step: (slot: number) => Promise<void>): Promise<LoadResult> {
  const latencies: number[] = [];
  let measuring = false;
  let stopped = false;
  const timed = async (slot: number): Promise<void> => {
    const started = performance.now();
    await step(slot);
    if (measuring) latencies.push(performance.now() - started);
  };
  const caller = async (slot: number): Promise<void> => {
    while (!stopped) await timed(slot);
  };
  const rate = order.rate;
  const callers =
    rate === undefined
      ? Array.from({ length: order.inFlight }, (_, slot) => caller(slot))
      : [openLoop({ rate, begin: timed, isOver: () => stopped })];
  const failed = Promise.all(callers);
  const run = async (): Promise<LoadResult> => {
    await sleep(order.warmSeconds * 1000);
    process.send?.('go');
    measuring = true;
    const started = performance.now();
    await sleep(order.seconds * 1000);
    // Nothing may have been answered in a short run on a busy machine; without an answer there is no figure.
    while (latencies.length === 0) await sleep(10);
    measuring = false;
    const elapsed = (performance.now() - started) / 1000;
    process.send?.('end');
    stopped = true;
    const ascending = Float64Array.from(latencies).sort();
    return {
      count: ascending.length,
      perSecond: ascending.length / elapsed,
      p50Ms: percentile(ascending, 0.5),
      p99Ms: percentile(ascending, 0.99),
    };
  };
  const failure = new Promise<never>((_, reject) => {
    failed.catch(reject);
  });
  const result = await Promise.race([run(), failure]);
  await failed;
  return result;
}

async function openLoop(options: {
  rate: number;
  begin: (slot: number) => Promise<void>;
  isOver: () => boolean;
}): Promise<void> {
  const under: Promise<void>[] = [];
  const started = performance.now();
  let begun = 0;
  while (!options.isOver()) {
    const due = Math.floor(((performance.now() - started) * options.rate) / 1000);
    for (; begun < due; begun++) under.push(options.begin(0));
    await sleep(1);
  }
  await Promise.all(under);
}
