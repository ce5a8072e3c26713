import { describe, expect, it } from 'vitest';
import * as sample from '../test/samples.ts';
import { DecodeError } from './decode-error.ts';
import { decodeGenesis, encodeGenesis, limitDefaults, networkId } from './genesis.ts';
import { toHex } from './hex.ts';
import { genesisBytesMax } from './limits.ts';
import { fromUtf8, toUtf8 } from './text.ts';

const text = fromUtf8(sample.genesisDocument);
/** The sample with every key that may be absent. */
const everything = ((): Uint8Array => {
  const document = JSON.parse(text.replace('["purchaser"]', '["purchaser","admin"]'));
  const members = [{ ...document.members[0], administrators: { needed: 1 } }];
  return toUtf8(
    JSON.stringify({
      ...document,
      governance: {
        deploy: { kind: 'all' },
        admit: { kind: 'classes', classes: ['buyer'] },
        skip: { kind: 'at_least', count: 1 },
      },
      limits: { budget: 5000 },
      postgres: { from: 15, to: 18 },
      members,
      contracts: [sample.contract],
    }),
  );
})();
const replaced = (from: string, to: string): Uint8Array => {
  if (!text.includes(from)) {
    throw new Error(`the sample has no ${from}`);
  }
  return toUtf8(text.replace(from, to));
};

function refusal(document: Uint8Array): string {
  try {
    decodeGenesis(document);
  } catch (error) {
    return error instanceof DecodeError ? error.message : `not a DecodeError: ${String(error)}`;
  }
  return 'taken';
}

