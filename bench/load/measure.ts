/** A closed loop: N callers, each awaiting its answer before it asks again, counted after a warm-up. */

import { setTimeout as sleep } from 'node:timers/promises';
import type { WorkKind } from './work.ts';
import { percentile } from '../harness/statistics.ts';

/** What a load process is told. */
export interface LoadOrder {
  readonly kind: WorkKind;
  /** Callers at work at the same time. */
  readonly inFlight: number;
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
  const callers = Array.from({ length: order.inFlight }, async (_, slot) => {
    while (!stopped) {
      const started = performance.now();
      await step(slot);
      if (measuring) latencies.push(performance.now() - started);
    }
  });
  const failed = Promise.all(callers);
  const run = async (): Promise<LoadResult> => {
    await sleep(order.warmSeconds * 1000);
    process.send?.('go');
    measuring = true;
    const started = performance.now();
    await sleep(order.seconds * 1000);
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
