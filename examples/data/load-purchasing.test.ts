import { cpSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { DataError } from './data-error.ts';
import { dataVariable, findData } from './find-data.ts';
import { loadPurchasing } from './load-purchasing.ts';
import { publishedPurchasingTotals, purchasingTotals } from './purchasing-totals.ts';

const folder = findData({ environment: process.env[dataVariable] });

describe.skipIf(folder === null)(
  'the published purchase orders (skipped unless BUCORDO_DATA names their folder)',
  () => {
    it('have the published counts and sums', async () => {
      const data = await loadPurchasing(folder ?? '');
      expect(purchasingTotals(data)).toEqual(publishedPurchasingTotals);
    });

    it.each([
      [
        'a changed amount',
        'PurchaseOrderHeader.csv',
        ',201.0400,',
        ',201.0401,',
        /subTotal is .*expected 63791994.8380/,
      ],
      ['a missing row', 'Vendor.csv', /\n1492,.*/, '', /rows.vendors is 103, expected 104/],
      ['an unknown status', 'PurchaseOrderHeader.csv', '\n1,5,4,', '\n1,5,9,', /line 2: "9" is no status/],
      [
        'a number that is none',
        'PurchaseOrderDetail.csv',
        '\n1,1,',
        '\n1,one,',
        /line 2: "one" is no PurchaseOrderDetailID/,
      ],
      [
        'a line without an order',
        'PurchaseOrderDetail.csv',
        '\n1,1,',
        '\n9999,1,',
        /line 1 belongs to no order/,
      ],
      ['other columns', 'ShipMethod.csv', 'ShipBase', 'Base', /the header is/],
    ])('are refused with %s', async (_, file, from, to, message) => {
      const copy = mkdtempSync(join(tmpdir(), 'bucordo-purchasing-'));
      try {
        cpSync(join(folder ?? '', 'purchasing'), join(copy, 'purchasing'), { recursive: true, mode: 0 });
        const path = join(copy, 'purchasing', file);
        const text = readFileSync(path, 'utf8').replace(from, to);
        rmSync(path, { force: true });
        writeFileSync(path, text);
        await expect(loadPurchasing(copy)).rejects.toThrow(message);
      } finally {
        rmSync(copy, { recursive: true, force: true });
      }
    });
  },
);

describe('the data folder', () => {
  it('is none unless somebody names one', () => {
    expect(findData({})).toBeNull();
    expect(findData({ environment: '' })).toBeNull();
  });

  it('is that of the option before that of the environment', () => {
    expect(findData({ flag: tmpdir(), environment: '/nowhere' })).toBe(tmpdir());
  });

  it('must exist when it is named', () => {
    expect(() => findData({ environment: '/nowhere/at/all' })).toThrow(DataError);
  });
});