describe('genesis', () => {
  it('reads every field', () => {
    const genesis = decodeGenesis(sample.genesisDocument);
    expect(genesis.contracts[0]?.functions['place_order']).toEqual({
      roles: ['purchaser'],
      classes: ['buyer'],
    });
    expect(genesis.contracts[0]?.functions['note']).toEqual({ roles: [], classes: [] });
    expect(toHex(genesis.ordering.node)).toBe(toHex(sample.nodeKey));
    expect([genesis.checkpointBlocks, genesis.checkpointMs, genesis.finalQuorum]).toEqual([
      64,
      250,
      'more_than_two_thirds',
    ]);
  });

  it('reads what may be absent, and fills up limits that are given in part', () => {
    const genesis = decodeGenesis(everything);
    expect(genesis.governance).toEqual({
      deploy: { kind: 'all' },
      admit: { kind: 'classes', classes: ['buyer'] },
      skip: { kind: 'at_least', count: 1 },
    });
    expect(genesis.limits).toEqual({ ...limitDefaults, budget: 5000 });
    expect(genesis.postgres).toEqual({ from: 15, to: 18 });
    expect(genesis.members[0]?.administrators).toEqual({ needed: 1 });
    const { schema: _, source: __, ...described } = sample.contract;
    expect(genesis.contracts[0]).toMatchObject(described);
    expect(decodeGenesis(encodeGenesis(genesis))).toEqual(genesis);
  });

  it.each<[string, string, string, string]>([
    ['an unknown decision', '"deploy"', '"deploys"', 'governance has an unknown key'],
    ['an unknown policy', '"all"', '"most"', '"most" is no kind of policy'],
    [
      'a policy with more than it needs',
      '{"kind":"all"}',
      '{"kind":"all","count":1}',
      'governance.deploy has',
    ],
    ['a policy of no class', '"classes","classes":["buyer"]', '"classes","classes":[]', 'names no class'],
    [
      'a policy of a class that nobody is of',
      '"classes":["buyer"]},"skip"',
      '"classes":["seller"]},"skip"',
      'class "seller"',
    ],
    [
      'a policy of more members than there are',
      '"count":1',
      '"count":2',
      'asks for 2 members of a network of 1',
    ],
    ['a budget of nothing', '"budget":5000', '"budget":0', 'limits.budget'],
    ['a budget beyond its register', '"budget":5000', '"budget":1000001', 'limits.budget'],
    ['too few rows to decide anything', '"budget":5000', '"rows":99', 'limits.rows'],
    ['too many rows', '"budget":5000', '"rows":10001', 'limits.rows'],
    ['values below an argument', '"budget":5000', '"value_bytes":262143', 'limits.value_bytes'],
    ['values above a row', '"budget":5000', '"value_bytes":1048577', 'limits.value_bytes'],
    ['an old Postgres', '"from":15', '"from":14', 'postgres.from'],
    ['no Postgres at all', '"to":18', '"to":14', 'postgres.to'],
    ['more administrators than there are', '"needed":1', '"needed":2', 'administrators.needed'],
    ['a rule for no table', '"table":"order_header"', '"table":""', 'readers[0].table'],
  ])('refuses %s among what may be absent', (_, from, to, message) => {
    expect(fromUtf8(everything)).toContain(from);
    expect(refusal(toUtf8(fromUtf8(everything).replace(from, to)))).toContain(message);
  });

  it('writes what it reads', () => {
    const document = encodeGenesis(sample.genesis);
    expect(decodeGenesis(document)).toEqual(sample.genesis);
    expect(toHex(networkId(document))).not.toBe(toHex(sample.network));
  });

  it.each<[string, string, string, string]>([
    ['an unknown key', '"name":"purchasing-demo"', '"name":"purchasing-demo","x":1', 'unknown key "x"'],
    [
      'an unknown key inside',
      '"class":"buyer","number"',
      '"class":"buyer","x":1,"number"',
      'members[0] has an unknown key',
    ],
    ['a repeated key', '"bucordo":1', '"bucordo":1,"bucordo":1', 'not strict JSON'],
    ['another version', '"bucordo":1', '"bucordo":2', 'genesis.bucordo is not an integer from 1 to 1'],
    ['no name', '"name":"purchasing-demo",', '', 'genesis.name'],
    ['a bad name', '"purchasing-demo"', '"Purchasing"', 'genesis.name'],
    ['an impossible date', '2026-11-23T', '2026-02-30T', 'genesis.created'],
    ['another ordering', '"kind":"solo"', '"kind":"raft"', 'genesis.ordering.kind'],
    [
      'an ordering node that is nobody',
      `"node":"${toHex(sample.nodeKey)}"`,
      `"node":"${toHex(sample.network)}"`,
      'genesis.ordering.node',
    ],
    [
      'an ordering node without the role',
      '"roles":["node"]',
      '"roles":[]',
      'not an identity with role "node"',
    ],
    [
      'a key in upper case',
      toHex(sample.aliceKey),
      toHex(sample.aliceKey).toUpperCase(),
      'identities[1].key',
    ],
    ['a key of small order', toHex(sample.aliceKey), '00'.repeat(32), 'identities[1].key'],
    ['the same key twice', toHex(sample.aliceKey), toHex(sample.nodeKey), 'key "'],
    ['the same name twice', '"name":"alice"', '"name":"node"', 'identity "buyer/node"'],
    ['a role twice', '["purchaser"]', '["purchaser","purchaser"]', 'names something twice'],
    ['a number 0', '"number":1', '"number":0', 'members[0].number'],
    [
      'no members',
      /"members":\[.*\],"contracts"/.exec(text)?.[0] ?? '',
      '"members":[],"contracts"',
      'genesis.members',
    ],
    ['a reserved contract', '"name":"purchasing"', '"name":"pg_catalog"', 'reserved'],
    ['a contract named like a history', '"name":"purchasing"', '"name":"a_history"', 'reserved'],
    ['a contract named like the system', '"name":"purchasing"', '"name":"bucordo"', 'reserved'],
    [
      'a contract name too long for its role',
      '"name":"purchasing"',
      `"name":"${'p'.repeat(54)}"`,
      '53 bytes',
    ],
    ['a bad version', '"1.0.0"', '"1.0"', 'version "1.0"'],
    ['a bad function name', '"place_order"', '"place-order"', 'place-order'],
    ['a number as text', '"checkpoint_ms":250', '"checkpoint_ms":"250"', 'checkpoint_ms'],
    ['a prototype for a key', '"note":{}', '"__proto__":{}', '__proto__'],
    ['a quorum of its own', 'more_than_two_thirds', 'all', 'final_quorum'],
    ['a NUL in SQL', '-- functions', '-- \\u0000', 'not strict JSON'],
  ])('refuses %s and says where', (_, from, to, message) => {
    expect(refusal(replaced(from, to))).toContain(message);
  });

  it('refuses what is no object, not UTF-8, or too large', () => {
    expect(refusal(toUtf8('[]'))).toContain('not an object');
    expect(refusal(Uint8Array.of(0x22, 0xff, 0x22))).toContain('not strict JSON');
    expect(refusal(new Uint8Array(genesisBytesMax + 1))).toContain('above');
  });
});
