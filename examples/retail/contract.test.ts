import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { clientConfig } from '../../packages/node/src/postgres/connection.ts';
import { testServer } from '../../test/support/postgres.ts';
import { ContractSandbox } from '../network/contract-sandbox.ts';
import { contractFolder } from '../network/example-network.ts';
import type { ContractCall, TransactionOutcome } from '../network/submitter.ts';
import { clerkIdentity } from './members.ts';

let sandbox: ContractSandbox;
beforeAll(async () => {
  const server = await clientConfig((await testServer()).connection('postgres', 'postgres'));
  sandbox = await ContractSandbox.open({ server, folder: contractFolder('retail'), contract: 'retail' });
});
afterAll(() => sandbox?.close());

const invoice = (change: ContractCall['args'] = {}): ContractCall['args'] => ({
  invoice_no: '536365',
  customer_id: '17850',
  country: 'United Kingdom',
  stock_codes: ['85123A', '85123a', '85123A'],
  descriptions: [' WHITE HANGING HEART ', '', ' WHITE HANGING HEART '],
  quantities: [6, -2, 6],
  local_times: ['2010-12-01 08:26:00', '2010-12-01 08:27:00', '2010-12-01 08:26:00'],
  unit_prices: ['2.55', '1.655', '2.55'],
  ...change,
});

const record = (args: ContractCall['args']): Promise<TransactionOutcome> =>
  sandbox.submit(clerkIdentity, [{ contract: 'retail', function: 'record_invoice', args }]);

const lines = (invoiceNo: string): ReturnType<ContractSandbox['query']> =>
  sandbox.query(`
    SELECT l.line_number, l.stock_code, l.description, l.quantity, l.local_time, l.unit_price::text AS unit_price
    FROM retail.invoice_line AS l WHERE l.invoice_no = '${invoiceNo}' ORDER BY l.line_number`);

describe('recording an invoice', () => {
  it('keeps its lines in their order, twins, blanks and times included', async () => {
    expect(await record(invoice())).toEqual({ code: '', message: '' });
    const twin = { stock_code: '85123A', description: ' WHITE HANGING HEART ', quantity: 6 };
    const first = { ...twin, local_time: '2010-12-01 08:26:00', unit_price: '2.550' };
    expect(await lines('536365')).toEqual([
      { ...first, line_number: 1 },
      {
        line_number: 2,
        stock_code: '85123a',
        description: '',
        quantity: -2,
        local_time: '2010-12-01 08:27:00',
        unit_price: '1.655',
      },
      { ...first, line_number: 3 },
    ]);
  });

  it('happens once: a second time changes nothing, whatever the lines', async () => {
    const again = invoice({ invoice_no: '536366' });
    await record(again);
    const before = await lines('536366');
    for (const args of [again, { ...again, quantities: [1, 1, 1] }]) {
      expect(await record(args)).toEqual({ code: 'BC001', message: 'invoice 536366 is recorded already' });
    }
    expect(await lines('536366')).toEqual(before);
  });

  it.each([
    ['no lines', { stock_codes: [] }, 'BC002'],
    ['lists of different lengths', { quantities: [1, 2] }, 'BC002'],
    ['a price of 4 decimals', { unit_prices: ['2.5501', '1', '1'] }, 'BC003'],
    ['a quantity of 0', { quantities: [1, 0, 1] }, 'failed'],
    ['a quantity that is missing', { quantities: [1, null, 1] }, 'failed'],
    [
      'a time that is none',
      { local_times: ['2010-12-01', '2010-12-01 08:26:00', '2010-12-01 08:26:00'] },
      'failed',
    ],
    ['an invoice number that is none', { invoice_no: 'X53636' }, 'failed'],
    ['a customer number that is none', { customer_id: '' }, 'failed'],
  ] as const)('is refused with %s, and nothing of it stays', async (_, change, code) => {
    const args = invoice({ invoice_no: '536999', ...change });
    expect((await record(args)).code).toBe(code);
    expect(
      await sandbox.query("SELECT i.invoice_no FROM retail.invoice AS i WHERE i.invoice_no = '536999'"),
    ).toEqual([]);
  });
});
