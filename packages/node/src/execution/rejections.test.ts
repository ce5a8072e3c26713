/** What is rejected, what its receipt says, and that nothing of it stays. */

import { publicKeyOf } from '@bucordo/protocol';
import type pg from 'pg';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { BANK } from '../../../../test/support/bank-contract.ts';
import { freshDatabase, type TestDatabase } from '../../../../test/support/postgres.ts';
import { seedOf, TestChain, type TestTransaction } from '../../../../test/support/test-chain.ts';
import { TROUBLE, TROUBLES } from '../../../../test/support/trouble-contract.ts';
import { connect } from '../postgres/connection.ts';
import type { Executor } from './executor.ts';

const chain = new TestChain([BANK, TROUBLE]);
const databases: TestDatabase[] = [];
const executors: Executor[] = [];
let superuser: pg.Client;

beforeAll(async () => {
  for (const settings of ['', `ALTER ROLE ALL IN DATABASE CURRENT_DATABASE_NAME SET lock_timeout = 0`]) {
    const database = await freshDatabase();
    databases.push(database);
    executors.push(await chain.found(database, settings.replace('CURRENT_DATABASE_NAME', database.name)));
  }
  superuser = await connect((databases[0] as TestDatabase).connection('postgres'));
  await run([write('alpha/ann', 1), write('alpha/ann', 2)]);
});

afterAll(async () => {
  await superuser?.end();
  for (const executor of executors) await executor.close();
  for (const database of databases) await database.drop();
});

const write = (identity: Parameters<TestChain['transaction']>[0], id: number): TestTransaction =>
  chain.transaction(identity, [{ contract: 'trouble', function: 'write', args: { id } }]);

const fail = (way: string): TestTransaction =>
  chain.transaction('alpha/ann', [{ contract: 'trouble', function: 'fail', args: { way } }]);

/** Runs a block on both databases and expects them to agree. */
async function run(transactions: readonly TestTransaction[]) {
  const block = chain.seal(transactions);
  const [first, second] = await Promise.all(executors.map((executor) => executor.run(block)));
  if (first === undefined) throw new Error('no database');
  expect(second).toEqual(first);
  return first;
}

async function content(): Promise<unknown> {
  const { rows } = await superuser.query(`
    SELECT (SELECT jsonb_agg(t ORDER BY t.id) FROM trouble.thing AS t) AS things,
           (SELECT jsonb_agg(t ORDER BY t.id) FROM trouble.kind AS t) AS kinds,
           (SELECT jsonb_agg(t ORDER BY t.id) FROM trouble.amount AS t) AS amounts,
           (SELECT jsonb_agg(t ORDER BY t.id) FROM trouble.note AS t) AS notes,
           (SELECT count(*) FROM trouble_history.thing) + (SELECT count(*) FROM trouble_history.kind)
             + (SELECT count(*) FROM trouble_history.amount) + (SELECT count(*) FROM trouble_history.note) AS history`);
  return rows[0];
}

