import { describe, expect, it } from 'vitest';
import * as sample from '../test/samples.ts';
import type { Plain } from './brands.ts';
import { encodeCheckpoint, signCheckpoint, verifyCheckpoint } from './checkpoint.ts';
import { DecodeError } from './decode-error.ts';
import { decodeReceipt, encodeReceipt, type Receipt } from './receipt.ts';
import { encodeStateHeader } from './state-header.ts';

const [committed, rejected] = sample.receipts;

function rejectedSample(): Plain<Receipt> {
  if (rejected === undefined) throw new Error('two samples were made');
  return rejected;
}

describe('receipts', () => {
  it.each<[string, Partial<Plain<Receipt>>]>([
    ['a committed one with a code', { status: 'committed', code: 'failed', message: '', result: '' }],
    ['a committed one with a message', { status: 'committed', code: '', message: 'x', result: '' }],
    ['a rejected one without a code', { status: 'rejected', code: '', message: '', result: '' }],
    [
      'a rejected one with an unknown code',
      { status: 'rejected', code: 'nonsense', message: '', result: '' },
    ],
    [
      'a rejected one with a code of the system',
      { status: 'rejected', code: 'BC900', message: '', result: '' },
    ],
    ['a rejected one with a result', { status: 'rejected', code: 'failed', message: '', result: '1' }],
    ['a committed one with a call that failed', { call: 0 }],
    ['one of a call that no transaction has', { status: 'rejected', code: 'failed', result: '', call: 1000 }],
    ['an index outside of any block', { index: 1000 }],
    ['an id of 31 bytes', { transactionId: new Uint8Array(31) }],
  ])('are never %s', (_, change) => {
    if (committed === undefined) {
      throw new Error('two samples were made');
    }
    expect(() => encodeReceipt({ ...committed, ...change })).toThrow(DecodeError);
  });

  it('I2: are the same for a transaction that failed and for one that met a limit', () => {
    const of = (code: string): string => encodeReceipt({ ...rejectedSample(), code, message: '' }).join();
    for (const code of ['budget_exceeded', 'block_full']) expect(of(code)).toBe(of('failed'));
    expect(of('result_too_large')).not.toBe(of('failed'));
  });

  it('have no code of a limit in their bytes', () => {
    const bytes = Buffer.from(encodeReceipt({ ...rejectedSample(), code: 'not_permitted', message: '' }));
    const at = bytes.indexOf('not_permitted');
    const forged = Buffer.concat([
      bytes.subarray(0, at - 4),
      Buffer.from([0, 0, 0, 10]),
      Buffer.from('block_full'),
      bytes.subarray(at + 13),
    ]);
    expect(() => decodeReceipt(forged)).toThrow(DecodeError);
  });

  it('differ in every field', () => {
    if (committed === undefined || rejected === undefined) {
      throw new Error('two samples were made');
    }
    const bytes = (change: Partial<Plain<Receipt>>): string =>
      encodeReceipt({ ...rejected, ...change }).join();
    const all = [
      {},
      { height: 2 },
      { index: 2 },
      { call: null },
      { call: 999 },
      { code: 'BC008' },
      { message: 'y' },
      { code: 'failed' },
    ].map(bytes);
    expect(new Set(all).size).toBe(all.length);
  });
});

describe('state headers and checkpoints', () => {
  it('have a state root of 32 bytes or none', () => {
    expect(encodeStateHeader({ ...sample.stateHeader, stateRoot: new Uint8Array(32) }).length).toBe(202);
    expect(sample.stateHeaderBytes.length).toBe(170);
    expect(() => encodeStateHeader({ ...sample.stateHeader, stateRoot: new Uint8Array(16) })).toThrow(
      DecodeError,
    );
  });

  it('are signed by the node they name', () => {
    const signature = signCheckpoint(sample.checkpointBytes, sample.nodeSeed);
    expect(verifyCheckpoint(sample.checkpointBytes, signature)).toBe(true);
    const other = encodeCheckpoint({ ...sample.checkpoint, height: 2 });
    expect(verifyCheckpoint(other, signature)).toBe(false);
    expect(
      verifyCheckpoint(sample.checkpointBytes, signCheckpoint(sample.checkpointBytes, sample.aliceSeed)),
    ).toBe(false);
    expect(() => encodeCheckpoint({ ...sample.checkpoint, member: 'Buyer Ltd' })).toThrow(DecodeError);
  });
});
