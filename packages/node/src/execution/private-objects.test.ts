/**
 * Two databases of one network, one of which has something that its member made for itself: the other one
 * carries the members' decision out, this one stops, names what is in the way, and comes to the same
 * state once it is gone.
 */

import type { GenesisContract } from '@bucordo/protocol';
import { afterAll, describe, expect, test } from 'vitest';
import {
  DecidingNetwork,
  deployText,
  type ProposedText,
  THREE_MEMBERS,
} from '../../../../test/support/deciding-network.ts';
import { freshDatabase } from '../../../../test/support/postgres.ts';
import type { SealedBlock } from '../chain/sealed-block.ts';
import { checkServer, refuseUnsafeServer } from '../postgres/check-server.ts';
import { connect } from '../postgres/connection.ts';

const stock = (version: string, changes: Partial<GenesisContract> = {}): GenesisContract => ({
  name: 'stock',
  version,
  functions: { put: { roles: [], classes: [] } },
  readers: [{ table: 'item', classes: ['trader'], roles: [] }],
  schema: `CREATE TABLE stock.item (id int4 PRIMARY KEY, place int4, note text CHECK (octet_length(note) < 90));
    CREATE VIEW stock.places AS SELECT i.id, i.place FROM stock.item AS i;`,
  source: `CREATE FUNCTION stock.put(id int4) RETURNS void LANGUAGE plpgsql AS $$
    BEGIN
      INSERT INTO stock.item (id) VALUES (put.id);
    END $$;
    CREATE FUNCTION stock.double(a int4) RETURNS int4 LANGUAGE sql IMMUTABLE AS 'SELECT 2 * a';`,
  ...changes,
});

const FIRST = stock('1.0.0');

/** The note goes, a weight comes. */
const SECOND = stock('2.0.0', {
  schema: `CREATE TABLE stock.item (id int4 PRIMARY KEY, place int4, weight int4);
    CREATE VIEW stock.places AS SELECT i.id, i.place FROM stock.item AS i;`,
  migrations: [
    {
      from: '1.0.0',
      sql: 'ALTER TABLE stock.item DROP COLUMN note; ALTER TABLE stock.item ADD COLUMN weight int4;',
    },
  ],
});

const SHELF: GenesisContract = {
  name: 'shelf',
  version: '1.0.0',
  functions: {},
  schema: 'CREATE TABLE shelf.board (id int4 PRIMARY KEY);',
  source: '',
};

const RETIRE: ProposedText = {
  kind: 'retire',
  document: JSON.stringify({ contract: 'stock', version: '1.0.0' }),
  base: '1.0.0',
};

/** A decision that waits for its last block, and what becomes of it where nothing is in the way. */
interface Prepared {
  readonly network: DecidingNetwork;
  readonly block: SealedBlock;
  readonly number: number;
  readonly agreed: unknown;
}

const prepared = new Map<string, Promise<Prepared>>();

async function prepare(decision: ProposedText): Promise<Prepared> {
  const network = await DecidingNetwork.found(THREE_MEMBERS, [FIRST]);
  await network.calls([['alpha/clerk', { contract: 'stock', function: 'put', args: { id: 1 } }]]);
  const number = await network.propose('alpha/admin', decision);
  for (const member of ['alpha', 'beta', 'gamma']) await network.approve(`${member}/admin`, number);
  const block = network.seal([
    ['alpha/admin', { contract: 'bucordo', function: 'submit', args: { proposal: number } }],
  ]);
  const plain = await network.copy();
  await plain.execute(block);
  const agreed = await outcomeOn(plain, number);
  await plain.close();
  return { network, block, number, agreed };
}

function waiting(decision: ProposedText): Promise<Prepared> {
  const key = JSON.stringify(decision);
  const known = prepared.get(key) ?? prepare(decision);
  prepared.set(key, known);
  return known;
}

afterAll(async () => {
  for (const each of prepared.values()) await (await each).network.close();
});

