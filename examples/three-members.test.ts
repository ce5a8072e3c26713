/** Both examples on three members: three processes, three keys, three Postgres, as `bucordo dev` runs them. */

import { rm } from 'node:fs/promises';
import { join } from 'node:path';
import { afterEach, describe, expect, it } from 'vitest';
import { ExampleDoors } from '../packages/cli/src/dev/example-doors.ts';
import { settledStatus } from '../packages/cli/src/dev/member-summary.ts';
import { type DevNetwork, startDevNetwork } from '../packages/cli/src/dev-network.ts';
import { temporaryDirectory } from '../test/support/postgres.ts';
import { dataVariable, findData } from './data/find-data.ts';
import { generatePurchasing } from './data/generate-purchasing.ts';
import { generateRetail } from './data/generate-retail.ts';
import { loadPurchasing } from './data/load-purchasing.ts';
import { openRetail } from './data/load-retail.ts';
import { purchasingTotals } from './data/purchasing-totals.ts';
import type { ExampleNetwork } from './network/example-network.ts';
import type { FigureReport } from './network/figures.ts';
import type { Query } from './network/submitter.ts';
import { purchasingNetwork } from './purchasing/members.ts';
import { replayPurchasing } from './purchasing/replay.ts';
import { verifyPurchasing } from './purchasing/verify.ts';
import { loadInvoices, readRecordedInvoices } from './retail/load.ts';
import { retailNetwork } from './retail/members.ts';
import { verifyRetail } from './retail/verify.ts';

const folder = findData({ environment: process.env[dataVariable] });
const published = folder === null ? 'generated data' : 'published data';

/** A running network, with the doors to it. */
interface Running {
  readonly directory: string;
  readonly network: DevNetwork;
  readonly doors: ExampleDoors;
}

let running: Running | null = null;

async function start(description: ExampleNetwork, firstPort: number): Promise<Running> {
  const directory = await temporaryDirectory('bucordo-example-');
  const network = await startDevNetwork({ directory: join(directory, 'network'), description, firstPort });
  running = { directory, network, doors: new ExampleDoors(network.loaded) };
  return running;
}

afterEach(async () => {
  running?.doors.close();
  await running?.network.stop();
  if (running !== null) await rm(running.directory, { recursive: true, force: true });
  running = null;
});

function queryAt({ network, doors }: Running, member: string): Query {
  return doors.queryAt(member, network.identityOf(member));
}

/** Waits until nothing moves, then expects equal states and right figures on every member. */
async function expectAgreement(on: Running, verify: (query: Query) => Promise<FigureReport>): Promise<void> {
  const { loaded, members } = on.network;
  const status = await settledStatus({
    loaded,
    identity: loaded.profile.as,
    signal: AbortSignal.timeout(60_000),
  });
  expect(status).toMatchObject({ equal: true });
  expect(status.stateHashes).toHaveLength(members.length);
  for (const member of members) {
    const { figures } = await verify(queryAt(on, member));
    expect(figures.filter((figure) => figure.found !== figure.expected)).toEqual([]);
  }
}

describe('purchasing', () => {
  it(`I2: is the same on all members, the refused goods too (${published})`, async () => {
    const whole = folder === null ? generatePurchasing() : await loadPurchasing(folder);
    const data = { ...whole, orders: whole.orders.slice(0, 300) };
    const totals = purchasingTotals(data);
    const on = await start(purchasingNetwork(data), 8480);
    const report = await replayPurchasing({ submitter: on.doors, data });
    const { pending, rejected } = totals.receivedLinesByStatus;
    expect(report.refused).toEqual(new Map([...Object.entries({ BC411: pending, BC412: rejected })]));
    await expectAgreement(on, (query) => verifyPurchasing({ query, data }));
  }, 240_000);
});

describe('retail', () => {
  it(`I4, I5: is loaded once, though nodes are killed meanwhile (${published}, three days)`, async () => {
    const source =
      folder === null ? generateRetail({ invoices: 400 }) : await openRetail({ folder, part: 'three-days' });
    const { invoices, lines } = source.totals;
    const on = await start(retailNetwork(), 8580);
    const restarts: Promise<void>[] = [];
    const restartAt = new Map([
      [Math.floor(lines / 4), 'buyer-export'],
      [Math.floor(lines / 2), 'seller'],
    ]);
    const onProgress = ({ done }: { done: number }): void => {
      for (const [at, member] of restartAt) {
        if (done < at) continue;
        restartAt.delete(at);
        restarts.push(on.network.stopMember(member, 'SIGKILL').then(() => on.network.startMember(member)));
      }
    };
    const load = { submitter: on.doors, source, parallel: 16 };
    expect(await loadInvoices({ ...load, onProgress })).toEqual({
      recorded: invoices,
      skipped: 0,
      refused: 0,
    });
    await Promise.all(restarts);
    expect(restarts).toHaveLength(2);
    await expectAgreement(on, (query) => verifyRetail({ query, totals: source.totals }));

    const recorded = await readRecordedInvoices(queryAt(on, 'buyer-uk'));
    expect(await loadInvoices({ ...load, recorded })).toMatchObject({ recorded: 0, skipped: invoices });
    expect(await loadInvoices(load)).toMatchObject({ recorded: 0, refused: invoices });
    await expectAgreement(on, (query) => verifyRetail({ query, totals: source.totals }));
  }, 240_000);
});
