/**
 * Bucordo's side of the benchmarks, a process of its own: N callers of one client, each building,
 * signing and submitting a transaction and awaiting its committed receipt.
 */

import { connect, fileSigner } from '@bucordo/client/node';
import { type LoadOrder, type LoadResult, measure } from './measure.ts';
import { contractArguments } from './work.ts';

/** Order for this process. */
export interface SignedOrder extends LoadOrder {
  readonly network: string;
  readonly keyFile: string;
  readonly endpoint: { readonly http: string; readonly grpc: string; readonly ca: string };
  /** Calls per transaction; their number counts as work done. */
  readonly calls: number;
}

async function work(order: SignedOrder): Promise<LoadResult> {
  const client = connect({ network: order.network, signer: await fileSigner(order.keyFile), endpoints: [order.endpoint] });
  let next = order.first;
  const result = await measure(order, async () => {
    await client.submit(
      Array.from({ length: order.calls }, () => {
        const { call, args } = contractArguments(order.kind, next++);
        return { contract: 'shop', function: call, args };
      }),
    );
  });
  await client.close();
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
