/**
 * Migrations that change tables under rows that are there: the history shows what the table shows, at
 * every height, or the decision fails and says why. Each is decided on two databases whose rows lie in
 * another order.
 */

import type { GenesisContract } from '@bucordo/protocol';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { THREE_MEMBERS } from '../../../../test/support/deciding-network.ts';
import { type ColumnValues, TwinNetworks } from '../../../../test/support/twin-networks.ts';

let twins: TwinNetworks;

type Values = Record<string, string | null>;

const valuesOf = (rows: ColumnValues, column: string): Values =>
  Object.fromEntries(Object.entries(rows).map(([id, values]) => [id, values[column] ?? null]));

const columnOf = async (table: string, column: string): Promise<Values> =>
  valuesOf(await twins.rowsOf(table, [column]), column);

const columnAt = async (table: string, column: string, height: number): Promise<Values> =>
  valuesOf(await twins.rowsAt(table, [column], height), column);

beforeAll(async () => {
  twins = await TwinNetworks.found(THREE_MEMBERS);
});

afterAll(async () => {
  await twins?.close();
});

/** A contract with one table `row` and a function that puts a row of it. */
function contractOf(name: string, columns: Readonly<Record<string, string>>, more = ''): GenesisContract {
  const names = Object.keys(columns);
  const parameters = names.map((each) => `${each} ${columns[each]}`).join(', ');
  return {
    name,
    version: '1.0.0',
    functions: { put: { roles: [], classes: [] } },
    schema: `CREATE TABLE ${name}.row (id int4 PRIMARY KEY, ${parameters}${more});`,
    source: `CREATE FUNCTION ${name}.put(id int4, ${parameters}) RETURNS void LANGUAGE plpgsql AS $$
      BEGIN
        INSERT INTO ${name}.row AS r (id, ${names.join(', ')}) VALUES (put.id, ${names.map((each) => `put.${each}`).join(', ')})
        ON CONFLICT ON CONSTRAINT row_pkey DO UPDATE SET ${names.map((each) => `${each} = excluded.${each}`).join(', ')};
      END $$;`,
  };
}

interface Change {
  readonly types: readonly [before: string, after: string];
  readonly sql: (name: string) => string;
  readonly old: readonly [value: unknown, shown: string];
  /** What the migration makes of it. */
  readonly copied: string | null;
  readonly fresh: readonly [value: unknown, shown: string];
}

const TABLE = 'changing.row';

// The remedy for a change of type, the name being kept.
const copied = (type: string, expression: string) => (name: string) =>
  `
  ALTER TABLE ${TABLE} ADD COLUMN helping ${type};
  UPDATE ${TABLE} AS r SET helping = ${expression.replaceAll('value', name)};
  ALTER TABLE ${TABLE} DROP COLUMN ${name};
  ALTER TABLE ${TABLE} ADD COLUMN ${name} ${type};
  UPDATE ${TABLE} AS r SET ${name} = r.helping;
  ALTER TABLE ${TABLE} DROP COLUMN helping;`;

const renewed = (type: string) => (name: string) =>
  `ALTER TABLE ${TABLE} DROP COLUMN ${name}, ADD COLUMN ${name} ${type};`;

