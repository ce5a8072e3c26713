import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { ChainSubmitter } from '../../test/support/chain-submitter.ts';
import { dataVariable, findData } from '../data/find-data.ts';
import { generateRetail } from '../data/generate-retail.ts';
import { openRetail } from '../data/load-retail.ts';
import type { RetailSource } from '../data/retail.ts';
import { loadInvoices, readRecordedInvoices } from './load.ts';
import { retailNetwork } from './members.ts';
import { verifyRetail } from './verify.ts';

const folder = findData({ environment: process.env[dataVariable] });

let network: ChainSubmitter;
beforeAll(async () => {
  network = await ChainSubmitter.found(retailNetwork());
});
afterAll(() => network?.close());
const query = (sql: string): ReturnType<ChainSubmitter['query']> => network.query(sql);

async function expectLoaded(source: RetailSource): Promise<void> {
  const load = { submitter: network, source };
  expect(await loadInvoices(load)).toEqual({ recorded: source.totals.invoices, skipped: 0, refused: 0 });
  const { figures } = await verifyRetail({ query, totals: source.totals });
  expect(figures.filter((figure) => figure.found !== figure.expected)).toEqual([]);
  expect(await loadInvoices(load)).toEqual({ recorded: 0, skipped: 0, refused: source.totals.invoices });
  expect((await readRecordedInvoices(query)).size).toBe(source.totals.invoices);
  expect(await verifyRetail({ query, totals: source.totals })).toMatchObject({ correct: true });
}

describe('the contract, executed in blocks as a node does', () => {
  it(`records ${folder === null ? 'generated invoices' : 'those of the first three days'} once each`, async () => {
    await expectLoaded(
      folder === null ? generateRetail({ invoices: 300 }) : await openRetail({ folder, part: 'three-days' }),
    );
  });

  it('I7: lets nobody but the seller’s till record', async () => {
    const args = {
      invoice_no: '999999',
      customer_id: null,
      country: 'France',
      stock_codes: ['POST'],
      descriptions: [''],
      quantities: [1],
      local_times: ['2011-01-01 00:00:00'],
      unit_prices: ['1.00'],
    };
    const call = { contract: 'retail', function: 'record_invoice', args };
    expect((await network.submit('buyer-uk/bookkeeper', [call])).code).toBe('not_permitted');
  });

  it.each([
    ['a price with an exponent', { unit_prices: ['1e2'] }],
    ['a quantity with a fraction', { quantities: ['1.5'] }],
    ['a quantity beyond its type', { quantities: [2_147_483_648] }],
    ['a text instead of a list', { stock_codes: 'POST' }],
  ])('refuses %s before the contract sees it', async (_, change) => {
    const args = {
      invoice_no: '999998',
      customer_id: null,
      country: 'France',
      stock_codes: ['POST'],
      descriptions: [''],
      quantities: [1],
      local_times: ['2011-01-01 00:00:00'],
      unit_prices: ['1.00'],
      ...change,
    };
    const call = { contract: 'retail', function: 'record_invoice', args };
    expect((await network.submit('seller/till', [call])).code).toBe('argument_invalid');
  });
});
