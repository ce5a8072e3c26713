import { createHash, createPublicKey, verify as opensslVerify, randomBytes } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { ed25519 } from '@noble/curves/ed25519.js';
import sodium from 'sodium-native';
import { describe, expect, it } from 'vitest';
import { expectVectors, vectorPath } from '../test/vector-file.ts';
import { admitKey, isWellFormedSignature, publicKeyOf, sign, verify } from './ed25519.ts';
import { concatBytes } from './hash.ts';
import { fromHex, toHex } from './hex.ts';

interface Vector {
  readonly name: string;
  readonly message: string;
  readonly key: string;
  readonly signature: string;
  readonly verify: boolean;
  readonly admitKey: boolean;
}

const Point = ed25519.Point;
const L = Point.Fn.ORDER;
const P = Point.Fp.ORDER;
const TORSION = Point.fromHex('c7176a703d4dd84fba3c0b760d10670f2a2053fa2c39ccc64ec7fd7792ac037a');
type CurvePoint = typeof TORSION;

/** Encodings of the points of order 1, 2, 4, 8: both signs, and with y above p where that fits into 255 bits. */
const SMALL_ORDER: readonly string[] = [
  '0100000000000000000000000000000000000000000000000000000000000000',
  '0100000000000000000000000000000000000000000000000000000000000080',
  'ecffffffffffffffffffffffffffffffffffffffffffffffffffffffffffff7f',
  'ecffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffff',
  '0000000000000000000000000000000000000000000000000000000000000000',
  '0000000000000000000000000000000000000000000000000000000000000080',
  '26e8958fc2b227b045c3f489f2ef98f0d5dfac05d3c63339b13802886d53fc05',
  '26e8958fc2b227b045c3f489f2ef98f0d5dfac05d3c63339b13802886d53fc85',
  'c7176a703d4dd84fba3c0b760d10670f2a2053fa2c39ccc64ec7fd7792ac037a',
  'c7176a703d4dd84fba3c0b760d10670f2a2053fa2c39ccc64ec7fd7792ac03fa',
  'edffffffffffffffffffffffffffffffffffffffffffffffffffffffffffff7f',
  'edffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffff',
  'eeffffffffffffffffffffffffffffffffffffffffffffffffffffffffffff7f',
  'eeffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffff',
];

const vectors: readonly Vector[] = [
  ...(JSON.parse(readFileSync(vectorPath('ed25519-speccheck'), 'utf8')).vectors as Vector[]),
  ...rfc8032(),
  ...scalars(),
  ...cofactors(),
  ...smallOrder(),
  ...notCanonical(),
  ...damaged(),
];

describe('the Ed25519 rule', { timeout: 60_000 }, () => {
  it('I7: gives the verdict of the vector in portable code, OpenSSL and libsodium alike', () => {
    for (const vector of vectors) {
      const signature = fromHex(vector.signature);
      const message = fromHex(vector.message);
      const key = fromHex(vector.key);
      const verdicts = {
        portable: verify(signature, message, key),
        openssl: byOpenssl(signature, message, key),
        libsodium: byLibsodium(signature, message, key),
        admitKey: admitKey(key),
      };
      const expected = { portable: vector.verify, openssl: vector.verify, libsodium: vector.verify };
      expect({ name: vector.name, ...verdicts }).toEqual({
        name: vector.name,
        ...expected,
        admitKey: vector.admitKey,
      });
    }
  });

  it('tells verify and admitKey apart: a key with torsion may verify and is not enrolled', () => {
    const apart = vectors.filter((vector) => vector.verify && !vector.admitKey).map((vector) => vector.name);
    expect(apart).toContain('3: A and R with torsion; holds without cofactor');
    expect(apart).toContain('A with torsion, k divisible by 8: holds without cofactor');
  });

  it('refuses what a cofactored verifier takes', () => {
    const taken = vectors.filter(
      (vector) =>
        !vector.verify &&
        vector.signature.length === 128 &&
        ed25519.verify(fromHex(vector.signature), fromHex(vector.message), fromHex(vector.key)),
    );
    expect(taken.map((vector) => vector.name)).toContain('R with torsion: holds only with cofactor');
    expect(taken.length).toBeGreaterThan(20);
  });

  it('refuses what OpenSSL alone would take', () => {
    const taken = vectors.filter(
      (vector) =>
        !vector.verify &&
        opensslAlone(fromHex(vector.signature), fromHex(vector.message), fromHex(vector.key)),
    );
    expect(taken.length).toBeGreaterThan(10);
  });

  it('agrees with OpenSSL and libsodium on signatures of random keys and on every flipped bit of one', () => {
    const seed = randomBytes(32);
    const key = publicKeyOf(seed);
    const message = randomBytes(32);
    const signature = sign(message, seed);
    expect(verify(signature, message, key)).toBe(true);
    for (let bit = 0; bit < 512; bit++) {
      const flipped = Uint8Array.from(signature);
      flipped[bit >> 3] = (flipped[bit >> 3] ?? 0) ^ (1 << (bit & 7));
      expect(byLibsodium(flipped, message, key)).toBe(false);
      expect(byOpenssl(flipped, message, key)).toBe(false);
      if (bit % 8 === 0) {
        expect(verify(flipped, message, key)).toBe(false);
      }
    }
  });

  it('reads signature and key at their offsets and never beyond the bytes', () => {
    const seed = fromHex('11'.repeat(32));
    const key = publicKeyOf(seed);
    const frame = concatBytes(new Uint8Array(5), sign(new Uint8Array(3), seed), new Uint8Array(2));
    const keys = concatBytes(new Uint8Array(7), key);
    expect(isWellFormedSignature(frame, 5, keys, 7)).toBe(true);
    expect(isWellFormedSignature(frame, 8, keys, 7)).toBe(false);
    expect(isWellFormedSignature(frame, 5, keys, 8)).toBe(false);
    expect(isWellFormedSignature(new Uint8Array(0), 0, key, 0)).toBe(false);
  });

  it('has golden vectors', async () => {
    await expectVectors('ed25519', {
      about:
        'Edge cases of the rule in docs/spec/formats.md, made from fixed scalars. verify is the verdict on the signature, admitKey whether the key may be enrolled.',
      vectors: vectors.filter((vector) => !/^\d+:/.test(vector.name)),
    });
  });
});

