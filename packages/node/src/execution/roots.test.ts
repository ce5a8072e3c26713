/** The hashes that Postgres computes, against the protocol's own functions on values read back. */

import {
  changesRoot,
  encodeReceipt,
  encodeStateHeader,
  merkleRoot,
  parseTransactionId,
  type RowChange,
  receiptLeaf,
  rowChangeHash,
  stateHash,
} from '@bucordo/protocol';
import type pg from 'pg';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { emptyThing, KINDS, thing } from '../../../../test/support/every-type-contract.ts';
import { freshDatabase, type TestDatabase } from '../../../../test/support/postgres.ts';
import { type TestCall, TestChain } from '../../../../test/support/test-chain.ts';
import type { BlockOutcome } from '../chain/sealed-block.ts';
import { connect } from '../postgres/connection.ts';
import { ChainReader } from './chain-reader.ts';
import type { Executor } from './executor.ts';

let database: TestDatabase;
let executor: Executor;
let reader: ChainReader;
let client: pg.Client;
const chain = new TestChain([KINDS]);
const outcomes: BlockOutcome[] = [];

const call = (name: string, args: TestCall['args']): TestCall => ({
  contract: 'kinds',
  function: name,
  args,
});

beforeAll(async () => {
  database = await freshDatabase();
  executor = await chain.found(database);
  reader = new ChainReader({ connect: () => connect(database.connection('bucordo_node')), connections: 1 });
  client = await connect(database.connection('bucordo_reader'));
  await client.query("SET TimeZone = 'UTC'; SET IntervalStyle = 'postgres'");
  const blocks = [
    [
      chain.transaction('alpha/ann', [
        call('put', thing(1)),
        call('put', thing(2)),
        call('put', emptyThing(3)),
      ]),
    ],
    [
      chain.transaction('alpha/ann', [call('put', thing(1))]),
      chain.transaction('beta/bob', [call('give', { document: { b: 1, a: [1.5] } })]),
      chain.transaction('beta/bob', [call('remove', { id: 2 }), call('give', { document: null })]),
      chain.transaction('beta/bob', [call('put', thing(8)), call('put', { ...thing(9), p_int2: 'now' })]),
      chain.transaction('gamma/guest', [call('nothing', {})]),
    ],
    [],
    Array.from({ length: 7 }, (_, index) =>
      chain.transaction('alpha/ann', [call('put', thing(100 + index))]),
    ),
  ];
  for (const block of blocks) outcomes.push(await executor.run(chain.seal(block)));
});

afterAll(async () => {
  await client?.end();
  await reader?.close();
  await executor?.close();
  await database?.drop();
});

async function receiptsRootOf(height: number): Promise<Uint8Array> {
  const receipts = await reader.receiptsOfBlock(height);
  const leaves = receipts.map((receipt) => {
    const status = receipt.code === '' ? ('committed' as const) : ('rejected' as const);
    return receiptLeaf(
      encodeReceipt({ ...receipt, transactionId: parseTransactionId(receipt.transactionId), status }),
    );
  });
  return merkleRoot(leaves);
}

// The canonical text of every column, made here from what Postgres sends as text.
async function changesOf(height: number): Promise<RowChange[]> {
  const { rows } = await client.query<Record<string, unknown>>({
    text: `SELECT h.* FROM kinds_history.thing AS h WHERE h._position >> 20 = $1 ORDER BY h._position, h._ordinal`,
    values: [height],
    types: { getTypeParser: () => (text: string) => text },
  });
  return rows.map(({ _position, _ordinal, _operation, ...columns }) => ({
    contract: 'kinds',
    table: 'thing',
    operation: String(_operation) as RowChange['operation'],
    position: BigInt(String(_position)),
    columns: Object.entries(columns).map(([name, text]) =>
      canonical(name, text === null ? null : String(text)),
    ),
  }));
}

function canonical(name: string, text: string | null): string | null {
  if (text === null) return null;
  const [kind, type] = [name.slice(0, 1), name.slice(2)];
  if (kind !== 'a') return canonicalScalar(type, text);
  const elements = ARRAY_ELEMENTS[name] ?? [];
  return `${elements.length}${elements.map((each) => (each === null ? ',-' : `,${Buffer.byteLength(each)}:${each}`)).join('')}`;
}

function canonicalScalar(type: string, text: string): string {
  switch (type) {
    case 'bytea':
      return text.slice(2);
    case 'date':
      return String(Date.parse(`${text}T00:00:00Z`) / 86_400_000);
    case 'timestamptz':
      return microseconds(text);
    default:
      return text;
  }
}

// 2026-11-23 20:00:00.123456+00
function microseconds(text: string): string {
  const [, seconds = '', fraction = ''] = /^(.*?)(?:\.(\d+))?\+00$/.exec(text) ?? [];
  return (
    BigInt(Date.parse(`${seconds.replace(' ', 'T')}Z`)) * 1000n +
    BigInt(fraction.padEnd(6, '0'))
  ).toString();
}

