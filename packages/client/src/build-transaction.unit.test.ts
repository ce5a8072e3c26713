import {
  decodeSignedTransaction,
  decodeSubmitRequest,
  decodeTransaction,
  encodeTransaction,
  fromUtf8,
  toHex,
  toUtf8,
  transactionId,
  verifyTransaction,
} from '@bucordo/protocol';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';

import {
  type EncodedCall,
  encodeEntry,
  TransactionBuilder,
  varintBytes,
  writeVarint,
} from './build-transaction.ts';
import { generateSeed, signerFromSeed } from './identity-key.ts';
import { nativeSigner } from './node/native-signer.ts';
import { nodePlatform } from './node/node-platform.ts';
import type { Platform } from './platform.ts';
import { webPlatform } from './web-platform.ts';

const NETWORK = new Uint8Array(32).fill(7);
const SEED = generateSeed();
const platforms: [string, Platform][] = [
  ['node', nodePlatform],
  ['web', webPlatform],
];
const name = fc.stringMatching(/^[a-z][a-z0-9_]{0,62}$/);
const call: fc.Arbitrary<EncodedCall> = fc.record({
  contract: name,
  function: name,
  args: fc
    .dictionary(fc.string(), fc.string({ unit: 'grapheme', maxLength: 300 }))
    .map((value) => JSON.stringify(value)),
});

describe.each(platforms)('transactions built on the %s platform', (_name, platform) => {
  const builder = new TransactionBuilder(platform, { network: NETWORK, signer: signerFromSeed(SEED) });

  it('are what the protocol encodes and decodes', () => {
    fc.assert(
      fc.property(
        fc.array(call, { minLength: 1, maxLength: 5 }),
        fc.integer({ min: 1, max: 2 ** 43 - 1 }),
        fc.option(fc.uint8Array({ minLength: 32, maxLength: 32 })),
        (calls, validUntil, effect) => {
          const id = builder.build(calls, validUntil, effect);
          const payload = builder.copyPayload();
          const transaction = decodeTransaction(payload);
          expect(transaction.validUntil).toBe(validUntil);
          expect(transaction.effect && toHex(transaction.effect)).toBe(effect && toHex(effect));
          expect(transaction.calls.map((c) => ({ ...c, args: fromUtf8(c.args) }))).toEqual(calls);
          expect(encodeTransaction(transaction)).toEqual(payload);
          expect(id).toBe(toHex(transactionId(payload)));
        },
      ),
      { numRuns: 60 },
    );
  });

  it('carry a valid signature and their own nonce, many times over', () => {
    const nonces = new Set<string>();
    for (let i = 0; i < 1_100; i++) {
      builder.build([{ contract: 'shop', function: 'buy', args: '{}' }], 9);
      nonces.add(toHex(decodeTransaction(builder.copyPayload()).nonce));
    }
    expect(nonces.size).toBe(1_100);
    const signature = builder.sign();
    if (!(signature instanceof Uint8Array)) throw new Error('the signer answers at once');
    const entry = platform.allocate(builder.entryBytes() + 4);
    entry.set([0x08, 1, 0x10, 3]);
    expect(builder.writeEntry(entry, 4, signature)).toBe(entry.length);
    const [bytes] = decodeSubmitRequest(entry).transactions;
    const signed = decodeSignedTransaction(bytes ?? new Uint8Array(0));
    expect(verifyTransaction(signed)).toBe(true);
    expect(toHex(encodeEntry(platform, bytes ?? new Uint8Array(0)))).toBe(toHex(entry.subarray(4)));
  });

  it('may be as large as the protocol allows', () => {
    const args = JSON.stringify({ text: 'ü'.repeat(100_000) });
    builder.build([{ contract: 'shop', function: 'buy', args }], 9);
    expect(fromUtf8(decodeTransaction(builder.copyPayload()).calls[0]?.args ?? toUtf8(''))).toBe(args);
    expect(() => builder.build([{ contract: 'Shop', function: 'buy', args }], 9)).toThrow('not a name');
  });
});

describe('signatures', () => {
  it('are the same from every library', () => {
    const message = generateSeed();
    const expected = toHex(signerFromSeed(SEED).sign(message) as Uint8Array);
    for (const library of ['sodium', 'openssl'] as const) {
      const signer = nativeSigner(SEED, library);
      expect(toHex(signer.sign(message) as Uint8Array)).toBe(expected);
      expect(toHex(signer.publicKey)).toBe(toHex(signerFromSeed(SEED).publicKey));
    }
  });
});

describe('varints', () => {
  it.each([
    [0, '00'],
    [127, '7f'],
    [128, '8001'],
    [2 ** 31 - 1, 'ffffffff07'],
    [2 ** 31, '8080808008'],
    [2 ** 53 - 1, 'ffffffffffffff0f'],
  ])('%i', (value, hex) => {
    const bytes = new Uint8Array(varintBytes(value));
    expect(writeVarint(bytes, 0, value)).toBe(bytes.length);
    expect(toHex(bytes)).toBe(hex);
  });
});
