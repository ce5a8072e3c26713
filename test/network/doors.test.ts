/** The doors of a whole node as a client sees them: what it reads belongs to what it submitted, and can be checked offline. */

import {
  blockHash,
  decodeBlockHeader,
  fromHex,
  merkleRoot,
  toHex,
  transactionId,
  transactionLeaf,
  verifyTransaction,
} from '@bucordo/protocol';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import {
  type Client,
  connect,
  nativeSigner,
  RejectedError,
  type StoredBlock,
} from '../../packages/client/src/node.ts';
import { startFaultProxy } from '../../packages/client/test/fault-proxy.ts';
import { connect as connectDatabase } from '../../packages/node/src/postgres/connection.ts';
import { newIdentity } from './support/chain-builder.ts';
import { clientFor, clientOf } from './support/test-client.ts';
import { createTestNetwork, type TestNetwork } from './support/test-network.ts';

let network: TestNetwork;
let client: Client;

beforeAll(async () => {
  network = await createTestNetwork({ count: 2 });
  await network.start('buyer');
  await network.start('seller');
  client = clientOf(network, 'buyer');
});
afterAll(async () => {
  client?.close();
  await network?.end();
});

const caught = (promise: Promise<unknown>): Promise<unknown> =>
  promise.then(
    () => null,
    (error: unknown) => error,
  );

