/**
 * A network that was founded before there were versions goes on with the program of today: its database is
 * brought to the schema, its members decide about the next rules, a node without them stops before their
 * height and goes on when it has them, and a node that begins with the genesis goes through the same.
 */

import { decisionHash, toHex } from '@bucordo/protocol';
import { afterAll, beforeAll, expect, test } from 'vitest';

import { rulesDecision } from '../../packages/cli/src/proposal/rules-decision.ts';
import type { Client } from '../../packages/client/src/node.ts';
import { RELEASE } from '../../packages/node/src/execution/release.ts';
import { connect } from '../../packages/node/src/postgres/connection.ts';
import { clientOf } from '../network/support/test-client.ts';
import { type Member, must, type TestNetwork } from '../network/support/test-network.ts';
import { until } from '../network/support/until.ts';
import type { TestDatabase } from '../support/postgres.ts';
import { freshDatabase } from '../support/postgres.ts';
import { genesisIn, openKept, restoreKept } from './kept-network.ts';

const MEMBERS = ['buyer', 'seller'] as const;
/** A program that knows decisions about rules and has none but the first. */
const WITHOUT_RULES = { ...RELEASE, rules: [] };

let network: TestNetwork;
const databases = new Map<Member, TestDatabase>();
let newcomer: TestDatabase;
const clients: Client[] = [];
const at = (member: Member): Client => {
  const client = clientOf(network, member);
  clients.push(client);
  return client;
};

beforeAll(async () => {
  for (const member of MEMBERS) databases.set(member, await restoreKept('schema-1'));
  newcomer = await freshDatabase();
  network = await openKept('schema-1', await genesisIn(databaseOf('buyer')));
});
afterAll(async () => {
  for (const client of clients) client.close();
  await network?.end();
  for (const database of [...databases.values(), newcomer]) await database?.drop();
});

function databaseOf(member: Member): TestDatabase {
  return must(databases.get(member));
}

async function rows(database: TestDatabase, sql: string): Promise<Record<string, unknown>[]> {
  const client = await connect(database.connection('postgres'));
  try {
    return (await client.query<Record<string, unknown>>(sql)).rows;
  } finally {
    await client.end();
  }
}

/** The states of two databases up to the height that both have. */
async function statesOfBoth(one: TestDatabase, other: TestDatabase) {
  const [ones, others] = [await states(one), await states(other)];
  const common = Math.min(ones.length, others.length);
  expect(common).toBeGreaterThan(rulesHeight);
  return [ones.slice(0, common), others.slice(0, common)];
}

const states = (database: TestDatabase) =>
  rows(
    database,
    `SELECT s.height::int4 AS height, encode(s.state_hash, 'hex') AS state_hash FROM bucordo.state AS s ORDER BY s.height`,
  );

/** The members decide that the next rules hold from this height on. */
async function decideRules(fromHeight: number): Promise<void> {
  const [buyer, seller] = [at('buyer'), at('seller')];
  const asked = (id: Member) => ({ client: at(id), endpoint: { id }, timeoutMs: 10_000 });
  await expect(rulesDecision(asked('seller'), fromHeight)).rejects.toThrow(
    'the node of seller does not have rules 2',
  );
  await expect(rulesDecision(asked('buyer'), 1)).rejects.toThrow('rules begin at a height to come');
  const { kind, title, document } = await rulesDecision(asked('buyer'), fromHeight);
  const given = { kind, title, document, base_version: null };
  const proposal = Number((await buyer.call('bucordo', 'propose', given)).result);
  const document_hash = toHex(decisionHash('rules', Buffer.from(document)));
  for (const client of [buyer, seller]) await client.call('bucordo', 'approve', { proposal, document_hash });
  await seller.call('bucordo', 'submit', { proposal });
}

let lastOfBefore: Record<string, unknown>[];

test('the database is brought to the schema when the node starts, and the network goes on', async () => {
  lastOfBefore = await states(databaseOf('buyer'));
  await network.startOn('buyer', databaseOf('buyer'));
  expect(await rows(databaseOf('buyer'), 'SELECT part, version FROM bucordo.installed')).toEqual([
    { part: 'schema', version: 2 },
  ]);
  await network.startOn('seller', databaseOf('seller'), { release: WITHOUT_RULES });
  expect((await at('seller').call('ledger', 'add', { id: 1, amount: 4 })).result).toBe(11);
  const versions = await at('buyer').query(
    'SELECT v.function, v.amount FROM ledger_history.entry_versions AS v WHERE v.id = 1 ORDER BY v.height',
  );
  expect(versions.values.at(0)).toEqual(['ledger.put', '1']);
  expect(versions.values.at(-1)).toEqual(['ledger.add', '11']);
  expect(network.node('buyer').status().rules).toEqual({ version: 1, known: 2, schema: 2, next: null });
});

let rulesHeight: number;

test('a node without the decided rules says so, stops before their height by name, and leaves nothing of the block', async () => {
  // Checkpoints are blocks, too.
  rulesHeight = network.node('buyer').status().height + 40;
  await decideRules(rulesHeight);
  const seller = network.node('seller');
  await until(() => seller.status().rules.next !== null);
  expect(seller.status().rules.next).toMatchObject({
    version: 2,
    fromHeight: rulesHeight,
    obstacle: expect.stringContaining(`Block ${rulesHeight} goes by rules 2`),
  });
  expect(network.node('buyer').status().rules.next).toEqual({
    version: 2,
    fromHeight: rulesHeight,
    obstacle: null,
  });
  await until(() => seller.status().health.conditions.some(({ code }) => code === 'rules_awaited'));
  const buyer = at('buyer');
  while (network.node('buyer').status().height < rulesHeight + 1)
    await buyer.call('ledger', 'add', { id: 1, amount: 1 });
  expect(await seller.failed).toMatchObject({
    code: 'rules_missing',
    facts: { height: rulesHeight, rules: 2, program: 1 },
  });
  await network.stop('seller');
  expect((await states(databaseOf('seller'))).at(-1)?.['height']).toBe(rulesHeight - 1);
  // Started again as it is, it does not even begin.
  await expect(
    network.startOn('seller', databaseOf('seller'), { release: WITHOUT_RULES }),
  ).rejects.toMatchObject({
    code: 'rules_missing',
    message: expect.stringContaining(`Block ${rulesHeight} goes by rules 2`),
  });
});

