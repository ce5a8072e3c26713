/**
 * The whole path with one member: a client process signs every transaction and awaits its committed
 * receipt; gRPC with TLS, checks, signature, ordering, execution, history, digest, durable commit.
 * The peer is what a user has: a Node process with `pg` and 16 connections on the same server,
 * awaiting the same function's durable commit, without signature, log, history or digest.
 */

import { type BenchNetwork, CLERK, startBenchNetwork } from './harness/network.ts';
import { runPlain, runRounds, runSigned, type Side } from './harness/rounds.ts';
import type { Ratios, Size } from './harness/size.ts';
import { POPULATIONS, type WorkKind } from './load/work.ts';

const PEER_CONNECTIONS = 16;
// Both sides are compiled while they run: shorter, and Bucordo seems a tenth slower than it is after a minute.
const TIMES = { full: { warmSeconds: 8, seconds: 4 }, short: { warmSeconds: 0.1, seconds: 0.3 } };
const ROUNDS = 3;

/** Numbers of the work: every measurement takes fresh ones. */
let nextNumber = 1;
function fresh(): number {
  const first = nextNumber;
  nextNumber += 10_000_000;
  return first;
}

type SoloBench = BenchNetwork & { readonly size: Size };

async function startSolo(size: Size): Promise<SoloBench> {
  const bench = await startBenchNetwork({ members: 1, population: POPULATIONS[size] });
  return { ...bench, size };
}

function signed(bench: SoloBench, work: { kind: WorkKind; inFlight: number; calls?: number }): Side {
  const calls = work.calls ?? 1;
  return {
    name: `bucordo, ${work.inFlight} in flight${calls > 1 ? `, ${calls} calls a signature` : ''}`,
    measure: () =>
      runSigned({
        kind: work.kind,
        inFlight: work.inFlight,
        calls,
        first: fresh(),
        population: POPULATIONS[bench.size],
        ...TIMES[bench.size],
        loaded: bench.network.loaded,
        identity: CLERK,
        endpoint: bench.endpoint,
      }),
  };
}

function plain(bench: SoloBench, work: { kind: WorkKind; own?: boolean; connections?: number }): Side {
  const connections = work.connections ?? PEER_CONNECTIONS;
  return {
    name: `plain Postgres, ${connections} connections${work.own === true ? ', BEGIN … COMMIT' : ''}`,
    measure: () =>
      runPlain({
        kind: work.kind,
        inFlight: connections,
        own: work.own ?? false,
        first: fresh(),
        population: POPULATIONS[bench.size],
        ...TIMES[bench.size],
        connection: bench.server,
      }),
  };
}

async function compare(
  size: Size,
  options: {
    peer: (bench: SoloBench) => Side;
    own: (bench: SoloBench) => { ratio: string; side: Side }[];
  },
): Promise<Ratios> {
  const bench = await startSolo(size);
  try {
    const peer = options.peer(bench);
    const own = options.own(bench);
    const results = await runRounds([peer, ...own.map(({ side }) => side)], { rounds: ROUNDS, size });
    const base = results.get(peer.name)?.perSecond ?? Number.NaN;
    return Object.fromEntries(
      own.map(({ ratio, side }) => [ratio, (results.get(side.name)?.perSecond ?? Number.NaN) / base]),
    );
  } finally {
    await bench.stop();
  }
}

/** One-row inserts, with 1,000, 128 and 16 transactions in flight. */
export function soloInsert(size: Size): Promise<Ratios> {
  return compare(size, {
    peer: (bench) => plain(bench, { kind: 'insert' }),
    own: (bench) => [
      { ratio: 'solo-insert-16', side: signed(bench, { kind: 'insert', inFlight: 16 }) },
      { ratio: 'solo-insert-128', side: signed(bench, { kind: 'insert', inFlight: 128 }) },
      { ratio: 'solo-insert', side: signed(bench, { kind: 'insert', inFlight: 1000 }) },
    ],
  });
}

/** Two-account transfers against the user's own five statements from Node. */
export function soloTransfer(size: Size): Promise<Ratios> {
  return compare(size, {
    peer: (bench) => plain(bench, { kind: 'transfer', own: true }),
    own: (bench) => [{ ratio: 'solo-transfer', side: signed(bench, { kind: 'transfer', inFlight: 1000 }) }],
  });
}

/** A contract that joins and inserts, against the same function. */
export function soloJoin(size: Size): Promise<Ratios> {
  return compare(size, {
    peer: (bench) => plain(bench, { kind: 'join' }),
    own: (bench) => [{ ratio: 'solo-join', side: signed(bench, { kind: 'join', inFlight: 1000 }) }],
  });
}

/** A hundred calls under one signature. */
export function soloInsertBatch(size: Size): Promise<Ratios> {
  return compare(size, {
    peer: (bench) => plain(bench, { kind: 'insert' }),
    own: (bench) => [
      { ratio: 'solo-insert-batch', side: signed(bench, { kind: 'insert', inFlight: 20, calls: 100 }) },
    ],
  });
}

/** One transaction at a time: the time until its committed receipt, against one connection. */
export async function lone(size: Size): Promise<Ratios> {
  const bench = await startSolo(size);
  try {
    const peer = plain(bench, { kind: 'insert', connections: 1 });
    const own = signed(bench, { kind: 'insert', inFlight: 1 });
    const results = await runRounds([peer, own], { rounds: ROUNDS, size });
    const [peerMs, ownMs] = [results.get(peer.name)?.p50Ms ?? 0, results.get(own.name)?.p50Ms ?? 0];
    console.log(
      `median of a lone transaction: ${ownMs.toFixed(2)} ms, plain Postgres ${peerMs.toFixed(2)} ms`,
    );
    return { lone: peerMs / ownMs };
  } finally {
    await bench.stop();
  }
}
