/**
 * An example's network without nodes: its genesis in one real Postgres, every transaction signed,
 * checked and executed in blocks as a node does. For tests of contracts against the executor.
 */

import assert from 'node:assert/strict';
import { buildContract, readPackage } from '@bucordo/contract';
import {
  type Genesis,
  type GenesisContract,
  parseMemberId,
  parsePublicKey,
  publicKeyOf,
} from '@bucordo/protocol';
import type { ExampleNetwork } from '../../examples/network/example-network.ts';
import type {
  ContractCall,
  QueryRow,
  Submitter,
  TransactionOutcome,
} from '../../examples/network/submitter.ts';
import type { Executor } from '../../packages/node/src/execution/executor.ts';
import { connect } from '../../packages/node/src/postgres/connection.ts';
import { freshDatabase, type TestDatabase } from './postgres.ts';
import { seedOf, TestChain, type TestTransaction } from './test-chain.ts';

/** A transaction that waits for its block. */
interface Waiting {
  readonly transaction: TestTransaction;
  readonly settle: (outcome: TransactionOutcome) => void;
  readonly fail: (error: unknown) => void;
}

/** Most transactions in a block. */
const blockTransactionsMax = 500;

/** Submits to an executor; transactions that are submitted together share a block. */
export class ChainSubmitter implements Submitter {
  readonly #chain: TestChain;
  readonly #executor: Executor;
  /** Executors of databases that must end every block alike. */
  readonly #others: readonly Executor[];
  readonly #database: TestDatabase;
  readonly #waiting: Waiting[] = [];
  #running = false;

  private constructor(
    chain: TestChain,
    executor: Executor,
    others: readonly Executor[],
    database: TestDatabase,
  ) {
    this.#chain = chain;
    this.#executor = executor;
    this.#others = others;
    this.#database = database;
  }

  /**
   * Founds the network in a fresh database, and in `others`: every block is executed there too, and
   * fails unless its outcome, hashes included, is the same. Close it when done; `others` stay.
   */
  static async found(network: ExampleNetwork, others: readonly TestDatabase[] = []): Promise<ChainSubmitter> {
    const database = await freshDatabase();
    const contracts = await Promise.all(network.contracts.map(readContract));
    const chain = new TestChain(contracts, membersOf(network));
    const executors: Executor[] = [];
    for (const other of others) executors.push(await chain.found(other));
    return new ChainSubmitter(chain, await chain.found(database), executors, database);
  }

  submit(identity: string, calls: readonly ContractCall[]): Promise<TransactionOutcome> {
    return new Promise((settle, fail) => {
      const transaction = this.#chain.transaction({ seed: seedOf(identity) }, calls);
      this.#waiting.push({ transaction, settle, fail });
      if (!this.#running) void this.#runBlocks();
    });
  }

  /** Asks as the reader that a member's own people use. */
  async query(sql: string): Promise<readonly QueryRow[]> {
    const client = await connect(this.#database.connection('bucordo_reader'));
    try {
      return (await client.query<QueryRow>(sql)).rows;
    } finally {
      await client.end();
    }
  }

  /** Removes the database. */
  async close(): Promise<void> {
    for (const executor of [this.#executor, ...this.#others]) await executor.close();
    await this.#database.drop();
  }

  async #runBlocks(): Promise<void> {
    this.#running = true;
    // What is submitted in the same turn goes into the same block.
    await new Promise((resolve) => setImmediate(resolve));
    while (this.#waiting.length > 0) {
      const block = this.#waiting.splice(0, blockTransactionsMax);
      await this.#runBlock(block);
      await new Promise((resolve) => setImmediate(resolve));
    }
    this.#running = false;
  }

  async #runBlock(block: readonly Waiting[]): Promise<void> {
    try {
      const sealed = this.#chain.seal(block.map(({ transaction }) => transaction));
      const outcome = await this.#executor.run(sealed);
      for (const other of this.#others) assert.deepEqual(await other.run(sealed), outcome);
      const rejections = new Map(outcome.rejections.map((rejection) => [rejection.index, rejection]));
      for (const [index, { settle }] of block.entries()) {
        const { code = '', message = '' } = rejections.get(index) ?? {};
        settle({ code, message });
      }
    } catch (error) {
      for (const { fail } of block) fail(error);
    }
  }
}

function membersOf(network: ExampleNetwork): Genesis['members'] {
  return network.members.map((member, index) => ({
    id: parseMemberId(member.id),
    name: member.name,
    class: member.class,
    number: index + 1,
    identities: [{ name: 'node', roles: ['node'] }, ...member.identities].map(({ name, roles }) => ({
      name,
      key: parsePublicKey(publicKeyOf(nodeOrOwnSeed(index, member.id, name))),
      roles: [...roles],
    })),
  }));
}

// The test chain orders with the key of alpha/node, so the first member's node has it.
function nodeOrOwnSeed(index: number, member: string, name: string): Uint8Array {
  return seedOf(index === 0 && name === 'node' ? 'alpha/node' : `${member}/${name}`);
}

async function readContract(folder: string): Promise<GenesisContract> {
  return (await buildContract(readPackage(folder))).document;
}