describe('a client of a whole node', () => {
  it('reads what it wrote, at a height that is not below', async () => {
    const { height } = await client.call('ledger', 'put', { id: 1, amount: 12345678901234567n });
    const answer = await client.query('SELECT id, amount, author FROM ledger.entry WHERE id = $1', [1]);
    expect(answer.rows).toEqual([{ id: 1, amount: '12345678901234567', author: 'buyer/clerk' }]);
    expect(answer.height).toBeGreaterThanOrEqual(height ?? Number.POSITIVE_INFINITY);
  });

  it('checks a block without trusting the node', async () => {
    const { height, transactionId: id } = await client.call('ledger', 'put', { id: 2, amount: 1 });
    const block = (await client.block(height ?? 0)) as StoredBlock;
    const header = decodeBlockHeader(fromHex(block.header));
    expect(block.hash).toBe(toHex(blockHash(fromHex(block.header))));
    const leaves = block.transactions.map(({ payload, signature }) =>
      transactionLeaf(transactionId(fromHex(payload)), fromHex(signature)),
    );
    expect(toHex(merkleRoot(leaves))).toBe(toHex(header.transactionsRoot));
    const mine = block.transactions.find((transaction) => transaction.id === id);
    expect(mine).toMatchObject({
      identity: client.identity,
      calls: [{ contract: 'ledger', function: 'put', argumentsText: '{"id":2,"amount":1}' }],
    });
    expect(
      verifyTransaction({ payload: fromHex(mine?.payload ?? ''), signature: fromHex(mine?.signature ?? '') }),
    ).toBe(true);
    expect(await client.transaction(id)).toEqual(mine);
    expect(await client.receipt(id)).toMatchObject({
      transactionId: id,
      height,
      status: 'committed',
      code: '',
    });
  });

  it('I6: hears why a transaction was rejected, and finds the same in its receipt', async () => {
    const error = await caught(client.call('ledger', 'refuse', { reason: 'not today' }));
    expect(error).toBeInstanceOf(RejectedError);
    expect(error).toMatchObject({ code: 'BC002', message: 'not today' });
    const { transactionId: id, height } = error as RejectedError;
    expect(await client.receipt(id)).toMatchObject({
      height,
      status: 'rejected',
      code: 'BC002',
      message: 'not today',
    });
  });

  it.each([
    ['shop', 'put', { id: 1 }, 'function_unknown'],
    ['ledger', 'put', { id: 9 }, 'argument_missing'],
    ['ledger', 'put', { id: 9, amount: 1, more: 1 }, 'argument_unknown'],
    ['ledger', 'put', { id: 'now', amount: 1 }, 'argument_invalid'],
    ['ledger', 'put', { id: 9, amount: -1 }, 'failed'],
  ])('hears that %s.%s %o is %s', async (contract, fn, args, code) => {
    expect(await caught(client.call(contract, fn, args))).toMatchObject({ code });
  });

  it('I7: is refused with a key that nobody enrolled, for transactions and for reading', async () => {
    const stranger = clientFor(network, newIdentity(), [network.node('buyer')]);
    expect(await caught(stranger.call('ledger', 'put', { id: 3, amount: 1 }))).toMatchObject({
      code: 'identity_unknown',
    });
    expect(await caught(stranger.query('SELECT 1'))).toMatchObject({ code: 'unauthenticated' });
    stranger.close();
  });

  it('reads private schemas only at the node of its own member', async () => {
    const superuser = await connectDatabase(network.of('buyer').database.connection('postgres'));
    await superuser.query(
      'SET ROLE bucordo_member; CREATE TABLE private.margin (id int4 PRIMARY KEY, percent int4)',
    );
    await superuser.query('INSERT INTO private.margin VALUES (1, 30)');
    await superuser.end();
    const sql = 'SELECT e.id, m.percent FROM ledger.entry AS e JOIN private.margin AS m USING (id)';
    expect((await client.query(sql)).rows).toEqual([{ id: 1, percent: 30 }]);
    const guest = clientOf(network, 'seller', ['buyer']);
    expect((await guest.query('SELECT count(*) AS n FROM ledger.entry')).rows).toHaveLength(1);
    expect(await caught(guest.query(sql))).toMatchObject({ code: 'query_refused' });
    guest.close();
  });

  it('waits for each level', async () => {
    for (const [index, wait] of (['accepted', 'ordered', 'committed', 'final'] as const).entries()) {
      const receipt = await client.call('ledger', 'put', { id: 100 + index, amount: 1 }, { wait });
      expect(receipt.height === null).toBe(wait === 'accepted');
    }
    expect((await client.status()).finalHeight).toBeGreaterThan(0);
  });

  it('I5: has every transaction executed once although its stream is cut all the time', async () => {
    const address = network.node('buyer').addresses;
    const proxy = await startFaultProxy(Number(address.client.split(':')[1]));
    const cut = connect({
      network: client.network,
      signer: nativeSigner(network.of('buyer').clerk.seed),
      endpoints: [{ member: 'buyer', http: address.http, grpc: `127.0.0.1:${proxy.port}`, ca: network.ca }],
    });
    // Enough for the greetings of TLS and HTTP/2 and for some answers, so that every connection gets a little further.
    proxy.cutAfter = { toNode: null, toClient: 5_000 };
    const ids = Array.from({ length: 400 }, (_, i) => i);
    try {
      for (let from = 0; from < ids.length; from += 50) {
        await Promise.all(
          ids.slice(from, from + 50).map((i) => cut.call('ledger', 'put', { id: 1_000 + i, amount: i })),
        );
        proxy.cut();
      }
    } finally {
      cut.close();
      proxy.stop();
    }
    expect(proxy.taken()).toBeGreaterThan(5);
    const { rows } = await client.query(
      'SELECT count(*) AS n, sum(amount) AS total FROM ledger.entry WHERE id >= 1000',
    );
    expect(rows).toEqual([{ n: '400', total: String((399 * 400) / 2) }]);
  });

  it('I16: never reads a part of a block', async () => {
    let stop = false;
    const writing = (async () => {
      for (let i = 0; !stop; i++) {
        const calls = Array.from({ length: 20 }, (_, k) => ({
          contract: 'ledger',
          function: 'put',
          args: { id: 10_000 + i * 20 + k, amount: 1 },
        }));
        await client.submit(calls);
      }
    })();
    for (let i = 0; i < 40; i++) {
      const { rows } = await client.query('SELECT count(*) AS n FROM ledger.entry WHERE id >= 10000');
      expect(Number(rows[0]?.['n']) % 20).toBe(0);
    }
    stop = true;
    await writing;
  });

  it('goes on at another node when its own stops, and is told of by it again', async () => {
    const both = clientOf(network, 'seller', ['seller', 'buyer']);
    await both.call('ledger', 'put', { id: 50_000, amount: 1 });
    await network.stop('seller');
    const receipts = await Promise.all(
      Array.from({ length: 50 }, (_, i) => both.call('ledger', 'put', { id: 50_001 + i, amount: 1 })),
    );
    expect(receipts.every((receipt) => receipt.height !== null)).toBe(true);
    both.close();
    await network.start('seller');
  });
});
