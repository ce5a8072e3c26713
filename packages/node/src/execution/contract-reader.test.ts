/** What a node tells about its contracts: equal on two nodes, different where somebody changed one. */

import type pg from 'pg';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { BANK } from '../../../../test/support/bank-contract.ts';
import { freshDatabase, type TestDatabase } from '../../../../test/support/postgres.ts';
import { TestChain } from '../../../../test/support/test-chain.ts';
import type { Reflection } from '../chain/reflection.ts';
import { connect } from '../postgres/connection.ts';
import { ContractReader } from './contract-reader.ts';
import { ReadingConnections } from './reading-connections.ts';

/** A member's database with a reader on it. */
interface Member {
  readonly database: TestDatabase;
  readonly reader: ContractReader;
  readonly superuser: pg.Client;
  close(): Promise<void>;
}

const members: Member[] = [];

beforeAll(async () => {
  for (let number = 0; number < 2; number++) members.push(await openMember());
});
afterAll(() => Promise.all(members.map((member) => member.close())));

async function openMember(): Promise<Member> {
  const database = await freshDatabase();
  await (await new TestChain([BANK]).found(database)).close();
  const connections = new ReadingConnections(() => connect(database.connection('bucordo_node')), 1);
  const superuser = await connect(database.connection('postgres'));
  return {
    database,
    superuser,
    reader: new ContractReader(connections),
    close: async () => {
      await connections.close();
      await superuser.end();
      await database.drop();
    },
  };
}

function memberAt(index: number): Member {
  const member = members[index];
  if (member === undefined) throw new RangeError('no such member');
  return member;
}

function differing(one: Reflection, two: Reflection): string[] {
  const text = ({ kind, name, definition }: Reflection['objects'][number]) =>
    `${kind} ${name}: ${definition}`;
  const known = new Set(one.objects.map(text));
  return two.objects.map(text).filter((each) => !known.has(each));
}

describe('ContractReader', () => {
  it('lists contracts and hands out their documents', async () => {
    const { reader } = memberAt(0);
    const contracts = await reader.contracts();
    expect(contracts).toMatchObject([{ name: BANK.name, version: BANK.version, isRetired: false }]);
    expect(contracts[0]?.hash).toMatch(/^[0-9a-f]{64}$/);
    const document = await reader.document(BANK.name);
    expect(JSON.parse(document ?? '')).toMatchObject({ name: BANK.name, schema: BANK.schema });
    expect(await reader.document('bucordo')).toBeNull();
    expect(await reader.document('none')).toBeNull();
  });

  it('reflects two databases of one network alike, with every kind of object', async () => {
    const [one, two] = [await memberAt(0).reader.reflection(), await memberAt(1).reader.reflection()];
    expect(two).toEqual(one);
    const kinds = new Set(one.objects.map(({ kind }) => kind));
    expect([...kinds].sort()).toEqual(
      expect.arrayContaining([
        'callable',
        'column',
        'constraint',
        'function',
        'index',
        'table',
        'trigger',
        'view',
      ]),
    );
    expect(one.objects.map(({ name }) => name)).toContain(`${BANK.name}.account`);
  });

  it.each([
    [
      'a trigger that was switched off',
      `ALTER TABLE bank.account DISABLE TRIGGER bucordo_insert`,
      /trigger bank.account.bucordo_insert: disabled/,
    ],
    ['a column more', `ALTER TABLE bank.account ADD COLUMN more text`, /column bank.account.more: text/],
    [
      'a constraint less strict',
      `ALTER TABLE bank.account ADD CONSTRAINT mine CHECK (true)`,
      /constraint bank.account.mine/,
    ],
    ['an index of its own', `CREATE INDEX mine ON bank.account ((1))`, /index bank.mine/],
    [
      'a function with other rights',
      `CREATE FUNCTION bank.mine() RETURNS int4 LANGUAGE sql AS 'SELECT 1'`,
      /function bank.mine\(\): returns integer.*owner postgres, body [0-9a-f]{64}/,
    ],
  ])('shows %s', async (_what, statement, expected) => {
    const { reader, superuser } = memberAt(1);
    await superuser.query(statement);
    const found = differing(await memberAt(0).reader.reflection(), await reader.reflection());
    expect(found.some((each) => expected.test(each))).toBe(true);
  });

  it('finds where manifest and catalogue differ', async () => {
    expect(await memberAt(0).reader.manifestDifferences()).toEqual([]);
    const { reader, superuser } = memberAt(1);
    const [name = ''] = Object.keys(BANK.functions);
    await superuser.query(
      `UPDATE bucordo.function SET name = 'renamed' WHERE contract = 'bank' AND name = $1`,
      [name],
    );
    expect((await reader.manifestDifferences()).sort()).toEqual(
      [
        `bank.${name} stands in the manifest and not in the catalogue`,
        'bank.renamed stands in the catalogue and not in the manifest',
      ].sort(),
    );
  });
});
