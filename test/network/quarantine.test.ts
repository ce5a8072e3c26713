/**
 * A transaction that kills the database of every member which executes it: the nodes stop trying, say
 * of what they die, take the members' word to skip it, and go on to equal hashes.
 */

import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { encodeSkip, type PlainSkip, parseTransactionId, signSkip } from '@bucordo/protocol';
import { afterAll, beforeAll, expect, test } from 'vitest';

import type { Client, Quarantine, Receipt } from '../../packages/client/src/node.ts';
import { attemptsMax } from '../../packages/node/src/limits.ts';
import { connect } from '../../packages/node/src/postgres/connection.ts';
import { type NodeProcess, startProcess } from './support/node-process.ts';
import { clientFor } from './support/test-client.ts';
import { createTestNetwork, MEMBERS, type Member, must, type TestNetwork } from './support/test-network.ts';
import { until } from './support/until.ts';

const POISON = 666;
let network: TestNetwork;
const nodes = new Map<Member, NodeProcess>();
const clients = new Map<Member, Client>();

beforeAll(async () => {
  network = await createTestNetwork();
  for (const member of MEMBERS) await start(member);
  await clientOf('buyer').call('ledger', 'put', { id: 1, amount: 0 });
  for (const member of MEMBERS) await until(async () => (await clientOf(member).status()).height > 0);
  for (const member of MEMBERS) await makeDeadly(member);
});

afterAll(async () => {
  for (const client of clients.values()) client.close();
  for (const node of nodes.values()) await node.end('SIGKILL');
  await network?.end();
});

async function start(member: Member): Promise<NodeProcess> {
  const node = await startProcess(network.of(member));
  nodes.set(member, node);
  if (!clients.has(member)) clients.set(member, clientFor(network, network.of(member).clerk, [node]));
  return node;
}

const clientOf = (member: Member): Client => must(clients.get(member));

// What a bug of the server would do: whoever inserts the marked row loses the backend.
async function makeDeadly(member: Member): Promise<void> {
  const superuser = await connect(network.of(member).database.connection('postgres'));
  await superuser.query(`
    CREATE SCHEMA bug;
    CREATE FUNCTION bug.die() RETURNS trigger LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog AS $$
    BEGIN
      IF NEW.id = ${POISON} THEN
        PERFORM pg_terminate_backend(pg_backend_pid());
        PERFORM pg_sleep(10);
      END IF;
      RETURN NULL;
    END $$;
    CREATE TRIGGER die AFTER INSERT ON ledger.entry FOR EACH ROW EXECUTE FUNCTION bug.die();
    -- A bug stands in no catalogue, so no start may find this one there.
    DELETE FROM bucordo.contract_shape;`);
  await superuser.end();
}

/** Starts the node again whenever it has died, as a supervisor would; resolves with its quarantine and how often it died. */
async function untilQuarantined(member: Member): Promise<{ deaths: number; quarantine: Quarantine }> {
  for (let deaths = 1; deaths < 10; deaths++) {
    expect(await must(nodes.get(member)).ended).toMatchObject({ code: 1 });
    const node = await start(member);
    const { quarantine } = await clientOf(member).status();
    if (quarantine !== null) return { deaths, quarantine };
    await Promise.race([node.ended, new Promise((resolve) => setTimeout(resolve, 60_000))]);
  }
  throw new Error(`${member} never gave up`);
}

const attemptsFile = (member: Member): string => join(network.directory, member, 'postgres.attempts.json');

