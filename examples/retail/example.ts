/**
 * The example as the command line runs it: `bucordo dev --example retail`. On the published year
 * where its folder is named, on generated invoices otherwise.
 */

import { findData } from '../data/find-data.ts';
import { generateRetail } from '../data/generate-retail.ts';
import { openRetail } from '../data/load-retail.ts';
import type { Example } from '../network/example.ts';
import { loadInvoices, readRecordedInvoices } from './load.ts';
import { retailNetwork } from './members.ts';
import { verifyRetail } from './verify.ts';

/** Opens the example on the data in `dataDirectory`, or on generated invoices when it is null. */
export async function openExample(options: { readonly dataDirectory: string | null }): Promise<Example> {
  const folder = findData({ flag: options.dataDirectory ?? undefined });
  const source = folder === null ? generateRetail() : await openRetail({ folder, part: 'year' });
  return {
    network: retailNetwork(),
    data: { kind: folder === null ? 'generated' : 'real', description: source.attribution },
    unit: 'lines',
    total: source.totals.lines,
    run: async ({ submitter, query, onProgress }) => {
      const recorded = await readRecordedInvoices(query);
      await loadInvoices({ submitter, source, recorded, onProgress: ({ done }) => onProgress(done) });
    },
    verify: (query) => verifyRetail({ query, totals: source.totals }),
    tour,
  };
}

const tour: Example['tour'] = [
  {
    command:
      'query "select i.country, sum(l.quantity * l.unit_price) as value from retail.invoice as i join retail.invoice_line as l using (invoice_no) group by i.country order by value desc limit 5" --node buyer-uk',
    shows: 'the largest markets, from a buyer’s own database',
  },
  {
    command: 'history retail.invoice invoice_no=536365',
    shows: 'who recorded an invoice, when, in which block',
  },
  {
    command:
      'call retail.record_invoice \'{"invoice_no":"536365","customer_id":null,"country":"France","stock_codes":["POST"],"descriptions":[""],"quantities":[1],"local_times":["2011-01-01 00:00:00"],"unit_prices":["1.00"]}\' --as seller/till',
    shows: 'an invoice a second time: refused, and nothing changes',
  },
  {
    command: "call retail.record_invoice '{}' --as buyer-uk/bookkeeper",
    shows: 'a buyer cannot write invoices at all',
  },
];
