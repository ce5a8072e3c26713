/** Limits that no other test of a format reaches: the largest value is taken, the next one is refused. */

import { describe, expect, it } from 'vitest';
import * as sample from '../test/samples.ts';
import { decodeBlock, encodeBlock } from './block.ts';
import { DecodeError } from './decode-error.ts';
import { decodeGenesis } from './genesis.ts';
import { toHex } from './hex.ts';
import {
  contractsMax,
  evidenceBytesMax,
  functionsMax,
  identitiesMax,
  membersMax,
  messageBytesMax,
  nameBytesMax,
  replyOutcomesMax,
  resultBytesMax,
  rolesMax,
  submitTransactionsMax,
} from './limits.ts';
import {
  decodeSubmitReply,
  decodeSubmitRequest,
  encodeSubmitReply,
  encodeSubmitRequest,
} from './messages.ts';
import { decodeReceipt, encodeReceipt } from './receipt.ts';
import { fromUtf8, toUtf8 } from './text.ts';
import { decodeTransaction, encodeTransaction } from './transaction.ts';

const list = <Item>(count: number, item: (index: number) => Item): Item[] =>
  Array.from({ length: count }, (_, index) => item(index));

// One key for all: numbers are judged before keys are compared.
const key = toHex(sample.aliceKey);

/** What a decoder says to a document that is within the limit, whatever else it lacks. */
function judged(decode: () => unknown): string {
  try {
    decode();
    return 'taken';
  } catch (error) {
    return String(error);
  }
}

/** The sample's genesis with one part replaced. */
function genesisWith(part: object): Uint8Array {
  const document: object = JSON.parse(fromUtf8(sample.genesisDocument));
  return toUtf8(JSON.stringify({ ...document, ...part }));
}

const identities = (count: number) => list(count, (index) => ({ name: `i${index}`, key, roles: [] }));
const member = (index: number, own: readonly object[] = identities(1)) => ({
  id: `m${index}`,
  name: 'M',
  class: 'm',
  number: index + 1,
  identities: own,
});
const contract = (index: number, functions: object = {}) => ({
  name: `c${index}`,
  version: '1.0.0',
  functions,
  schema: '',
  source: '',
});
const functions = (count: number) => Object.fromEntries(list(count, (index) => [`f${index}`, {}]));
const roles = (count: number) => [{ name: 'node', key, roles: list(count, (index) => `r${index}`) }];

const parts: [string, number, (count: number) => object][] = [
  ['roles of an identity', rolesMax, (count) => ({ members: [member(0, roles(count))] })],
  ['contracts', contractsMax, (count) => ({ contracts: list(count, (index) => contract(index)) })],
  ['functions', functionsMax, (count) => ({ contracts: [contract(0, functions(count))] })],
];
// Here the largest number takes seconds: every key is checked to be a point of the curve.
const costlyParts: typeof parts = [
  ['members', membersMax, (count) => ({ members: list(count, (index) => member(index)) })],
  ['identities of a member', identitiesMax, (count) => ({ members: [member(0, identities(count))] })],
];
const tooMany = /above|elements, not/;

describe('a genesis', () => {
  it.each([...parts, ...costlyParts])('refuses more %s than %i', (_, most, part) => {
    expect(() => decodeGenesis(genesisWith(part(most + 1)))).toThrow(tooMany);
  });

  it.each(parts)('does not mind the number of %s up to %i', (_, most, part) => {
    expect(judged(() => decodeGenesis(genesisWith(part(most))))).not.toMatch(tooMany);
  });
});

describe('messages', () => {
  it('a submit request holds no more transactions than a block', () => {
    const request = (count: number) => ({
      first: 1,
      wait: 'committed' as const,
      transactions: list(count, () => Uint8Array.of(1)),
    });
    const full = encodeSubmitRequest(request(submitTransactionsMax));
    expect(decodeSubmitRequest(full).transactions.length).toBe(submitTransactionsMax);
    const one = Uint8Array.of(0x1a, 1, 1);
    const over = new Uint8Array([...full, ...one]);
    expect(() => encodeSubmitRequest(request(submitTransactionsMax + 1))).toThrow(DecodeError);
    expect(() => decodeSubmitRequest(over)).toThrow(/above/);
    expect(() => decodeSubmitRequest(Uint8Array.of(0x08, 1, 0x10, 1))).toThrow(DecodeError);
  });

  it('a reply holds a limited number of outcomes', () => {
    const outcome = { ...sample.noOutcome, height: 1 };
    const most = encodeSubmitReply({ outcomes: list(replyOutcomesMax, () => outcome) });
    expect(decodeSubmitReply(most).outcomes.length).toBe(replyOutcomesMax);
    expect(() => encodeSubmitReply({ outcomes: list(replyOutcomesMax + 1, () => outcome) })).toThrow(/above/);
    const one = encodeSubmitReply({ outcomes: [outcome] });
    const over = new Uint8Array(most.length + one.length);
    over.set(most);
    over.set(one, most.length);
    expect(() => decodeSubmitReply(over)).toThrow(/above/);
  });
});

describe('what a block and its receipts carry', () => {
  it('evidence', () => {
    const block = decodeBlock(sample.blockBytes);
    const withEvidence = (bytes: number) => encodeBlock({ ...block, evidence: new Uint8Array(bytes) });
    expect(() => decodeBlock(withEvidence(evidenceBytesMax + 1))).toThrow(DecodeError);
  });

  it('message and result of a receipt', () => {
    const receipt = decodeReceipt(sample.receiptBytes[0] ?? sample.payload);
    const rejected = (message: string) => ({
      ...receipt,
      status: 'rejected' as const,
      code: 'BC001',
      message,
      result: '',
    });
    const committed = (result: string) => ({
      ...receipt,
      status: 'committed' as const,
      code: '',
      message: '',
      result,
    });
    const most = rejected('x'.repeat(messageBytesMax));
    expect(decodeReceipt(encodeReceipt(most))).toEqual(most);
    expect(() => decodeReceipt(encodeReceipt(rejected('x'.repeat(messageBytesMax + 1))))).toThrow(
      DecodeError,
    );
    const largest = committed(`"${'x'.repeat(resultBytesMax - 2)}"`);
    expect(decodeReceipt(encodeReceipt(largest))).toEqual(largest);
    expect(() => decodeReceipt(encodeReceipt(committed(`"${'x'.repeat(resultBytesMax)}"`)))).toThrow(
      DecodeError,
    );
  });

  it('names of contract and function', () => {
    const named = (name: string) =>
      encodeTransaction({
        ...sample.transaction,
        calls: [{ contract: name, function: name, args: toUtf8('{}') }],
      });
    const longest = 'n'.repeat(nameBytesMax);
    expect(decodeTransaction(named(longest)).calls[0]?.contract).toBe(longest);
    expect(() => decodeTransaction(named('n'.repeat(nameBytesMax + 1)))).toThrow(DecodeError);
  });
});