describe('I6: a rejected transaction changes no row, and its receipt is the same on every node', () => {
  test.for(Object.entries(TROUBLES))('%s', async ([way, { code, message }]) => {
    const before = await content();
    const outcome = await run([fail(way)]);
    expect(outcome.rejections).toEqual([{ index: 0, code, message: message ?? '', call: 0 }]);
    expect(await content()).toEqual(before);
  });

  test('I6: calls before the one that fails are taken back', async () => {
    const before = await content();
    const outcome = await run([
      chain.transaction('alpha/ann', [
        { contract: 'trouble', function: 'write', args: { id: 31 } },
        { contract: 'bank', function: 'open_account', args: { id: 31, owner: 'x', balance: 1 } },
        { contract: 'trouble', function: 'fail', args: { way: 'unique' } },
        { contract: 'trouble', function: 'write', args: { id: 32 } },
      ]),
    ]);
    expect(outcome).toMatchObject({ rejections: [{ index: 0, code: 'failed', call: 2 }], results: [] });
    expect(await content()).toEqual(before);
    expect((await superuser.query('SELECT FROM bank.account')).rowCount).toBe(0);
  });

  test('I6: transactions around a failing one are executed, in whatever order they stand', async () => {
    const wanted = Array.from({ length: 90 }, (_, index) => ({
      id: 1000 + index,
      fails: index % 7 === 3 || index > 84,
    }));
    const outcome = await run(
      wanted.map(({ id, fails }) => (fails ? fail('own_code') : write('alpha/ann', id))),
    );
    const failing = wanted.flatMap(({ fails }, index) => (fails ? [index] : []));
    expect(outcome.rejections).toEqual(
      failing.map((index) => ({ index, code: 'BC042', message: 'no more nuts', call: 0 })),
    );
    expect(outcome.results).toHaveLength(90 - failing.length);
    const { rows } = await superuser.query<{ id: number }>(
      'SELECT t.id FROM trouble.thing AS t WHERE t.id >= 1000 ORDER BY t.id',
    );
    expect(rows.map(({ id }) => id)).toEqual(wanted.flatMap(({ id, fails }) => (fails ? [] : [id])));
  });

  test('I6: a transaction that depends on a rejected one sees nothing of it', async () => {
    const outcome = await run([
      chain.transaction('alpha/ann', [
        { contract: 'trouble', function: 'write', args: { id: 40 } },
        { contract: 'trouble', function: 'fail', args: { way: 'own_code' } },
      ]),
      write('beta/bob', 40),
      write('beta/bob', 40),
    ]);
    expect(outcome.rejections.map(({ index }) => index)).toEqual([0, 2]);
    expect(outcome.results).toEqual([{ index: 1, value: '40' }]);
  });

  test('settings that a contract changes do not outlive the block', async () => {
    const moment = () =>
      chain.transaction('alpha/ann', [{ contract: 'trouble', function: 'moment', args: {} }]);
    const meddling = await run([
      chain.transaction('alpha/ann', [{ contract: 'trouble', function: 'meddle', args: {} }]),
    ]);
    expect(meddling.rejections).toEqual([]);
    const after = await run([moment()]);
    expect(after.results[0]?.value).toMatch(/^"2026-01-01 00:\d\d:\d\d\+00"$/);
  });

  test('the node keeps SQLSTATE and text of what it does not hash', async () => {
    const { details } = await run([fail('own_code'), fail('unique')]);
    const { rows } = await superuser.query(
      'SELECT r.sqlstate, r.detail, r.context FROM bucordo.rejection AS r ORDER BY r.position DESC LIMIT 1',
    );
    expect(rows[0]).toMatchObject({ sqlstate: '23505' });
    expect(rows[0]?.detail).toContain('thing_pkey');
    expect(rows[0]?.context).toMatch(/^SQL statement.*PL\/pgSQL function trouble\.fail/s);
    // What the contract says itself stands in the receipt.
    expect([...details]).toEqual([
      [
        1,
        {
          argument: '',
          sqlstate: '23505',
          table: 'trouble.thing',
          constraint: 'thing_pkey',
          column: '',
          text: expect.stringMatching(/^duplicate key .*\nKey \(id\)=\(1\) already exists\.$/),
        },
      ],
    ]);
    const view = await superuser.query(
      "SELECT r.detail ->> 'constraint' AS name FROM bucordo.receipts AS r ORDER BY r.position DESC LIMIT 2",
    );
    expect(view.rows).toEqual([{ name: 'thing_pkey' }, { name: null }]);
  });

  test('the node says which limit was met', async () => {
    const { rejections, details } = await run([fail('many_writes')]);
    expect(rejections).toMatchObject([{ code: 'budget_exceeded' }]);
    expect(details.get(0)).toMatchObject({
      sqlstate: '',
      text: expect.stringContaining('writes more rows than the'),
    });
  });
});

describe('I7: nothing executes for an identity that may not act', () => {
  test('I7: a key that nobody enrolled', async () => {
    const before = await content();
    const outcome = await run([write({ seed: seedOf('nobody') }, 60)]);
    expect(outcome.rejections).toEqual([{ index: 0, code: 'identity_unknown', message: '', call: null }]);
    expect(await content()).toEqual(before);
  });

  test('I7: an identity without the role that the function asks for', async () => {
    const manage = { contract: 'trouble', function: 'manage', args: { id: 61 } };
    const outcome = await run([
      chain.transaction('alpha/ann', [manage]),
      chain.transaction('gamma/guest', [manage]),
      chain.transaction('beta/bob', [manage]),
    ]);
    expect(outcome.rejections).toEqual([
      { index: 0, code: 'not_permitted', message: '', call: 0 },
      { index: 1, code: 'not_permitted', message: '', call: 0 },
    ]);
  });

  test('I7: a member of another class than the function asks for', async () => {
    const outcome = await run([
      chain.transaction('gamma/guest', [
        { contract: 'bank', function: 'transfer', args: { source: 1, target: 2, amount: 1 } },
      ]),
    ]);
    expect(outcome.rejections).toEqual([{ index: 0, code: 'not_permitted', message: '', call: 0 }]);
  });

  test('I7: a key before its first and from its last height on', async () => {
    const head = await (executors[0] as Executor).head();
    for (const database of databases) {
      const client = await connect(database.connection('postgres'));
      // Behind the system's back: no history, as no transaction asks for it.
      await client.query('SET session_replication_role = replica');
      await client.query('UPDATE bucordo.identity SET valid_from = $2, valid_to = $3 WHERE key = $1', [
        Buffer.from(publicKeyOf(seedOf('gamma/guest'))),
        head.height + 2,
        head.height + 3,
      ]);
      await client.end();
    }
    const codes: string[] = [];
    for (const id of [70, 71, 72])
      codes.push((await run([write('gamma/guest', id)])).rejections[0]?.code ?? '');
    expect(codes).toEqual(['identity_unknown', '', 'identity_revoked']);
  });

  test('I7: what verification refused is ordered but does not run', async () => {
    const refusals = ['expired', 'signature_invalid', 'wrong_network'];
    const outcome = await run(
      refusals.map((refusal, index) =>
        chain.transaction(
          'alpha/ann',
          [{ contract: 'trouble', function: 'write', args: { id: 80 + index } }],
          refusal,
        ),
      ),
    );
    expect(outcome.rejections.map(({ code }) => code)).toEqual(refusals);
  });

  test('a number that no function has', async () => {
    const transaction = chain.transaction('alpha/ann', [{ contract: 'trouble', function: 'gone', args: {} }]);
    const outcome = await run([{ ...transaction, refusal: null }]);
    expect(outcome.rejections).toEqual([{ index: 0, code: 'function_unknown', message: '', call: 0 }]);
  });
});
