import { describe, expect, it } from 'vitest';
import * as sample from '../test/samples.ts';
import { DecodeError } from './decode-error.ts';
import { publicKeyOf } from './ed25519.ts';
import { concatBytes } from './hash.ts';
import { toHex } from './hex.ts';
import { heightMax, skipBytesMax, skipStatementsMax } from './limits.ts';
import { decodeSkip, encodeSkip, type PlainSkip, signSkip, verifySkip } from './skip.ts';
import { fromUtf8, toUtf8 } from './text.ts';

const { skip } = sample;

function verdict(bytes: Uint8Array): string {
  try {
    decodeSkip(bytes);
  } catch (error) {
    return error instanceof DecodeError ? error.code : String(error);
  }
  return 'taken';
}

// Statements of the longest form, signed by nobody.
function manyStatements(count: number): PlainSkip['statements'] {
  return Array.from({ length: count }, (_, index) => {
    const key = new Uint8Array(32).fill(7);
    key.set([index & 0xff, index >> 8]);
    return { member: `m${'x'.repeat(62)}`, key, signature: new Uint8Array(64) };
  });
}

describe('a skip', () => {
  it('is read as it was written, and its statements hold', () => {
    const read = decodeSkip(encodeSkip(skip));
    expect(encodeSkip(read)).toEqual(encodeSkip(skip));
    expect(read.statements.map((one) => verifySkip(read, one))).toEqual([true, true]);
  });

  it('holds one statement of a key, the last one', () => {
    const key = publicKeyOf(sample.aliceSeed);
    const again = signSkip(skip, { member: 'seller', key, seed: sample.aliceSeed });
    expect(again.statements.map(({ member }) => member)).toEqual(['buyer', 'seller']);
    expect(again.statements.map((one) => verifySkip(again, one))).toEqual([true, true]);
  });

  it.each<[string, Partial<PlainSkip>]>([
    ['another height', { height: skip.height + 1 }],
    ['another transaction', { transactionId: new Uint8Array(32) }],
    ['another network', { network: new Uint8Array(32) }],
  ])('says nothing about %s', (_, change) => {
    const other = decodeSkip(encodeSkip({ ...skip, ...change }));
    expect(other.statements.map((one) => verifySkip(other, one))).toEqual([false, false]);
  });

  it('of one member is none of another', () => {
    const statements = skip.statements.map((one) => ({ ...one, member: 'carrier' }));
    const other = decodeSkip(encodeSkip({ ...skip, statements }));
    expect(other.statements.map((one) => verifySkip(other, one))).toEqual([false, false]);
  });

  it('has one form', () => {
    const text = fromUtf8(encodeSkip(skip));
    const others = [
      JSON.stringify(JSON.parse(text)),
      text.trimEnd(),
      text.replace('{', '{ '),
      text.replace('"bucordo_skip": 1', '"bucordo_skip": 2'),
      text.replace(toHex(skip.network), toHex(skip.network).toUpperCase()),
      text.replace('"statements"', '"more": 1,\n  "statements"'),
      text.replace(`"height": ${skip.height}`, '"height": 0'),
      text.replace(`"height": ${skip.height}`, `"height": ${heightMax + 1}`),
    ];
    expect(others.map((other) => verdict(toUtf8(other)))).toEqual(others.map(() => 'malformed'));
    const twice = { ...skip, statements: [...skip.statements, ...skip.statements] };
    expect(() => encodeSkip(twice)).toThrow(DecodeError);
  });

  it('holds a statement for every member, not one more', () => {
    const most = encodeSkip({ ...skip, height: heightMax, statements: manyStatements(skipStatementsMax) });
    expect(most.length).toBeLessThanOrEqual(skipBytesMax);
    expect(verdict(most)).toBe('taken');
    expect(verdict(encodeSkip({ ...skip, statements: manyStatements(skipStatementsMax + 1) }))).toBe(
      'malformed',
    );
    expect(verdict(concatBytes(most, new Uint8Array(skipBytesMax + 1 - most.length)))).toBe('too_large');
  });
});
