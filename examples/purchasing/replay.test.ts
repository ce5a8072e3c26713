import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { clientConfig } from '../../packages/node/src/postgres/connection.ts';
import { testServer } from '../../test/support/postgres.ts';
import { dataVariable, findData } from '../data/find-data.ts';
import { generatePurchasing } from '../data/generate-purchasing.ts';
import { loadPurchasing } from '../data/load-purchasing.ts';
import { purchasingTotals } from '../data/purchasing-totals.ts';
import { ContractSandbox } from '../network/contract-sandbox.ts';
import { contractFolder } from '../network/example-network.ts';
import type { Submitter } from '../network/submitter.ts';
import { ReplayError, readReplayedSoFar, replayPurchasing } from './replay.ts';
import { verifyPurchasing } from './verify.ts';

const folder = findData({ environment: process.env[dataVariable] });
const data = generatePurchasing({ orders: 120 });
const totals = purchasingTotals(data);

let sandbox: ContractSandbox;
beforeEach(async () => {
  const server = await clientConfig((await testServer()).connection('postgres', 'postgres'));
  sandbox = await ContractSandbox.open({
    server,
    folder: contractFolder('purchasing'),
    contract: 'purchasing',
  });
});
afterEach(() => sandbox.close());

const query = (sql: string): ReturnType<ContractSandbox['query']> => sandbox.query(sql);

describe('replaying generated orders', () => {
  it('refuses the goods on pending and on rejected orders, and nothing else', async () => {
    const progress: number[] = [];
    const report = await replayPurchasing({
      submitter: sandbox,
      data,
      onProgress: ({ done, total }) => progress.push(done / total),
    });
    expect(report.refused).toEqual(
      new Map([
        ['BC411', totals.receivedLinesByStatus.pending],
        ['BC412', totals.receivedLinesByStatus.rejected],
      ]),
    );
    expect(progress.at(-1)).toBe(1);
    expect(await verifyPurchasing({ query, data })).toMatchObject({ correct: true });
  });

  it('goes on where it was stopped, and does nothing when all is done', async () => {
    for (const transactionsMax of [3, 60, 200, 350]) {
      const soFar = await readReplayedSoFar(query);
      await expect(
        replayPurchasing({ submitter: breaking(sandbox, transactionsMax), data, soFar }),
      ).rejects.toThrow('broken');
    }
    await replayPurchasing({ submitter: sandbox, data, soFar: await readReplayedSoFar(query) });
    expect(await verifyPurchasing({ query, data })).toMatchObject({ correct: true });
    const again = await replayPurchasing({ submitter: sandbox, data, soFar: await readReplayedSoFar(query) });
    expect(again).toMatchObject({ committed: 0, refused: new Map() });
  });

  it('stops at the first event that ends otherwise than the data implies', async () => {
    const [first, ...rest] = data.orders;
    const wrong = { ...data, orders: [{ ...first, totalDue: '0.0000' } as typeof first & object, ...rest] };
    const replay = replayPurchasing({ submitter: sandbox, data: wrong });
    await expect(replay).rejects.toThrow(ReplayError);
    await expect(replay).rejects.toThrow(/place_order.*rejected with BC304.*should have been committed/);
  });

  it('is told apart from other figures', async () => {
    await replayPurchasing({ submitter: sandbox, data });
    await query(
      'UPDATE purchasing.order_header SET freight = freight + 1, total_due = total_due + 1 WHERE order_id = 1',
    );
    const report = await verifyPurchasing({ query, data });
    expect(report.correct).toBe(false);
    const wrong = report.figures
      .filter((figure) => figure.found !== figure.expected)
      .map((figure) => figure.name);
    expect(wrong).toEqual(['sum of freight', 'sum of total_due']);
  });
});

describe.skipIf(folder === null)(
  'replaying published orders (skipped unless BUCORDO_DATA names their folder)',
  () => {
    it('gives the expected figures for the first 400 of them', async () => {
      const published = await loadPurchasing(folder ?? '');
      const part = { ...published, orders: published.orders.slice(0, 400) };
      await replayPurchasing({ submitter: sandbox, data: part });
      const report = await verifyPurchasing({ query, data: part });
      expect(report.figures.filter((figure) => figure.found !== figure.expected)).toEqual([]);
    });
  },
);

/** Passes so many transactions on, then fails as a lost connection does. */
function breaking(submitter: Submitter, transactionsMax: number): Submitter {
  let count = 0;
  return {
    submit: async (identity, calls) => {
      count += 1;
      if (count > transactionsMax) throw new Error('broken');
      return await submitter.submit(identity, calls);
    },
  };
}
