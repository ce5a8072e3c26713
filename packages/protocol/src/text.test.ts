import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { parseHeight, parseMemberId, parsePublicKey } from './brands.ts';
import { DecodeError } from './decode-error.ts';
import { fromDidKey, toDidKey } from './did-key.ts';
import { fromHex, toHex } from './hex.ts';
import { heightMax } from './limits.ts';
import { parseAuthorization } from './login.ts';
import { fromUtf8, toUtf8, utf8Length, writeUtf8 } from './text.ts';

describe('text', { timeout: 60_000 }, () => {
  it('has the length that TextEncoder gives it, whatever it holds', () => {
    fc.assert(
      fc.property(fc.uint16Array({ maxLength: 40 }), (units) => {
        const text = String.fromCharCode(...units);
        const bytes = toUtf8(text);
        expect(utf8Length(text)).toBe(bytes.length);
        const target = new Uint8Array(text.length * 3 + 2);
        expect(writeUtf8(target, 1, text)).toBe(1 + bytes.length);
        expect(toHex(target.subarray(1, 1 + bytes.length))).toBe(toHex(bytes));
      }),
    );
    expect(utf8Length('\ud800x\udc00')).toBe(7);
  });

  it('keeps a byte order mark and refuses what is not UTF-8', () => {
    expect(fromUtf8(Uint8Array.of(0xef, 0xbb, 0xbf, 0x61))).toBe('\ufeffa');
    expect(() => fromUtf8(Uint8Array.of(0xc0, 0x80))).toThrow(DecodeError);
  });
});

describe('hex and did:key', () => {
  it('round-trip', () => {
    fc.assert(
      fc.property(fc.uint8Array({ minLength: 32, maxLength: 32 }), (key) => {
        expect(fromHex(toHex(key))).toEqual(key);
        expect(fromDidKey(toDidKey(key))).toEqual(key);
      }),
    );
  });

  it('know the example of the did:key method', () => {
    const did = 'did:key:z6MkhaXgBZDvotDkL5257faiztiGiC2QtKLGpbnnEGta2doK';
    expect(toHex(fromDidKey(did))).toBe('2e6fcce36701dc791488e0d0b1745cc1e33a4c1c9fcc41c63bd343dbbe0970e6');
    expect(toDidKey(fromDidKey(did))).toBe(did);
  });

  it.each([
    '',
    'did:key:z',
    'did:key:z6Mk',
    `did:key:z${'0'.repeat(47)}`,
    `did:key:z${'z'.repeat(47)}`,
    `did:key:z${'1'.repeat(47)}`,
  ])('refuse %s', (did) => {
    expect(() => fromDidKey(did)).toThrow(DecodeError);
  });

  it.each(['0', 'AB', 'g0', '0x', ' 0', '٠٠'])('refuse "%s" as hex', (text) => {
    expect(() => fromHex(text)).toThrow(DecodeError);
  });
});

describe('brands', () => {
  it('are given to what has the right form only', () => {
    expect(parseHeight(heightMax)).toBe(heightMax);
    for (const height of [-1, 0.5, heightMax + 1, Number.NaN]) {
      expect(() => parseHeight(height)).toThrow(DecodeError);
    }
    expect(parseMemberId('a-b_1')).toBe('a-b_1');
    for (const id of ['', 'A', '1a', 'a b', 'a'.repeat(64)]) {
      expect(() => parseMemberId(id)).toThrow(DecodeError);
    }
    expect(() => parsePublicKey('00')).toThrow(DecodeError);
    expect(parsePublicKey('00'.repeat(32)).length).toBe(32);
  });
});

describe('authorization headers', () => {
  const good = `Bucordo key=${'0a'.repeat(32)},member=buyer,start=${'0d'.repeat(16)},time=1,nonce=${'0b'.repeat(16)},signature=${'0c'.repeat(64)}`;

  it.each([
    ['another scheme', good.replace('Bucordo', 'Bearer')],
    ['white space', good.replace(',time', ', time')],
    ['upper case', good.replace('0a0a', '0A0a')],
    ['a leading zero in the time', good.replace('time=1', 'time=01')],
    ['no member', good.replace('member=buyer,', '')],
    ['a member that is none', good.replace('buyer', 'Buyer')],
    ['a short start', good.replace('0d0d', '0d')],
    ['a short nonce', good.replace('0b0b', '0b')],
    ['something behind', `${good},x=1`],
    ['nothing', ''],
  ])('refuse %s', (_, header) => {
    expect(() => parseAuthorization(header)).toThrow(DecodeError);
  });
});
