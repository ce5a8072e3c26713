/** Statements for a skip on a real database: whose count, when they are enough, and what follows. */

import {
  decodeSkip,
  encodeSkip,
  type PlainSkip,
  parseMemberId,
  parsePublicKey,
  publicKeyOf,
  type Skip,
  signSkip,
} from '@bucordo/protocol';
import type pg from 'pg';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { BANK, bankCall } from '../../../../test/support/bank-contract.ts';
import { freshDatabase, type TestDatabase } from '../../../../test/support/postgres.ts';
import { seedOf, TestChain, type TestTransaction } from '../../../../test/support/test-chain.ts';
import type { Executor } from '../execution/executor.ts';
import { connect } from '../postgres/connection.ts';
import { Skips } from './skips.ts';

const MEMBERS = ['alpha', 'beta', 'gamma'] as const;
const ROLES = { node: ['node'], ann: ['admin'], bob: ['admin'], cleo: ['clerk'] };

const chain = new TestChain(
  [BANK],
  MEMBERS.map((member, index) => ({
    id: parseMemberId(member),
    name: member,
    class: member === 'gamma' ? 'visitor' : 'trader',
    number: index + 1,
    identities: Object.entries(ROLES).map(([name, roles]) => ({
      name,
      key: parsePublicKey(publicKeyOf(seedOf(`${member}/${name}`))),
      roles,
    })),
  })),
);
let database: TestDatabase;
let executor: Executor;
let superuser: pg.Client;
const skipped: Skip[] = [];
let skips: Skips;

beforeAll(async () => {
  database = await freshDatabase();
  executor = await chain.found(database);
  superuser = await connect(database.connection('postgres'));
  await superuser.query(
    "SET session_replication_role = replica; UPDATE bucordo.member SET administrators_needed = 2 WHERE id = 'beta'",
  );
  skips = new Skips({
    connect: () => connect(database.connection('bucordo_node')),
    onSkipped: (skip) => skipped.push(skip),
  });
});

afterAll(async () => {
  await superuser?.end();
  await executor?.close();
  await database?.drop();
});

const open = (id: number): TestTransaction =>
  chain.transaction({ seed: seedOf('alpha/cleo') }, [
    bankCall('open_account', { id, owner: 'cleo', balance: 1 }),
  ]);

const about = (transaction: TestTransaction, height: number): PlainSkip => ({
  network: chain.networkId,
  height,
  transactionId: transaction.id,
  statements: [],
});

function signedBy(skip: PlainSkip, ...identities: readonly string[]): Skip {
  const signed = identities.reduce<PlainSkip>((each, identity) => {
    const seed = seedOf(identity);
    return signSkip(each, { member: identity.split('/')[0] ?? '', key: publicKeyOf(seed), seed });
  }, skip);
  return decodeSkip(encodeSkip(signed));
}

test('a member has agreed when as many of its administrators as it needs have signed', async () => {
  const skip = about(open(1), 1);
  expect(await skips.take(signedBy(skip, 'alpha/ann', 'alpha/bob', 'beta/ann'))).toEqual({
    isSkipped: false,
    agreed: ['alpha'],
    approvals: 1,
    needed: 3,
    refused: [],
  });
  expect(await skips.take(signedBy(skip, 'beta/bob'))).toMatchObject({ agreed: ['alpha', 'beta'] });
  const clerk = await skips.take(signedBy(skip, 'gamma/cleo'));
  expect(clerk).toMatchObject({
    isSkipped: false,
    refused: [{ member: 'gamma', flaw: 'not_administrator' }],
  });
  expect(skipped).toEqual([]);
});

test('a transaction is skipped from the height on, with its receipt, and the others of the block are not', async () => {
  const deadly = open(2);
  const skip = about(deadly, 2);
  await executor.run(chain.seal([open(3)]));
  expect(await skips.take(signedBy(skip, 'alpha/bob', 'beta/ann', 'beta/bob', 'gamma/ann'))).toMatchObject({
    isSkipped: true,
    approvals: 3,
  });
  expect(skipped.length).toBe(1);
  const outcome = await executor.run(chain.seal([open(4), deadly, open(5)]));
  expect(outcome.rejections).toEqual([{ index: 1, code: 'skipped', message: '', call: null }]);
  const { rows } = await superuser.query('SELECT id FROM bank.account ORDER BY id');
  expect(rows).toEqual([{ id: 3 }, { id: 4 }, { id: 5 }]);
});

test('the policy of the network decides how many must agree', async () => {
  await superuser.query(
    `UPDATE bucordo.policy SET rule = '{"kind":"classes","classes":["visitor"]}' WHERE decision = 'skip'`,
  );
  const skip = about(open(6), 3);
  expect(await skips.take(signedBy(skip, 'alpha/ann'))).toMatchObject({
    isSkipped: false,
    approvals: 0,
    needed: 1,
  });
  expect(await skips.take(signedBy(skip, 'gamma/ann'))).toMatchObject({
    isSkipped: true,
    approvals: 1,
    needed: 1,
  });
});

test('what is on the chain cannot be skipped any more', async () => {
  const done = open(7);
  await executor.run(chain.seal([done]));
  expect(await skips.take(signedBy(about(done, 3), 'gamma/ann'))).toMatchObject({
    isSkipped: false,
    refused: [{ member: 'gamma', flaw: 'executed' }],
  });
});
