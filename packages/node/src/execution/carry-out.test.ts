/** What the members decide is carried out in the block that accepts it: installed, upgraded, retired, or nothing. */

import type { GenesisContract } from '@bucordo/protocol';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { BANK, bankCall } from '../../../../test/support/bank-contract.ts';
import {
  DecidingNetwork,
  deployText,
  type StepOutcome,
  THREE_MEMBERS,
} from '../../../../test/support/deciding-network.ts';

const ALL = ['alpha', 'beta', 'gamma'];

const NOTES: GenesisContract = {
  name: 'notes',
  version: '1.0.0',
  functions: { write: { roles: [], classes: [] } },
  views: { short: { contracts: ['*'] } },
  schema: `CREATE TABLE notes.note (id int4 PRIMARY KEY, body text NOT NULL CHECK (octet_length(body) <= 100));
    CREATE VIEW notes.short AS SELECT n.id FROM notes.note AS n;`,
  source: `CREATE FUNCTION notes.write(id int4, body text) RETURNS void LANGUAGE plpgsql AS $$
    BEGIN
      INSERT INTO notes.note (id, body) VALUES (write.id, write.body);
    END $$;`,
};

/** Notes get an author: a column is added, filled for what is there, and the function has a parameter more. */
const NOTES_2: GenesisContract = {
  ...NOTES,
  version: '2.0.0',
  functions: { write: { roles: [], classes: [] }, count: { roles: [], classes: [] } },
  schema: `CREATE TABLE notes.note (id int4 PRIMARY KEY, body text NOT NULL CHECK (octet_length(body) <= 100), author text NOT NULL);
    CREATE TABLE notes.tag (note int4 PRIMARY KEY REFERENCES notes.note (id), word text NOT NULL);
    CREATE VIEW notes.short AS SELECT n.id, n.author FROM notes.note AS n;`,
  source: `CREATE FUNCTION notes.write(id int4, body text, author text) RETURNS void LANGUAGE plpgsql AS $$
    BEGIN
      INSERT INTO notes.note (id, body, author) VALUES (write.id, write.body, write.author);
      INSERT INTO notes.tag (note, word) VALUES (write.id, 'new');
    END $$;
    CREATE FUNCTION notes.count() RETURNS int8 LANGUAGE plpgsql AS $$
    BEGIN
      RETURN (SELECT count(*) FROM notes.short AS s);
    END $$;`,
  migrations: [
    {
      from: '1.0.0',
      sql: `ALTER TABLE notes.note ADD COLUMN author text;
        UPDATE notes.note SET author = 'unknown';
        ALTER TABLE notes.note ALTER COLUMN author SET NOT NULL;
        CREATE TABLE notes.tag (note int4 PRIMARY KEY REFERENCES notes.note (id), word text NOT NULL);`,
    },
  ],
};

const noteCall = (name: string, args: object) => ({ contract: 'notes', function: name, args: { ...args } });

let network: DecidingNetwork;

beforeAll(async () => {
  network = await DecidingNetwork.found(THREE_MEMBERS, [BANK]);
});

afterAll(async () => {
  await network?.close();
});

async function call(name: string, args: object): Promise<StepOutcome> {
  const [outcome] = await network.calls([['alpha/clerk', noteCall(name, args)]]);
  if (outcome === undefined) throw new Error('no outcome');
  return outcome;
}

async function storyOf(number: number): Promise<unknown> {
  const rows = await network.query(
    'SELECT p.status, p.outcome FROM bucordo.proposal AS p WHERE p.number = $1',
    [number],
  );
  return rows[0];
}

describe('a contract that is deployed', () => {
  test('can be called from the next block on', async () => {
    expect((await call('write', { id: 1, body: 'early' })).code).toBe('function_unknown');
    const number = await network.decide('alpha/admin', ALL, deployText(NOTES, null));
    expect(await storyOf(number)).toEqual({ status: 'active', outcome: null });
    expect((await call('write', { id: 1, body: 'first' })).code).toBe('');
    expect((await call('write', { id: 1, body: 'again' })).code).toBe('failed');
    expect(await network.query('SELECT id, body FROM notes.note')).toEqual([{ id: 1, body: 'first' }]);
  });

  test('has a history that names who and which call', async () => {
    const rows = await network.query(
      'SELECT member, function, operation, body FROM notes_history.note_versions ORDER BY position',
    );
    expect(rows).toEqual([{ member: 'alpha', function: 'notes.write', operation: 'I', body: 'first' }]);
  });

  test('leaves the contracts that ran as they are', async () => {
    const outcomes = await network.calls([
      ['alpha/clerk', bankCall('open_account', { id: 1, owner: 'ann', balance: 5 })],
      ['alpha/clerk', bankCall('balance', { id: 1 })],
    ]);
    expect(outcomes).toMatchObject([{ code: '' }, { code: '', result: 5 }]);
  });
});

