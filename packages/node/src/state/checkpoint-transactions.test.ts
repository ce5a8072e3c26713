import { generateKeyPairSync, randomBytes, sign } from 'node:crypto';
import { decodeSignedTransaction, decodeTransaction, transactionId } from '@bucordo/protocol';
import { expect, test } from 'vitest';

import { RowBuffer } from '../chain/row-buffer.ts';
import { transactionRowLength, writeTransactionRow } from '../chain/transaction-row.ts';
import { CheckpointReader, type CheckpointSigner, signCheckpoint } from './checkpoint-transactions.ts';

const NETWORK = randomBytes(32);
const FUNCTION = 1;
const STATE = { blockHash: 'ab'.repeat(32), stateHash: 'cd'.repeat(32) };

function newSigner(): CheckpointSigner {
  const { privateKey, publicKey } = generateKeyPairSync('ed25519');
  const x = publicKey.export({ format: 'jwk' }).x ?? '';
  return { publicKey: Buffer.from(x, 'base64url'), sign: (message) => sign(null, message, privateKey) };
}

const buyer = newSigner();
const seller = newSigner();
const keyOf = ({ publicKey }: CheckpointSigner): string => Buffer.from(publicKey).toString('hex');
const NODES: ReadonlyMap<string, string> = new Map([
  [keyOf(buyer), 'buyer'],
  [keyOf(seller), 'seller'],
]);

const reader = new CheckpointReader({
  network: NETWORK,
  memberOfNode: (key) => NODES.get(key),
  functionNumber: FUNCTION,
});

const signed = (signer: CheckpointSigner, member: string, network: Uint8Array = NETWORK): Uint8Array =>
  signCheckpoint(signer, {
    network,
    member,
    height: 7,
    state: STATE,
    validUntil: 1_000,
    nonce: randomBytes(16),
  });

// As verification writes it, with `functionNumber` for every call.
function rowOf(rows: RowBuffer, transaction: Uint8Array, functionNumber = FUNCTION): void {
  const { payload, signature } = decodeSignedTransaction(transaction);
  const source = Buffer.concat([payload, signature]);
  const calls = decodeTransaction(payload).calls.map(({ args }) => ({
    functionNumber,
    argsAt: source.indexOf(args),
    argsLength: args.length,
  }));
  const row = Buffer.alloc(transactionRowLength(payload.length, calls.length, null));
  const parts = {
    payloadAt: 0,
    payloadLength: payload.length,
    signatureAt: payload.length,
    calls,
    refusal: null,
    effectAt: -1,
    judgedBy: 0,
  };
  const end = writeTransactionRow(row, 0, source, Buffer.from(transactionId(payload)), parts);
  rows.append(row, 0, end);
}

const read = (
  transactions: readonly Uint8Array[],
  rejected: readonly number[] = [],
  functionNumber = FUNCTION,
) => {
  const rows = new RowBuffer();
  for (const transaction of transactions) rowOf(rows, transaction, functionNumber);
  return reader.readBlock(rows, (index) => rejected.includes(index));
};

test('what a node signs is read back from the block that carries it', () => {
  const expected = { height: 7, ...STATE };
  expect(read([signed(buyer, 'buyer'), signed(seller, 'seller')])).toEqual({
    checkpoints: [
      { member: 'buyer', ...expected },
      { member: 'seller', ...expected },
    ],
    isActive: false,
  });
});

test.each([
  ['of another member', signed(seller, 'buyer')],
  ['by a key that no genesis names', signed(newSigner(), 'buyer')],
  ['of another network', signed(buyer, 'buyer', randomBytes(32))],
])('a checkpoint %s is not believed', (_, transaction) => {
  expect(read([transaction])).toEqual({ checkpoints: [], isActive: false });
});

test('a rejected checkpoint does not count, and other calls are activity', () => {
  expect(read([signed(buyer, 'buyer')], [0])).toEqual({ checkpoints: [], isActive: false });
  expect(read([signed(buyer, 'buyer')], [], 2)).toEqual({ checkpoints: [], isActive: true });
  expect(read([])).toEqual({ checkpoints: [], isActive: false });
});

test('a stored checkpoint is believed only with its signature', () => {
  const args = JSON.parse(
    Buffer.from(
      decodeTransaction(decodeSignedTransaction(signed(buyer, 'buyer')).payload).calls[0]?.args ?? [],
    ).toString(),
  );
  const stored = {
    member: 'buyer',
    height: 7,
    blockHash: Buffer.from(STATE.blockHash, 'hex'),
    stateHash: Buffer.from(STATE.stateHash, 'hex'),
    nodeKey: buyer.publicKey,
    signature: Buffer.from(args.signature, 'hex'),
  };
  expect(reader.readStored(stored)).toEqual({ member: 'buyer', height: 7, ...STATE });
  expect(reader.readStored({ ...stored, height: 8 })).toBeNull();
  expect(reader.readStored({ ...stored, member: 'seller' })).toBeNull();
  expect(reader.readStored({ ...stored, stateHash: randomBytes(32) })).toBeNull();
});
