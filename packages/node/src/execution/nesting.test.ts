/**
 * Documents that a contract makes deeper and deeper: every version of Postgres takes as many levels and
 * refuses the same next one, in variables, between functions, and from transaction to transaction.
 */

import type { GenesisContract } from '@bucordo/protocol';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { OWN_VERSIONS, type OwnServer, startOwnServer } from '../../../../test/network/support/own-server.ts';
import { builtContract } from '../../../../test/support/built-contract.ts';
import { freshDatabase, type TestDatabase } from '../../../../test/support/postgres.ts';
import { TestChain } from '../../../../test/support/test-chain.ts';
import type { Executor } from './executor.ts';

const DEEP: GenesisContract = {
  name: 'deep',
  version: '1.0.0',
  functions: Object.fromEntries(
    ['grow', 'wrap', 'double', 'handed', 'field', 'many'].map((name) => [name, { roles: [], classes: [] }]),
  ),
  schema: 'CREATE TABLE deep.item (id int4 PRIMARY KEY, doc jsonb NOT NULL, docs jsonb[]);',
  source: `
CREATE FUNCTION deep.grow(id int4, levels int4) RETURNS bool LANGUAGE plpgsql AS $$
DECLARE
  doc jsonb := '1';
BEGIN
  FOR n IN 1 .. levels LOOP doc := jsonb_build_array(doc); END LOOP;
  INSERT INTO deep.item (id, doc) VALUES (grow.id, doc);
  RETURN doc @> doc;
END $$;
CREATE FUNCTION deep.wrap(id int4) RETURNS void LANGUAGE plpgsql AS $$
BEGIN
  UPDATE deep.item AS i SET doc = jsonb_build_object('in', i.doc), docs = ARRAY[jsonb_build_array(i.doc)] WHERE i.id = wrap.id;
END $$;
CREATE FUNCTION deep.double(levels int4) RETURNS text LANGUAGE plpgsql AS $$
DECLARE
  doc jsonb := '[[[[[[[[1]]]]]]]]';
BEGIN
  FOR n IN 1 .. levels LOOP doc := jsonb_set(doc, '{0,0,0,0,0,0,0,0}', doc); END LOOP;
  RETURN (doc #- '{0,0}')::text;
END $$;
CREATE FUNCTION deep.inside(doc jsonb) RETURNS jsonb LANGUAGE plpgsql AS $$
BEGIN
  RETURN jsonb_build_array(jsonb_build_array(doc));
END $$;
CREATE FUNCTION deep.handed(id int4, levels int4) RETURNS void LANGUAGE plpgsql AS $$
DECLARE
  doc jsonb := '1';
BEGIN
  FOR n IN 1 .. levels / 2 LOOP doc := deep.inside(doc); END LOOP;
  INSERT INTO deep.item (id, doc) VALUES (handed.id, doc);
END $$;
CREATE FUNCTION deep.field(id int4, levels int4) RETURNS void LANGUAGE plpgsql AS $$
DECLARE
  row deep.item;
BEGIN
  row.doc := '1';
  FOR n IN 1 .. levels LOOP row.doc := jsonb_build_object('a', row.doc); END LOOP;
  INSERT INTO deep.item (id, doc) VALUES (field.id, row.doc);
END $$;
CREATE FUNCTION deep.many(id int4, levels int4) RETURNS void LANGUAGE plpgsql AS $$
DECLARE
  docs jsonb[] := '{}';
BEGIN
  docs[1] := '1';
  FOR n IN 1 .. levels LOOP docs[1] := to_jsonb(docs); END LOOP;
  INSERT INTO deep.item (id, doc) VALUES (many.id, docs[1]);
END $$;`,
};

describe.each(['embedded', ...OWN_VERSIONS.slice(0, 1)])('I2: on Postgres %s', (version) => {
  let server: OwnServer | null = null;
  let database: TestDatabase;
  let executor: Executor;
  let chain: TestChain;

  beforeAll(async () => {
    if (version === 'embedded') database = await freshDatabase();
    else {
      const own = await startOwnServer(Number(version));
      server = own;
      database = { name: 'shop', connection: (role) => own.connection(role), drop: () => own.end() };
    }
    chain = new TestChain([await builtContract(DEEP)]);
    executor = await chain.found(database);
  });

  afterAll(async () => {
    await executor?.close();
    await database?.drop();
    expect(server === null).toBe(version === 'embedded');
  });

  async function call(name: string, args: Readonly<Record<string, unknown>>): Promise<string> {
    const block = chain.seal([chain.transaction('alpha/ann', [{ contract: 'deep', function: name, args }])]);
    const { rejections } = await executor.run(block);
    return rejections[0]?.code ?? 'ok';
  }

  test.each(['grow', 'handed', 'field', 'many'])('500 levels and no more: %s', async (name) => {
    const id = ['grow', 'handed', 'field', 'many'].indexOf(name) * 10;
    expect(await call(name, { id, levels: 498 })).toBe('ok');
    for (const [place, levels] of [510, 7_000, 14_000, 20_000].entries()) {
      expect([levels, await call(name, { id: id + 1 + place, levels })]).toEqual([levels, 'budget_exceeded']);
    }
  });

  test('a document that is set into itself', async () => {
    expect(await call('double', { levels: 5 })).toBe('ok');
    expect(await call('double', { levels: 90 })).toBe('budget_exceeded');
  });

  test('a row that every transaction makes deeper', async () => {
    expect(await call('grow', { id: 100, levels: 490 })).toBe('ok');
    // The list of documents beside it is two levels deeper than the document was.
    for (let levels = 492; levels <= 500; levels++) expect(await call('wrap', { id: 100 })).toBe('ok');
    expect(await call('wrap', { id: 100 })).toBe('budget_exceeded');
  });
});