const CHANGES: Readonly<Record<string, Change>> = {
  widened: {
    types: ['numeric(10,2)', 'numeric(12,4)'],
    sql: copied('numeric(12,4)', 'r.value'),
    old: ['10.25', '10.25'],
    copied: '10.2500',
    fresh: ['10.2567', '10.2567'],
  },
  larger: {
    types: ['numeric(5,2)', 'numeric(12,2)'],
    sql: copied('numeric(12,2)', 'r.value'),
    old: ['999.99', '999.99'],
    copied: '999.99',
    fresh: ['1000.00', '1000.00'],
  },
  narrowed: {
    types: ['numeric(12,4)', 'numeric(5,1)'],
    sql: copied('numeric(5,1)', 'round(r.value / 10000, 1)'),
    old: ['12345678.1234', '12345678.1234'],
    copied: '1234.6',
    fresh: ['9.9', '9.9'],
  },
  longer: {
    types: ['int4', 'int8'],
    sql: copied('int8', 'r.value'),
    old: [7, '7'],
    copied: '7',
    fresh: ['3000000000', '3000000000'],
  },
  shorter: {
    types: ['int8', 'int2'],
    sql: copied('int2', '(r.value % 100)::int2'),
    old: ['3000000007', '3000000007'],
    copied: '7',
    fresh: [8, '8'],
  },
  worded: {
    types: ['int4', 'text'],
    sql: copied('text', 'r.value::text'),
    old: [42, '42'],
    copied: '42',
    fresh: ['A-42', 'A-42'],
  },
  dated: {
    types: ['text', 'date'],
    sql: (name) => `ALTER TABLE ${TABLE} DROP COLUMN ${name}; ALTER TABLE ${TABLE} ADD COLUMN ${name} date;`,
    old: ['soon', 'soon'],
    copied: null,
    fresh: ['2026-02-28', '2026-02-28'],
  },
  undated: {
    types: ['date', 'text'],
    sql: renewed('text'),
    old: ['2026-02-28', '2026-02-28'],
    copied: null,
    fresh: ['late', 'late'],
  },
  renewed: {
    types: ['text', 'text'],
    sql: renewed('text'),
    old: ['first', 'first'],
    copied: null,
    fresh: ['second', 'second'],
  },
  listed: {
    types: ['int4[]', 'int8[]'],
    sql: copied('int8[]', 'r.value'),
    old: [[1, null], '[1,null]'],
    copied: '[1,null]',
    fresh: [[3000000000], '[3000000000]'],
  },
  enlisted: {
    types: ['int4', 'int4[]'],
    sql: copied('int4[]', 'CASE WHEN r.value IS NOT NULL THEN ARRAY[r.value] END'),
    old: [5, '5'],
    copied: '[5]',
    fresh: [[6, 7], '[6,7]'],
  },
};

describe('a name that comes back', () => {
  const names = Object.keys(CHANGES);
  const each = <T>(of: (change: Change) => T): Record<string, T> =>
    Object.fromEntries(Object.entries(CHANGES).map(([name, change]) => [name, of(change)]));
  const nothing = each(() => null);
  let before: number;
  let after: number;

  beforeAll(async () => {
    await twins.deploy(
      contractOf(
        'changing',
        each(({ types }) => types[0]),
      ),
      null,
    );
    await twins.call('changing', 'put', { id: 1, ...each(({ old }) => old[0]) });
    await twins.call('changing', 'put', { id: 2, ...nothing });
    before = await twins.height();
    const sql = Object.entries(CHANGES).map(([name, change]) => change.sql(name));
    const next = {
      ...contractOf(
        'changing',
        each(({ types }) => types[1]),
      ),
      version: '2.0.0',
      migrations: [{ from: '1.0.0', sql: sql.join('\n') }],
    };
    expect(await twins.deploy(next, '1.0.0')).toEqual({ status: 'active', outcome: null, reason: null });
    after = await twins.height();
    await twins.call('changing', 'put', { id: 1, ...each(({ fresh }) => fresh[0]) });
    await twins.call('changing', 'put', { id: 3, ...each(({ fresh }) => fresh[0]) });
  });

  test.each(names)('I8: is shown as it was and as it is: %s', async (name) => {
    const change = CHANGES[name];
    if (change === undefined) throw new Error(name);
    const fresh = change.fresh[1];
    const now = { 1: fresh, 2: null, 3: fresh };
    expect(await columnOf(TABLE, name)).toEqual(now);
    expect(await columnAt(TABLE, name, await twins.height())).toEqual(now);
    expect(await columnAt(TABLE, name, after)).toEqual({ 1: change.copied, 2: null });
    expect(await columnAt(TABLE, name, before)).toEqual({ 1: change.old[1], 2: null });
    const versions = await twins.versions(TABLE, name, 1);
    expect(versions[0]).toBe(change.old[1]);
    expect(versions.at(-1)).toBe(fresh);
  });

  test('I8: the hash of a block covers what the table has lost', async () => {
    const [row] = await twins.query(
      "SELECT prosrc FROM pg_catalog.pg_proc WHERE oid = 'bucordo.close_block(int8,int8,bytea,int4,int4,bytea)'::regprocedure",
    );
    expect(row?.['prosrc']).toContain('h."_5_widened"');
    expect(row?.['prosrc']).toContain('h."widened"');
    await twins.expectEqual();
  });
});

