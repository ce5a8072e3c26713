/**
 * The conformance suite of the ordering port: what every implementation must do, run on each.
 *
 * It looks at the port from both sides, at what goes in and at what reaches the ledgers of the
 * nodes, and knows nothing of the engine between them. The guarantees are O1 to O7 of the protocol.
 */

import { blockHash, decodeBlockHeader } from '@bucordo/protocol';
import { afterEach, describe, expect, test } from 'vitest';
import type { ConformanceNode, LedgerBlock } from './conformance-node.ts';
import { call, rowOf, transactionOf } from './sample-network.ts';

/** The nodes of one network under test. */
export interface OrderingRig {
  /** Running, each with an empty ledger at first; one or more. */
  readonly nodes: readonly ConformanceNode[];
  /** A further node with an empty ledger, not yet started; absent where one node orders and others follow its blocks. */
  readonly late?: () => ConformanceNode;
  close(): Promise<void>;
}

/** What differs between orderings under test. */
export interface ConformanceOptions {
  /** Transactions of each of four writers in the test of the sequence; fewer where each costs real time. */
  readonly transactionsPerWriter?: number;
  /** Whether the rig can add a node that starts from an empty ledger. */
  readonly hasLateNodes?: boolean;
}

/** Declares the tests for the ordering that `make` makes. */
export function orderingConformance(
  name: string,
  make: () => Promise<OrderingRig>,
  options: ConformanceOptions = {},
): void {
  const perWriter = options.transactionsPerWriter ?? 200;
  let rig: OrderingRig;

  afterEach(() => rig?.close());

  describe(`ordering conformance: ${name}`, () => {
    test('O1: all nodes see one sequence, dense, chained, with rising time', async () => {
      rig = await make();
      const offered = await offerFromFourWriters(rig, perWriter);
      const chains = await Promise.all(rig.nodes.map((node) => committed(node, offered.length)));
      for (const chain of chains) {
        assertChained(chain, rig);
        expect(idsOf(chain).toSorted()).toEqual(offered.toSorted());
        expect(chain.map(({ hash }) => hash)).toEqual(chains[0]?.map(({ hash }) => hash));
      }
    });

    test('O2: what was acknowledged stands at the place that was told, also after a restart', async () => {
      rig = await make();
      const transactions = Array.from({ length: 60 }, () => transactionOf({ network: networkOf(rig) }));
      const outcomes = await submitToAll(rig, transactions);
      expect(outcomes.map(({ code }) => code)).toEqual(transactions.map(() => ''));
      for (const node of rig.nodes) {
        await node.stop();
        await node.start();
        const ids = new Map((await node.ledger.blocks()).map((block) => [block.height, block.ids]));
        for (const { id, height, index } of outcomes) expect(ids.get(height)?.[index]).toBe(id);
      }
    });

    test('O3, I5: a transaction handed to every node, several times, is ordered once', async () => {
      rig = await make();
      const transactions = Array.from({ length: 20 }, () => transactionOf({ network: networkOf(rig) }));
      const rounds = await Promise.all(
        [0, 1].flatMap(() => rig.nodes.map((node) => node.submit([...transactions, ...transactions]))),
      );
      await Promise.all(rig.nodes.map((node) => committed(node, transactions.length)));
      const again = await Promise.all(rig.nodes.map((node) => node.submit(transactions)));
      const places = [...rounds, ...again].map((outcomes) =>
        outcomes.map(({ id, code, height, index }) => `${id} ${code} ${height} ${index}`),
      );
      expect(new Set(places.flat()).size).toBe(transactions.length);
      const [first] = rig.nodes;
      const blocks = (await first?.ledger.blocks()) ?? [];
      expect(idsOf(blocks).length).toBe(transactions.length);
    });

    test('O4: a node that stops at some height goes on behind it', async () => {
      rig = await make();
      const offered: string[] = [];
      for (let round = 0; round < 4; round++) {
        offered.push(...(await offerFromFourWriters(rig, 10)));
        await Promise.all(rig.nodes.map((node) => committed(node, offered.length)));
        for (const node of rig.nodes) {
          await node.stop();
          await node.start();
        }
      }
      for (const node of rig.nodes) assertChained(await committed(node, offered.length), rig);
    });

    if (options.hasLateNodes === true) {
      test('O4: a node that comes late sees the same sequence from the beginning', async () => {
        rig = await make();
        const offered = await offerFromFourWriters(rig, 50);
        const late = rig.late?.();
        if (late === undefined) throw new Error('the rig has no late node');
        await late.start();
        const chain = await committed(late, offered.length);
        const [first] = rig.nodes;
        expect(chain).toEqual(await first?.ledger.blocks());
      });
    }

    test('O5: a ledger that is not of this sequence is noticed, and nothing is added to it', async () => {
      rig = await make();
      await offerFromFourWriters(rig, 5);
      const [node] = rig.nodes;
      if (node === undefined) throw new Error('a rig has nodes');
      await committed(node, 20);
      await node.stop();
      const before = await node.ledger.blocks();
      const head = await node.ledger.head();
      await node.start({ ...head, blockHash: new Uint8Array(32).fill(7) });
      node.ordering.offer(rowOf(), 0, rowOf().length);
      await expect.poll(() => node.faults.length).toBe(1);
      expect(await node.ledger.blocks()).toEqual(before);
      expect(offer(node, rowOf())).toBe(false);
    });

    test('O6: a ledger that does not take blocks fills the ordering up to a bound, and nothing taken is lost', async () => {
      rig = await make();
      for (const node of rig.nodes) node.ledger.hold();
      const [node] = rig.nodes;
      if (node === undefined) throw new Error('a rig has nodes');
      const taken: string[] = [];
      let isFull = false;
      // Large rows reach the bound in bytes long before the one in transactions.
      const note = 'x'.repeat(20_000);
      for (let i = 0; i < 30_000 && !isFull; i++) {
        const row = rowOf({ calls: [call('place_order', { id: i, note })] });
        isFull = !offer(node, row);
        if (!isFull) taken.push(idOfRow(row));
        if (i % 500 === 0) await new Promise(setImmediate);
      }
      expect(isFull).toBe(true);
      expect(taken.length).toBeLessThanOrEqual(20_000);
      for (const each of rig.nodes) each.ledger.release();
      const chain = await committed(node, taken.length);
      expect(idsOf(chain).toSorted()).toEqual(taken.toSorted());
    });

    test('O7: stopping under load hands over what was taken, and takes nothing more', async () => {
      rig = await make();
      const offered: string[] = [];
      for (const node of rig.nodes) {
        for (let i = 0; i < 300; i++) {
          const row = rowOf();
          if (offer(node, row)) offered.push(idOfRow(row));
        }
      }
      await Promise.all(rig.nodes.map((node) => node.stop()));
      for (const node of rig.nodes) expect(offer(node, rowOf())).toBe(false);
      for (const node of rig.nodes) await node.start();
      for (const node of rig.nodes) {
        const chain = await committed(node, offered.length);
        assertChained(chain, rig);
        expect(idsOf(chain).toSorted()).toEqual(offered.toSorted());
      }
    });

    test('O7: every block carries evidence that its header names', async () => {
      rig = await make();
      await offerFromFourWriters(rig, 5);
      for (const node of rig.nodes) {
        for (const block of await committed(node, 20)) expect(node.isEvidenceRight(block)).toBe(true);
      }
    });

    test('I7: what expires before it is ordered is in no block, and its sender is told', async () => {
      rig = await make();
      const [node] = rig.nodes;
      if (node === undefined) throw new Error('a rig has nodes');
      await offerFromFourWriters(rig, 5);
      await Promise.all(rig.nodes.map((each) => committed(each, 20)));
      const late = rowOf({ validUntil: 1 });
      const right = rowOf();
      offer(node, late);
      offer(node, right);
      const chain = await committed(node, 21);
      expect(idsOf(chain)).toContain(idOfRow(right));
      expect(idsOf(chain)).not.toContain(idOfRow(late));
      expect(node.refused.get(idOfRow(late))).toBe('expired');
    });
  });
}

