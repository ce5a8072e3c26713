/** The purchasing example as `bucordo dev --example purchasing` runs it. */

import { resolve } from 'node:path';
import type { Example } from 'bucordo';
import { findData } from '../data/find-data.ts';
import { generatedPurchasingNotice, generatePurchasing } from '../data/generate-purchasing.ts';
import { loadPurchasing, purchasingAttribution } from '../data/load-purchasing.ts';
import { purchasingTotals } from '../data/purchasing-totals.ts';
import { eventCount } from './events.ts';
import { approversOf, purchasingNetwork } from './members.ts';
import { readReplayedSoFar, replayPurchasing } from './replay.ts';
import { verifyPurchasing } from './verify.ts';

/** Opens the example on the published orders below `dataDirectory`, or on generated ones when it is null. */
export async function openExample(options: { readonly dataDirectory: string | null }): Promise<Example> {
  const folder = findData({ flag: options.dataDirectory ?? undefined });
  const data = folder === null ? generatePurchasing() : await loadPurchasing(resolve(folder));
  const totals = purchasingTotals(data);
  const order = data.orders[0]?.orderId ?? 1;
  return {
    network: purchasingNetwork(data),
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
    verify: (query) => verifyPurchasing({ query, totals }),
    tour: [
      {
        command:
          'query "select state, count(*), sum(total_due) from purchasing.order_header group by state order by state"',
        shows: "plain SQL on the buyer's own database; add --node vendors for another member's",
      },
      {
        command: `history purchasing.order_header order_id=${order}`,
        shows: 'who changed this order, when, by which call',
      },
      {
        command: 'call purchasing.add_unit_measure \'{"unit_code":"DRM","name":"Drum"}\'',
        shows: 'a signed transaction with its receipt; a second time the contract refuses it',
      },
    ],
  };
}
