/** The retail example as `bucordo dev --example retail` runs it: the whole year, or generated invoices. */

import { resolve } from 'node:path';
import type { Example } from 'bucordo';
import { findData } from '../data/find-data.ts';
import { generateRetail } from '../data/generate-retail.ts';
import { openRetail } from '../data/load-retail.ts';
import { loadInvoices, readRecordedInvoices } from './load.ts';
import { clerkIdentity, retailNetwork } from './members.ts';
import { verifyRetail } from './verify.ts';

/** Opens the example on the published year below `dataDirectory`, or on generated invoices when it is null. */
export async function openExample(options: { readonly dataDirectory: string | null }): Promise<Example> {
  const folder = findData({ flag: options.dataDirectory ?? undefined });
  const source =
    folder === null ? generateRetail() : await openRetail({ folder: resolve(folder), part: 'year' });
  return {
    network: retailNetwork(),
    as: clerkIdentity,
    upgrade: null,
    data: { kind: folder === null ? 'generated' : 'real', description: source.attribution },
    unit: 'lines',
    total: source.totals.lines,
    async run({ submitter, query, onProgress }) {
      const recorded = await readRecordedInvoices(query);
      await loadInvoices({ submitter, source, recorded, onProgress: ({ done }) => onProgress(done) });
    },
    verify: (query) => verifyRetail({ query, totals: source.totals }),
    tour: [
      {
        command: 'query "select sum(quantity * unit_price) from retail.invoice_line"',
        shows: 'the turnover, exact; the same with --node buyer-uk',
      },
      {
        command:
          'query "select country, count(*) from retail.invoice group by country order by 2 desc, 1 limit 10"',
        shows: 'where the customers are',
      },
      {
        command: 'history retail.invoice_line --rows 5',
        shows: 'who wrote the last lines, when, by which call',
      },
      {
        command:
          'call retail.record_invoice \'{"invoice_no":"536365","customer_id":null,"country":"France","stock_codes":["POST"],"descriptions":[""],"quantities":[1],"local_times":["2011-01-01 00:00:00"],"unit_prices":["1.00"]}\' --as seller/till',
        shows: 'an invoice that is there already: refused, and nothing changes',
      },
    ],
  };
}
