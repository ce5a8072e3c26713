/** Which contracts are installed, which are refused and with what words, and that a refused one leaves nothing. */

import type { GenesisContract } from '@bucordo/protocol';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { BANK } from '../../../../test/support/bank-contract.ts';
import { freshDatabase, type TestDatabase } from '../../../../test/support/postgres.ts';
import { TestChain } from '../../../../test/support/test-chain.ts';
import { connect } from '../postgres/connection.ts';
import { installGenesis } from './install-genesis.ts';

let database: TestDatabase;

beforeAll(async () => {
  database = await freshDatabase();
});

afterAll(async () => {
  await database?.drop();
});

async function install(contract: GenesisContract): Promise<string> {
  const superuser = await connect(database.connection('postgres'));
  try {
    await installGenesis(superuser, new TestChain([contract]));
    return '';
  } catch (error) {
    expect(error).toMatchObject({ name: 'Fault', code: 'contract_refused' });
    const { rows } = await superuser.query(
      `SELECT nspname FROM pg_namespace WHERE nspname IN ('bucordo', 'shop', 'shop_history') OR nspname ~ '^elsewhere'`,
    );
    expect(rows).toEqual([]);
    return error instanceof Error ? error.message : '';
  } finally {
    await superuser.end();
  }
}

const shop = (parts: Partial<GenesisContract>): GenesisContract => ({
  name: 'shop',
  version: '1.0.0',
  functions: {},
  schema: '',
  source: '',
  ...parts,
});

const table = (columns: string): Partial<GenesisContract> => ({
  schema: `CREATE TABLE shop.item (${columns})`,
});

const entry = (definition: string): Partial<GenesisContract> => ({
  functions: { act: { roles: [], classes: [] } },
  source: `CREATE FUNCTION shop.act${definition}`,
});

const VOID = "RETURNS void LANGUAGE plpgsql AS 'BEGIN END'";

