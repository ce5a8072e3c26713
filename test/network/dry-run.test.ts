/** Dry runs over HTTP: by the client, for oneself and for others, bounded; and transactions with one effect only. */

import { afterAll, beforeAll, describe, expect, test } from 'vitest';

import type { Client } from '../../packages/client/src/node.ts';
import { dryRunsWaitingMax } from '../../packages/node/src/limits.ts';
import { clientFor } from './support/test-client.ts';
import { createTestNetwork, type TestNetwork } from './support/test-network.ts';

let network: TestNetwork;
let client: Client;
let seller: Client;

beforeAll(async () => {
  network = await createTestNetwork({ count: 2 });
  const node = await network.start('buyer');
  client = clientFor(network, network.of('buyer').clerk, [node]);
  seller = clientFor(network, network.of('seller').clerk, [node]);
  await client.call('ledger', 'put', { id: 1, amount: 10 });
});

afterAll(async () => {
  client?.close();
  seller?.close();
  await network?.end();
});

const add = (amount: number) => [{ contract: 'ledger', function: 'add', args: { id: 1, amount } }];

describe('a dry run', () => {
  test('shows the change, the result and the effect, and changes nothing', async () => {
    const tried = await client.dryRun(add(5));
    expect(tried).toMatchObject({ status: 'committed', code: '', resultText: '15', truncated: false });
    expect(tried.changes).toEqual([
      {
        operation: 'update',
        contract: 'ledger',
        table: 'entry',
        key: { id: '1' },
        before: { id: '1', amount: '10', author: 'buyer/clerk' },
        after: { id: '1', amount: '15', author: 'buyer/clerk' },
        withheld: false,
      },
    ]);
    const { rows } = await client.query('SELECT amount::int4 FROM ledger.entry');
    expect(rows).toEqual([{ amount: 10 }]);
  });

  test('is rejected as the transaction would be', async () => {
    const calls = [{ contract: 'ledger', function: 'refuse', args: { reason: 'no' } }];
    const tried = await client.dryRun(calls);
    expect(tried).toMatchObject({
      status: 'rejected',
      code: 'BC002',
      message: 'no',
      effect: null,
      changes: [],
    });
    expect(
      await client.dryRun([{ ...calls[0], contract: 'ledger', function: 'nothing', args: '{}' }]),
    ).toMatchObject({
      code: 'function_unknown',
    });
  });

  test('is for oneself, as an administrator for others of the member, and for no identity of another one', async () => {
    expect(await client.dryRun(add(1), { as: 'buyer/clerk' })).toMatchObject({ status: 'committed' });
    await expect(client.dryRun(add(1), { as: 'seller/clerk' })).rejects.toMatchObject({
      code: 'not_permitted',
    });
    expect(await client.dryRun(add(1), { as: 'buyer/node' })).toMatchObject({
      status: 'rejected',
      code: 'not_permitted',
    });
  });

  test('waits for its turn among so many, and no more', async () => {
    const tries = Array.from({ length: dryRunsWaitingMax + 3 }, () => client.dryRun(add(1)));
    const answers = await Promise.allSettled(tries);
    const refused = answers.filter((answer) => answer.status === 'rejected');
    expect(refused.length).toBeGreaterThan(0);
    expect(refused.map(({ reason }) => reason.code)).toEqual(refused.map(() => 'overloaded'));
    expect(answers.filter((answer) => answer.status === 'fulfilled').length).toBeGreaterThanOrEqual(
      dryRunsWaitingMax,
    );
  });
});

describe('a transaction with one effect', () => {
  test('is committed as long as nothing else has changed what it does', async () => {
    const { effect } = await client.dryRun(add(1));
    if (effect === null) throw new Error('no effect');
    const receipt = await client.submit(add(1), { effect });
    expect(receipt.resultText).toBe('11');
    await expect(client.submit(add(1), { effect })).rejects.toMatchObject({ code: 'effect_differs' });
    await expect(client.submit(add(1), { effect: 'short' })).rejects.toMatchObject({ code: 'malformed' });
  });
});
