import { decodeBlock, decodeBlockHeader, decodeSignedTransaction, toHex } from '@bucordo/protocol';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { BANK, bankCall } from '../../../../test/support/bank-contract.ts';
import { freshDatabase, type TestDatabase } from '../../../../test/support/postgres.ts';
import { TestChain } from '../../../../test/support/test-chain.ts';
import type { SealedBlock } from '../chain/sealed-block.ts';
import { connect } from '../postgres/connection.ts';
import { ChainReader } from './chain-reader.ts';
import type { Executor } from './executor.ts';

let database: TestDatabase;
let executor: Executor;
let reader: ChainReader;
const chain = new TestChain([BANK]);
const blocks: SealedBlock[] = [];

beforeAll(async () => {
  database = await freshDatabase();
  executor = await chain.found(database);
  reader = new ChainReader({ connect: () => connect(database.connection('bucordo_node')) });
  for (let height = 1; height <= 3; height++) {
    const transactions = [height, height + 10].map((id) =>
      chain.transaction('alpha/ann', [bankCall('open_account', { id, owner: 'ann', balance: 5 })]),
    );
    const block = chain.seal([
      ...transactions,
      chain.transaction('gamma/guest', [bankCall('balance', { id: 1 })]),
    ]);
    blocks.push(block);
    await executor.run(block);
  }
  const twice = chain.transaction('alpha/ann', [
    bankCall('open_account', { id: 1, owner: 'ann', balance: 5 }),
  ]);
  blocks.push(chain.seal([twice]));
  await executor.run(blocks[3] as SealedBlock);
});

afterAll(async () => {
  await reader?.close();
  await executor?.close();
  await database?.drop();
});

test('blocks come back as the messages they were, and the range ends where the chain does', async () => {
  const messages = await reader.blockBytes(2, 9);
  expect(messages).toHaveLength(3);
  const second = decodeBlock(messages[0] ?? new Uint8Array());
  expect(Buffer.from(second.header)).toEqual(Buffer.from(blocks[1]?.header ?? []));
  expect(decodeBlockHeader(second.header).height).toBe(2);
  expect(second.transactions).toHaveLength(3);
  expect(await reader.blockAt(5)).toBeNull();
});

test('receipts and transactions are found by id', async () => {
  const receipts = await reader.receiptsOfBlock(4);
  expect(receipts).toMatchObject([{ height: 4, index: 0, code: 'failed', message: '', result: '' }]);
  const id = receipts[0]?.transactionId ?? new Uint8Array();
  expect(await reader.receiptById(id)).toEqual(receipts[0]);
  const stored = await reader.transactionById(id);
  const sent = decodeSignedTransaction(
    decodeBlock((await reader.blockAt(4)) ?? new Uint8Array()).transactions[0] ?? id,
  );
  expect(Buffer.from(stored?.payload ?? [])).toEqual(Buffer.from(sent.payload));
  expect(await reader.receiptById(new Uint8Array(32))).toBeNull();
  expect((await reader.receiptsOfBlock(1))[2]).toMatchObject({ index: 2, code: '', result: '5' });
});

test('transactions are found by the beginning of their ids', async () => {
  const receipts = [...(await reader.receiptsOfBlock(1)), ...(await reader.receiptsOfBlock(4))];
  for (const { transactionId, height, index } of receipts) {
    const digits = toHex(transactionId);
    for (const length of [16, 17, 64]) {
      const found = await reader.transactionsBeginning(digits.slice(0, length), 5);
      expect(found.map((each) => ({ ...each, id: toHex(each.id) }))).toEqual([{ id: digits, height, index }]);
    }
  }
  const all = await reader.transactionsBeginning('', 100);
  expect(all).toHaveLength(10);
  const ids = all.map(({ id }) => toHex(id));
  expect(ids).toEqual([...ids].sort());
  expect(await reader.transactionsBeginning('', 3)).toEqual(all.slice(0, 3));
});

test('the last block that calls anything but a function is found', async () => {
  const numbers = async (name: string): Promise<number> =>
    (await executor.catalogue()).functions.find((each) => each.name === name)?.number ?? -1;
  expect(await reader.lastActiveHeight(await numbers('checkpoint'))).toBe(4);
  expect(await reader.lastActiveHeight(await numbers('open_account'))).toBe(3);
});

test('ids of the newest whole blocks within the limit, oldest first', async () => {
  const read = async (options: { fromHeight: number; limit: number }): Promise<[number, number][]> => {
    const found: [number, number][] = [];
    for await (const { height, ids } of reader.committedIds(options)) found.push([height, ids.length / 32]);
    return found;
  };
  expect(await read({ fromHeight: 1, limit: 100 })).toEqual([
    [1, 3],
    [2, 3],
    [3, 3],
    [4, 1],
  ]);
  expect(await read({ fromHeight: 1, limit: 6 })).toEqual([
    [3, 3],
    [4, 1],
  ]);
  expect(await read({ fromHeight: 4, limit: 6 })).toEqual([[4, 1]]);
});

test('hashes of a height', async () => {
  const head = await executor.head();
  expect(await reader.stateAt(4)).toEqual({
    blockHash: Buffer.from(head.blockHash).toString('hex'),
    stateHash: Buffer.from(head.stateHash).toString('hex'),
  });
  expect(await reader.stateAt(5)).toBeNull();
});
