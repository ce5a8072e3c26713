import { createHash, generateKeyPairSync, randomBytes, sign, verify } from 'node:crypto';
import {
  checkpointHash,
  decodeSignedTransaction,
  decodeTransaction,
  transactionId,
  verifyCheckpoint,
} from '@bucordo/protocol';
import { expect, test } from 'vitest';

import { RowBuffer } from '../chain/row-buffer.ts';
import { transactionRowLength, writeTransactionRow } from '../chain/transaction-row.ts';
import type { NodeKey } from '../identity/ports.ts';
import { CheckpointReader, signCheckpoint } from './checkpoint-transactions.ts';

const NETWORK = randomBytes(32);
const FUNCTION = 1;
const STATE = { blockHash: 'ab'.repeat(32), stateHash: 'cd'.repeat(32) };

function newSigner(): NodeKey {
  const { privateKey, publicKey } = generateKeyPairSync('ed25519');
  const x = publicKey.export({ format: 'jwk' }).x ?? '';
  return { publicKey: Buffer.from(x, 'base64url'), sign: (message) => sign(null, message, privateKey) };
}

const buyer = newSigner();
const seller = newSigner();
const keyOf = ({ publicKey }: NodeKey): string => Buffer.from(publicKey).toString('hex');
const NODES: ReadonlyMap<string, string> = new Map([
  [keyOf(buyer), 'buyer'],
  [keyOf(seller), 'seller'],
]);

const reader = new CheckpointReader({
  network: NETWORK,
  memberOfNode: (key) => NODES.get(key),
  functionNumber: FUNCTION,
});

const signed = (signer: NodeKey, member: string, network: Uint8Array = NETWORK): Uint8Array =>
  signCheckpoint(signer, {
    network,
    member,
    height: 7,
    state: STATE,
    validUntil: 1_000,
    nonce: randomBytes(16),
  }).transaction;

// As verification writes it, calling the functions with these numbers.
function rowsOf(...transactions: readonly (readonly number[])[]): RowBuffer {
  const rows = new RowBuffer();
  const { payload, signature } = decodeSignedTransaction(signed(buyer, 'buyer'));
  const source = Buffer.concat([payload, signature]);
  for (const functions of transactions) {
    const calls = functions.map((functionNumber) => ({ functionNumber, argsAt: 100, argsLength: 10 }));
    const row = Buffer.alloc(transactionRowLength(payload.length, calls.length, null));
    const end = writeTransactionRow(row, 0, source, Buffer.from(transactionId(payload)), {
      payloadAt: 0,
      payloadLength: payload.length,
      signatureAt: payload.length,
      calls,
      refusal: null,
      refusedCall: -1,
      effectAt: -1,
      judgedBy: 0,
    });
    rows.append(row, 0, end);
  }
  return rows;
}

test.each<[string, number[][], { hasCheckpoints: boolean; isActive: boolean }]>([
  ['nothing', [], { hasCheckpoints: false, isActive: false }],
  ['a checkpoint', [[FUNCTION]], { hasCheckpoints: true, isActive: false }],
  ['two checkpoints in one transaction', [[FUNCTION, FUNCTION]], { hasCheckpoints: true, isActive: false }],
  ['another call', [[2]], { hasCheckpoints: false, isActive: true }],
  ['a checkpoint behind another call', [[2, FUNCTION]], { hasCheckpoints: true, isActive: true }],
  ['another call behind a checkpoint', [[FUNCTION, 2]], { hasCheckpoints: true, isActive: true }],
  ['both in two transactions', [[FUNCTION], [2]], { hasCheckpoints: true, isActive: true }],
])('a block with %s is read call by call', (_, transactions, expected) => {
  expect(reader.callsOf(rowsOf(...transactions))).toEqual(expected);
});

// The bytes of a checkpoint and its signature, as its transaction carries them.
function carried(transaction: Uint8Array): { bytes: Buffer; signature: Buffer } {
  const [call] = decodeTransaction(decodeSignedTransaction(transaction).payload).calls;
  const args = JSON.parse(Buffer.from(call?.args ?? []).toString());
  return { bytes: Buffer.from(args.checkpoint, 'hex'), signature: Buffer.from(args.signature, 'hex') };
}

