/** Memory of the node's own process under full load: how much, and whether it grows. */

import { setTimeout as sleep } from 'node:timers/promises';
import { residentMegabytes } from './harness/machine.ts';
import { CLERK, startBenchNetwork } from './harness/network.ts';
import { runSigned } from './harness/rounds.ts';
import type { Ratios, Size } from './harness/size.ts';
import { median } from './harness/statistics.ts';
import { POPULATIONS } from './load/work.ts';

/** Ten minutes; `BUCORDO_BENCH_SECONDS` for fewer. */
const TIMES = {
  full: { warmSeconds: 2, seconds: Number(process.env['BUCORDO_BENCH_SECONDS'] ?? 600), sampleMs: 1_000 },
  short: { warmSeconds: 0.1, seconds: 0.5, sampleMs: 20 },
};
const LIMIT_MEGABYTES = 250;

/** Runs inserts with 1,000 in flight and samples resident memory; the ratio is last fifth against second fifth. */
export async function memory(size: Size): Promise<Ratios> {
  const { warmSeconds, seconds, sampleMs } = TIMES[size];
  const bench = await startBenchNetwork({ members: 1 });
  const samples: number[] = [];
  let over = false;
  const sampling = (async () => {
    while (!over) {
      samples.push(residentMegabytes(bench.nodes[0] ?? 0));
      await sleep(sampleMs);
    }
  })();
  try {
    const result = await runSigned({
      kind: 'insert',
      population: POPULATIONS[size],
      inFlight: 1000,
      calls: 1,
      first: 1,
      warmSeconds,
      seconds,
      loaded: bench.network.loaded,
      identity: CLERK,
      endpoint: bench.endpoint,
    });
    over = true;
    await sampling;
    const fifth = Math.floor(samples.length / 5);
    const [early, late] = [median(samples.slice(fifth, 2 * fifth)), median(samples.slice(-fifth))];
    console.log(`${result.count} transactions in ${seconds} s`);
    console.log(
      `resident memory of the node: at most ${Math.max(...samples).toFixed(0)} MB, of ${LIMIT_MEGABYTES} allowed; second fifth ${early.toFixed(0)} MB, last fifth ${late.toFixed(0)} MB`,
    );
    return { memory: late / early };
  } finally {
    over = true;
    await bench.stop();
  }
}
