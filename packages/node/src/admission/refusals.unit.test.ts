import { randomBytes } from 'node:crypto';
import { decodeSubmitRequest, encodeSubmitRequest } from '@bucordo/protocol';
import { expect, test } from 'vitest';
import { Connection, HEIGHT, open, submitted } from '../../../../test/conformance/admission-bench.ts';
import {
  call,
  clerk,
  early,
  framed,
  payloadOf,
  revoked,
  type SampleKey,
  seller,
  signatureOf,
  stranger,
  transactionOf,
} from '../../../../test/conformance/sample-network.ts';

const order = (args: string) => [call('place_order', args)];
const record = (facts: Record<string, unknown>) => [
  call('record', { at: '2026-11-23T00:00:00Z', amount: '1.50', small: 1, document: {}, ...facts }),
];
const raw = (text: string) => [call('record', text)];
const payload = payloadOf();
const signature = signatureOf(payload);
const with_ = (bytes: Uint8Array, change: (copy: Uint8Array) => void): Uint8Array => {
  const copy = Uint8Array.from(bytes);
  change(copy);
  return copy;
};
const signed = (bytes: Uint8Array, key?: SampleKey) => framed(bytes, signatureOf(bytes, key));
const plusL = (bytes: Uint8Array) =>
  with_(bytes, (copy) => {
    const order_ = Buffer.from('edd3f55c1a631258d69cf7a2def9de1400000000000000000000000000000010', 'hex');
    let carry = 0;
    for (let i = 0; i < 32; i++) {
      carry += (copy[32 + i] ?? 0) + (order_[i] ?? 0);
      copy[32 + i] = carry & 255;
      carry >>= 8;
    }
  });

