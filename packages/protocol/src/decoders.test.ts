/**
 * Every decoder against bytes that lie. Whatever comes in, a decoder returns a value or throws a
 * DecodeError, in time proportional to the size; and because each format is canonical, what it
 * takes is what the encoder would have written.
 */

import fc from 'fast-check';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import * as sample from '../test/samples.ts';
import { checkArguments, type Parameter } from './arguments.ts';
import { decodeBlock, decodeBlockHeader, encodeBlock, encodeBlockHeader } from './block.ts';
import { parseMemberId } from './brands.ts';
import { decodeCheckpoint, encodeCheckpoint } from './checkpoint.ts';
import { isRefusalCode } from './codes.ts';
import { decodeContractDocument, encodeContractDocument } from './contract-document.ts';
import { DecodeError } from './decode-error.ts';
import { fromDidKey, toDidKey } from './did-key.ts';
import { decodeEnvelope, encodeEnvelope, envelopeElements } from './envelope.ts';
import { decodeGenesis } from './genesis.ts';
import { concatBytes, equalBytes } from './hash.ts';
import { fromHex, toHex } from './hex.ts';
import { isStrictJson } from './json.ts';
import { formatAuthorization, parseAuthorization } from './login.ts';
import {
  decodeBlocksRequest,
  decodeForwardReply,
  decodeSubmitReply,
  decodeSubmitRequest,
  encodeBlocksRequest,
  encodeForwardReply,
  encodeSubmitReply,
  encodeSubmitRequest,
} from './messages.ts';
import { decodeReceipt, encodeReceipt } from './receipt.ts';
import {
  decodeSignedTransaction,
  encodeSignedTransaction,
  SignedTransactionView,
  scanSignedTransaction,
} from './signed-transaction.ts';
import { decodeSkip, encodeSkip } from './skip.ts';
import { decodeStateHeader, encodeStateHeader } from './state-header.ts';
import { decodeTestimony, encodeTestimony } from './testimony.ts';
import { fromUtf8, toUtf8 } from './text.ts';
import { decodeTransaction, encodeTransaction } from './transaction.ts';
import { scanTransaction, TransactionView } from './transaction-scan.ts';

interface Decoder {
  readonly name: string;
  readonly valid: Uint8Array;
  /** Decodes and encodes again; null when there is nothing to encode. */
  readonly again: (bytes: Uint8Array) => Uint8Array | null;
  /** Length of a beginning that is a value of its own, where the last field may be absent. */
  readonly wholeAt?: number;
}

const parameters: readonly Parameter[] = [
  { name: 'id', type: 'int4' },
  { name: 'tags', type: 'text[]' },
  { name: 'document', type: 'jsonb' },
];
const args = toUtf8('{"id":17,"tags":["a","\\u00e9"],"document":{"k":[1.5e3,null,{"k":true}]}}');
const authorization = formatAuthorization({
  key: fromDidKey(toDidKey(sample.aliceKey)),
  member: parseMemberId('buyer'),
  start: new Uint8Array(16),
  time: 1,
  nonce: new Uint8Array(16),
  signature: new Uint8Array(64),
});
const view = new TransactionView();

