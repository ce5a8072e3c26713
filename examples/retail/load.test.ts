import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { clientConfig } from '../../packages/node/src/postgres/connection.ts';
import { testServer } from '../../test/support/postgres.ts';
import { dataVariable, findData } from '../data/find-data.ts';
import { generateRetail } from '../data/generate-retail.ts';
import { openRetail } from '../data/load-retail.ts';
import type { RetailSource } from '../data/retail.ts';
import { ContractSandbox } from '../network/contract-sandbox.ts';
import { contractFolder } from '../network/example-network.ts';
import { loadInvoices, readRecordedInvoices } from './load.ts';
import { verifyRetail } from './verify.ts';

const folder = findData({ environment: process.env[dataVariable] });

let sandbox: ContractSandbox;
beforeEach(async () => {
  const server = await clientConfig((await testServer()).connection('postgres', 'postgres'));
  sandbox = await ContractSandbox.open({ server, folder: contractFolder('retail'), contract: 'retail' });
});
afterEach(() => sandbox.close());

const query = (sql: string): ReturnType<ContractSandbox['query']> => sandbox.query(sql);

describe('loading generated invoices', () => {
  const source = generateRetail({ invoices: 300 });

  it('brings in every line, and a second load changes nothing', async () => {
    await expectWholeLoad(source);
  });

  it('goes on where it was stopped', async () => {
    let count = 0;
    const breaking = {
      submit: async (...transaction: Parameters<ContractSandbox['submit']>) => {
        count += 1;
        if (count > 100) throw new Error('broken');
        return await sandbox.submit(...transaction);
      },
    };
    await expect(loadInvoices({ submitter: breaking, source })).rejects.toThrow('broken');
    const recorded = await readRecordedInvoices(query);
    expect(recorded.size).toBe(100);
    const report = await loadInvoices({ submitter: sandbox, source, recorded });
    expect(report).toEqual({ recorded: 200, skipped: 100, refused: 0 });
    expect(await verifyRetail({ query, totals: source.totals })).toMatchObject({ correct: true });
  });

  it('is told apart from other figures', async () => {
    await loadInvoices({ submitter: sandbox, source });
    await query(
      "UPDATE retail.invoice_line SET unit_price = unit_price + 0.001 WHERE invoice_no = '536365' AND line_number = 1",
    );
    const report = await verifyRetail({ query, totals: source.totals });
    expect(report.correct).toBe(false);
  });
});

describe.skipIf(folder === null)(
  'loading published invoices (skipped unless BUCORDO_DATA names their folder)',
  () => {
    it('of the first three days gives their sums, and a second load changes nothing', async () => {
      await expectWholeLoad(await openRetail({ folder: folder ?? '', part: 'three-days' }));
    });
  },
);

async function expectWholeLoad(source: RetailSource): Promise<void> {
  const { invoices } = source.totals;
  const progress: number[] = [];
  const load = {
    submitter: sandbox,
    source,
    onProgress: ({ done }: { done: number }) => progress.push(done),
  };
  expect(await loadInvoices(load)).toEqual({ recorded: invoices, skipped: 0, refused: 0 });
  expect(progress.at(-1)).toBe(source.totals.lines);
  const report = await verifyRetail({ query, totals: source.totals });
  expect(report.figures.filter((figure) => figure.found !== figure.expected)).toEqual([]);
  const recorded = await readRecordedInvoices(query);
  expect(await loadInvoices({ submitter: sandbox, source, recorded })).toMatchObject({
    recorded: 0,
    skipped: invoices,
  });
  expect(await loadInvoices({ submitter: sandbox, source })).toMatchObject({
    recorded: 0,
    refused: invoices,
  });
  expect(await verifyRetail({ query, totals: source.totals })).toMatchObject({ correct: true });
}
