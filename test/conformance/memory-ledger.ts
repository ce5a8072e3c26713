/**
 * A ledger in memory: keeps blocks as execution would, and refuses one that does not follow its
 * head. Support for the conformance suite, which looks at what reached the ledger.
 */

import type { BlockOutcome, ChainHead, SealedBlock } from '../../packages/node/src/chain/sealed-block.ts';
import { ROW_ID_AT } from '../../packages/node/src/chain/transaction-row.ts';
import type { StoredReceipt } from '../../packages/node/src/execution/ports.ts';
import { Fault } from '../../packages/node/src/fault.ts';
import type { Ledger, LedgerBlock } from './conformance-node.ts';

/** Blocks of one node, in memory. */
export class MemoryLedger implements Ledger {
  readonly #genesis: ChainHead;
  readonly #blocks: LedgerBlock[] = [];
  #gate: Promise<void> = Promise.resolve();
  #open: () => void = () => undefined;
  #last: Promise<unknown> = Promise.resolve();

  constructor(network: Uint8Array) {
    this.#genesis = { height: 0, time: 0, blockHash: network, stateHash: network };
  }

  async head(): Promise<ChainHead> {
    return this.#head();
  }

  async receiptById(id: Uint8Array): Promise<StoredReceipt | null> {
    const hex = Buffer.from(id).toString('hex');
    for (const { height, ids } of this.#blocks) {
      const index = ids.indexOf(hex);
      if (index >= 0)
        return {
          height,
          index,
          transactionId: id,
          code: '',
          message: '',
          result: '',
          call: null,
          detail: null,
        };
    }
    return null;
  }

  async blocks(): Promise<readonly LedgerBlock[]> {
    return [...this.#blocks];
  }

  hold(): void {
    this.#gate = new Promise((resolve) => {
      this.#open = resolve;
    });
  }

  release(): void {
    this.#open();
  }

  commit(block: SealedBlock): Promise<BlockOutcome> {
    const stored = this.#last.then(() => this.#gate).then(() => this.#store(block));
    // A failure is told to whoever committed; later blocks find the head where it was and fail too.
    this.#last = stored.catch(() => undefined);
    return stored;
  }

  #head(): ChainHead {
    const last = this.#blocks.at(-1);
    if (last === undefined) return this.#genesis;
    return { height: last.height, time: last.time, blockHash: last.hash, stateHash: last.hash };
  }

  #store(block: SealedBlock): BlockOutcome {
    const { height, blockHash } = this.#head();
    if (block.height !== height + 1 || Buffer.compare(block.previousHash, blockHash) !== 0) {
      throw new Fault(
        'block_does_not_follow',
        `block ${block.height} does not follow the ledger's block ${height}`,
      );
    }
    this.#blocks.push({
      height: block.height,
      time: block.time,
      hash: Buffer.from(block.hash),
      previousHash: Buffer.from(block.previousHash),
      header: Buffer.from(block.header),
      evidence: Buffer.from(block.evidence),
      signature: Buffer.from(block.signature),
      ids: idsOf(block),
    });
    return {
      height: block.height,
      stateHash: block.hash,
      rejections: [],
      results: [],
      details: new Map(),
      catalogueChanged: false,
    };
  }
}

function idsOf(block: SealedBlock): string[] {
  const { rows } = block;
  return Array.from({ length: rows.count }, (_, index) => {
    const at = (rows.rowAt[index] ?? 0) + ROW_ID_AT;
    return rows.bytes.toString('hex', at, at + 32);
  });
}