const decoders: readonly Decoder[] = [
  {
    name: 'transaction',
    valid: sample.payload,
    again: (bytes) => encodeTransaction(decodeTransaction(bytes)),
  },
  {
    name: 'transaction with an effect',
    valid: sample.payloadWithEffect,
    again: (bytes) => encodeTransaction(decodeTransaction(bytes)),
    wholeAt: sample.payload.length,
  },
  {
    name: 'skip',
    valid: encodeSkip(sample.skip),
    again: (bytes) => encodeSkip(decodeSkip(bytes)),
  },
  {
    name: 'scanned transaction',
    valid: sample.payload,
    again: (bytes) => {
      const refusal = scanTransaction(bytes, 0, bytes.length, view);
      if (refusal !== null) {
        throw new DecodeError('refused', refusal);
      }
      return null;
    },
  },
  {
    name: 'signed transaction',
    valid: encodeSignedTransaction({ payload: sample.payload, signature: new Uint8Array(64) }),
    again: (bytes) => encodeSignedTransaction(decodeSignedTransaction(bytes)),
  },
  {
    name: 'envelope',
    valid: sample.envelopeBytes,
    again: (bytes) => encodeEnvelope(envelopeElements(bytes)),
  },
  {
    name: 'envelope with its transactions',
    valid: sample.envelopeBytes,
    again: (bytes) => encodeEnvelope(decodeEnvelope(bytes).map(encodeSignedTransaction)),
  },
  {
    name: 'block header',
    valid: sample.headerBytes,
    again: (bytes) => encodeBlockHeader(decodeBlockHeader(bytes)),
  },
  { name: 'block', valid: sample.blockBytes, again: (bytes) => encodeBlock(decodeBlock(bytes)) },
  {
    name: 'committed receipt',
    valid: sample.receiptBytes[0] ?? args,
    again: (bytes) => encodeReceipt(decodeReceipt(bytes)),
  },
  {
    name: 'rejected receipt',
    valid: sample.receiptBytes[1] ?? args,
    again: (bytes) => encodeReceipt(decodeReceipt(bytes)),
  },
  {
    name: 'state header',
    valid: sample.stateHeaderBytes,
    again: (bytes) => encodeStateHeader(decodeStateHeader(bytes)),
  },
  {
    name: 'checkpoint',
    valid: sample.checkpointBytes,
    again: (bytes) => encodeCheckpoint(decodeCheckpoint(bytes)),
  },
  {
    name: 'contract document',
    valid: sample.contractBytes,
    again: (bytes) => encodeContractDocument(decodeContractDocument(bytes)),
  },
  {
    name: 'submit request',
    valid: sample.submitRequestBytes,
    again: (bytes) => encodeSubmitRequest(decodeSubmitRequest(bytes)),
  },
  {
    name: 'submit reply',
    valid: sample.submitReplyBytes,
    again: (bytes) => encodeSubmitReply(decodeSubmitReply(bytes)),
  },
  {
    name: 'blocks request',
    valid: encodeBlocksRequest({ from: 12_345 }),
    again: (bytes) => encodeBlocksRequest(decodeBlocksRequest(bytes)),
  },
  {
    name: 'forward reply',
    valid: sample.forwardReplyBytes,
    again: (bytes) => encodeForwardReply(decodeForwardReply(bytes)),
  },
  ...[sample.testimonies.statement, sample.testimonies.contradiction].map((testimony) => ({
    name: Object.keys(testimony).join(),
    valid: encodeTestimony(testimony),
    again: (bytes: Uint8Array) => encodeTestimony(decodeTestimony(bytes)),
  })),
  {
    name: 'authorization header',
    valid: toUtf8(authorization),
    again: (bytes) => toUtf8(formatAuthorization(parseAuthorization(fromUtf8(bytes)))),
  },
  {
    name: 'did:key',
    valid: toUtf8(toDidKey(sample.aliceKey)),
    again: (bytes) => toUtf8(toDidKey(fromDidKey(fromUtf8(bytes)))),
  },
  { name: 'hex', valid: toUtf8('00ff7a'), again: (bytes) => toUtf8(toHex(fromHex(fromUtf8(bytes)))) },
  {
    name: 'arguments',
    valid: args,
    again: (bytes) => {
      const refusal = checkArguments(bytes, 0, bytes.length, parameters);
      if (refusal !== null) {
        throw new DecodeError('refused', refusal);
      }
      // What passes here, JSON.parse takes as well, and finds all parameters in it.
      expect(Object.keys(JSON.parse(fromUtf8(bytes))).sort()).toEqual(['document', 'id', 'tags']);
      return null;
    },
  },
];

// Most of the time would go into stack traces of refusals that nobody reads.
const stackTraceLimit = Error.stackTraceLimit;
beforeAll(() => {
  Error.stackTraceLimit = 0;
});
afterAll(() => {
  Error.stackTraceLimit = stackTraceLimit;
});

/** True when the bytes were taken. Throws on anything but a clean refusal or a canonical value. */
function isTaken(decoder: Decoder, bytes: Uint8Array): boolean {
  let encoded: Uint8Array | null;
  try {
    encoded = decoder.again(bytes);
  } catch (error) {
    if (!(error instanceof DecodeError) || !isRefusalCode(error.code)) {
      throw new Error(`${decoder.name} failed on ${toHex(bytes)}`, { cause: error });
    }
    return false;
  }
  if (encoded !== null && !equalBytes(encoded, bytes)) {
    throw new Error(`${decoder.name} took ${toHex(bytes)}, which is ${toHex(encoded)}`);
  }
  return true;
}

/** A mebibyte each of what formats begin their parts with. */
const patterns = [
  '00',
  '0a00',
  '1a00',
  '2200',
  '0a02',
  'ff',
  '7b',
  '5b',
  '5b2c',
  '22',
  '7b2261223a',
  '30',
  '5c',
  '5c75',
  '20',
  '80',
].map((hex) => {
  const pattern = fromHex(hex);
  return Uint8Array.from({ length: 1_048_576 }, (_, at) => pattern[at % pattern.length] ?? 0);
});

/** The bytes with one stretch repeated, dropped, or replaced by something that misleads. */
function* mutations(valid: Uint8Array): Generator<Uint8Array> {
  const lies = [
    '00',
    '7f',
    '80',
    'ff',
    '8000',
    'ffffffff0f',
    'ffffffffffffffff7f',
    'ffffffffffffffffff01',
  ].map(fromHex);
  for (let at = 0; at < valid.length; at++) {
    const before = valid.subarray(0, at);
    const behind = valid.subarray(at + 1);
    for (let bit = 0; bit < 8; bit++) {
      yield concatBytes(before, Uint8Array.of((valid[at] ?? 0) ^ (1 << bit)), behind);
    }
    for (const lie of lies) {
      yield concatBytes(before, lie, behind);
      yield concatBytes(before, lie, valid.subarray(at));
    }
    yield concatBytes(before, behind);
    yield concatBytes(valid.subarray(0, at), valid);
  }
}

