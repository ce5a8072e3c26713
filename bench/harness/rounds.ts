/** Runs the sides of a benchmark in turn, several times, each on a quiet machine, and prints medians. */

import { fork } from 'node:child_process';
import { join } from 'node:path';
import type { LoadResult } from '../load/measure.ts';
import type { PlainOrder } from '../load/plain-client.ts';
import type { SignedOrder } from '../load/signed-client.ts';
import { machineBusyMs, processBusyMs, waitForQuiet } from './machine.ts';
import type { Size } from './size.ts';
import { median } from './statistics.ts';

/** One side: a name and how to measure it once. */
export interface Side {
  readonly name: string;
  measure(): Promise<LoadResult>;
}

/** Medians of a side over all rounds. */
export interface SideResult {
  readonly perSecond: number;
  readonly p50Ms: number;
  readonly p99Ms: number;
}

/** Runs every side `rounds` times, in a short run once, interleaved, so that drift of the machine hits all alike. */
export async function runRounds(
  sides: readonly Side[],
  { rounds, size }: { readonly rounds: number; readonly size: Size },
): Promise<Map<string, SideResult>> {
  const results = new Map<string, LoadResult[]>(sides.map(({ name }) => [name, []]));
  for (let round = 0; round < (size === 'short' ? 1 : rounds); round++) {
    for (const side of sides) {
      await waitForQuiet(size);
      const result = await side.measure();
      results.get(side.name)?.push(result);
      print(`round ${round + 1}  ${side.name}`, result);
    }
  }
  return new Map(
    [...results].map(([name, list]) => {
      const medians = {
        perSecond: median(list.map((result) => result.perSecond)),
        p50Ms: median(list.map((result) => result.p50Ms)),
        p99Ms: median(list.map((result) => result.p99Ms)),
      };
      print(`median   ${name}`, medians);
      return [name, medians];
    }),
  );
}

/** Runs the peer's process once. */
export function runPlain(order: PlainOrder): Promise<LoadResult> {
  return runLoad('plain-client.js', order);
}

/** Runs the signing client's process once. */
export function runSigned(order: SignedOrder): Promise<LoadResult> {
  return runLoad('signed-client.js', order);
}

function runLoad(file: string, order: PlainOrder | SignedOrder): Promise<LoadResult> {
  const child = fork(join(import.meta.dirname, '../load', file));
  return new Promise((resolve, reject) => {
    let result: LoadResult | null = null;
    const busy = { client: 0, machine: 0 };
    child.on('message', (message) => {
      if (message === 'go') {
        busy.client = processBusyMs(child.pid ?? 0);
        busy.machine = machineBusyMs();
      } else if (message === 'end') {
        busy.client = processBusyMs(child.pid ?? 0) - busy.client;
        busy.machine = machineBusyMs() - busy.machine;
      } else result = message as LoadResult;
    });
    child.once('exit', (code) => {
      if (result === null) return reject(new Error(`${file} ended with code ${code} and no result`));
      const perUnit = (ms: number): string => ((ms * 1000) / (result?.count ?? 1)).toFixed(0);
      console.log(
        `         CPU per unit: ${perUnit(busy.client)} µs client, ${perUnit(busy.machine)} µs whole machine`,
      );
      resolve(result);
    });
    child.send(order);
  });
}

function print(label: string, result: SideResult): void {
  const rate = Math.round(result.perSecond).toLocaleString('en');
  console.log(`${label}: ${rate}/s, p50 ${result.p50Ms.toFixed(2)} ms, p99 ${result.p99Ms.toFixed(2)} ms`);
}