function byOpenssl(signature: Uint8Array, message: Uint8Array, key: Uint8Array): boolean {
  return (
    signature.length === 64 &&
    isWellFormedSignature(signature, 0, key, 0) &&
    opensslAlone(signature, message, key)
  );
}

function opensslAlone(signature: Uint8Array, message: Uint8Array, key: Uint8Array): boolean {
  const der = concatBytes(fromHex('302a300506032b6570032100'), key);
  const publicKey = createPublicKey({ key: Buffer.from(der), format: 'der', type: 'spki' });
  return opensslVerify(null, message, publicKey, signature);
}

function byLibsodium(signature: Uint8Array, message: Uint8Array, key: Uint8Array): boolean {
  return (
    signature.length === 64 &&
    isWellFormedSignature(signature, 0, key, 0) &&
    sodium.crypto_sign_verify_detached(Buffer.from(signature), Buffer.from(message), Buffer.from(key))
  );
}

/** The first three signatures of RFC 8032 §7.1. */
function rfc8032(): Vector[] {
  return [
    ['9d61b19deffd5a60ba844af492ec2cc44449c5697b326919703bac031cae7f60', ''],
    ['4ccd089b28ff96da9db6c346ec114e0f5b8a319f35aba624da8cf6ed4fb8a6fb', '72'],
    ['c5aa8df43f9f837bedb7442f31dcb7b166d38535076f094b85ce3a2e0b4458f7', 'af82'],
  ].map(([seed = '', message = ''], index) => {
    const key = publicKeyOf(fromHex(seed));
    return vector(
      `RFC 8032 test ${index + 1}`,
      message,
      key,
      sign(fromHex(message), fromHex(seed)),
      true,
      true,
    );
  });
}

function scalars(): Vector[] {
  const honest = forge({ a: 7n, r: 11n });
  const { key, r, s, message } = honest;
  const withScalar = (name: string, scalar: bigint, verdict: boolean): Vector =>
    vector(name, message, key, concatBytes(r, scalarBytes(scalar)), verdict, true);
  return [
    withScalar('S below L', s, true),
    withScalar('S + L', s + L, false),
    withScalar('S + 2L', s + 2n * L, false),
    withScalar('S = L', L, false),
    withScalar('S = L - 1', L - 1n, false),
    withScalar('S = 0', 0n, false),
    withScalar('S = 2^256 - 1', 2n ** 256n - 1n, false),
  ];
}

function cofactors(): Vector[] {
  const isMultipleOf8 = (k: bigint): boolean => k % 8n === 0n;
  const make = (name: string, parts: Parts, verdict: boolean, admitted: boolean): Vector => {
    const made = forge(parts);
    return vector(name, made.message, made.key, concatBytes(made.r, scalarBytes(made.s)), verdict, admitted);
  };
  const rest = (order: bigint): CurvePoint => TORSION.multiplyUnsafe(8n / order);
  return [
    make('R with torsion: holds only with cofactor', { a: 7n, r: 11n, tr: TORSION }, false, true),
    make('R with torsion of order 2: holds only with cofactor', { a: 7n, r: 11n, tr: rest(2n) }, false, true),
    make('R with torsion of order 4: holds only with cofactor', { a: 7n, r: 11n, tr: rest(4n) }, false, true),
    make(
      'A with torsion, k divisible by 8: holds without cofactor',
      { a: 7n, r: 11n, ta: TORSION, when: isMultipleOf8 },
      true,
      false,
    ),
    make(
      'A with torsion, k odd: holds only with cofactor',
      { a: 7n, r: 11n, ta: TORSION, when: (k) => k % 2n === 1n },
      false,
      false,
    ),
    make(
      'A with torsion of order 2, k even: holds without cofactor',
      { a: 7n, r: 11n, ta: rest(2n), when: (k) => k % 2n === 0n },
      true,
      false,
    ),
    make(
      'A and R with torsion that cancels',
      { a: 7n, r: 11n, ta: TORSION, tr: TORSION.negate(), when: (k) => k % 8n === 1n },
      true,
      false,
    ),
    make(
      'A and R with torsion that does not cancel',
      { a: 7n, r: 11n, ta: TORSION, tr: TORSION, when: (k) => k % 8n === 1n },
      false,
      false,
    ),
  ];
}

