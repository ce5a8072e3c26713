/** I2: the same decisions lead to the same state at every height, on every version of Postgres that is here. */

import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { BANK } from '../support/bank-contract.ts';
import { DecidingNetwork, deployText, policyText, THREE_MEMBERS } from '../support/deciding-network.ts';
import { OWN_VERSIONS, type OwnServer, startOwnServer } from './support/own-server.ts';

const EVERYONE = ['alpha', 'beta', 'gamma'];

describe.each(OWN_VERSIONS)('Postgres %i', (version) => {
  let server: OwnServer;
  const networks: DecidingNetwork[] = [];

  beforeAll(async () => {
    server = await startOwnServer(version);
    const own = { name: 'shop', connection: server.connection, drop: () => Promise.resolve() };
    networks.push(
      await DecidingNetwork.found(THREE_MEMBERS, [BANK]),
      await DecidingNetwork.found(THREE_MEMBERS, [BANK], own),
    );
  });
  afterAll(async () => {
    for (const network of networks) await network.close();
    await server?.end();
  });

  test('I2: decisions of every kind, refusals of every layer, equal hashes', async () => {
    const [embedded, own] = await Promise.all(networks.map(decideAll));
    expect(embedded?.proposals.map(({ status }) => status)).toEqual([
      'active',
      'active',
      'failed',
      'active',
      'rejected',
      'active',
    ]);
    expect(embedded?.told.map(([, code]) => code)).toEqual([
      ...Array.from({ length: 5 }, () => 'proposal_invalid'),
      '',
      '',
      'proposal_closed',
    ]);
    expect(own).toEqual(embedded);
  });
});

if (OWN_VERSIONS.length === 0) {
  test('decisions on another version of Postgres', (context) => {
    context.skip('needs a server of Debian’s packages in /usr/lib/postgresql');
  });
}

interface Decided {
  /** Function, code, message and result of each step. */
  readonly told: readonly (readonly unknown[])[];
  readonly proposals: readonly Record<string, unknown>[];
  /** Of every height. */
  readonly states: readonly Record<string, unknown>[];
}

/** Decides, rejects, withdraws and deploys; what became of each step, and the state hash of each height. */
async function decideAll(network: DecidingNetwork): Promise<Decided> {
  const told: (readonly unknown[])[] = [];
  const step = async (identity: string, name: string, args: Record<string, unknown>): Promise<void> => {
    const { code, message, result } = await network.step(identity, name, args);
    told.push([name, code, message, result]);
  };
  const texts = [
    '[',
    '{"a":1e5}',
    '{"a":"\\u0000"}',
    '{"decision":"deploy","rule":{"kind":"most"}}',
    '{"ä":"\\ud800"}',
  ];
  for (const document of texts) {
    await step('alpha/admin', 'propose', { kind: 'policy', title: 'é', document, base_version: null });
  }
  await network.decide(
    'alpha/admin',
    EVERYONE,
    policyText('deploy', { kind: 'classes', classes: ['trader'] }),
  );
  const limits = { kind: 'limits', document: '{"budget":200000,"rows":5000,"value_bytes":524288}' };
  await network.decide('beta/admin', EVERYONE, limits);
  const next = {
    ...BANK,
    version: '1.1.0',
    schema: BANK.schema.replace('balance int8', 'note text, balance int8'),
  };
  const migrations = [{ from: '1.0.0', sql: 'ALTER TABLE bank.account ADD COLUMN note text;\n' }];
  const failing = [{ from: '1.0.0', sql: 'ALTER TABLE bank.account ADD COLUMN balance text;\n' }];
  await network.decide(
    'alpha/admin',
    ['alpha', 'beta'],
    deployText({ ...next, migrations: failing }, '1.0.0'),
  );
  await network.decide('alpha/admin', ['alpha', 'beta'], deployText({ ...next, migrations }, '1.0.0'));
  const open = await network.propose('gamma/admin', limits);
  await step('alpha/admin', 'comment', { proposal: open, body: 'Zürich, 東京, \u{1f600}' });
  await step('alpha/admin', 'reject', { proposal: open, reason: 'no' });
  await step('alpha/admin', 'submit', { proposal: open });
  await network.decide('alpha/admin', EVERYONE, {
    kind: 'retire',
    document: '{"contract":"bank","version":"1.1.0"}',
    base: '1.1.0',
  });
  const states = await network.query(
    "SELECT s.height::int4 AS height, encode(s.state_hash, 'hex') AS hash FROM bucordo.state AS s ORDER BY s.height",
  );
  const proposals = await network.query(
    'SELECT number::int4 AS number, status, outcome, tally FROM bucordo.proposals ORDER BY number',
  );
  return { told, proposals, states };
}