const ARRAY_ELEMENTS: Readonly<Record<string, readonly (string | null)[]>> = {
  a_bool: ['t', null, 'f'],
  a_int2: ['1', '-2'],
  a_int4: [],
  a_int8: ['9223372036854775807'],
  a_text: ['a', null, ',"{}'],
  a_bytea: ['', 'ff'],
  a_uuid: ['01890a5d-ac96-774b-bcce-b302099a8057'],
  a_date: ['11016'],
  a_timestamptz: ['-62135596800000000', '253402300799999999'],
  a_jsonb: ['{"a": 1}', null, '"text"'],
  a_numeric: ['0.0001', '-3.0000'],
};

test('receipts, row changes and state are hashed by SQL exactly as by the protocol', async () => {
  let previousStateHash: Uint8Array = chain.networkId;
  for (const outcome of outcomes) {
    const { height } = outcome;
    const { rows } = await client.query<{
      block_hash: Buffer;
      receipts_root: Buffer;
      changes_root: Buffer;
      state_hash: Buffer;
    }>(
      'SELECT s.block_hash, s.receipts_root, s.changes_root, s.state_hash FROM bucordo.state AS s WHERE s.height = $1',
      [height],
    );
    const state = rows[0];
    if (state === undefined) throw new Error(`no state at ${height}`);
    const changes = await changesOf(height);
    expect(state.receipts_root, `receipts of ${height}`).toEqual(Buffer.from(await receiptsRootOf(height)));
    expect(state.changes_root, `changes of ${height}`).toEqual(
      Buffer.from(changesRoot(changes.map((each) => rowChangeHash(each)))),
    );
    const header = encodeStateHeader({
      network: chain.networkId,
      height,
      blockHash: state.block_hash,
      previousStateHash,
      receiptsRoot: state.receipts_root,
      changesRoot: state.changes_root,
      stateRoot: new Uint8Array(0),
    });
    expect(Buffer.from(outcome.stateHash)).toEqual(Buffer.from(stateHash(header)));
    expect(state.state_hash).toEqual(Buffer.from(outcome.stateHash));
    previousStateHash = outcome.stateHash;
  }
});

test('what functions return is in the outcome as JSON text', () => {
  expect(outcomes[1]?.results).toEqual([
    { index: 1, value: '{"a": [1.5], "b": 1}' },
    { index: 2, value: '[null,null]' },
  ]);
  expect(outcomes[1]?.rejections).toEqual([
    { index: 3, code: 'argument_invalid', message: '', call: 1 },
    { index: 4, code: 'function_unknown', message: '', call: 0 },
  ]);
});

test('every argument arrives as its column has it', async () => {
  const { rows } = await client.query('SELECT * FROM kinds.thing WHERE id = 1');
  expect(rows[0]).toMatchObject({
    c_int8: -9223372036854775808n,
    c_text: 'Grüße \\ 1',
    c_bytea: Buffer.from('00ff0a', 'hex'),
    c_numeric: '12.5000',
    c_jsonb: { a: 'x', b: [1, 2.5, null] },
    a_jsonb: [{ a: 1 }, null, 'text'],
    a_text: ['a', null, ',"{}'],
    a_int4: [],
  });
  const empty = await client.query('SELECT * FROM kinds.thing WHERE id = 3');
  expect(Object.values(empty.rows[0]).filter((value) => value !== null)).toEqual([3]);
});

test('context functions say who, when and where, and ids repeat nowhere', async () => {
  const transaction = chain.transaction('beta/bob', [call('context', {})]);
  const block = chain.seal([chain.transaction('alpha/ann', [call('context', {})]), transaction]);
  const outcome = await executor.run(block);
  const [ann, bob] = outcome.results.map(({ value }) => JSON.parse(value));
  expect(bob).toMatchObject({
    caller: 'beta/bob',
    member: 'beta',
    clerk: true,
    tx_id: Buffer.from(transaction.id).toString('hex'),
    height: block.height,
    position: block.height * 2 ** 20 + 1,
    ordinals: [1, 2],
    block_time_ms: block.time,
    parsed: '2026-02-03T04:05:06.7+00:00',
  });
  expect(Date.parse(bob.block_time)).toBe(block.time);
  expect(Date.parse(bob.later)).toBe(block.time + 3_600_000);
  expect(bob.bytes).toMatch(/^[0-9a-f]{80}$/);
  expect(new Set([...ann.ids, ...bob.ids]).size).toBe(4);
  for (const id of bob.ids)
    expect(id).toMatch(/^[0-9a-f]{8}-[0-9a-f]{4}-8[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}$/);
});
