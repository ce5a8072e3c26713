/**
 * Loads invoices into a running network, one signed transaction for each. May be stopped at any
 * moment, killed too, and run again: what is recorded is skipped when the caller knows of it, and
 * refused by the contract when not; either way nothing changes.
 */

import type { Invoice, RetailSource } from '../data/retail.ts';
import { forEachParallel } from '../network/for-each-parallel.ts';
import { queryPages } from '../network/query-pages.ts';
import type { ContractCall, Query, Submitter } from '../network/submitter.ts';
import { clerkIdentity } from './members.ts';

/** How far a load is, in lines of invoices. */
export interface LoadProgress {
  readonly done: number;
  readonly total: number;
}

/** What a load did with the invoices. */
export interface LoadReport {
  readonly recorded: number;
  /** Known to be recorded, not sent. */
  readonly skipped: number;
  /** Sent, and refused because they are recorded (BC001). */
  readonly refused: number;
}

/** An invoice was rejected for another reason than that it is there. */
export class LoadError extends Error {
  readonly code = 'invoice_rejected';

  constructor(invoice: Invoice, outcome: { readonly code: string; readonly message: string }) {
    super(`invoice ${invoice.invoiceNo} was rejected with ${outcome.code}: ${outcome.message}`);
    this.name = 'LoadError';
  }
}

/** Invoices under way at once: some 2,700 lines, more than a block takes. */
const parallelDefault = 128;

/** Loads every invoice of `source` that is not in `recorded`. Fails with `LoadError`, or as `submitter` does. */
export async function loadInvoices(options: {
  readonly submitter: Submitter;
  readonly source: RetailSource;
  readonly recorded?: ReadonlySet<string>;
  readonly onProgress?: (progress: LoadProgress) => void;
  readonly parallel?: number;
}): Promise<LoadReport> {
  const { submitter, source, recorded, onProgress } = options;
  const report = { recorded: 0, skipped: 0, refused: 0 };
  let done = 0;
  await forEachParallel(source.invoices(), options.parallel ?? parallelDefault, async (invoice) => {
    report[recorded?.has(invoice.invoiceNo) === true ? 'skipped' : await record(submitter, invoice)] += 1;
    done += invoice.lines.length;
    onProgress?.({ done, total: source.totals.lines });
  });
  return report;
}

/** Numbers of the invoices that a member's database holds. */
export async function readRecordedInvoices(query: Query): Promise<ReadonlySet<string>> {
  const recorded = new Set<string>();
  const sql = 'SELECT i.invoice_no FROM retail.invoice AS i';
  for await (const row of queryPages({ query, sql, key: 'invoice_no' }))
    recorded.add(String(row['invoice_no']));
  return recorded;
}

/** The call that records an invoice. */
export function recordInvoice(invoice: Invoice): ContractCall {
  const { lines } = invoice;
  return {
    contract: 'retail',
    function: 'record_invoice',
    args: {
      invoice_no: invoice.invoiceNo,
      customer_id: invoice.customerId,
      country: invoice.country,
      stock_codes: lines.map((line) => line.stockCode),
      descriptions: lines.map((line) => line.description),
      quantities: lines.map((line) => line.quantity),
      local_times: lines.map((line) => line.localTime),
      unit_prices: lines.map((line) => line.unitPrice),
    },
  };
}

async function record(submitter: Submitter, invoice: Invoice): Promise<'recorded' | 'refused'> {
  const outcome = await submitter.submit(clerkIdentity, [recordInvoice(invoice)]);
  if (outcome.code === '') return 'recorded';
  if (outcome.code === 'BC001') return 'refused';
  throw new LoadError(invoice, outcome);
}
