/**
 * Peer of the benchmarks, a process of its own: what a user has today. N connections of `pg`, each
 * awaiting one durable commit after the other. Told what to do by its parent; answers with counts.
 */

import pg from 'pg';
import { type LoadOrder, type LoadResult, measure } from './measure.ts';
import { type Population, plainStatement, transferAccounts } from './work.ts';

/** Order for this process: where the server is and what to do. `own` is the user's own BEGIN … COMMIT. */
export interface PlainOrder extends LoadOrder {
  readonly connection: pg.ClientConfig;
  readonly own: boolean;
}

type Step = (client: pg.Client, n: number) => Promise<void>;

async function work(order: PlainOrder): Promise<LoadResult> {
  const clients = await Promise.all(
    Array.from({ length: order.inFlight }, async () => {
      const client = new pg.Client(order.connection);
      await client.connect();
      return client;
    }),
  );
  const step = order.own ? ownTransfer(order.population) : functionCall(order);
  let next = order.first;
  const result = await measure(order, async (slot) => {
    const client = clients[slot];
    if (client === undefined) throw new Error(`no connection for slot ${slot}`);
    await step(client, next++);
  });
  await Promise.all(clients.map((client) => client.end()));
  return result;
}

function functionCall({ kind, population }: PlainOrder): Step {
  return async (client, n) => {
    for (;;) {
      try {
        await client.query(plainStatement(kind, n, population));
        return;
      } catch (error) {
        // Two transfers that meet on the same two accounts may deadlock; a user's code tries again.
        if (!(error instanceof pg.DatabaseError) || error.code !== '40P01') throw error;
      }
    }
  };
}

// Row locks in account order, as a careful user would take them: without it two transfers deadlock.
function ownTransfer(population: Population): Step {
  return async (client, n) => {
    const { from, to } = transferAccounts(n, population);
    const [low, high] = from < to ? [from, to] : [to, from];
    const change = (id: number): number => (id === from ? -1 : 1);
    await client.query('BEGIN');
    const { rows } = await client.query({
      name: 's',
      text: 'SELECT balance FROM plain.account WHERE id = $1',
      values: [from],
    });
    if (rows.length === 0) throw new Error(`no account ${from}`);
    await client.query({
      name: 'u',
      text: 'UPDATE plain.account SET balance = balance + $2 WHERE id = $1',
      values: [low, change(low)],
    });
    await client.query({
      name: 'u',
      text: 'UPDATE plain.account SET balance = balance + $2 WHERE id = $1',
      values: [high, change(high)],
    });
    await client.query('COMMIT');
  };
}

process.once('message', (order) => {
  work(order as PlainOrder).then(
    (result) => process.send?.(result, () => process.exit(0)),
    (error) => {
      console.error(error);
      process.exit(1);
    },
  );
});
