/**
 * Bucordo's side of the benchmarks, a process of its own: N callers of one client, each building,
 * signing and submitting a transaction and awaiting its committed receipt.
 */

import { type LoadedProfile, type MemberEndpoint, openConnection } from 'bucordo';
import { type LoadOrder, type LoadResult, measure } from './measure.ts';
import { contractArguments } from './work.ts';

/** Order for this process. */
export interface SignedOrder extends LoadOrder {
  readonly loaded: LoadedProfile;
  readonly identity: string;
  readonly endpoint: MemberEndpoint;
  /** Calls per transaction; their number counts as work done. */
  readonly calls: number;
}

async function work(order: SignedOrder): Promise<LoadResult> {
  const { client } = openConnection({ ...order, timeoutMs: 60_000 });
  let next = order.first;
  const result = await measure(order, async () => {
    await client.submit(
      Array.from({ length: order.calls }, () => {
        const { call, args } = contractArguments(order.kind, next++, order.population);
        return { contract: 'shop', function: call, args };
      }),
    );
  });
  client.close();
  return { ...result, count: result.count * order.calls, perSecond: result.perSecond * order.calls };
}

process.once('message', (order) => {
  work(order as SignedOrder).then(
    (result) => process.send?.(result, () => process.exit(0)),
    (error) => {
      console.error(error);
      process.exit(1);
    },
  );
});
