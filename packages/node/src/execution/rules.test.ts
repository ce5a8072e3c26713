/** Rules: what members may decide about them, how a node comes to them, and what stops it. */

import { readFileSync } from 'node:fs';
import { decodeGenesis, encodeGenesis, type GenesisContract, networkId, toHex } from '@bucordo/protocol';
import type pg from 'pg';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';

import { DecidingNetwork, THREE_MEMBERS } from '../../../../test/support/deciding-network.ts';
import { freshDatabase, type TestDatabase } from '../../../../test/support/postgres.ts';
import { TestChain } from '../../../../test/support/test-chain.ts';
import { connect } from '../postgres/connection.ts';
import { installGenesis } from './install-genesis.ts';
import { installSchema } from './install-release.ts';
import { RELEASE, type Release, rulesHash } from './release.ts';

const everyone = ['alpha', 'beta', 'gamma'];
const FIRST_HASH = toHex(rulesHash(must(RELEASE.rules[0])));

const SHOP: GenesisContract = {
  name: 'shop',
  version: '1.0.0',
  functions: {
    sell: { roles: ['seller', 'manager'], classes: ['trader'] },
    open: { roles: [], classes: [] },
  },
  schema: 'CREATE TABLE shop.item (id int4 PRIMARY KEY);',
  source: `
    CREATE FUNCTION shop.sell(id int4) RETURNS void LANGUAGE plpgsql AS $$
    BEGIN INSERT INTO shop.item (id) VALUES (sell.id); END $$;
    CREATE FUNCTION shop.open() RETURNS void LANGUAGE plpgsql AS $$ BEGIN NULL; END $$;`,
};
const SELL = { contract: 'shop', function: 'sell', args: { id: 1 } };
const OPEN = { contract: 'shop', function: 'open', args: {} };

function must<Value>(value: Value | undefined): Value {
  if (value === undefined) throw new Error('missing in the test');
  return value;
}

const rulesText = (version: number | string, hash: string, fromHeight: number) => ({
  kind: 'rules',
  document: JSON.stringify({ version, hash, from_height: fromHeight }),
});

/** Fills blocks until the next one has this height. */
async function fillUpTo(network: DecidingNetwork, height: number): Promise<void> {
  for (;;) {
    const [row] = await network.query('SELECT max(height)::int4 AS height FROM bucordo.state');
    if (Number(row?.['height']) >= height - 1) return;
    await network.calls([['alpha/clerk', OPEN]]);
  }
}

describe('rules that members decide about', () => {
  let network: DecidingNetwork;
  const heightNow = async () =>
    Number((await network.query('SELECT max(height)::int4 AS height FROM bucordo.state'))[0]?.['height']);

  beforeAll(async () => {
    network = await DecidingNetwork.found(THREE_MEMBERS, [SHOP]);
    await network.reopen();
  });
  afterAll(() => network?.close());

  test.each([
    [
      'rules that are not the next ones',
      rulesText(3, FIRST_HASH, 900),
      'proposal_invalid',
      'the rules 1 hold',
    ],
    ['the rules that hold', rulesText(1, FIRST_HASH, 900), 'proposal_invalid', 'the rules 1 hold'],
    [
      'a version that is no number',
      rulesText('2', FIRST_HASH, 900),
      'proposal_invalid',
      'named by their version',
    ],
    ['a hash of another length', rulesText(2, 'ab', 900), 'proposal_invalid', '64 hexadecimal digits'],
    ['a height that has passed', rulesText(2, FIRST_HASH, 1), 'proposal_outdated', '1 is not above'],
    ['a height of none', rulesText(2, FIRST_HASH, 0), 'proposal_invalid', 'named by their version'],
    [
      'another key',
      { kind: 'rules', document: '{"version":2}' },
      'proposal_invalid',
      'version, hash, from_height',
    ],
  ])('are refused as %s', async (_, proposed, code, words) => {
    const args = { ...proposed, title: 'Rules', base_version: null };
    const outcome = await network.step('alpha/admin', 'propose', args);
    expect(outcome).toMatchObject({ code, message: expect.stringContaining(words) });
  });

  test('a height that passed before it was submitted is refused, and nothing is decided', async () => {
    const number = await network.propose('alpha/admin', rulesText(2, FIRST_HASH, (await heightNow()) + 3));
    for (const member of everyone) await network.approve(`${member}/admin`, number);
    expect(await network.step('alpha/admin', 'submit', { proposal: number })).toMatchObject({
      code: 'proposal_outdated',
    });
    expect(await network.query('SELECT version FROM bucordo.rules')).toEqual([]);
  });

  test('what was decided can be decided anew as long as its height has not come', async () => {
    const far = await heightNow();
    await network.decide('alpha/admin', everyone, rulesText(2, '00'.repeat(32), far + 500));
    const fromHeight = (await heightNow()) + 12;
    await network.decide('beta/admin', everyone, rulesText(2, FIRST_HASH, fromHeight));
    expect(
      await network.query(
        `SELECT version, encode(hash, 'hex') AS hash, from_height::int4, proposal::int4 FROM bucordo.rules`,
      ),
    ).toEqual([{ version: 2, hash: FIRST_HASH, from_height: fromHeight, proposal: 3 }]);
    // Both decisions are in the history, as every change of a shared row.
    expect(
      await network.query('SELECT operation FROM bucordo_history.rules_versions ORDER BY position'),
    ).toEqual([{ operation: 'I' }, { operation: 'U' }]);
  });

  test('I2: up to their height a refusal is as it was, from it on it tells what is missing', async () => {
    const [row] = await network.query('SELECT from_height::int4 AS height FROM bucordo.rules');
    const fromHeight = Number(row?.['height']);
    await fillUpTo(network, fromHeight - 1);
    const before = must((await network.calls([['gamma/clerk', SELL]]))[0]);
    expect(before).toEqual({ code: 'not_permitted', message: '', result: null, height: fromHeight - 1 });
    const [after, unknown] = await network.calls([
      ['gamma/clerk', SELL],
      [
        'alpha/admin',
        {
          contract: 'bucordo',
          function: 'propose',
          args: { kind: 'x', title: 'x', document: '{}', base_version: null },
        },
      ],
    ]);
    expect(after).toEqual({
      code: 'not_permitted',
      message: 'shop.sell asks for one of the roles seller, manager and a member of the class trader',
      result: null,
      height: fromHeight,
    });
    expect(unknown?.message).toBe(
      'the kind of a proposal is deploy, retire, admit, expel, policy, limits or rules',
    );
    expect(
      await network.query("SELECT version, height::int4 FROM bucordo.installed WHERE part = 'rules'"),
    ).toEqual([{ version: 2, height: fromHeight - 1 }]);
  });

  test('a node whose next rules have another text than was accepted stops, and so does one whose rules write rows', async () => {
    const sql = "UPDATE bucordo.member SET name = 'Somebody else'";
    const writing: Release = { ...RELEASE, rules: [...RELEASE.rules, { version: 3, description: '', sql }] };
    const fromHeight = (await heightNow()) + 6;
    await network.decide('alpha/admin', everyone, rulesText(3, toHex(rulesHash({ sql })), fromHeight));
    await fillUpTo(network, fromHeight);
    const block = network.seal([['alpha/clerk', OPEN]]);
    const other = { version: 3, description: '', sql: 'SELECT 1' };
    for (const [release, code] of [
      [RELEASE, 'rules_missing'],
      [{ ...RELEASE, rules: [...RELEASE.rules, other] }, 'rules_differ'],
      [writing, 'upgrade_failed'],
    ] as const) {
      await network.reopen({ release });
      await expect(network.execute(block)).rejects.toMatchObject({ code });
      expect(await heightNow()).toBe(fromHeight - 1);
      expect(await network.query('SELECT max(version) AS version FROM bucordo.installed')).toEqual([
        { version: 2 },
      ]);
    }
  });
});

