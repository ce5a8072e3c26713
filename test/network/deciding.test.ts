/** Three members decide together about a contract, each through its own node, while the network is in use. */

import { readFileSync, writeFileSync } from 'node:fs';
import { decisionHash, encodeContractDocument, type GenesisContract, toHex } from '@bucordo/protocol';
import { afterAll, beforeAll, expect, test } from 'vitest';

import type { Client } from '../../packages/client/src/node.ts';
import { clientOf } from './support/test-client.ts';
import {
  createTestNetwork,
  LEDGER_CONTRACT,
  MEMBERS,
  type Member,
  must,
  type TestNetwork,
} from './support/test-network.ts';
import { until } from './support/until.ts';

/** The ledger with a note on every entry, and a function that writes it. */
const NEXT: GenesisContract = {
  ...LEDGER_CONTRACT,
  version: '1.1.0',
  functions: { ...LEDGER_CONTRACT.functions, note: { roles: [], classes: [] } },
  schema: LEDGER_CONTRACT.schema.replace(
    '\n    );',
    ',\n      note text CHECK (octet_length(note) <= 100)\n    );',
  ),
  source: `${LEDGER_CONTRACT.source}
    CREATE FUNCTION ledger.note(id int4, note text) RETURNS void LANGUAGE plpgsql AS $$
    BEGIN
      UPDATE ledger.entry SET note = note.note WHERE entry.id = note.id;
    END $$;`,
  migrations: [
    {
      from: '1.0.0',
      sql: `
    ALTER TABLE ledger.entry ADD COLUMN note text CHECK (octet_length(note) <= 100);
    UPDATE ledger.entry SET note = 'from before' WHERE amount > 0;`,
    },
  ],
};
const DOCUMENT = encodeContractDocument(NEXT);

let network: TestNetwork;
const clients = new Map<Member, Client>();
const of = (member: Member): Client => must(clients.get(member));

beforeAll(async () => {
  network = await createTestNetwork({ governance: { deploy: { kind: 'more_than_half' } } });
  letReport('carrier');
  for (const member of MEMBERS) await network.start(member);
  for (const member of MEMBERS) clients.set(member, clientOf(network, member));
});
afterAll(async () => {
  for (const client of clients.values()) client.close();
  await network?.end();
});

/** Has the member's node sign what its checker says. */
function letReport(member: Member): void {
  const file = network.of(member).configFile;
  const config: object = JSON.parse(readFileSync(file, 'utf8'));
  writeFileSync(file, JSON.stringify({ ...config, advice: { report: true } }));
}

const statuses = () => MEMBERS.map((member) => network.node(member).status());
const areEqual = () =>
  new Set(statuses().map(({ height, stateHash }) => `${height} ${stateHash}`)).size === 1;
const reports = async () =>
  (await of('buyer').query("SELECT reporter, encode(report_hash, 'hex') FROM bucordo.check_report")).values;
const decide = (member: Member, name: string, args: Record<string, number | string | null>) =>
  of(member).call('bucordo', name, args);

test('two of three approve, and the contract is another one on every node from the next block on', async () => {
  await of('buyer').call('ledger', 'put', { id: 1, amount: 10 });
  const proposed = await decide('seller', 'propose', {
    kind: 'deploy',
    title: 'Notes on entries',
    document: Buffer.from(DOCUMENT).toString('utf8'),
    base_version: '1.0.0',
  });
  const proposal = Number(proposed.result);
  expect(proposal).toBe(1);
  await until(async () => (await reports()).length === 1);
  // Started again, it checks again and has nothing new to tell.
  of('carrier').close();
  await network.stop('carrier');
  await network.start('carrier');
  clients.set('carrier', clientOf(network, 'carrier'));
  await until(async () => (await of('carrier').advice(proposal))?.reportHash?.length === 64);
  await decide('carrier', 'comment', { proposal, body: 'good' });
  const document_hash = toHex(decisionHash('deploy', DOCUMENT));
  await decide('seller', 'approve', { proposal, document_hash });
  await expect(decide('seller', 'submit', { proposal })).rejects.toMatchObject({
    code: 'policy_not_met',
    message: expect.stringContaining('2 of 3 must approve, 1 approve and 0 reject'),
  });
  await decide('carrier', 'approve', { proposal, document_hash });

  // Under load: calls of what is there before and after are in flight all the time.
  let isDone = false;
  const load = MEMBERS.map(async (member, index) => {
    let written = 0;
    for (let id = 100 + index; !isDone; id += MEMBERS.length) {
      await of(member).call('ledger', 'put', { id, amount: 1 });
      written++;
    }
    return written;
  });
  const submitted = await decide('carrier', 'submit', { proposal });
  // The node that told of the commit knows the new function; the others when they have the block.
  await of('carrier').call('ledger', 'note', { id: 1, note: 'changed' });
  isDone = true;
  const written = (await Promise.all(load)).reduce((sum, count) => sum + count, 0);

  await until(areEqual);
  for (const member of MEMBERS) {
    const [version] = (await of(member).query('SELECT version FROM bucordo.running_contract')).values;
    expect(version, member).toEqual(['1.1.0']);
    const rows = await of(member).query('SELECT id, note FROM ledger.entry ORDER BY id LIMIT 1');
    expect(rows.values).toEqual([['1', 'changed']]);
    const { values } = await of(member).query(`SELECT count(*) FROM ledger.entry WHERE id >= 100`);
    expect(values).toEqual([[String(written)]]);
  }
  const versions = await of('buyer').query(
    "SELECT version, from_height, to_height, proposal FROM bucordo.contract_version WHERE name = 'ledger' ORDER BY version",
  );
  const height = String(Number(submitted.height) + 1);
  expect(versions.values).toEqual([
    ['1.0.0', '1', height, null],
    ['1.1.0', height, null, '1'],
  ]);
});

test('every node advises its member, and the one whose member wants it tells the others', async () => {
  const advice = await Promise.all(MEMBERS.map((member) => of(member).advice(1)));
  for (const each of advice) expect(['passed', 'refused']).toContain(each?.verdict);
  expect(new Set(advice.map((each) => each?.reportHash)).size).toBe(1);
  expect(await reports()).toEqual([['carrier/node', advice[0]?.reportHash]]);
});

test('the story is the same on every node, each step with its transaction', async () => {
  const [first, ...others] = await Promise.all(
    MEMBERS.map((member) =>
      of(member).query(
        'SELECT event, identity, text, hash, height, time, transaction FROM bucordo.decision_story WHERE proposal = 1 ORDER BY step',
      ),
    ),
  );
  expect(first?.values.map(([event, identity]) => [event, identity])).toEqual([
    ['proposed', 'seller/clerk'],
    ['checked', 'carrier/node'],
    ['commented', 'carrier/clerk'],
    ['approved', 'seller/clerk'],
    ['approved', 'carrier/clerk'],
    ['submitted', 'carrier/clerk'],
    ['active', 'carrier/clerk'],
  ]);
  for (const other of others) expect(other.values).toEqual(first?.values);
  for (const [, , , , height, , transaction] of first?.values ?? []) {
    const receipt = await of('buyer').receipt(String(transaction));
    expect([receipt?.status, String(receipt?.height)]).toEqual(['committed', height]);
  }
});
