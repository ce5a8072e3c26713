/**
 * Reads the published invoices (UCI "Online Retail", a real year of a wholesaler, CC BY 4.0), or their
 * first three days.
 *
 * The file is read twice: the first pass checks every row and every known figure before anything is
 * handed out, and counts the lines of each invoice; the second hands out an invoice as soon as its
 * last line was read, which gives whole invoices even where one is interrupted by others.
 */

import { basename, join } from 'node:path';
import { type CsvRecord, readCsv } from './csv.ts';
import { DataError } from './data-error.ts';
import type { Invoice, InvoiceLine, RetailSource, RetailTotals } from './retail.ts';
import { RetailCounter } from './retail-totals.ts';

/** Which of the two published files. */
export type RetailPart = 'year' | 'three-days';

/** Shown wherever the published data is shown. */
export const retailAttribution: string =
  'Data: "Online Retail", D. Chen (2015), University of California Irvine Machine Learning Repository, CC BY 4.0.';

/** Figures of the published files. */
export const publishedRetailTotals: Readonly<Record<RetailPart, RetailTotals>> = {
  year: {
    invoices: 25_900,
    lines: 541_909,
    cancellations: 3_836,
    adjustments: 3,
    quantity: 5_176_450,
    value: '9747747.934',
    eireValue: '263276.820',
    twins: 5_268,
    largestInvoiceLines: 1_114,
  },
  'three-days': {
    invoices: 418,
    lines: 7_419,
    cancellations: 36,
    adjustments: 0,
    quantity: 62_667,
    value: '150463.300',
    eireValue: '3147.230',
    twins: 102,
    largestInvoiceLines: 593,
  },
};

const fileOf: Readonly<Record<RetailPart, string>> = {
  year: 'online-retail.csv.gz',
  'three-days': 'online-retail-first-3-days.csv',
};

/**
 * Opens `<folder>/online-retail`: checks the whole file first, against every known figure. Fails
 * with `DataError`, which names the line or the figure.
 */
export async function openRetail(options: {
  readonly folder: string;
  readonly part: RetailPart;
}): Promise<RetailSource> {
  const path = join(options.folder, 'online-retail', fileOf[options.part]);
  const counter = new RetailCounter();
  for await (const row of readRows(path)) counter.add(row);
  const totals = counter.totals();
  assertTotals({ found: totals, expected: publishedRetailTotals[options.part], source: basename(path) });
  const linesOfInvoice = counter.linesOfInvoice;
  return { attribution: retailAttribution, totals, invoices: () => readInvoices(path, linesOfInvoice) };
}

interface RetailRow extends InvoiceLine {
  readonly invoiceNo: string;
  readonly customerId: string | null;
  readonly country: string;
}

const columns = [
  'InvoiceNo',
  'StockCode',
  'Description',
  'Quantity',
  'InvoiceDate',
  'UnitPrice',
  'CustomerID',
  'Country',
];

async function* readRows(path: string): AsyncGenerator<RetailRow> {
  let line = 1;
  for await (const batch of readCsv(path, { columns })) {
    for (const record of batch) {
      line += 1;
      const row = toRow(record);
      if (typeof row === 'string') throw new DataError(row, { source: basename(path), line });
      yield row;
    }
  }
}

async function* readInvoices(
  path: string,
  linesOfInvoice: ReadonlyMap<string, number>,
): AsyncGenerator<Invoice> {
  const open = new Map<string, Omit<Invoice, 'lines'> & { readonly lines: InvoiceLine[] }>();
  for await (const { invoiceNo, customerId, country, ...line } of readRows(path)) {
    const invoice = open.get(invoiceNo) ?? { invoiceNo, customerId, country, lines: [] };
    if (invoice.customerId !== customerId || invoice.country !== country) {
      throw new DataError(`invoice ${invoiceNo} has two customers or countries`, { source: basename(path) });
    }
    invoice.lines.push(line);
    open.set(invoiceNo, invoice);
    if (invoice.lines.length === linesOfInvoice.get(invoiceNo)) {
      open.delete(invoiceNo);
      yield invoice;
    }
  }
}

/** The row, or what is wrong with the record. */
function toRow(record: CsvRecord): RetailRow | string {
  const [
    invoiceNo = '',
    stockCode = '',
    description = '',
    quantity = '',
    localTime = '',
    unitPrice = '',
    customerId = '',
    country = '',
  ] = record;
  if (!/^[AC]?\d{6}$/.test(invoiceNo)) return `"${invoiceNo}" is no invoice number`;
  if (!/^-?[1-9]\d{0,6}$/.test(quantity)) return `"${quantity}" is no quantity`;
  if (!/^\d{4}-\d\d-\d\d \d\d:\d\d:\d\d$/.test(localTime)) return `"${localTime}" is no local time`;
  if (!/^-?\d{1,9}(\.\d{1,3})?$/.test(unitPrice)) return `"${unitPrice}" is no price of at most 3 decimals`;
  if (!/^(\d{5})?$/.test(customerId)) return `"${customerId}" is no customer number`;
  if (country === '') return 'the country is empty';
  return {
    invoiceNo,
    stockCode,
    description,
    quantity: Number(quantity),
    localTime,
    unitPrice,
    customerId: customerId === '' ? null : customerId,
    country,
  };
}

function assertTotals(options: {
  readonly found: RetailTotals;
  readonly expected: RetailTotals;
  readonly source: string;
}): void {
  const found = new Map(Object.entries(options.found));
  for (const [figure, expected] of Object.entries(options.expected)) {
    if (found.get(figure) === expected) continue;
    const message = `${figure} is ${found.get(figure)}, expected ${expected}: the file is not the published one`;
    throw new DataError(message, { source: options.source });
  }
}
