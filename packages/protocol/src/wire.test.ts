import { join } from 'node:path';
import fc from 'fast-check';
import protobuf from 'protobufjs';
import { describe, expect, it } from 'vitest';
import * as sample from '../test/samples.ts';
import { encodeBlock } from './block.ts';
import { DecodeError } from './decode-error.ts';
import { fromHex } from './hex.ts';
import {
  decodeSubmitReply,
  encodeBlocksRequest,
  encodeForwardReply,
  encodeSubmitReply,
  encodeSubmitRequest,
  waitLevels,
} from './messages.ts';
import { encodeTestimony } from './testimony.ts';
import { encodeTransaction } from './transaction.ts';
import { LENGTH_DELIMITED, VARINT, varintLength, WireReader, WireWriter, writeVarint } from './wire.ts';

const proto = join(import.meta.dirname, '../proto');
const root = await new protobuf.Root().load(
  ['node.proto', 'peer.proto'].map((name) => join(proto, name)),
  {
    keepCase: true,
  },
);

/** Encodes `value` by the .proto documents, with another implementation. */
function foreign(message: string, value: object): Uint8Array {
  const type = root.lookupType(`bucordo.v1.${message}`);
  return Uint8Array.from(type.encode(type.fromObject(value)).finish());
}

// A proto3 writer leaves out defaults; this one writes whatever property it is given.
function present<Value extends object>(value: Value): object {
  return Object.fromEntries(
    Object.entries(value).filter(
      ([, inner]) => inner !== 0 && inner !== '' && inner !== false && inner.length !== 0,
    ),
  );
}

describe('the encodings follow the .proto documents', { timeout: 60_000 }, () => {
  const bytes = (length: number): fc.Arbitrary<Uint8Array> =>
    fc.uint8Array({ minLength: length, maxLength: length });
  const name = fc.stringMatching(/^[a-z][a-z0-9_]{0,62}$/);
  const call = fc.record({
    contract: name,
    function: name,
    args: fc.uint8Array({ minLength: 1, maxLength: 300 }),
  });

  it('of transactions', () => {
    const transaction = fc.record({
      network: bytes(32),
      identity: bytes(32),
      calls: fc.array(call, { minLength: 1, maxLength: 5 }),
      validUntil: fc.integer({ min: 1, max: 2 ** 43 - 1 }),
      nonce: bytes(16),
    });
    fc.assert(
      fc.property(transaction, ({ validUntil, ...rest }) => {
        const ours = encodeTransaction({ validUntil, ...rest });
        expect(ours).toEqual(foreign('Transaction', { ...rest, valid_until: validUntil }));
      }),
    );
  });

  it('of signed transactions, envelopes and blocks', () => {
    const transactions = sample.signed;
    expect(sample.signedBytes[0]).toEqual(foreign('SignedTransaction', transactions[0] ?? {}));
    expect(sample.envelopeBytes).toEqual(foreign('Envelope', { transactions }));
    expect(sample.blockBytes).toEqual(foreign('Block', { ...sample.block, transactions }));
    const bare = { ...sample.block, evidence: new Uint8Array(0), signature: new Uint8Array(0) };
    expect(encodeBlock(bare)).toEqual(foreign('Block', present({ ...bare, transactions })));
  });

  it('of requests and replies', () => {
    const words = fc.constantFrom('', 'order_id', 'übersicht');
    const outcome = fc.record({
      number: fc.maxSafeNat(),
      height: fc.nat(),
      index: fc.integer({ min: 0, max: 999 }),
      code: fc.constantFrom('', 'BC001', 'failed'),
      message: fc.string({ unit: 'grapheme' }),
      result: fc.string({ unit: 'grapheme' }),
      duplicate: fc.boolean(),
      call: fc.option(fc.integer({ min: 0, max: 999 })),
      detail: fc.option(
        fc
          .record({
            argument: words,
            sqlstate: words,
            table: words,
            constraint: words,
            column: words,
            text: fc.string({ unit: 'grapheme' }),
          })
          .filter((detail) => Object.values(detail).some((text) => text !== '')),
      ),
    });
    // Only what failed has a call that failed, and a detail.
    const outcomeOf = fc.array(
      outcome.map((each) => (each.code === '' ? { ...each, call: null, detail: null } : each)),
    );
    fc.assert(
      fc.property(outcomeOf, (outcomes) => {
        const ours = encodeSubmitReply({ outcomes });
        const theirs = outcomes.map(({ call, detail, ...rest }) =>
          present({
            ...rest,
            call: call === null ? 0 : call + 1,
            ...(detail === null ? {} : { detail: present(detail) }),
          }),
        );
        expect(ours).toEqual(foreign('SubmitReply', { outcomes: theirs }));
        expect(decodeSubmitReply(ours)).toEqual({ outcomes });
      }),
    );
    for (const [wait, level] of waitLevels.entries()) {
      if (level !== undefined) {
        const transactions = sample.signedBytes;
        const ours = encodeSubmitRequest({ first: 2 ** 40 + wait, wait: level, transactions });
        expect(ours).toEqual(foreign('SubmitRequest', { first: 2 ** 40 + wait, wait, transactions }));
      }
    }
    expect(encodeBlocksRequest({ from: 2 ** 43 - 1 })).toEqual(
      foreign('BlocksRequest', { from: 2 ** 43 - 1 }),
    );
    const refusals = [{ id: sample.network, code: 'expired' as const }];
    expect(encodeForwardReply({ refusals })).toEqual(foreign('ForwardReply', { refusals }));
    const { statement, contradiction } = sample.testimonies;
    const { block: one, ...rest } = statement.statement;
    expect(encodeTestimony(statement)).toEqual(foreign('Testimony', { ...rest, blocks: [one] }));
    expect(encodeTestimony(contradiction)).toEqual(
      foreign('Testimony', { blocks: contradiction.contradiction }),
    );
  });
});