test('with the release that has them it goes on, to the same states', async () => {
  // As if the release before had said a function in other words.
  await rows(
    databaseOf('seller'),
    `CREATE OR REPLACE FUNCTION bucordo.tally_words(voters int4, approvals int4, rejections int4, needed int4) RETURNS text
     LANGUAGE sql IMMUTABLE AS 'SELECT needed::text'`,
  );
  await rows(databaseOf('seller'), "UPDATE bucordo.installed SET texts = '' WHERE part = 'schema'");
  await network.startOn('seller', databaseOf('seller'));
  await at('seller').call('ledger', 'add', { id: 1, amount: 1 });
  await until(() => network.node('seller').status().height === network.node('buyer').status().height);
  expect(network.node('seller').status().rules).toMatchObject({ version: 2, known: 2, next: null });
  const [own, others] = await statesOfBoth(databaseOf('seller'), databaseOf('buyer'));
  expect(own).toEqual(others);
  for (const member of MEMBERS)
    expect(
      await rows(
        databaseOf(member),
        `SELECT version, height::int4 FROM bucordo.installed WHERE part = 'rules'`,
      ),
    ).toEqual([{ version: 2, height: rulesHeight - 1 }]);
});

test('a node that begins with the genesis executes each block by the rules of its height', async () => {
  await network.stop('seller');
  await network.startOn('seller', newcomer);
  await until(() => network.node('seller').status().height === network.node('buyer').status().height);
  await at('seller').call('ledger', 'add', { id: 1, amount: 1 }, { wait: 'final' });
  const [replayed, others] = await statesOfBoth(newcomer, databaseOf('buyer'));
  expect(replayed).toEqual(others);
  expect(replayed?.slice(0, lastOfBefore.length)).toEqual(lastOfBefore);
  expect(
    await rows(newcomer, `SELECT part, version, height::int4 FROM bucordo.installed ORDER BY part`),
  ).toEqual([
    { part: 'rules', version: 2, height: rulesHeight - 1 },
    { part: 'schema', version: 2, height: 0 },
  ]);
});

test('a database that was upgraded is one that was founded today', async () => {
  const founded = await shapeOf(newcomer);
  for (const member of MEMBERS) expect(await shapeOf(databaseOf(member)), member).toEqual(founded);
});

/** Everything that the schemas of the system hold, by name. */
async function shapeOf(database: TestDatabase): Promise<Map<string, unknown>> {
  const found = await rows(
    database,
    `SELECT 'function ' || p.oid::regprocedure::text AS name,
            pg_get_functiondef(p.oid) || coalesce(array_to_string(ARRAY(SELECT a::text FROM unnest(p.proacl) AS a ORDER BY 1), ' '), '') AS what
       FROM pg_proc AS p WHERE p.pronamespace::regnamespace::text = ANY ($SCHEMAS$)
     UNION ALL
     SELECT c.relkind::text || ' ' || c.oid::regclass::text,
            concat_ws(E'\\n', CASE WHEN c.relkind = 'v' THEN pg_get_viewdef(c.oid) WHEN c.relkind = 'i' THEN pg_get_indexdef(c.oid) END,
              (SELECT string_agg(concat_ws(' ', a.attname, format_type(a.atttypid, a.atttypmod), a.attnotnull, pg_get_expr(d.adbin, d.adrelid)), ', ' ORDER BY a.attnum)
                 FROM pg_attribute AS a LEFT JOIN pg_attrdef AS d ON d.adrelid = a.attrelid AND d.adnum = a.attnum
                WHERE a.attrelid = c.oid AND a.attnum > 0 AND NOT a.attisdropped),
              array_to_string(ARRAY(SELECT a::text FROM unnest(c.relacl) AS a ORDER BY 1), ' '))
       FROM pg_class AS c WHERE c.relnamespace::regnamespace::text = ANY ($SCHEMAS$) AND c.relkind <> 't'
     UNION ALL
     SELECT 'constraint ' || k.conname || ' on ' || k.conrelid::regclass, pg_get_constraintdef(k.oid)
       FROM pg_constraint AS k WHERE k.connamespace::regnamespace::text = ANY ($SCHEMAS$) AND k.contype <> 'n'
     UNION ALL
     SELECT 'trigger ' || t.tgname || ' on ' || t.tgrelid::regclass, pg_get_triggerdef(t.oid)
       FROM pg_trigger AS t JOIN pg_class AS c ON c.oid = t.tgrelid
      WHERE c.relnamespace::regnamespace::text = ANY ($SCHEMAS$) AND NOT t.tgisinternal`.replaceAll(
      '$SCHEMAS$',
      `ARRAY['bucordo', 'bucordo_history', 'ledger', 'ledger_history', 'kinds', 'kinds_history']`,
    ),
  );
  return new Map(
    found.map(({ name, what }) => [String(name), what] as const).sort(([a], [b]) => (a < b ? -1 : 1)),
  );
}