async function outcomeOn(network: DecidingNetwork, number: number): Promise<unknown> {
  const [row] = await network.query(
    `SELECT p.status, p.outcome, p.reason, encode(s.state_hash, 'hex') AS state
       FROM bucordo.proposal AS p CROSS JOIN bucordo.state AS s
      WHERE p.number = $1 ORDER BY s.height DESC LIMIT 1`,
    [number],
  );
  return row;
}

interface Case {
  readonly what: string;
  /** As the superuser, before the decision. */
  readonly made: string;
  readonly removed: string;
  readonly decision?: ProposedText;
  readonly code?: 'contract_altered';
  /** What the fault names. */
  readonly names: string;
}

const DEPLOY_SHELF = deployText(SHELF, null);
const UPGRADE = deployText(SECOND, '1.0.0');

const AS_MEMBER = 'SET ROLE bucordo_member;';

const CASES: readonly Case[] = [
  ...['shelf', 'shelf_history', 'shelf_read'].map((schema) => ({
    what: `a schema ${schema}`,
    made: `CREATE SCHEMA ${schema} AUTHORIZATION bucordo_member; CREATE TABLE ${schema}.mine (a int4)`,
    removed: `ALTER SCHEMA ${schema} RENAME TO mine`,
    decision: DEPLOY_SHELF,
    names: `schema ${schema}`,
  })),
  {
    what: 'a view on a view',
    made: `${AS_MEMBER} CREATE VIEW private.v AS SELECT * FROM stock.places`,
    removed: 'DROP VIEW private.v',
    names: 'private.v',
  },
  {
    what: 'a view on a column that goes',
    made: `${AS_MEMBER} CREATE VIEW private.v AS SELECT note FROM stock.item`,
    removed: 'DROP VIEW private.v',
    names: 'private.v',
  },
  {
    what: 'a view on versions',
    made: `${AS_MEMBER} CREATE VIEW private.v AS SELECT id FROM stock_history.item_versions`,
    removed: 'DROP VIEW private.v',
    names: 'private.v',
  },
  {
    what: 'a view on the table as of a height',
    made: `${AS_MEMBER} CREATE VIEW private.v AS SELECT i.id FROM stock_history.item_at(1) AS i`,
    removed: 'DROP VIEW private.v',
    names: 'private.v',
  },
  {
    what: 'a view on what readers see',
    made: `${AS_MEMBER} CREATE VIEW private.v AS SELECT id FROM stock_read.item`,
    removed: 'DROP VIEW private.v',
    names: 'private.v',
  },
  {
    what: 'a materialized view',
    made: `${AS_MEMBER} CREATE MATERIALIZED VIEW private.m AS SELECT * FROM stock.places`,
    removed: 'DROP MATERIALIZED VIEW private.m',
    names: 'private.m',
  },
  {
    what: 'a column of a row type',
    made: `${AS_MEMBER} CREATE TABLE private.copy (id int4, r stock.places)`,
    removed: 'DROP TABLE private.copy',
    names: 'private.copy',
  },
  {
    what: 'a column of an array of rows',
    made: `${AS_MEMBER} CREATE TABLE private.copy (id int4, r stock.places[])`,
    removed: 'DROP TABLE private.copy',
    names: 'private.copy',
  },
  {
    what: 'a domain over a row type',
    made: `${AS_MEMBER} CREATE DOMAIN private.d AS stock.places`,
    removed: 'DROP DOMAIN private.d',
    names: 'private.d',
  },
  {
    what: 'a type of row types',
    made: `${AS_MEMBER} CREATE TYPE private.pair AS (a stock.places)`,
    removed: 'DROP TYPE private.pair',
    names: 'private.pair',
  },
  {
    what: 'a function over a row type',
    made: `CREATE FUNCTION private.f(r stock.places) RETURNS int4 LANGUAGE sql AS 'SELECT 1'`,
    removed: 'DROP FUNCTION private.f(stock.places)',
    names: 'private.f',
  },
  {
    what: "a default that calls a contract's function",
    made: 'CREATE TABLE private.t (a int4 DEFAULT stock.double(1))',
    removed: 'DROP TABLE private.t',
    names: 'private.t',
  },
  {
    what: "a constraint that calls a contract's function",
    made: 'CREATE TABLE private.t (a int4 CHECK (stock.double(a) > 1))',
    removed: 'DROP TABLE private.t',
    names: 'private.t',
  },
  {
    what: "an index that calls a contract's function",
    made: 'CREATE TABLE private.t (a int4); CREATE INDEX i ON private.t (stock.double(a))',
    removed: 'DROP TABLE private.t',
    names: 'private.i',
  },
  {
    what: 'a policy that reads a view',
    made: 'CREATE TABLE private.t (a int4); CREATE POLICY p ON private.t USING (a IN (SELECT id FROM stock.places))',
    removed: 'DROP TABLE private.t',
    names: 'private.t',
  },
  {
    what: "an operator of a contract's function",
    made: 'CREATE OPERATOR private.!! (FUNCTION = stock.double, RIGHTARG = int4)',
    removed: 'DROP OPERATOR private.!! (NONE, int4)',
    names: '!!',
  },
  {
    what: 'a publication of a column that goes',
    made: 'CREATE PUBLICATION mine FOR TABLE stock.item (id, note)',
    removed: 'DROP PUBLICATION mine',
    names: 'mine',
  },
  {
    what: 'a trigger on commands',
    made: `CREATE FUNCTION private.refuse() RETURNS event_trigger LANGUAGE plpgsql AS $$ BEGIN RAISE 'no'; END $$;
      GRANT USAGE ON SCHEMA private TO PUBLIC;
      CREATE EVENT TRIGGER mine ON ddl_command_start WHEN TAG IN ('CREATE VIEW') EXECUTE FUNCTION private.refuse()`,
    removed: 'DROP EVENT TRIGGER mine; REVOKE USAGE ON SCHEMA private FROM PUBLIC',
    names: 'event trigger mine',
  },
  {
    what: 'a trigger on commands with a name in quotes',
    made: `CREATE FUNCTION private."Refuse"() RETURNS event_trigger LANGUAGE plpgsql AS $$ BEGIN RAISE 'no'; END $$;
      GRANT USAGE ON SCHEMA private TO PUBLIC;
      CREATE EVENT TRIGGER mine ON ddl_command_end WHEN TAG IN ('ALTER TABLE') EXECUTE FUNCTION private."Refuse"()`,
    removed: 'DROP EVENT TRIGGER mine; REVOKE USAGE ON SCHEMA private FROM PUBLIC',
    names: 'event trigger mine',
  },
  {
    what: 'a publication that leaves the key out',
    made: 'CREATE PUBLICATION mine FOR TABLE stock.item (place)',
    removed: 'DROP PUBLICATION mine',
    code: 'contract_altered',
    names: 'publication stock.item.mine is there',
  },
  {
    what: 'an index on a shared table',
    made: 'CREATE INDEX mine ON stock.item (note)',
    removed: 'DROP INDEX stock.mine',
    code: 'contract_altered',
    names: 'index stock.mine is there',
  },
  {
    what: 'a column more',
    made: 'ALTER TABLE stock.item ADD COLUMN weight int4',
    removed: 'ALTER TABLE stock.item DROP COLUMN weight',
    code: 'contract_altered',
    names: 'column stock.item.weight is there',
  },
  {
    what: 'a table in the schema of a contract',
    made: 'CREATE TABLE stock.mine (a int4)',
    removed: 'DROP TABLE stock.mine',
    code: 'contract_altered',
    decision: RETIRE,
    names: 'table stock.mine is there',
  },
  {
    what: 'a key that leads to a shared table',
    made: 'CREATE TABLE private.t (a int4 REFERENCES stock.item)',
    removed: 'DROP TABLE private.t',
    code: 'contract_altered',
    names: 'constraint private.t.t_a_fkey is there',
  },
  {
    what: 'a trigger on a shared table',
    made: 'CREATE TRIGGER mine BEFORE UPDATE ON stock.item FOR EACH ROW EXECUTE FUNCTION suppress_redundant_updates_trigger()',
    removed: 'DROP TRIGGER mine ON stock.item',
    code: 'contract_altered',
    names: 'trigger stock.item.mine is there',
  },
  {
    what: 'a policy on a shared table',
    made: 'CREATE POLICY mine ON stock.item USING (false); ALTER TABLE stock.item ENABLE ROW LEVEL SECURITY',
    removed: 'DROP POLICY mine ON stock.item; ALTER TABLE stock.item DISABLE ROW LEVEL SECURITY',
    code: 'contract_altered',
    names: 'policy stock.item.mine is there',
  },
  {
    what: 'another owner',
    made: 'ALTER TABLE stock_history.item OWNER TO bucordo_member',
    removed: 'ALTER TABLE stock_history.item OWNER TO bucordo_owner',
    code: 'contract_altered',
    names: 'table stock_history.item is changed',
  },
  {
    what: 'a right that is gone',
    made: 'REVOKE USAGE ON SCHEMA stock FROM bucordo_c_001',
    removed: 'GRANT USAGE ON SCHEMA stock TO bucordo_c_001',
    code: 'contract_altered',
    names: 'right stock to bucordo_c_001 is gone',
  },
];

