import { describe, expect, it } from 'vitest';
import { generateRetail } from './generate-retail.ts';
import type { Invoice, RetailSource } from './retail.ts';

async function all(source: RetailSource): Promise<Invoice[]> {
  const invoices: Invoice[] = [];
  for await (const invoice of source.invoices()) invoices.push(invoice);
  return invoices;
}

describe('generated invoices', () => {
  it('are the same for the same seed and on every reading', async () => {
    const source = generateRetail();
    expect(await all(source)).toEqual(await all(source));
    expect(await all(generateRetail({ seed: 'other' }))).not.toEqual(await all(source));
    expect(source.totals).toMatchObject({
      invoices: 1_000,
      lines: 15_643,
      value: '11121738.205',
      twins: 506,
    });
  });

  it.each([50, 1_000])('have every oddity of the published ones, %i of them', async (invoices) => {
    const source = generateRetail({ invoices });
    const lines = (await all(source)).flatMap((invoice) => invoice.lines);
    const { totals } = source;
    expect(totals).toMatchObject({ invoices, adjustments: 1, lines: lines.length });
    expect(totals.cancellations).toBeGreaterThan(0);
    expect(totals.twins).toBeGreaterThan(0);
    expect(lines.some((line) => line.quantity < 0 && line.unitPrice === '0')).toBe(true);
    expect(lines.some((line) => line.unitPrice.startsWith('-'))).toBe(true);
    expect(lines.some((line) => line.description !== line.description.trim())).toBe(true);
    expect(lines.some((line) => line.description.includes('"'))).toBe(true);
    const times = (await all(source)).map(
      (invoice) => new Set(invoice.lines.map((line) => line.localTime)).size,
    );
    expect(Math.max(...times)).toBe(2);
  });

  it('are refused when too few for every oddity', () => {
    expect(() => generateRetail({ invoices: 49 })).toThrow(RangeError);
  });
});