async function offerFromFourWriters(rig: OrderingRig, perWriter: number): Promise<string[]> {
  const { nodes } = rig;
  const writers = Array.from({ length: 4 }, async (_, writer) => {
    const node = nodes[writer % nodes.length];
    const ids: string[] = [];
    for (let i = 0; i < perWriter && node !== undefined; i++) {
      const row = rowOf();
      while (!offer(node, row)) await new Promise(setImmediate);
      ids.push(idOfRow(row));
      if (i % 7 === writer) await new Promise(setImmediate);
    }
    return ids;
  });
  return (await Promise.all(writers)).flat();
}

async function submitToAll(rig: OrderingRig, transactions: readonly Uint8Array[]) {
  const { nodes } = rig;
  const share = Math.ceil(transactions.length / nodes.length);
  const parts = nodes.map((node, i) => node.submit(transactions.slice(i * share, (i + 1) * share)));
  return (await Promise.all(parts)).flat();
}

function networkOf(rig: OrderingRig): Uint8Array {
  return rig.nodes[0]?.network ?? new Uint8Array(32);
}

function offer(node: ConformanceNode, row: Buffer): boolean {
  return node.ordering.offer(row, 0, row.length);
}

function idOfRow(row: Buffer): string {
  return row.toString('hex', 18, 50);
}

function idsOf(chain: readonly LedgerBlock[]): string[] {
  return chain.flatMap(({ ids }) => ids);
}

// The node's blocks once they hold this many transactions.
async function committed(node: ConformanceNode, count: number): Promise<readonly LedgerBlock[]> {
  const reached = async (): Promise<number> => idsOf(await node.ledger.blocks()).length;
  await expect.poll(reached, { timeout: 20_000, interval: 50 }).toBe(count);
  return node.ledger.blocks();
}

function assertChained(chain: readonly LedgerBlock[], rig: OrderingRig): void {
  let previousHash = Buffer.from(networkOf(rig)).toString('hex');
  let previousTime = 0;
  chain.forEach((block, i) => {
    const header = decodeBlockHeader(block.header);
    expect([block.height, header.height]).toEqual([i + 1, i + 1]);
    expect(Buffer.from(block.previousHash).toString('hex')).toBe(previousHash);
    expect(Buffer.from(header.previousHash).toString('hex')).toBe(previousHash);
    expect(header.transactionCount).toBe(block.ids.length);
    expect(header.time).toBe(block.time);
    expect(block.time).toBeGreaterThan(previousTime);
    expect(Buffer.from(blockHash(block.header)).equals(block.hash)).toBe(true);
    previousHash = Buffer.from(block.hash).toString('hex');
    previousTime = block.time;
  });
}