test('what a node signs is believed', () => {
  const { bytes, signature } = carried(signed(buyer, 'buyer'));
  expect(reader.readSigned(bytes, signature)).toEqual({ member: 'buyer', height: 7, ...STATE });
});

test.each([
  ['of another member', signed(seller, 'buyer')],
  ['by a key that no genesis names', signed(newSigner(), 'buyer')],
  ['of another network', signed(buyer, 'buyer', randomBytes(32))],
])('a checkpoint %s is not believed', (_, transaction) => {
  const { bytes, signature } = carried(transaction);
  expect(reader.readSigned(bytes, signature)).toBeNull();
});

test('nor are bytes that are none', () => {
  const { bytes, signature } = carried(signed(buyer, 'buyer'));
  expect(reader.readSigned(bytes.subarray(1), signature)).toBeNull();
  expect(reader.readSigned(Buffer.alloc(0), signature)).toBeNull();
  expect(reader.readSigned(bytes, signature.subarray(1))).toBeNull();
});

test('a stored checkpoint is believed only with its signature', () => {
  const { signature } = carried(signed(buyer, 'buyer'));
  const stored = {
    member: 'buyer',
    height: 7,
    blockHash: Buffer.from(STATE.blockHash, 'hex'),
    stateHash: Buffer.from(STATE.stateHash, 'hex'),
    nodeKey: buyer.publicKey,
    signature,
  };
  expect(reader.readStored(stored)).toEqual({ member: 'buyer', height: 7, ...STATE });
  expect(reader.readStored({ ...stored, height: 8 })).toBeNull();
  expect(reader.readStored({ ...stored, member: 'seller' })).toBeNull();
  expect(reader.readStored({ ...stored, stateHash: randomBytes(32) })).toBeNull();
});

test('I7: a signature that `protocol` refuses is refused by the node, also one that OpenSSL takes', () => {
  const { privateKey, publicKey } = generateKeyPairSync('ed25519');
  const { d = '', x = '' } = privateKey.export({ format: 'jwk' });
  const key = Buffer.from(x, 'base64url');
  const own = new CheckpointReader({
    network: NETWORK,
    memberOfNode: () => 'buyer',
    functionNumber: FUNCTION,
  });
  const signer = { publicKey: key, sign: (message: Uint8Array) => sign(null, message, privateKey) };
  const { bytes, signature } = carried(signed(signer, 'buyer'));
  expect(verifyCheckpoint(bytes, signature)).toBe(true);
  expect(own.readSigned(bytes, signature)).not.toBeNull();

  const forged = ofSmallOrder(checkpointHash(bytes), Buffer.from(d, 'base64url'), key);
  expect(verify(null, checkpointHash(bytes), publicKey, forged)).toBe(true);
  expect(verifyCheckpoint(bytes, forged)).toBe(false);
  expect(own.readSigned(bytes, forged)).toBeNull();
});

// Whoever has the key can make one whose R is the neutral point: S = k · a.
function ofSmallOrder(message: Uint8Array, seed: Buffer, key: Buffer): Buffer {
  const littleEndian = (bytes: Buffer): bigint => BigInt(`0x${Buffer.from(bytes).reverse().toString('hex')}`);
  const order = 2n ** 252n + 27742317777372353535851937790883648493n;
  const sha512 = (...parts: Uint8Array[]): Buffer =>
    createHash('sha512').update(Buffer.concat(parts)).digest();
  const secret = sha512(seed).subarray(0, 32);
  secret[0] = (secret[0] ?? 0) & 248;
  secret[31] = ((secret[31] ?? 0) & 127) | 64;
  const r = Buffer.concat([Buffer.of(1), Buffer.alloc(31)]);
  const s = (littleEndian(sha512(r, key, message)) * littleEndian(secret)) % order;
  return Buffer.concat([r, Buffer.from(s.toString(16).padStart(64, '0'), 'hex').reverse()]);
}
