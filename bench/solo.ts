/**
 * The whole path with one member: a client process signs every transaction and awaits its committed
 * receipt; gRPC with TLS, checks, signature, ordering, execution, history, digest, durable commit.
 * The peer is what a user has: a Node process with `pg` and 16 connections on the same server,
 * awaiting the same function's durable commit, without signature, log, history or digest.
 */

import { type BenchNetwork, CLERK, startBenchNetwork } from './harness/network.ts';
import { printRatio, runPlain, runRounds, runSigned, type Side } from './harness/rounds.ts';
import type { WorkKind } from './load/work.ts';

const PEER_CONNECTIONS = 16;
// Both sides are compiled while they run: shorter, and Bucordo seems a tenth slower than it is after a minute.
const WARM_SECONDS = 8;
const SECONDS = 4;
const ROUNDS = 3;

/** Numbers of the work: every measurement takes fresh ones. */
let nextNumber = 1;
function fresh(): number {
  const first = nextNumber;
  nextNumber += 10_000_000;
  return first;
}

function signed(bench: BenchNetwork, work: { kind: WorkKind; inFlight: number; calls?: number }): Side {
  const calls = work.calls ?? 1;
  return {
    name: `bucordo, ${work.inFlight} in flight${calls > 1 ? `, ${calls} calls a signature` : ''}`,
    measure: () =>
      runSigned({
        kind: work.kind,
        inFlight: work.inFlight,
        calls,
        first: fresh(),
        warmSeconds: WARM_SECONDS,
        seconds: SECONDS,
        loaded: bench.network.loaded,
        identity: CLERK,
        endpoint: bench.endpoint,
      }),
  };
}

function plain(bench: BenchNetwork, work: { kind: WorkKind; own?: boolean; connections?: number }): Side {
  const connections = work.connections ?? PEER_CONNECTIONS;
  return {
    name: `plain Postgres, ${connections} connections${work.own === true ? ', BEGIN … COMMIT' : ''}`,
    measure: () =>
      runPlain({
        kind: work.kind,
        inFlight: connections,
        own: work.own ?? false,
        first: fresh(),
        warmSeconds: WARM_SECONDS,
        seconds: SECONDS,
        connection: bench.server,
      }),
  };
}

async function compare(options: {
  peer: (bench: BenchNetwork) => Side;
  own: (bench: BenchNetwork) => { ratio: string; side: Side }[];
}): Promise<void> {
  const bench = await startBenchNetwork({ members: 1, fill: true });
  try {
    const peer = options.peer(bench);
    const own = options.own(bench);
    const results = await runRounds([peer, ...own.map(({ side }) => side)], ROUNDS);
    const base = results.get(peer.name)?.perSecond ?? Number.NaN;
    for (const { ratio, side } of own)
      printRatio(ratio, (results.get(side.name)?.perSecond ?? Number.NaN) / base);
  } finally {
    await bench.stop();
  }
}

/** One-row inserts, with 1,000, 128 and 16 transactions in flight. */
export function soloInsert(): Promise<void> {
  return compare({
    peer: (bench) => plain(bench, { kind: 'insert' }),
    own: (bench) => [
      { ratio: 'solo-insert-16', side: signed(bench, { kind: 'insert', inFlight: 16 }) },
      { ratio: 'solo-insert-128', side: signed(bench, { kind: 'insert', inFlight: 128 }) },
      { ratio: 'solo-insert', side: signed(bench, { kind: 'insert', inFlight: 1000 }) },
    ],
  });
}

/** Two-account transfers against the user's own five statements from Node. */
export function soloTransfer(): Promise<void> {
  return compare({
    peer: (bench) => plain(bench, { kind: 'transfer', own: true }),
    own: (bench) => [{ ratio: 'solo-transfer', side: signed(bench, { kind: 'transfer', inFlight: 1000 }) }],
  });
}

/** A contract that joins and inserts, against the same function. */
export function soloJoin(): Promise<void> {
  return compare({
    peer: (bench) => plain(bench, { kind: 'join' }),
    own: (bench) => [{ ratio: 'solo-join', side: signed(bench, { kind: 'join', inFlight: 1000 }) }],
  });
}

/** A hundred calls under one signature. */
export function soloInsertBatch(): Promise<void> {
  return compare({
    peer: (bench) => plain(bench, { kind: 'insert' }),
    own: (bench) => [
      { ratio: 'solo-insert-batch', side: signed(bench, { kind: 'insert', inFlight: 20, calls: 100 }) },
    ],
  });
}

/** One transaction at a time: the time until its committed receipt, against one connection. */
export async function lone(): Promise<void> {
  const bench = await startBenchNetwork({ members: 1, fill: true });
  try {
    const peer = plain(bench, { kind: 'insert', connections: 1 });
    const own = signed(bench, { kind: 'insert', inFlight: 1 });
    const results = await runRounds([peer, own], ROUNDS);
    const [peerMs, ownMs] = [results.get(peer.name)?.p50Ms ?? 0, results.get(own.name)?.p50Ms ?? 0];
    console.log(
      `median of a lone transaction: ${ownMs.toFixed(2)} ms, plain Postgres ${peerMs.toFixed(2)} ms`,
    );
    printRatio('lone', peerMs / ownMs);
  } finally {
    await bench.stop();
  }
}