describe('I2: what a member alone has stops its node and decides nothing', () => {
  test.each(CASES)('$what', async ({ made, removed, decision = UPGRADE, code, names }) => {
    const { network, block, number, agreed } = await waiting(decision);
    expect(agreed).toMatchObject({ status: 'active', outcome: null });
    const own = await network.copy();
    try {
      await own.asSuperuser(made);
      await expect(own.execute(block)).rejects.toMatchObject({
        code: code ?? 'private_object_in_the_way',
        message: expect.stringContaining(names),
      });
      await own.asSuperuser(removed);
      await own.reopen();
      await own.execute(block);
      expect(await outcomeOn(own, number)).toEqual(agreed);
    } finally {
      await own.close();
    }
  });
});

describe('I2: what is not in the way does not stop a node', () => {
  test.each([
    [
      'a view on a column that stays',
      `${AS_MEMBER} CREATE VIEW private.v AS SELECT id FROM stock.item`,
      UPGRADE,
      'active',
    ],
    [
      'a view, and a decision that fails by itself',
      `${AS_MEMBER} CREATE VIEW private.v AS SELECT id FROM stock.item`,
      deployText(
        stock('3.0.0', { migrations: [{ from: '1.0.0', sql: 'ALTER TABLE stock.item DROP COLUMN gone' }] }),
        '1.0.0',
      ),
      'failed',
    ],
    [
      'a view, and a statement that Postgres does not know',
      `${AS_MEMBER} CREATE VIEW private.v AS SELECT id FROM stock.item`,
      deployText(
        stock('3.0.0', { migrations: [{ from: '1.0.0', sql: 'UPDATE stock.item SET place = max(id)' }] }),
        '1.0.0',
      ),
      'failed',
    ],
    ['a publication', 'CREATE PUBLICATION mine FOR TABLE stock.item', UPGRADE, 'active'],
    [
      'a publication of the key and by it',
      'CREATE PUBLICATION mine FOR TABLE stock.item (id, place) WHERE (id > 0)',
      UPGRADE,
      'active',
    ],
    [
      'rights of a reader of its own',
      'GRANT SELECT ON stock.item TO bucordo_member_reader',
      UPGRADE,
      'active',
    ],
    [
      'a schema of another name',
      'CREATE SCHEMA shelves; CREATE TABLE shelves.board (id int4)',
      DEPLOY_SHELF,
      'active',
    ],
  ] as const)('%s', async (_, made, decision, status) => {
    const { network, block, number, agreed } = await waiting(decision);
    expect(agreed).toMatchObject({ status });
    const own = await network.copy();
    try {
      await own.asSuperuser(made);
      await own.execute(block);
      expect(await outcomeOn(own, number)).toEqual(agreed);
    } finally {
      await own.close();
    }
  });
});