test.for<[title: string, parts: Partial<GenesisContract>, reason: RegExp]>([
  ['a table without a primary key', table('id int4'), /no primary key/],
  ['a float', table('id int4 PRIMARY KEY, size float8'), /item\.size has the type double precision/],
  ['numeric without a scale', table('id int4 PRIMARY KEY, size numeric'), /numeric without a scale/],
  ['a timestamp without zone', table('id int4 PRIMARY KEY, at timestamp'), /timestamp without time zone/],
  ['json', table('id int4 PRIMARY KEY, facts json'), /has the type json/],
  ['an interval', table('id int4 PRIMARY KEY, wait interval'), /interval/],
  ['an array of floats', table('id int4 PRIMARY KEY, sizes float4[]'), /real\[\]/],
  ['a serial', table('id serial PRIMARY KEY'), /shop/],
  ['an identity column', table('id int4 GENERATED ALWAYS AS IDENTITY PRIMARY KEY'), /shop/],
  ['a collation', table('id text COLLATE "POSIX" PRIMARY KEY'), /COLLATE POSIX/],
  ['a column named like the history’s', table('id int4 PRIMARY KEY, _position int8'), /underscore/],
  ['a deferrable key', table('id int4 PRIMARY KEY DEFERRABLE'), /deferrable constraint/],
  [
    'a partitioned table',
    { schema: 'CREATE TABLE shop.item (id int4 PRIMARY KEY) PARTITION BY HASH (id)' },
    /ordinary tables/,
  ],
  [
    'an unlogged table',
    { schema: 'CREATE UNLOGGED TABLE shop.item (id int4 PRIMARY KEY)' },
    /ordinary tables/,
  ],
  ['a temporary table', { schema: 'CREATE TEMP TABLE item (id int4 PRIMARY KEY)' }, /ordinary tables/],
  [
    'a materialized view',
    { schema: 'CREATE MATERIALIZED VIEW shop.v AS SELECT 1' },
    /CREATE TABLE AS has no place/,
  ],
  [
    'a trigger',
    { schema: 'CREATE TRIGGER t AFTER INSERT ON shop.item EXECUTE FUNCTION shop.act()' },
    /CREATE TRIGGER has no place/,
  ],
  [
    'another schema',
    { schema: 'CREATE TABLE public.item (id int4 PRIMARY KEY)' },
    /permission denied for schema public/,
  ],
  [
    'the system schema',
    { schema: 'CREATE TABLE bucordo.item (id int4 PRIMARY KEY)' },
    /permission denied for schema bucordo/,
  ],
  ['a new schema', { schema: 'CREATE SCHEMA elsewhere' }, /CREATE SCHEMA has no place/],
  ['the way out of its role', { schema: 'RESET ROLE; CREATE SCHEMA elsewhere' }, /SET has no place/],
  [
    'the end of the transaction',
    { schema: 'COMMIT; CREATE TABLE shop.item (id int4 PRIMARY KEY)' },
    /COMMIT or ROLLBACK has no place/,
  ],
  ['a block of code', { source: 'DO $$ BEGIN END $$' }, /DO has no place/],
  ['a syntax error', { schema: 'CREATE TABLE shop.item (id int4 PRIMARY' }, /syntax error/],
  [
    'data',
    { schema: 'CREATE TABLE shop.item (id int4 PRIMARY KEY); INSERT INTO shop.item VALUES (1)' },
    /INSERT has no place/,
  ],
  [
    'a function that is missing',
    { functions: { act: { roles: [], classes: [] } } },
    /act is not in the source/,
  ],
  [
    'two functions of one name',
    {
      ...entry(`(a int4) ${VOID}`),
      source: `CREATE FUNCTION shop.act(a int4) ${VOID}; CREATE FUNCTION shop.act(a text) ${VOID}`,
    },
    /twice/,
  ],
  ['a nameless parameter', entry(`(int4) ${VOID}`), /without a name/],
  ['a float parameter', entry(`(size float8) ${VOID}`), /parameter size of type double precision/],
  ['an optional parameter', entry(`(size int4 DEFAULT 1) ${VOID}`), /optional/],
  ['an output parameter', entry("(OUT size int4) LANGUAGE plpgsql AS 'BEGIN END'"), /output/],
  ['rows as result', entry("() RETURNS SETOF int4 LANGUAGE plpgsql AS 'BEGIN END'"), /returns rows/],
  [
    'a float as result',
    entry("() RETURNS float8 LANGUAGE plpgsql AS 'BEGIN END'"),
    /returns double precision/,
  ],
  [
    'settings of its own',
    entry("() RETURNS void LANGUAGE plpgsql SET search_path = public AS 'BEGIN END'"),
    /own rights or settings/,
  ],
  [
    'rights of its own',
    entry("() RETURNS void LANGUAGE plpgsql SECURITY DEFINER AS 'BEGIN END'"),
    /own rights or settings/,
  ],
  ['a procedure', { source: "CREATE PROCEDURE shop.act() LANGUAGE plpgsql AS 'BEGIN END'" }, /no procedures/],
])('refused: %s', async ([, parts, reason]) => {
  expect(await install(shop(parts))).toMatch(reason);
});

test('a genesis is installed once, and another one is refused', async () => {
  const own = await freshDatabase();
  const superuser = await connect(own.connection('postgres'));
  const chain = new TestChain([BANK]);
  expect(await installGenesis(superuser, chain)).toBe(true);
  expect(await installGenesis(superuser, chain)).toBe(false);
  await expect(installGenesis(superuser, new TestChain([]))).rejects.toMatchObject({
    code: 'network_mismatch',
  });
  await superuser.end();
  await own.drop();
});

test('helpers of a contract are its own: they run with its rights and nobody calls them', async () => {
  const own = await freshDatabase();
  const chain = new TestChain([
    shop({
      functions: { act: { roles: [], classes: [] } },
      schema: 'CREATE TABLE shop.item (id int4 PRIMARY KEY)',
      source: `
        CREATE FUNCTION shop.helper(id int4) RETURNS void LANGUAGE sql AS $$ INSERT INTO shop.item VALUES (id) $$;
        CREATE FUNCTION shop.act(id int4) RETURNS void LANGUAGE plpgsql AS $$ BEGIN PERFORM shop.helper(id); END $$;`,
    }),
  ]);
  const executor = await chain.found(own);
  const call = (name: string) =>
    chain.transaction('alpha/ann', [{ contract: 'shop', function: name, args: { id: 1 } }]);
  const outcome = await executor.run(chain.seal([call('act'), call('helper')]));
  expect(outcome.rejections).toEqual([{ index: 1, code: 'function_unknown', message: '', call: 0 }]);
  await executor.close();
  await own.drop();
});
