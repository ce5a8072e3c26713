/**
 * A ledger in a real Postgres: blocks go through the real executor, and what the suite looks at is
 * read back from the tables.
 */

import {
  blockHash,
  decodeBlock,
  decodeBlockHeader,
  decodeSignedTransaction,
  transactionId,
} from '@bucordo/protocol';
import type { BlockOutcome, ChainHead, SealedBlock } from '../../packages/node/src/chain/sealed-block.ts';
import { sha256 } from '../../packages/node/src/chain/sha256.ts';
import { ChainReader } from '../../packages/node/src/execution/chain-reader.ts';
import type { Executor } from '../../packages/node/src/execution/executor.ts';
import type { StoredReceipt } from '../../packages/node/src/execution/ports.ts';
import { connect } from '../../packages/node/src/postgres/connection.ts';
import type { TestDatabase } from '../support/postgres.ts';
import type { TestChain } from '../support/test-chain.ts';
import type { Ledger, LedgerBlock } from './conformance-node.ts';

const HEIGHTS_MAX = 100_000;

/** Blocks of one node, in its database. A failed executor is replaced, as by a restart of the node. */
export class PostgresLedger implements Ledger {
  readonly #chain: TestChain;
  readonly #database: TestDatabase;
  readonly #reader: ChainReader;
  #executor: Executor;
  #gate: Promise<void> = Promise.resolve();
  #open: () => void = () => undefined;

  constructor(chain: TestChain, database: TestDatabase, executor: Executor) {
    this.#chain = chain;
    this.#database = database;
    this.#executor = executor;
    this.#reader = new ChainReader({ connect: () => connect(database.connection('bucordo_node')) });
  }

  async head(): Promise<ChainHead> {
    await this.#executor.close();
    this.#executor = await this.#chain.open(this.#database);
    return this.#executor.head();
  }

  async blocks(): Promise<readonly LedgerBlock[]> {
    return (await this.#reader.blockBytes(1, HEIGHTS_MAX)).map(ledgerBlock);
  }

  receiptById(id: Uint8Array): Promise<StoredReceipt | null> {
    return this.#reader.receiptById(id);
  }

  hold(): void {
    this.#gate = new Promise((resolve) => {
      this.#open = resolve;
    });
  }

  release(): void {
    this.#open();
  }

  async commit(block: SealedBlock): Promise<BlockOutcome> {
    await this.#gate;
    return this.#executor.run(block);
  }

  /** Ends the connections. */
  async close(): Promise<void> {
    await this.#executor.close();
    await this.#reader.close();
  }
}

function ledgerBlock(bytes: Uint8Array): LedgerBlock {
  const { header, evidence, signature, transactions } = decodeBlock(bytes);
  const { height, time, previousHash } = decodeBlockHeader(header);
  const ids = transactions.map((transaction) => {
    const { payload } = decodeSignedTransaction(transaction);
    return Buffer.from(transactionId(payload, sha256)).toString('hex');
  });
  return { height, time, hash: blockHash(header), previousHash, header, evidence, signature, ids };
}