test('a deadly transaction is skipped by the members, and all go on to equal hashes', {
  timeout: 240_000,
}, async () => {
  // Handed to a node that follows, which forwards it again as often as the ordering node comes back.
  const poison = await clientOf('seller').build([
    { contract: 'ledger', function: 'put', args: { id: POISON, amount: 1 } },
  ]);
  const answer: Promise<Receipt | Error> = clientOf('seller')
    .submitRaw(poison, { timeoutMs: 200_000 })
    .catch((error: Error) => error);

  const buyer = await untilQuarantined('buyer');
  expect(buyer).toMatchObject({
    deaths: attemptsMax,
    quarantine: { transaction: poison.id, attempts: attemptsMax },
  });
  const { rows } = await clientOf('buyer').query('SELECT id FROM ledger.entry');
  expect(rows).toEqual([{ id: 1 }]);
  const call = clientOf('buyer').call('ledger', 'put', { id: 2, amount: 0 }, { timeoutMs: 500 });
  // The node's own word is worth more to the caller than that no other node was reached.
  await expect(call).rejects.toMatchObject({
    code: 'unknown',
    message: expect.stringContaining('quarantined'),
  });

  // Not enough members, and statements that do not count.
  const unsigned: PlainSkip = {
    network: network.network,
    height: buyer.quarantine.height,
    transactionId: parseTransactionId(poison.id),
    statements: [],
  };
  const signedBy = (skip: PlainSkip, member: Member, as: Member = member): PlainSkip => {
    const { key, seed } = network.of(member).clerk;
    return signSkip(skip, { member: as, key, seed });
  };
  const apply = (skip: PlainSkip, to: Member) =>
    clientOf(to).skip(Buffer.from(encodeSkip(skip)).toString('utf8'));
  expect(await apply(signedBy(signedBy(unsigned, 'buyer'), 'seller', 'carrier'), 'buyer')).toMatchObject({
    skipped: false,
    agreed: ['buyer'],
    approvals: 1,
    needed: 3,
    refused: [{ member: 'carrier', flaw: 'not_administrator' }],
  });
  const statements = signedBy(unsigned, 'seller').statements.map((one) => ({
    ...one,
    signature: new Uint8Array(64),
  }));
  expect(await apply({ ...unsigned, statements }, 'buyer')).toMatchObject({
    refused: [{ member: 'seller', flaw: 'signature_invalid' }],
  });
  expect((await clientOf('buyer').status()).quarantine).not.toBeNull();

  // Enough: the ordering node goes on at once. The others have no statements yet, and die of the same block.
  const skip = MEMBERS.reduce<PlainSkip>((each, member) => signedBy(each, member), unsigned);
  expect(await apply(skip, 'buyer')).toMatchObject({ skipped: true, agreed: ['buyer', 'carrier', 'seller'] });
  expect((await clientOf('buyer').status()).quarantine).toBeNull();
  const [seller, carrier] = await Promise.all([untilQuarantined('seller'), untilQuarantined('carrier')]);
  for (const { deaths, quarantine } of [seller, carrier]) {
    expect([deaths, quarantine.transaction]).toEqual([attemptsMax, poison.id]);
  }
  expect(existsSync(attemptsFile('carrier'))).toBe(true);

  // A node in quarantine stops like any other, and is in quarantine again when it is started.
  expect(await must(nodes.get('carrier')).end('SIGTERM')).toMatchObject({ code: 0 });
  await start('carrier');
  expect((await clientOf('carrier').status()).quarantine).toMatchObject({ transaction: poison.id });
  const tried = clientOf('carrier').dryRun([
    { contract: 'ledger', function: 'put', args: { id: POISON, amount: 1 } },
  ]);
  await expect(tried).rejects.toMatchObject({ code: 'quarantined' });
  for (const member of ['seller', 'carrier'] as const) {
    expect(await apply(skip, member)).toMatchObject({ skipped: true });
  }

  expect(await answer).toMatchObject({ name: 'RejectedError', code: 'skipped' });
  const receipt = await clientOf('buyer').call('ledger', 'put', { id: 2, amount: 0 });
  const height = must(receipt.height);
  for (const member of MEMBERS) await until(async () => (await clientOf(member).status()).height >= height);
  const states = await Promise.all(MEMBERS.map((member) => stateAt(member, height)));
  expect(new Set(states.map((state) => JSON.stringify(state))).size).toBe(1);
  expect(existsSync(attemptsFile('carrier'))).toBe(false);
  expect(await apply(skip, 'buyer')).toMatchObject({
    skipped: true,
    refused: MEMBERS.map(() => ({ flaw: 'executed' })),
  });
});

async function stateAt(member: Member, height: number): Promise<unknown> {
  const { rows } = await clientOf(member).query(
    `SELECT s.state_hash, (SELECT array_agg(r.code ORDER BY r.position) FROM bucordo.rejection AS r) AS codes
       FROM bucordo.state AS s WHERE s.height = $1`,
    [String(height)],
  );
  expect(rows[0]?.['codes']).toContain('skipped');
  return rows[0];
}