describe('a database and a program of another release', () => {
  let database: TestDatabase;
  let client: pg.Client;
  const chain = new TestChain([SHOP]);
  const options = { networkId: chain.networkId, release: RELEASE, log: { info: () => undefined } };

  beforeAll(async () => {
    database = await freshDatabase();
    client = await connect(database.connection('postgres'));
    await installGenesis(client, chain);
  });
  afterAll(async () => {
    await client?.end();
    await database?.drop();
  });

  test('a new database has the schema of the program, and functions and views of other texts are made anew', async () => {
    const installed = 'SELECT part, version, height::int4, program FROM bucordo.installed';
    const { rows } = await client.query(installed);
    expect(rows).toEqual([{ part: 'schema', version: 2, height: 0, program: '0.1.0' }]);
    await client.query(`
      CREATE OR REPLACE FUNCTION bucordo.kinds_of_policies() RETURNS text LANGUAGE sql IMMUTABLE AS 'SELECT $$other words$$';
      UPDATE bucordo.installed SET texts = ''`);
    await installSchema(client, options);
    expect((await client.query('SELECT bucordo.kinds_of_policies() AS kinds')).rows).toEqual([
      { kinds: 'deploy, retire, admit, expel, policy, limits or skip' },
    ]);
    expect((await client.query(installed)).rows).toEqual(rows);
  });

  test('a database on which a newer program has worked is refused, naming both', async () => {
    for (const part of ['schema', 'rules']) {
      await client.query('BEGIN');
      await client.query(
        `INSERT INTO bucordo.installed (part, version, height, program) VALUES ('${part}', 9, 0, '9.9.9')`,
      );
      await client.query('COMMIT');
      await expect(installSchema(client, options)).rejects.toMatchObject({
        code: 'database_newer',
        facts: { part, database: 9, program: 2 },
      });
      await client.query(`DELETE FROM bucordo.installed WHERE version = 9`);
    }
  });

  test('a genesis founds on the rules that it names, where the program has them', async () => {
    for (const [rules, found] of [
      [2, [{ version: 2, from_height: 1 }]],
      [9, 'rules_missing'],
    ] as const) {
      const document = encodeGenesis({ ...chain.genesis, rules });
      const genesis = { genesis: decodeGenesis(document), document, networkId: networkId(document) };
      const other = await freshDatabase();
      const founder = await connect(other.connection('postgres'));
      try {
        if (typeof found === 'string') {
          await expect(installGenesis(founder, genesis)).rejects.toMatchObject({ code: found });
        } else {
          await installGenesis(founder, genesis);
          const decided = await founder.query('SELECT version, from_height::int4 FROM bucordo.rules');
          expect(decided.rows).toEqual(found);
          const kinds = await founder.query('SELECT bucordo.kinds_of_policies() AS kinds');
          expect(kinds.rows[0]?.kinds).toContain('or rules');
        }
      } finally {
        await founder.end();
        await other.drop();
      }
    }
  });
});

test('published rules have the hashes that the specification names', () => {
  const formats = readFileSync(new URL('../../../../docs/spec/formats.md', import.meta.url), 'utf8');
  for (const rules of RELEASE.rules)
    expect(formats).toContain(`| ${rules.version} | \`${toHex(rulesHash(rules))}\` |`);
});