describe('I15: every decoder survives whatever it is given', { timeout: 60_000 }, () => {
  it.each(decoders)('I15: $name: takes its own and nothing cut off or continued', (decoder) => {
    expect(isTaken(decoder, decoder.valid)).toBe(true);
    for (let length = 0; length < decoder.valid.length; length++) {
      // Envelopes and replies of fewer elements are whole again where an element ends; isTaken checks that they are canonical.
      const isCut = isTaken(decoder, decoder.valid.subarray(0, length)) && length !== decoder.wholeAt;
      expect(isCut && !/envelope|submit|forward|hex|blocks request/.test(decoder.name)).toBe(false);
    }
    expect(isTaken(decoder, concatBytes(decoder.valid, Uint8Array.of(0)))).toBe(false);
  });

  it.each(decoders)('I15: $name: every flipped bit, every lying length, every doubled field', (decoder) => {
    for (const bytes of mutations(decoder.valid)) {
      isTaken(decoder, bytes);
    }
  });

  it.each(decoders)('I15: $name: random bytes, and its own with random stretches in them', (decoder) => {
    const stretch = fc.tuple(fc.nat(), fc.nat(), fc.uint8Array({ maxLength: 40 }));
    fc.assert(fc.property(fc.uint8Array({ maxLength: 300 }), (bytes) => void isTaken(decoder, bytes)));
    fc.assert(
      fc.property(stretch, ([from, to, bytes]) => {
        const start = from % (decoder.valid.length + 1);
        const end = start + (to % (decoder.valid.length + 1 - start));
        isTaken(decoder, concatBytes(decoder.valid.subarray(0, start), bytes, decoder.valid.subarray(end)));
      }),
    );
  });

  it.each(decoders)('I15: $name: megabytes of any pattern are refused within a second', (decoder) => {
    const start = performance.now();
    for (const bytes of patterns) {
      isTaken(decoder, bytes);
      isTaken(decoder, concatBytes(decoder.valid.subarray(0, -1), bytes));
    }
    expect((performance.now() - start) / (patterns.length * 2)).toBeLessThan(1000);
  });

  it('I15: a genesis with bytes changed or cut off is read or refused', () => {
    const valid = sample.genesisDocument;
    const replacements = [0x00, 0x22, 0x2c, 0x31, 0x5b, 0x7d, 0xff];
    for (let at = 0; at < valid.length; at += 3) {
      const bytes = Uint8Array.from(valid);
      bytes[at] = replacements[at % replacements.length] ?? 0;
      let code = 'malformed';
      try {
        decodeGenesis(bytes);
      } catch (error) {
        code = error instanceof DecodeError ? error.code : String(error);
      }
      expect(code).toBe('malformed');
      expect(() => decodeGenesis(valid.subarray(0, at))).toThrow(DecodeError);
    }
  });

  it('I15: what reads a range in place never looks beyond it', () => {
    const signedView = new SignedTransactionView();
    const ranged = [
      {
        valid: sample.payload,
        judge: (b: Uint8Array, s: number, e: number) => scanTransaction(b, s, e, view),
      },
      {
        valid: sample.payloadWithEffect,
        judge: (b: Uint8Array, s: number, e: number) => scanTransaction(b, s, e, view),
      },
      {
        valid: sample.signedBytes[0] ?? args,
        judge: (b: Uint8Array, s: number, e: number) => scanSignedTransaction(b, s, e, signedView),
      },
      { valid: args, judge: (b: Uint8Array, s: number, e: number) => checkArguments(b, s, e, parameters) },
      { valid: args, judge: (b: Uint8Array, s: number, e: number) => String(isStrictJson(b, s, e)) },
    ];
    for (const { valid, judge } of ranged) {
      for (let end = 0; end <= valid.length; end++) {
        for (const start of [0, 1, 2, 34, 68, end - 1, end]) {
          if (start >= 0 && start <= end) {
            const alone = valid.slice(start, end);
            expect([start, end, judge(valid, start, end)]).toEqual([
              start,
              end,
              judge(alone, 0, alone.length),
            ]);
          }
        }
      }
    }
  });

  it('I15: documents of many keys, long keys and deep nesting are scanned in proportion to their size', () => {
    const time = (text: string, expected: boolean): number => {
      const bytes = toUtf8(text);
      const start = performance.now();
      expect(isStrictJson(bytes)).toBe(expected);
      return (performance.now() - start) / bytes.length;
    };
    const keys = (count: number): string =>
      `{${Array.from({ length: count }, (_, index) => `"key${index}":0`).join(',')}}`;
    time(keys(2000), true);
    const small = time(keys(2000), true);
    const large = time(keys(200_000), true);
    expect(large).toBeLessThan(Math.max(small * 20, 0.002));
    time(`[${'['.repeat(500_000)}`, false);
    time(`{"${'k'.repeat(1_000_000)}":1,"${'k'.repeat(1_000_000)}":2}`, false);
    time(`[${'{"a":1,"b":2,"c":3,"d":4,"e":5,"f":6,"g":7,"h":8,"i":9},'.repeat(20_000)}0]`, true);
  });
});