const corpus: readonly (readonly [what: string, code: string, transaction: Uint8Array])[] = [
  ['nothing', 'malformed', new Uint8Array(0)],
  ['random bytes', 'malformed', randomBytes(300)],
  ['a cut-off transaction', 'malformed', transactionOf().subarray(0, -1)],
  ['a byte behind', 'malformed', Buffer.concat([transactionOf(), Buffer.of(0)])],
  ['a field behind the payload', 'malformed', signed(Buffer.concat([payload, Buffer.from([0x30, 1])]))],
  [
    'a payload without calls',
    'malformed',
    signed(Buffer.concat([payload.subarray(0, 68), payload.subarray(-22)])),
  ],
  ['the network repeated', 'malformed', signed(Buffer.concat([payload.subarray(0, 34), payload]))],
  [
    'a name in capitals',
    'malformed',
    signed(with_(payload, (copy) => copy.set([0x50], Buffer.from(payload).indexOf('purchasing')))),
  ],
  ['another network', 'wrong_network', transactionOf({ network: randomBytes(32) })],
  ['expired', 'expired', transactionOf({ validUntil: HEIGHT })],
  ['valid for too long', 'valid_until_too_far', transactionOf({ validUntil: HEIGHT + 100_001 })],
  ['an unknown identity', 'identity_unknown', transactionOf({ key: stranger })],
  ['a revoked identity', 'identity_revoked', transactionOf({ key: revoked })],
  ['an identity before its time', 'identity_revoked', transactionOf({ key: early })],
  ['an identity without the role', 'not_permitted', transactionOf({ key: clerk })],
  ['a member of the wrong class', 'not_permitted', transactionOf({ key: seller })],
  ['an unknown function', 'function_unknown', transactionOf({ calls: [call('place_orders', {})] })],
  ['a missing argument', 'argument_missing', transactionOf({ calls: order('{"id":1}') })],
  ['an unknown argument', 'argument_unknown', transactionOf({ calls: order('{"id":1,"note":"","more":1}') })],
  ['a duplicate key', 'arguments_malformed', transactionOf({ calls: order('{"id":1,"id":1,"note":""}') })],
  ['no JSON', 'arguments_malformed', transactionOf({ calls: order('{"id":1,"note":') })],
  ['no object', 'arguments_malformed', transactionOf({ calls: order('[1]') })],
  [
    '2^53 + 1 as a number',
    'argument_invalid',
    transactionOf({ calls: order('{"id":9007199254740993,"note":""}') }),
  ],
  ['an integer with a fraction', 'argument_invalid', transactionOf({ calls: order('{"id":1.0,"note":""}') })],
  ['the time "now"', 'argument_invalid', transactionOf({ calls: record({ at: 'now' }) })],
  ['the integer "0x10"', 'argument_invalid', transactionOf({ calls: record({ small: '0x10' }) })],
  [
    'an int4 beyond its range',
    'argument_invalid',
    transactionOf({ calls: record({ small: 2_147_483_648 }) }),
  ],
  [
    'the decimal 1e400',
    'arguments_malformed',
    transactionOf({ calls: raw('{"at":"2026-11-23T00:00:00Z","amount":1e400,"small":1,"document":{}}') }),
  ],
  [
    '1e400 within a document',
    'arguments_malformed',
    transactionOf({
      calls: raw('{"at":"2026-11-23T00:00:00Z","amount":1,"small":1,"document":{"n":1e400}}'),
    }),
  ],
  ['the decimal "NaN"', 'argument_invalid', transactionOf({ calls: record({ amount: 'NaN' }) })],
  [
    'a document that is too deep',
    'arguments_malformed',
    transactionOf({
      calls: raw(
        `{"at":"2026-11-23T00:00:00Z","amount":1,"small":1,"document":${'['.repeat(70)}${']'.repeat(70)}}`,
      ),
    }),
  ],
  [
    'a second call that is wrong',
    'function_unknown',
    transactionOf({ calls: [...order('{"id":1,"note":""}'), call('nothing', {})] }),
  ],
  ['arguments that are too large', 'too_large', signed(withArguments(262_145))],
  ['a transaction that is too large', 'too_large', randomBytes(600_000)],
  ['too many calls', 'too_many_calls', signed(withCalls(1_001))],
  ['a signature of another key', 'signature_invalid', framed(payload, signatureOf(payload, stranger))],
  [
    'a signature with a changed bit',
    'signature_invalid',
    framed(
      payload,
      with_(signature, (copy) => copy.set([(copy[40] ?? 0) ^ 1], 40)),
    ),
  ],
  [
    'a changed payload',
    'signature_invalid',
    framed(
      with_(payload, (copy) => copy.set([(copy.at(-1) ?? 0) ^ 1], copy.length - 1)),
      signature,
    ),
  ],
  ['a signature with S + L', 'signature_invalid', framed(payload, plusL(signature))],
  [
    'a signature with R of small order',
    'signature_invalid',
    framed(
      payload,
      with_(signature, (copy) => copy.set(Buffer.concat([Buffer.of(1), Buffer.alloc(31)]), 0)),
    ),
  ],
  ['a signature of zeros', 'signature_invalid', framed(payload, new Uint8Array(64))],
];

// A payload with what an encoder would refuse, made from one that it allows.
function withArguments(length: number): Uint8Array {
  return rawPayload([{ name: 'place_order', args: Buffer.alloc(length, 0x20) }]);
}

function withCalls(count: number): Uint8Array {
  return rawPayload(Array.from({ length: count }, () => ({ name: 'place_order', args: Buffer.from('{}') })));
}

function rawPayload(calls: readonly { name: string; args: Buffer }[]): Uint8Array {
  const whole = Buffer.from(payloadOf());
  const bodies = calls.map(({ name, args }) =>
    field(
      0x1a,
      Buffer.concat([
        field(0x0a, Buffer.from('purchasing')),
        field(0x12, Buffer.from(name)),
        field(0x1a, args),
      ]),
    ),
  );
  return Buffer.concat([whole.subarray(0, 68), ...bodies, whole.subarray(-22)]);
}