describe('WireReader', () => {
  it('reads every integer that writeVarint writes', () => {
    fc.assert(
      fc.property(fc.integer({ min: 1, max: Number.MAX_SAFE_INTEGER }), (value) => {
        const target = new Uint8Array(12);
        const end = writeVarint(target, 1, value);
        target[0] = 0x08;
        expect(end - 1).toBe(varintLength(value));
        expect(new WireReader(target, 0, end).uint(1)).toBe(value);
      }),
    );
  });

  it.each([
    ['a longer form of an integer', '088000'],
    ['a default value', '0800'],
    ['an integer of 2^53', '088080808080808010'],
    ['an integer of 2^64 - 1', '08ffffffffffffffffff01'],
    ['an integer without end', '08ffffffffffffffffffffff'],
    ['an integer that is cut off', '0880'],
    ['a tag alone', '08'],
    ['another wire type', '0d00000000'],
    ['an unknown field', '7801'],
  ])('refuses %s', (_, hex) => {
    const read = (): void => {
      const reader = new WireReader(fromHex(hex));
      reader.uint(1);
      reader.finish();
    };
    expect(read).toThrow(DecodeError);
  });

  it.each([
    ['a length beyond the end', '0a05616263'],
    ['a length of 2^53 - 1', '0affffffffffffff0f'],
    ['empty bytes where nothing should stand', '0a00'],
    ['more than allowed', '0a0b6162636465666768696a6b'],
    ['invalid UTF-8', '0a01ff'],
    ['an encoded surrogate', '0a03eda080'],
  ])('refuses text with %s', (_, hex) => {
    expect(() => new WireReader(fromHex(hex)).text(1, 10)).toThrow(DecodeError);
  });

  it('refuses fields that are repeated or out of order', () => {
    const once = new WireWriter().uint(1, 5).bytes(2, Uint8Array.of(1)).finish();
    const orders = [
      Uint8Array.from([...once, ...once]),
      Uint8Array.from([...once.subarray(2), ...once.subarray(0, 2)]),
    ];
    for (const bytes of orders) {
      const reader = new WireReader(bytes);
      reader.uint(1);
      reader.bytes(2, 10);
      expect(() => reader.finish()).toThrow(DecodeError);
    }
  });

  it('tells wire types apart', () => {
    expect(new WireReader(Uint8Array.of(0x0a)).take(1, VARINT)).toBe(false);
    expect(new WireReader(Uint8Array.of(0x0a)).take(1, LENGTH_DELIMITED)).toBe(true);
    expect(new WireReader(Uint8Array.of(0x0a), 0, 0).take(1, LENGTH_DELIMITED)).toBe(false);
  });
});
