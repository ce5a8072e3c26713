/**
 * The example as the command line runs it: `bucordo dev --example purchasing`. On the published
 * orders where their folder is named, on generated ones otherwise.
 */

import { findData } from '../data/find-data.ts';
import { generatedPurchasingNotice, generatePurchasing } from '../data/generate-purchasing.ts';
import { loadPurchasing, purchasingAttribution } from '../data/load-purchasing.ts';
import type { PurchasingData } from '../data/purchasing.ts';
import { purchasingTotals } from '../data/purchasing-totals.ts';
import type { Example } from '../network/example.ts';
import { eventCount } from './events.ts';
import { approversOf, carrierIdentity, employeeIdentity, purchasingNetwork } from './members.ts';
import { readReplayedSoFar, replayPurchasing } from './replay.ts';
import { verifyPurchasing } from './verify.ts';

/** Opens the example on the data in `dataDirectory`, or on generated orders when it is null. */
export async function openExample(options: { readonly dataDirectory: string | null }): Promise<Example> {
  const folder = findData({ flag: options.dataDirectory ?? undefined });
  const data = folder === null ? generatePurchasing() : await loadPurchasing(folder);
  const totals = purchasingTotals(data);
  return {
    network: purchasingNetwork(data),
    data:
      folder === null
        ? { kind: 'generated', description: generatedPurchasingNotice }
        : { kind: 'real', description: purchasingAttribution },
    unit: 'transactions',
    total: eventCount(data, approversOf(data)),
    run: async ({ submitter, query, onProgress }) => {
      const soFar = await readReplayedSoFar(query);
      await replayPurchasing({ submitter, data, soFar, onProgress: ({ done }) => onProgress(done) });
    },
    verify: (query) => verifyPurchasing({ query, totals }),
    tour: tourOf(data),
  };
}

/** Commands that read, or that the contract refuses: the figures stay what they are. */
function tourOf(data: PurchasingData): Example['tour'] {
  const complete = data.orders.find((order) => order.status === 'complete');
  const rejected = data.orders.find((order) => order.status === 'rejected');
  const [line] = rejected?.lines ?? [];
  if (complete === undefined || rejected === undefined || line === undefined) return [];
  const received = `order_id=${rejected.orderId} line_id=${line.lineId} received_qty=1 rejected_qty=0 stocked_qty=1`;
  const pairs = received.split(' ').map((pair) => `--arg ${pair}`);
  return [
    {
      command:
        'query "select state, count(*) from purchasing.order_header group by state order by state" --node vendors',
      shows: "the orders in the vendors' own database",
    },
    {
      command: `history purchasing.order_header order_id=${complete.orderId}`,
      shows: 'who changed an order, when, by which call',
    },
    {
      command: `call purchasing.receive_line ${pairs.join(' ')} --as ${employeeIdentity(rejected.employeeId)}`,
      shows: 'goods on a rejected order: refused, and the receipt says why',
    },
    {
      command: `call purchasing.confirm_order --arg order_id=${rejected.orderId} --as ${carrierIdentity(rejected.shipMethodId)}`,
      shows: 'a carrier cannot confirm what only the vendor may',
    },
  ];
}
