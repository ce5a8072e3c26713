/** What a node tells about its contracts: equal on two nodes, different where somebody changed one. */

import type pg from 'pg';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { BANK } from '../../../../test/support/bank-contract.ts';
import { freshDatabase, type TestDatabase } from '../../../../test/support/postgres.ts';
import { TestChain } from '../../../../test/support/test-chain.ts';
import { connect } from '../postgres/connection.ts';
import { ContractReader } from './contract-reader.ts';
import type { Reflection } from './ports.ts';
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
        'membership',
        'right',
        'role',
        'schema',
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
    [
      'a rule that rewrites statements',
      'CREATE RULE mine AS ON UPDATE TO bank.account DO INSTEAD NOTHING',
      /rule bank.account.mine: [\s\S]*DO INSTEAD NOTHING/,
    ],
    [
      'rights for readers',
      'GRANT UPDATE ON bank.account TO bucordo_reader',
      /right bank.account to bucordo_reader: .*UPDATE/,
    ],
    [
      'rights for everybody',
      'GRANT SELECT ON bank_history.account TO PUBLIC',
      /right bank_history.account to PUBLIC: SELECT/,
    ],
    [
      'rights on a column',
      'GRANT UPDATE (balance) ON bank.account TO bucordo_reader',
      /right bank.account.balance to bucordo_reader: UPDATE/,
    ],
    [
      'rights on a schema',
      'GRANT CREATE ON SCHEMA bank TO bucordo_reader',
      /right bank to bucordo_reader: CREATE/,
    ],
    [
      'rights on a function',
      'GRANT EXECUTE ON FUNCTION bucordo.refuse(text, text) TO PUBLIC',
      /right bucordo.refuse\(.*\) to PUBLIC: EXECUTE/,
    ],
    [
      'rights that later tables get',
      'ALTER DEFAULT PRIVILEGES FOR ROLE bucordo_owner IN SCHEMA bank GRANT ALL ON TABLES TO bucordo_reader',
      /default r of bucordo_owner in bank/,
    ],
    [
      'a trigger of its own',
      `CREATE TRIGGER mine BEFORE UPDATE ON bank.account FOR EACH ROW EXECUTE FUNCTION suppress_redundant_updates_trigger()`,
      /trigger bank.account.mine: enabled/,
    ],
    [
      'a foreign key that is not kept',
      `CREATE TABLE bank.keyed (id int4 REFERENCES bank.account); ALTER TABLE bank.keyed DISABLE TRIGGER ALL`,
      /trigger bank.keyed.*: a foreign key is not kept: D/,
    ],
    [
      'a key that leads here',
      'CREATE TABLE private.mine (id int4 REFERENCES bank.account)',
      /constraint private.mine.*: on bank.account/,
    ],
    ['a policy', 'CREATE POLICY mine ON bank.account USING (false)', /policy bank.account.mine: .*false/],
    [
      'row security',
      'ALTER TABLE bank.account ENABLE ROW LEVEL SECURITY',
      /table bank.account: .*row security/,
    ],
    [
      'another owner',
      'ALTER TABLE bank_history.account OWNER TO bucordo_member',
      /table bank_history.account: .*owner bucordo_member/,
    ],
    [
      'another owner of a schema',
      'ALTER SCHEMA bank_history OWNER TO postgres',
      /schema bank_history: owner postgres/,
    ],
    ['a table without a log', 'CREATE UNLOGGED TABLE bank.fast (id int4)', /table bank.fast: unlogged/],
    [
      'a table that inherits',
      'CREATE TABLE private.heir () INHERITS (bank.account)',
      /table bank.account: .*inherit/,
    ],
    [
      'another default',
      `ALTER TABLE bank.account ALTER COLUMN balance SET DEFAULT 9`,
      /column bank.account.balance: .*default 9/,
    ],
    [
      'a column that may be empty',
      `ALTER TABLE bank.account ALTER COLUMN balance DROP NOT NULL`,
      /column bank.account.balance: bigint default 9/,
    ],
    ['a sequence', 'CREATE SEQUENCE bank.numbers', /relation bank.numbers: .*kind S/],
    [
      'a materialized view',
      'CREATE MATERIALIZED VIEW bank.kept AS SELECT 1 AS a',
      /relation bank.kept: .*kind m/,
    ],
    ['a type', `CREATE DOMAIN bank.word AS text`, /type bank.word: kind d/],
    [
      'statistics',
      'CREATE STATISTICS bank.more ON id, balance FROM bank.account',
      /object statistics object bank.more/,
    ],
    [
      'an operator',
      'CREATE OPERATOR bank.=== (FUNCTION = int4eq, LEFTARG = int4, RIGHTARG = int4)',
      /object operator bank.===/,
    ],
    [
      'a function that was altered',
      'ALTER FUNCTION bucordo.refuse(text, text) SECURITY DEFINER',
      /function bucordo.refuse.*security definer/,
    ],
    [
      'an index that is not valid',
      `UPDATE pg_index SET indisvalid = false WHERE indexrelid = 'bank.account_pkey'::regclass`,
      /index bank.account_pkey: .*not valid/,
    ],
  ])('I12: shows %s', async (_what, statement, expected) => {
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
