/** The purchasing example as `bucordo dev --example purchasing` runs it. */

import { resolve } from 'node:path';
import type { Example } from 'bucordo';
import { findData } from '../data/find-data.ts';
import { generatedPurchasingNotice, generatePurchasing } from '../data/generate-purchasing.ts';
import { loadPurchasing, purchasingAttribution } from '../data/load-purchasing.ts';
import type { PurchasingData } from '../data/purchasing.ts';
import { eventCount } from './events.ts';
import { approversOf, carrierIdentity, employeeIdentity, purchasingNetwork } from './members.ts';
import { readReplayedSoFar, replayPurchasing } from './replay.ts';
import { verifyPurchasing } from './verify.ts';
import { nextVersion } from './versions.ts';

/** Opens the example on the published orders below `dataDirectory`, or on generated ones when it is null. */
export async function openExample(options: { readonly dataDirectory: string | null }): Promise<Example> {
  const folder = findData({ flag: options.dataDirectory ?? undefined });
  const data = folder === null ? generatePurchasing() : await loadPurchasing(resolve(folder));
  return {
    network: purchasingNetwork(data),
    as: employeeIdentity(approversOf(data).first),
    upgrade: nextVersion(),
    data:
      folder === null
        ? { kind: 'generated', description: generatedPurchasingNotice }
        : { kind: 'real', description: purchasingAttribution },
    unit: 'transactions',
    total: eventCount(data, approversOf(data)),
    async run({ submitter, query, onProgress }) {
      const soFar = await readReplayedSoFar(query);
      await replayPurchasing({ submitter, data, soFar, onProgress: ({ done }) => onProgress(done) });
    },
    verify: (query) => verifyPurchasing({ query, data }),
    tour: tourOf(data),
  };
}

/** What may be done without changing a figure: reading, being refused, and a unit that no order uses. */
function tourOf(data: PurchasingData): Example['tour'] {
  const complete = data.orders.find((order) => order.status === 'complete');
  const rejected = data.orders.find((order) => order.status === 'rejected');
  const [line] = rejected?.lines ?? [];
  if (complete === undefined || rejected === undefined || line === undefined) return [];
  const goods = `order_id=${rejected.orderId} line_id=${line.lineId} received_qty=1 rejected_qty=0 stocked_qty=1`;
  const pairs = goods.split(' ').map((pair) => `--arg ${pair}`);
  return [
    {
      command:
        'query "select state, count(*), sum(total_due) from purchasing.order_header group by state order by state"',
      shows: "plain SQL on the buyer's own database; add --node vendors for another member's",
    },
    {
      command: `history purchasing.order_header order_id=${complete.orderId}`,
      shows: 'who changed this order, when, by which call',
    },
    {
      command: 'call purchasing.add_unit_measure \'{"unit_code":"DRM","name":"Drum"}\'',
      shows: 'a signed transaction with its receipt; a second time the contract refuses it',
    },
    {
      command: `call purchasing.receive_line ${pairs.join(' ')} --as ${employeeIdentity(rejected.employeeId)}`,
      shows: 'goods on a rejected order: refused, and the receipt says why',
    },
    {
      command: `call purchasing.confirm_order --arg order_id=${complete.orderId} --as ${carrierIdentity(complete.shipMethodId)}`,
      shows: 'a carrier may not confirm what only the vendor may',
    },
  ];
}
