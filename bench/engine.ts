/**
 * The executor alone: blocks of 1,000 prepared transactions with store, history, digest, receipts
 * and contract entry, without signatures. The peer is 16 connections of `pg` that call the same
 * function on the same server with one commit each.
 */

import { createHash, randomBytes } from 'node:crypto';
import { mkdtempSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { authorSource, buildContract, readPackage } from '@bucordo/contract';
import {
  connect,
  Executor,
  installGenesis,
  type PostgresServer,
  prepareDatabase,
  RowBuffer,
  type SealedBlock,
  startEmbedded,
  transactionRowLength,
  writeTransactionRow,
} from '@bucordo/node/engine';
import {
  blockHash,
  type ContractDocument,
  decodeGenesis,
  encodeBlockHeader,
  encodeGenesis,
  encodeTransaction,
  networkId,
  parseMemberId,
  parsePublicKey,
  publicKeyOf,
  transactionId,
} from '@bucordo/protocol';
import { removeFolder } from './harness/folder.ts';
import { waitForQuiet } from './harness/machine.ts';
import { fillPlain } from './harness/network.ts';
import { runPlain, runRounds, type Side } from './harness/rounds.ts';
import type { Ratios, Size } from './harness/size.ts';
import type { LoadResult } from './load/measure.ts';
import { contractArguments, POPULATIONS, type Population, type WorkKind } from './load/work.ts';

const BLOCK = 1_000;
const AMOUNTS = {
  full: { blocks: 30, warmSeconds: 1, seconds: 4 },
  short: { blocks: 2, warmSeconds: 0.1, seconds: 0.3 },
};
const ROUNDS = 5;
const DATABASE = 'bucordo';
const contract = join(import.meta.dirname, '../contract');

const sha256 = (data: Uint8Array): Uint8Array => createHash('sha256').update(data).digest();

/** A database with the benchmark's contract, and the chain that is built on it. */
export class Engine {
  readonly server: PostgresServer;
  readonly executor: Executor;
  readonly #network: Uint8Array;
  readonly #identity: Uint8Array;
  readonly #numbers: ReadonlyMap<string, number>;
  #height = 0;
  #time = 1;
  #previous: Uint8Array;

  /**
   * Starts a server in a temporary folder and founds the network in it. Unprotected, the functions are
   * those of the author, without a budget, and run with the rights of whoever executes blocks.
   */
  static async start(
    directory: string,
    { isProtected = true }: { isProtected?: boolean } = {},
  ): Promise<Engine> {
    const server = await startEmbedded({ dataDirectory: join(directory, 'postgres') });
    await prepareDatabase(server.connection('postgres', 'postgres'), DATABASE);
    const identity = publicKeyOf(randomBytes(32));
    const built = (await buildContract(readPackage(contract))).document;
    const installed = isProtected ? built : { ...built, source: authorSource(built.source) };
    const document = genesisDocument(identity, installed);
    const network = networkId(document, sha256);
    const setUp = await connect(server.connection('postgres', DATABASE));
    await installGenesis(setUp, { genesis: decodeGenesis(document), document, networkId: network });
    if (!isProtected) await setUp.query(UNPROTECT);
    await setUp.end();
    const executor = await Executor.open({
      connect: () => connect(server.connection('bucordo_node', DATABASE)),
      networkId: network,
    });
    const { functions } = await executor.catalogue();
    const numbers = new Map(functions.map((each) => [each.name, each.number]));
    return new Engine({ server, executor, network, identity, numbers });
  }

  private constructor(parts: {
    server: PostgresServer;
    executor: Executor;
    network: Uint8Array;
    identity: Uint8Array;
    numbers: ReadonlyMap<string, number>;
  }) {
    this.server = parts.server;
    this.executor = parts.executor;
    this.#network = parts.network;
    this.#identity = parts.identity;
    this.#numbers = parts.numbers;
    this.#previous = parts.network;
  }

  /** The next block with these calls, one transaction each. Blocks must be run in the order they are made. */
  block(calls: readonly { call: string; args: Record<string, number | string> }[]): SealedBlock {
    const rows = new RowBuffer(calls.length * 512, calls.length);
    for (const each of calls) this.#append(rows, each);
    this.#height += 1;
    this.#time += 1;
    rows.setPositions(this.#height);
    const evidence = this.#identity;
    const header = encodeBlockHeader({
      network: this.#network,
      height: this.#height,
      time: this.#time,
      previousHash: this.#previous,
      transactionsRoot: sha256(evidence),
      transactionCount: calls.length,
      ordering: 'solo',
      evidenceHash: sha256(evidence),
    });
    const hash = blockHash(header, sha256);
    const block: SealedBlock = {
      height: this.#height,
      time: this.#time,
      header,
      hash,
      previousHash: this.#previous,
      evidence,
      signature: new Uint8Array(64),
      rows,
    };
    this.#previous = hash;
    return block;
  }

  /** Blocks of work, ready to run. */
  blocks(options: {
    kind: WorkKind;
    first: number;
    count: number;
    size: number;
    population: Population;
  }): SealedBlock[] {
    return Array.from({ length: options.count }, (_, block) =>
      this.block(
        Array.from({ length: options.size }, (_, i) =>
          contractArguments(options.kind, options.first + block * options.size + i, options.population),
        ),
      ),
    );
  }

  /** Fills accounts and customers here and, unless there is none, for the peer. */
  async fill(population: Population, { withPeer = true }: { withPeer?: boolean } = {}): Promise<void> {
    const ranges = (call: string, count: number, step: number) =>
      Array.from({ length: Math.ceil(count / step) }, (_, i) => ({
        call,
        args: { p_from: i * step + 1, p_to: Math.min(count, (i + 1) * step) },
      }));
    await this.executor.run(this.block(ranges('open_accounts', population.accounts, 5_000)));
    await this.executor.run(this.block(ranges('open_customers', population.customers, 250)));
    if (withPeer) await fillPlain(this.peer(), population);
  }

  /** How the peer connects. */
  peer(): { host: string; port: number; user: string; database: string } {
    return { host: this.server.socketDirectory, port: 5432, user: 'postgres', database: DATABASE };
  }

  async stop(): Promise<void> {
    await this.executor.close();
    await this.server.stop();
  }

  #append(rows: RowBuffer, each: { call: string; args: Record<string, number | string> }): void {
    const args = Buffer.from(JSON.stringify(each.args));
    const payload = Buffer.from(
      encodeTransaction({
        network: this.#network,
        identity: this.#identity,
        calls: [{ contract: 'shop', function: each.call, args }],
        validUntil: 1_000_000,
        nonce: randomBytes(16),
      }),
    );
    const source = Buffer.concat([payload, randomBytes(64)]);
    const calls = [
      {
        functionNumber: this.#numbers.get(each.call) ?? 0,
        argsAt: payload.indexOf(args),
        argsLength: args.length,
      },
    ];
    const parts = {
      payloadAt: 0,
      payloadLength: payload.length,
      signatureAt: payload.length,
      calls,
      refusal: null,
      refusedCall: -1,
      effectAt: -1,
      judgedBy: 0,
    };
    const row = Buffer.allocUnsafe(transactionRowLength(payload.length, 1, null));
    const end = writeTransactionRow(row, 0, source, Buffer.from(transactionId(payload, sha256)), parts);
    rows.append(row, 0, end);
  }
}

// Takes the contract's own role and its rights away from the functions.
const UNPROTECT = `
  DO $unprotect$
  DECLARE
    called regprocedure;
  BEGIN
    FOR called IN SELECT p.oid FROM pg_proc AS p WHERE p.pronamespace = 'shop'::regnamespace ORDER BY p.oid LOOP
      EXECUTE format('ALTER FUNCTION %s SECURITY INVOKER', called);
      EXECUTE format('ALTER FUNCTION %s OWNER TO bucordo_owner', called);
    END LOOP;
  END $unprotect$`;

function genesisDocument(identity: Uint8Array, installed: ContractDocument): Uint8Array {
  return encodeGenesis({
    name: 'engine',
    created: '2026-01-01T00:00:00Z',
    ordering: { kind: 'solo', node: parsePublicKey(identity) },
    finalQuorum: 'more_than_two_thirds',
    checkpointBlocks: 64,
    checkpointMs: 250,
    members: [
      {
        id: parseMemberId('a'),
        name: 'a',
        class: 'seller',
        number: 1,
        identities: [{ name: 'node', key: parsePublicKey(identity), roles: ['node', 'clerk'] }],
      },
    ],
    contracts: [installed],
  });
}

/** `engine-insert`, `engine-transfer`: blocks against 16 connections. */
export async function engine(kind: 'insert' | 'transfer', size: Size): Promise<Ratios> {
  const { blocks: count, ...times } = AMOUNTS[size];
  const population = POPULATIONS[size];
  const directory = mkdtempSync(join(tmpdir(), 'bucordo-bench-'));
  const engine = await Engine.start(directory);
  let first = 1;
  const own: Side = {
    name: `executor, blocks of ${BLOCK}`,
    measure: async () => {
      const blocks = engine.blocks({ kind, first, count, size: BLOCK, population });
      first += count * BLOCK;
      return measureBlocks(engine, blocks, size);
    },
  };
  let peerFirst = 1;
  const peer: Side = {
    name: 'plain Postgres, 16 connections',
    measure: () => {
      const order = {
        kind,
        population,
        inFlight: 16,
        own: false,
        first: peerFirst,
        ...times,
        connection: engine.peer(),
      };
      peerFirst += 10_000_000;
      return runPlain(order);
    },
  };
  try {
    await engine.fill(population);
    const results = await runRounds([peer, own], { rounds: ROUNDS, size });
    const perSecond = (side: Side): number => results.get(side.name)?.perSecond ?? Number.NaN;
    return { [`engine-${kind}`]: perSecond(own) / perSecond(peer) };
  } finally {
    await engine.stop();
    removeFolder(directory);
  }
}

/** Executes blocks, one behind the other, once the machine is quiet. Throws when a transaction is rejected. */
export async function measureBlocks(
  engine: Engine,
  blocks: readonly SealedBlock[],
  size: Size,
): Promise<LoadResult> {
  await waitForQuiet(size);
  const started = performance.now();
  const outcomes = await Promise.all(blocks.map((block) => engine.executor.run(block)));
  const elapsedMs = performance.now() - started;
  const rejected = outcomes.flatMap(({ rejections }) => rejections)[0];
  if (rejected !== undefined) throw new Error(`${rejected.code} ${rejected.message}`);
  const count = blocks.reduce((sum, { rows }) => sum + rows.count, 0);
  const perBlock = elapsedMs / blocks.length;
  return { count, perSecond: (count * 1000) / elapsedMs, p50Ms: perBlock, p99Ms: perBlock };
}