describe('an upgrade', () => {
  test('whose migration fails half-way changes nothing, and the network goes on', async () => {
    const broken = {
      ...NOTES_2,
      migrations: [
        {
          from: '1.0.0',
          sql: `ALTER TABLE notes.note ADD COLUMN author text; UPDATE notes.note SET author = 'x'; ALTER TABLE notes.note DROP COLUMN gone;`,
        },
      ],
    };
    const number = await network.decide('alpha/admin', ALL, deployText(broken, '1.0.0'));
    expect(await storyOf(number)).toEqual({ status: 'failed', outcome: 'contract_refused' });
    expect((await call('write', { id: 2, body: 'second' })).code).toBe('');
    expect(await network.query('SELECT * FROM notes.note ORDER BY id')).toEqual([
      { id: 1, body: 'first' },
      { id: 2, body: 'second' },
    ]);
  });

  test.each([
    ['a type', 'ALTER TABLE notes.note ALTER COLUMN body TYPE bytea USING NULL'],
    ['a default', `ALTER TABLE notes.note ADD COLUMN author text DEFAULT 'x'`],
    ['a trigger', 'ALTER TABLE notes.note DISABLE TRIGGER ALL'],
    ['a key', 'ALTER TABLE notes.note DROP CONSTRAINT note_pkey'],
    ['another contract', 'UPDATE bank.account SET balance = 0'],
    ['the system', 'ALTER TABLE bucordo.block ADD COLUMN a int4'],
    ['a table that goes', 'DROP TABLE notes.note'],
    ['a role', 'SET LOCAL ROLE bucordo_owner'],
    ['a rule', 'CREATE RULE r AS ON INSERT TO notes.note DO INSTEAD NOTHING'],
  ])('whose migration changes %s is refused', async (_, sql) => {
    const number = await network.decide(
      'alpha/admin',
      ALL,
      deployText({ ...NOTES_2, migrations: [{ from: '1.0.0', sql }] }, '1.0.0'),
    );
    expect(await storyOf(number)).toEqual({ status: 'failed', outcome: 'contract_refused' });
  });

  test('changes tables, rows, functions and views in one block', async () => {
    const number = await network.decide('alpha/admin', ALL, deployText(NOTES_2, '1.0.0'));
    expect(await storyOf(number)).toEqual({ status: 'active', outcome: null });
    expect((await call('write', { id: 3, body: 'third', author: 'ann' })).code).toBe('');
    expect(await call('count', {})).toMatchObject({ code: '', result: 3 });
    expect(await network.query('SELECT id, author FROM notes.short ORDER BY id')).toEqual([
      { id: 1, author: 'unknown' },
      { id: 2, author: 'unknown' },
      { id: 3, author: 'ann' },
    ]);
  });

  test('I8: the newest version of every row is the row, also of those the migration changed', async () => {
    const [height] = await network.query('SELECT max(height)::text AS now FROM bucordo.block');
    const now = await network.query('SELECT * FROM notes.note ORDER BY id');
    expect(
      await network.query('SELECT * FROM notes_history.note_at($1) ORDER BY id', [height?.['now']]),
    ).toEqual(now);
    const versions = await network.query(
      `SELECT operation, function, author FROM notes_history.note_versions WHERE id = 1 ORDER BY position, ordinal`,
    );
    expect(versions).toEqual([
      { operation: 'I', function: 'notes.write', author: null },
      { operation: 'U', function: 'bucordo.submit', author: 'unknown' },
    ]);
  });

  test('rejects calls that were meant for the version before, by the parameters of the new one', async () => {
    expect((await call('write', { id: 4, body: 'old form' })).code).toBe('argument_missing');
  });
});

describe('a contract that is retired', () => {
  test('cannot be called, and its data stay', async () => {
    const number = await network.decide('alpha/admin', ALL, {
      kind: 'retire',
      document: JSON.stringify({ contract: 'notes', version: '2.0.0' }),
      base: '2.0.0',
    });
    expect(await storyOf(number)).toEqual({ status: 'active', outcome: null });
    expect((await call('write', { id: 5, body: 'late', author: 'ann' })).code).toBe('function_unknown');
    expect(await network.query('SELECT count(*)::int AS count FROM notes.note')).toEqual([{ count: 3 }]);
    expect(await network.query('SELECT count(*)::int AS count FROM notes_history.note_versions')).toEqual([
      { count: 5 },
    ]);
  });

  test('runs again when it is deployed again', async () => {
    const sql = "UPDATE notes.note AS n SET author = 'nobody' WHERE n.author IS NULL";
    const again = { ...NOTES_2, version: '3.0.0', migrations: [{ from: '2.0.0', sql }] };
    const number = await network.decide('alpha/admin', ALL, deployText(again, null));
    expect(await storyOf(number)).toEqual({ status: 'active', outcome: null });
    expect((await call('write', { id: 6, body: 'back', author: 'bob' })).code).toBe('');
  });
});

test('a view that a member has for itself stops its node instead of deciding there', async () => {
  const own = await DecidingNetwork.found(THREE_MEMBERS, [NOTES]);
  try {
    await own.asMember('CREATE VIEW private.bodies AS SELECT n.body FROM notes.note AS n');
    const shorter = {
      ...NOTES,
      version: '2.0.0',
      schema: NOTES.schema.replace(', body text NOT NULL CHECK (octet_length(body) <= 100)', ''),
      migrations: [{ from: '1.0.0', sql: 'ALTER TABLE notes.note DROP COLUMN body' }],
    };
    await expect(own.decide('alpha/admin', ALL, deployText(shorter, '1.0.0'))).rejects.toMatchObject({
      code: 'private_object_in_the_way',
      facts: { objects: 'rule _RETURN on view private.bodies' },
    });
  } finally {
    await own.close();
  }
});
