import { randomBytes, sign } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { admitKey, fromHex, verify } from '@bucordo/protocol';
import fc from 'fast-check';
import { expect, test } from 'vitest';
import { newKey } from '../../../../test/conformance/sample-network.ts';
import { openSignatureVerifier } from './signature.ts';

// Every library that this machine has; sodium-native is optional.
const verifiers =
  openSignatureVerifier().library === 'sodium'
    ? [openSignatureVerifier('sodium'), openSignatureVerifier('openssl')]
    : [openSignatureVerifier('openssl')];

// The verdict of every library, which must be one.
function verdicts(signature: Uint8Array, message: Uint8Array, key: Uint8Array): boolean[] {
  const source = Buffer.concat([Buffer.alloc(5), signature, key]);
  return verifiers.map((verifier) => verifier.verify(source, 5, 5 + 64, Buffer.from(message)));
}

const all = (verdict: boolean): boolean[] => verifiers.map(() => verdict);

test('without a wish the first of the libraries that are installed is taken', () => {
  expect(openSignatureVerifier().library).toBe(verifiers[0]?.library);
});

test('I7: a right signature is right and any changed bit makes it wrong, in every library', () => {
  const key = newKey();
  const message = randomBytes(32);
  const signature = sign(null, message, key.privateKey);
  expect(verdicts(signature, message, key.publicKey)).toEqual(all(true));
  const bit = fc.integer({ min: 0, max: 128 * 8 - 1 });
  fc.assert(
    fc.property(bit, (at) => {
      const bytes = Buffer.concat([signature, message, key.publicKey]);
      bytes[at >> 3] = (bytes[at >> 3] ?? 0) ^ (1 << (at & 7));
      const changed = [bytes.subarray(0, 64), bytes.subarray(64, 96), bytes.subarray(96)] as const;
      expect(verdicts(...changed)).toEqual(all(false));
    }),
    { numRuns: 200 },
  );
});

// Keys and signatures at the edges of what verifiers agree on; all are refused, whatever the equation says.
const zero = Buffer.alloc(32);
const one = Buffer.concat([Buffer.of(1), Buffer.alloc(31)]);
const minusZero = Buffer.concat([Buffer.alloc(31), Buffer.of(0x80)]);
const minusOneY = Buffer.from(`ec${'ff'.repeat(30)}7f`, 'hex');
const prime = Buffer.from(`ed${'ff'.repeat(30)}7f`, 'hex');
const primePlusOne = Buffer.from(`ee${'ff'.repeat(30)}7f`, 'hex');
const orderEight = Buffer.from('26e8958fc2b227b045c3f489f2ef98f0d5dfac05d3c63339b13802886d53fc05', 'hex');
const order = Buffer.from('edd3f55c1a631258d69cf7a2def9de1400000000000000000000000000000010', 'hex');

test.each([
  ['zero', zero],
  ['the neutral point', one],
  ['minus zero', minusZero],
  ['order 2', minusOneY],
  ['order 8', orderEight],
  ['y = p', prime],
  ['y = p + 1', primePlusOne],
])('a key or an R that is %s is refused by every library and by the protocol', (_name, point) => {
  const key = newKey();
  const message = randomBytes(32);
  const signature = sign(null, message, key.privateKey);
  const ofPoint = Buffer.concat([point, zero]);
  for (const [made, by] of [
    [signature, point],
    [ofPoint, key.publicKey],
    [ofPoint, point],
  ] as const) {
    expect(verdicts(made, message, by)).toEqual(all(false));
    expect(verify(made, message, by)).toBe(false);
  }
});

test('S = L and S + L are refused', () => {
  const key = newKey();
  const message = randomBytes(32);
  const signature = sign(null, message, key.privateKey);
  expect(verdicts(Buffer.concat([signature.subarray(0, 32), order]), message, key.publicKey)).toEqual(
    all(false),
  );
});

test('random bytes get the same verdict from every library and from the protocol', () => {
  const bytes = (length: number) => fc.uint8Array({ minLength: length, maxLength: length });
  fc.assert(
    fc.property(bytes(64), bytes(32), bytes(32), (signature, message, key) => {
      expect(verdicts(signature, message, key)).toEqual(all(verify(signature, message, key)));
    }),
    { numRuns: 60 },
  );
});

test('I7: every library admits the keys that the protocol admits', () => {
  const file = new URL('../../../../docs/spec/vectors/ed25519-speccheck.json', import.meta.url);
  const { vectors }: { vectors: { key: string }[] } = JSON.parse(readFileSync(file, 'utf8'));
  const named = [
    zero,
    one,
    minusZero,
    minusOneY,
    prime,
    primePlusOne,
    orderEight,
    Buffer.alloc(31),
    Buffer.alloc(33),
  ];
  const random = Array.from({ length: 60 }, () => randomBytes(32));
  const keys = [...vectors.map(({ key }) => fromHex(key)), ...named, ...random, newKey().publicKey];
  for (const key of keys)
    for (const verifier of verifiers) expect(verifier.admitKey(key)).toBe(admitKey(key));
  expect(keys.filter(admitKey).length).toBeGreaterThan(1);
});