describe('a generated column', () => {
  const people = (more: string): GenesisContract => contractOf('people', { value: 'text' }, more);
  const loud = `, loud text GENERATED ALWAYS AS (value || '!') STORED`;

  test('I8: that is added gives every row a version', async () => {
    await twins.deploy(people(''), null);
    await twins.call('people', 'put', { id: 1, value: 'Ada' });
    const height = await twins.height();
    const sql = `ALTER TABLE people.row ADD COLUMN loud text GENERATED ALWAYS AS (value || '!') STORED;`;
    const next = { ...people(loud), version: '2.0.0', migrations: [{ from: '1.0.0', sql }] };
    expect(await twins.deploy(next, '1.0.0')).toEqual({ status: 'active', outcome: null, reason: null });
    await twins.call('people', 'put', { id: 2, value: 'Bob' });
    const now = { 1: 'Ada!', 2: 'Bob!' };
    expect(await columnOf('people.row', 'loud')).toEqual(now);
    expect(await columnAt('people.row', 'loud', await twins.height())).toEqual(now);
    expect(await columnAt('people.row', 'loud', height)).toEqual({ 1: null });
    expect(await twins.versions('people.row', 'loud', 1)).toEqual([null, 'Ada!']);
  });

  test('I8: that is computed anew under its name shows both', async () => {
    const height = await twins.height();
    const sql = `ALTER TABLE people.row DROP COLUMN loud, ADD COLUMN loud text GENERATED ALWAYS AS ('¡' || value) STORED;`;
    const next = {
      ...people(`, loud text GENERATED ALWAYS AS ('¡' || value) STORED`),
      version: '3.0.0',
      migrations: [{ from: '2.0.0', sql }],
    };
    expect(await twins.deploy(next, '2.0.0')).toEqual({ status: 'active', outcome: null, reason: null });
    expect(await columnAt('people.row', 'loud', await twins.height())).toEqual({
      1: '¡Ada',
      2: '¡Bob',
    });
    expect(await columnAt('people.row', 'loud', height)).toEqual({ 1: 'Ada!', 2: 'Bob!' });
    await twins.expectEqual();
  });

  test('I8: that becomes an ordinary one keeps its values', async () => {
    const sql = `ALTER TABLE people.row ALTER COLUMN loud DROP EXPRESSION; UPDATE people.row SET loud = 'x' WHERE id = 2;`;
    const next = { ...people(', loud text'), version: '4.0.0', migrations: [{ from: '3.0.0', sql }] };
    expect(await twins.deploy(next, '3.0.0')).toEqual({ status: 'active', outcome: null, reason: null });
    const now = { 1: '¡Ada', 2: 'x' };
    expect(await columnOf('people.row', 'loud')).toEqual(now);
    expect(await columnAt('people.row', 'loud', await twins.height())).toEqual(now);
    await twins.expectEqual();
  });
});