function field(tag: number, content: Buffer): Buffer {
  const head = [tag];
  let rest = content.length;
  for (; rest >= 128; rest = Math.floor(rest / 128)) head.push((rest % 128) | 128);
  return Buffer.concat([Buffer.from([...head, rest]), content]);
}

test.each(corpus)('I7: %s is refused as %s and reaches nothing', async (_what, code, transaction) => {
  const bench = open();
  const [outcome] = await (await submitted(bench, transaction)).reached(1);
  expect(outcome).toMatchObject({ code, height: 0, duplicate: false });
  expect(bench.offered).toEqual([]);
});

test('a refusal reaches the number it belongs to, and the others go on', async () => {
  const bench = open();
  const connection = new Connection();
  const transactions = corpus.flatMap(([, , bad]) => [bad, transactionOf()]);
  bench.admission.submitTransactions(transactions, { first: 100, level: 'committed' }, connection);
  // What has expired is looked up first, so its answer comes later than the others.
  const refused = (await connection.reached(corpus.length)).toSorted((a, b) => a.number - b.number);
  expect(refused.map(({ number, code }) => [number, code])).toEqual(
    corpus.map(([, code], i) => [100 + 2 * i, code]),
  );
  await expect.poll(() => bench.offered.length).toBe(corpus.length);
});

test('I15: changed and cut transactions are refused or admitted, and nothing breaks', async () => {
  const bench = open();
  const connection = new Connection();
  const whole = transactionOf({ calls: [...order('{"id":1,"note":"a"}'), ...record({})] });
  const changed = Array.from({ length: 900 }, (_, i) => {
    const copy = Uint8Array.from(whole.subarray(0, i % 3 === 0 ? (i * 7) % whole.length : whole.length));
    if (copy.length > 0) copy[(i * 31) % copy.length] = (i * 89) & 255;
    return copy;
  });
  bench.admission.submitTransactions(changed, { first: 0, level: 'accepted' }, connection);
  const outcomes = await connection.reached(900);
  expect(outcomes.map(({ number }) => number)).toEqual([...changed.keys()]);
});

test('I15: a changed or cut frame closes its connection, or every number in it is answered', async () => {
  const bench = open();
  const whole = Buffer.from(
    encodeSubmitRequest({
      first: 1,
      wait: 'accepted',
      transactions: Array.from({ length: 5 }, () => transactionOf()),
    }),
  );
  for (let i = 0; i < 600; i++) {
    const frame = Buffer.from(whole.subarray(0, i % 4 === 0 ? (i * 13) % whole.length : whole.length));
    if (frame.length > 0) frame[(i * 7) % frame.length] = (i * 83) & 255;
    const connection = new Connection();
    if (!bench.admission.submit(frame, connection)) continue;
    const count = decodeSubmitRequest(frame).transactions.length;
    await expect.poll(() => connection.all.length, { interval: 1, timeout: 30_000 }).toBe(count);
  }
});

test('I15: the largest transactions of every shape are judged in well under a second', async () => {
  const bench = open();
  const depth = 60;
  const shapes = [
    transactionOf({
      calls: Array.from({ length: 1_000 }, (_, id) => call('place_order', { id, note: 'x'.repeat(400) })),
    }),
    transactionOf({
      calls: raw(`{"document":${'['.repeat(depth)}${'0,'.repeat(120_000)}0${']'.repeat(depth)}}`),
    }),
    transactionOf({ calls: raw(`{${Array.from({ length: 20_000 }, (_, i) => `"k${i}":0`).join()}}`) }),
    transactionOf({
      calls: raw(`{"document":{${Array.from({ length: 20_000 }, (_, i) => `"k${i}":0`).join()}}}`),
    }),
    transactionOf({ calls: raw(`{"document":"${'\\u0041'.repeat(40_000)}"}`) }),
  ];
  for (const shape of shapes) {
    const before = performance.now();
    await (await submitted(bench, shape, 'accepted')).reached(1);
    expect(performance.now() - before).toBeLessThan(1_000);
  }
});