// What a session has made and not committed is not there for the block until it has to wait for it.
const UNTIL_MADE = `DO $$
  BEGIN
    WHILE NOT EXISTS (SELECT FROM pg_locks AS l JOIN pg_database AS d ON d.oid = l.database
                       WHERE l.locktype = 'advisory' AND l.objid = 8 AND d.datname = current_database()) LOOP
      PERFORM pg_sleep(0.01);
    END LOOP;
  END $$`;
const UNTIL_WAITED_FOR = `DO $$
  BEGIN
    WHILE NOT EXISTS (SELECT FROM pg_locks AS l WHERE NOT l.granted AND pg_backend_pid() = ANY (pg_blocking_pids(l.pid))) LOOP
      PERFORM pg_sleep(0.01);
    END LOOP;
  END $$`;

describe('I2: what comes while a decision is under way', () => {
  test.each([
    ['a schema', 'CREATE SCHEMA shelf', 'DROP SCHEMA shelf', DEPLOY_SHELF, 'private_object_in_the_way'],
    [
      'an index',
      'CREATE INDEX weight ON stock.item (id)',
      'DROP INDEX stock.weight',
      deployText(
        stock('2.0.0', { migrations: [{ from: '1.0.0', sql: 'CREATE INDEX weight ON stock.item (place)' }] }),
        '1.0.0',
      ),
      'contract_altered',
    ],
  ])('stops its node: %s', async (_, made, removed, decision, code) => {
    const { network, block, number, agreed } = await waiting(decision);
    expect(agreed).toMatchObject({ status: 'active' });
    const own = await network.copy();
    try {
      const making = own.asSuperuser(
        `BEGIN; ${made}; SELECT pg_advisory_xact_lock(8); ${UNTIL_WAITED_FOR}; COMMIT`,
      );
      await own.asSuperuser(UNTIL_MADE);
      await expect(own.execute(block)).rejects.toMatchObject({ code });
      await making;
      await own.asSuperuser(removed);
      await own.reopen();
      await own.execute(block);
      expect(await outcomeOn(own, number)).toEqual(agreed);
    } finally {
      await own.close();
    }
  });
});