describe('a migration that the history cannot follow', () => {
  const kept = contractOf('kept', { value: 'int4' }, ', other numeric(5,2)');
  const attempt = (sql: string): GenesisContract => ({
    ...kept,
    version: '2.0.0',
    migrations: [{ from: '1.0.0', sql }],
  });

  beforeAll(async () => {
    await twins.deploy(kept, null);
    await twins.call('kept', 'put', { id: 1, value: 1 });
  });

  test.each([
    ['renames a column', 'ALTER TABLE kept.row RENAME COLUMN value TO worth'],
    ['renames a table', 'ALTER TABLE kept.row RENAME TO line'],
    ['moves a table', 'ALTER TABLE kept.row SET SCHEMA bank'],
    ['makes a table anew', 'DROP TABLE kept.row; CREATE TABLE kept.row (id int4 PRIMARY KEY, value int4)'],
    ['widens a type', 'ALTER TABLE kept.row ALTER COLUMN value TYPE int8'],
    ['narrows a type', 'ALTER TABLE kept.row ALTER COLUMN other TYPE numeric(4,1)'],
    ['writes rows by a type', 'ALTER TABLE kept.row ALTER COLUMN value TYPE int4 USING value * 2'],
    ['adds a default', 'ALTER TABLE kept.row ADD COLUMN more int4 DEFAULT 1'],
    [
      'adds a default that differs by row',
      'ALTER TABLE kept.row ADD COLUMN more int4 DEFAULT bucordo.ordinal()',
    ],
    ['adds what is required', 'ALTER TABLE kept.row ADD COLUMN more int4 NOT NULL'],
    [
      'adds what is computed when it is read',
      'ALTER TABLE kept.row ADD COLUMN more int4 GENERATED ALWAYS AS (value + 1) VIRTUAL',
    ],
    ['changes the key', 'ALTER TABLE kept.row DROP CONSTRAINT row_pkey, ADD PRIMARY KEY (id, value)'],
    ['has a table inherit', 'CREATE TABLE kept.child (id int4 PRIMARY KEY) INHERITS (kept.row)'],
    ['has a rule that rows may break', 'ALTER TABLE kept.row ADD CONSTRAINT c CHECK (value > 5) NOT VALID'],
    ['truncates', 'TRUNCATE kept.row'],
    ['has a name too long', `ALTER TABLE kept.row ADD COLUMN ${'n'.repeat(58)} int4`],
    ['takes a value away that a rule asks for', 'ALTER TABLE kept.row ALTER COLUMN other SET NOT NULL'],
  ])('I8: is refused when it %s', async (_, sql) => {
    await expect(twins.tryUpgrade(attempt(sql), '1.0.0')).rejects.toMatchObject({ code: 'contract_refused' });
  });

  test('I8: may drop a column and add others', async () => {
    await twins.tryUpgrade(attempt('ALTER TABLE kept.row DROP COLUMN other, ADD COLUMN more int4'), '1.0.0');
  });

  test('fails as a decision, says where and why to everybody, and changes nothing', async () => {
    const sql = 'UPDATE kept.row SET other = 1; ALTER TABLE kept.row ALTER COLUMN value TYPE int8';
    expect(await twins.deploy(attempt(sql), '1.0.0')).toEqual({
      status: 'failed',
      outcome: 'contract_refused',
      reason:
        'migration, statement 2 (ALTER TABLE): the column row.value changes its type from integer to bigint. Add a column of the new type, copy by UPDATE, drop the old one. To keep the name, add it anew after that, copy back, and drop the helping column.',
    });
    expect(await twins.deploy({ ...attempt('SELECT 1'), version: '2.0.1' }, '1.0.0')).toMatchObject({
      reason: 'migration: SELECT has no place here',
    });
    expect(await twins.query('SELECT * FROM kept.row')).toEqual([{ id: 1, value: 1, other: null }]);
    await twins.expectEqual();
  });

  test('fails on the rows that are there, and each node says it in its own words', async () => {
    const sql = 'ALTER TABLE kept.row ALTER COLUMN other SET NOT NULL';
    expect(await twins.deploy({ ...attempt(sql), version: '2.0.2' }, '1.0.0')).toEqual({
      status: 'failed',
      outcome: 'contract_refused',
      reason: 'migration, statement 1 (ALTER TABLE): Postgres refused it',
    });
    const [words] = await twins.query(
      'SELECT p.local_reason FROM bucordo.proposals AS p ORDER BY p.number DESC LIMIT 1',
    );
    expect(words?.['local_reason']).toContain('contains null values');
    const [step] = await twins.query(
      'SELECT s.event, s.text, s.local_text FROM bucordo.decision_story AS s ORDER BY s.proposal DESC, s.step DESC LIMIT 1',
    );
    expect(step).toEqual({
      event: 'failed',
      text: 'contract_refused: migration, statement 1 (ALTER TABLE): Postgres refused it',
      local_text: words?.['local_reason'],
    });
  });
});
