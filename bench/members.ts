/**
 * Three members on the same two cores: gRPC with mutual TLS, every node verifies and executes
 * everything in its own Postgres, checkpoints on. A transaction counts when all three have committed it.
 */

import { setTimeout as sleep } from 'node:timers/promises';
import { openConnection } from 'bucordo';
import { type BenchNetwork, CLERK, startBenchNetwork } from './harness/network.ts';
import { runPlain, runRounds, runSigned, type Side } from './harness/rounds.ts';
import type { Ratios, Size } from './harness/size.ts';
import type { LoadResult } from './load/measure.ts';
import { POPULATIONS } from './load/work.ts';

const TIMES = { full: { warmSeconds: 2, seconds: 6 }, short: { warmSeconds: 0.1, seconds: 0.3 } };
const ROUNDS = 3;
const IN_FLIGHT = 1_000;
const CATCH_UP_MS_MAX = 60_000;

/** Throughput on all members against plain Postgres on one, then p50 and p99 at half of it. */
export async function threeMembers(size: Size): Promise<Ratios> {
  const population = POPULATIONS[size];
  const times = TIMES[size];
  const bench = await startBenchNetwork({ members: 3, population });
  let first = 1;
  const fresh = (): number => {
    first += 10_000_000;
    return first;
  };
  const signed = (rate?: number): Promise<LoadResult> =>
    runSigned({
      kind: 'insert',
      inFlight: IN_FLIGHT,
      calls: 1,
      first: fresh(),
      population,
      ...times,
      loaded: bench.network.loaded,
      identity: CLERK,
      endpoint: bench.endpoint,
      ...(rate === undefined ? {} : { rate }),
    });
  const own: Side = {
    name: 'three members',
    measure: async () => withCatchUp(await signed(), { seconds: times.seconds, lagMs: await lag(bench) }),
  };
  const peer: Side = {
    name: 'plain Postgres on one of them, 16 connections',
    measure: () =>
      runPlain({
        kind: 'insert',
        inFlight: 16,
        own: false,
        first: fresh(),
        population,
        ...times,
        connection: bench.server,
      }),
  };
  try {
    const results = await runRounds([peer, own], { rounds: ROUNDS, size });
    const perSecond = results.get(own.name)?.perSecond ?? Number.NaN;
    const half: Side = {
      name: `three members at ${Math.round(perSecond / 2)}/s`,
      measure: () => signed(perSecond / 2),
    };
    await runRounds([half], { rounds: ROUNDS, size });
    console.log(`committed on all members: ${Math.round(perSecond)} transactions a second`);
    return { 'three-members': perSecond / (results.get(peer.name)?.perSecond ?? Number.NaN) };
  } finally {
    await bench.stop();
  }
}

// Milliseconds until the members that follow hold what the ordering one holds.
async function lag(bench: BenchNetwork): Promise<number> {
  const started = performance.now();
  const clients = bench.network.loaded.profile.members.map(
    (endpoint) =>
      openConnection({ loaded: bench.network.loaded, identity: CLERK, endpoint, timeoutMs: 10_000 }).client,
  );
  try {
    for (;;) {
      const heights = await Promise.all(clients.map(async (client) => (await client.status()).height));
      const elapsed = performance.now() - started;
      if (Math.min(...heights) === Math.max(...heights)) return elapsed;
      if (elapsed > CATCH_UP_MS_MAX)
        throw new Error(`the members do not catch up: heights ${heights.join(', ')}`);
      await sleep(20);
    }
  } finally {
    for (const client of clients) client.close();
  }
}

// The time the others still needed belongs to the measured time.
function withCatchUp(
  result: LoadResult,
  { seconds, lagMs }: { readonly seconds: number; readonly lagMs: number },
): LoadResult {
  console.log(`         the others were level after ${lagMs.toFixed(0)} ms`);
  return { ...result, perSecond: result.count / (seconds + lagMs / 1000) };
}