/** Each small-order encoding once as A and once as R, with S such that the equation holds where it can. */
function smallOrder(): Vector[] {
  return SMALL_ORDER.flatMap((encoding) => {
    const small = fromHex(encoding);
    const r = Point.BASE.multiply(13n).toBytes();
    const asKey = search(r, small, (k) => k % 8n === 0n);
    const a = 17n;
    const key = Point.BASE.multiply(a).toBytes();
    const asR = search(small, key, () => true);
    return [
      vector(
        `small-order A ${encoding}`,
        asKey.message,
        small,
        concatBytes(r, scalarBytes(13n)),
        false,
        false,
      ),
      vector(
        `small-order R ${encoding}`,
        asR.message,
        key,
        concatBytes(small, scalarBytes((asR.k * a) % L)),
        false,
        true,
      ),
    ];
  });
}

/** Every y from p to 2^255 − 1 with both sign bits, as A and as R. */
function notCanonical(): Vector[] {
  const honest = forge({ a: 7n, r: 11n });
  const made: Vector[] = [];
  for (let y = P; y < 2n ** 255n; y++) {
    for (const sign of [0n, 2n ** 255n]) {
      const encoding = scalarBytes(y + sign);
      const name = `y = p + ${y - P}, sign ${sign === 0n ? 0 : 1}`;
      const signature = concatBytes(honest.r, scalarBytes(honest.s));
      made.push(vector(`A with ${name}`, honest.message, encoding, signature, false, false));
      made.push(
        vector(
          `R with ${name}`,
          honest.message,
          honest.key,
          concatBytes(encoding, scalarBytes(honest.s)),
          false,
          true,
        ),
      );
    }
  }
  return made;
}

function damaged(): Vector[] {
  const { key, r, s, message } = forge({ a: 7n, r: 11n });
  const signature = concatBytes(r, scalarBytes(s));
  const offCurve = scalarBytes(2n);
  return [
    vector('another message', `${message}00`, key, signature, false, true),
    vector('another key', message, Point.BASE.multiply(8n).toBytes(), signature, false, true),
    vector('R and S exchanged', message, key, concatBytes(scalarBytes(s), r), false, true),
    vector('all zero', message, key, new Uint8Array(64), false, true),
    vector('63 bytes', message, key, signature.subarray(0, 63), false, true),
    vector('65 bytes', message, key, concatBytes(signature, Uint8Array.of(0)), false, true),
    vector('A not on the curve', message, offCurve, signature, false, false),
    vector('R not on the curve', message, key, concatBytes(offCurve, scalarBytes(s)), false, true),
  ];
}

interface Parts {
  readonly a: bigint;
  readonly r: bigint;
  readonly ta?: CurvePoint;
  readonly tr?: CurvePoint;
  readonly when?: (k: bigint) => boolean;
}

/** A signature for which the equation holds up to torsion, under A = aB + ta and R = rB + tr. */
function forge(parts: Parts): { key: Uint8Array; r: Uint8Array; s: bigint; message: string } {
  const key = Point.BASE.multiply(parts.a)
    .add(parts.ta ?? Point.ZERO)
    .toBytes();
  const r = Point.BASE.multiply(parts.r)
    .add(parts.tr ?? Point.ZERO)
    .toBytes();
  const { message, k } = search(r, key, parts.when ?? (() => true));
  return { key, r, s: (parts.r + k * parts.a) % L, message };
}

/** The first message, counted up from 0, whose k satisfies `when`. */
function search(
  r: Uint8Array,
  key: Uint8Array,
  when: (k: bigint) => boolean,
): { message: string; k: bigint } {
  for (let count = 0; ; count++) {
    const message = toHex(Uint8Array.of(count >> 8, count & 255));
    const digest = createHash('sha512').update(r).update(key).update(fromHex(message)).digest();
    const k = BigInt(`0x${digest.reverse().toString('hex')}`) % L;
    if (when(k)) {
      return { message, k };
    }
  }
}

function vector(
  name: string,
  message: string,
  key: Uint8Array,
  signature: Uint8Array,
  verdict: boolean,
  admitted: boolean,
): Vector {
  return { name, message, key: toHex(key), signature: toHex(signature), verify: verdict, admitKey: admitted };
}

function scalarBytes(value: bigint): Uint8Array {
  const bytes = new Uint8Array(32);
  for (let index = 0, rest = value; index < 32; index++, rest >>= 8n) {
    bytes[index] = Number(rest & 255n);
  }
  return bytes;
}