test('I2: a right that the set-up gave and somebody took stops the node', async () => {
  const { network, block, number, agreed } = await waiting(UPGRADE);
  const own = await network.copy();
  try {
    await own.asSuperuser('REVOKE USAGE ON LANGUAGE plpgsql FROM bucordo_deploy');
    await own.reopen({ requireSafeServer: async (client) => refuseUnsafeServer(await checkServer(client)) });
    await expect(own.execute(block)).rejects.toMatchObject({
      code: 'postgres_unsafe',
      message: expect.stringContaining('USAGE on language plpgsql for bucordo_deploy'),
    });
    await own.asSuperuser('GRANT USAGE ON LANGUAGE plpgsql TO bucordo_deploy');
    await own.reopen();
    await own.execute(block);
    expect(await outcomeOn(own, number)).toEqual(agreed);
  } finally {
    await own.close();
  }
});

test('I2: a decision about another contract does not make good what was changed by hand', async () => {
  const reader: GenesisContract = {
    ...SHELF,
    name: 'list',
    schema:
      'CREATE TABLE list.line (id int4 PRIMARY KEY); CREATE VIEW list.all_places AS SELECT p.id FROM stock.places AS p;',
    uses: { stock: ['places'] },
  };
  const published = stock('1.0.0', { views: { places: { contracts: ['list'] } } });
  const network = await DecidingNetwork.found(THREE_MEMBERS, [published]);
  try {
    await network.asSuperuser('CREATE INDEX mine ON stock.item (note)');
    await network.decide('alpha/admin', ['alpha', 'beta', 'gamma'], deployText(reader, null));
    const upgrade = { ...SECOND, views: {} };
    const decide = network.decide('alpha/admin', ['alpha', 'beta', 'gamma'], deployText(upgrade, '1.0.0'));
    await expect(decide).rejects.toMatchObject({
      code: 'contract_altered',
      facts: { differences: 'index stock.mine is there' },
    });
  } finally {
    await network.close();
  }
});

test('I2: a genesis finds a schema with the name of one of its contracts', async () => {
  const database = await freshDatabase();
  const superuser = await connect(database.connection('postgres'));
  await superuser.query('CREATE SCHEMA stock_read');
  await superuser.end();
  await expect(DecidingNetwork.found(THREE_MEMBERS, [FIRST], database)).rejects.toMatchObject({
    code: 'private_object_in_the_way',
    facts: { objects: 'schema stock_read' },
  });
  await database.drop();
});
