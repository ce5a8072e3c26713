/**
 * The examples' transactions on the embedded Postgres and on one of another version, block by block:
 * receipts, results and hashes are the same. Some hundred transactions; ten thousand with
 * BUCORDO_THOROUGH. Skipped where Debian's packages have put no other Postgres on the machine.
 */

import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { ConnectionOptions } from '../packages/node/src/postgres/connection.ts';
import { prepareDatabase } from '../packages/node/src/postgres/set-up.ts';
import { OWN_VERSIONS, type OwnServer, startOwnServer } from '../test/network/support/own-server.ts';
import { ChainSubmitter } from '../test/support/chain-submitter.ts';
import type { TestDatabase } from '../test/support/postgres.ts';
import { generatePurchasing } from './data/generate-purchasing.ts';
import { generateRetail } from './data/generate-retail.ts';
import { purchasingNetwork } from './purchasing/members.ts';
import { replayPurchasing } from './purchasing/replay.ts';
import { loadInvoices } from './retail/load.ts';
import { retailNetwork } from './retail/members.ts';

const isThorough = process.env['BUCORDO_THOROUGH'] !== undefined;

describe.each(OWN_VERSIONS)('I2: Postgres %i and the embedded one execute alike', (version) => {
  let server: OwnServer;
  let transactions = 0;

  beforeAll(async () => {
    server = await startOwnServer(version);
    await prepareDatabase(server.connection('postgres'), 'store');
  });
  afterAll(() => server?.end());

  const database = (name: string): TestDatabase => ({
    name,
    connection: (role): ConnectionOptions => ({ ...server.connection(role), database: name }),
    drop: () => Promise.resolve(),
  });

  it('purchase orders, the refused ones too', async () => {
    const data = generatePurchasing({ orders: isThorough ? 800 : 40 });
    const network = await ChainSubmitter.found(purchasingNetwork(data), [database('shop')]);
    try {
      const { committed, refused } = await replayPurchasing({ submitter: network, data });
      expect([...refused.keys()].sort()).toEqual(['BC411', 'BC412']);
      transactions += committed + [...refused.values()].reduce((sum, count) => sum + count, 0);
    } finally {
      await network.close();
    }
  });

  it('invoices', async () => {
    const source = generateRetail({ invoices: isThorough ? 5_000 : 150 });
    const network = await ChainSubmitter.found(retailNetwork(), [database('store')]);
    try {
      const report = await loadInvoices({ submitter: network, source });
      expect(report).toEqual({ recorded: source.totals.invoices, skipped: 0, refused: 0 });
      transactions += report.recorded;
    } finally {
      await network.close();
    }
  });

  it('as many as were promised', () => {
    expect(transactions).toBeGreaterThanOrEqual(isThorough ? 10_000 : 400);
  });
});

it.runIf(OWN_VERSIONS.length === 0)('no other Postgres was found', (context) => {
  context.skip('needs a server of Debian’s packages in /usr/lib/postgresql');
});
