import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { dataVariable, findData } from './find-data.ts';
import { openRetail, publishedRetailTotals } from './load-retail.ts';
import type { RetailSource } from './retail.ts';

const folder = findData({ environment: process.env[dataVariable] });

describe.skipIf(folder === null)(
  'the published invoices (skipped unless BUCORDO_DATA names their folder)',
  () => {
    it('have the published counts and sums over the year, and every invoice whole', async () => {
      const source = await openRetail({ folder: folder ?? '', part: 'year' });
      expect(source.totals).toEqual(publishedRetailTotals.year);
      const found = await countWhole(source);
      expect(found).toEqual({ invoices: 25_900, lines: 541_909, withTwoTimes: 43 });
    });

    it('have those of the first three days', async () => {
      const source = await openRetail({ folder: folder ?? '', part: 'three-days' });
      expect((await countWhole(source)).lines).toBe(7_419);
      expect(source.totals.value).toBe('150463.300');
    });

    it.each([
      ['a changed price', ',2.55,', ',2.56,', /value is .*expected 150463.300/],
      ['a price of 4 decimals', ',2.55,', ',2.5501,', /line 2: "2.5501" is no price/],
      ['a missing line', /\n536365,71053.*/, '', /lines is 7418, expected 7419/],
      ['an invoice number that is none', '\n536365,', '\nX36365,', /line 2: "X36365" is no invoice number/],
      ['a quantity of 0', 'HOLDER,6,', 'HOLDER,0,', /line 2: "0" is no quantity/],
    ])('are refused with %s', async (_, from, to, message) => {
      const copy = mkdtempSync(join(tmpdir(), 'bucordo-retail-'));
      try {
        const name = join('online-retail', 'online-retail-first-3-days.csv');
        mkdirSync(join(copy, 'online-retail'));
        writeFileSync(join(copy, name), readFileSync(join(folder ?? '', name), 'utf8').replace(from, to));
        await expect(openRetail({ folder: copy, part: 'three-days' })).rejects.toThrow(message);
      } finally {
        rmSync(copy, { recursive: true, force: true });
      }
    });
  },
);

async function countWhole(
  source: RetailSource,
): Promise<{ invoices: number; lines: number; withTwoTimes: number }> {
  const numbers = new Set<string>();
  let lines = 0;
  let withTwoTimes = 0;
  for await (const invoice of source.invoices()) {
    expect(numbers.has(invoice.invoiceNo)).toBe(false);
    numbers.add(invoice.invoiceNo);
    lines += invoice.lines.length;
    if (new Set(invoice.lines.map((line) => line.localTime)).size > 1) withTwoTimes += 1;
  }
  return { invoices: numbers.size, lines, withTwoTimes };
}
