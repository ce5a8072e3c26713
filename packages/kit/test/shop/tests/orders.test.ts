import assert from 'node:assert/strict';
import { contractTest, type TestContext } from '@bucordo/kit';

const place = (t: TestContext, orderId: number): Promise<unknown> =>
  t.as('buyer/alice').call('place_order', { order_id: orderId, goods: 'pens', price: '1.10' });

contractTest('calls return values, rejections have words', async (t) => {
  await place(t, 1);
  assert.equal(await t.as('vendor/bob').call('total'), '1.10');
  assert.equal(await t.as('vendor/bob').call('halve', { value: 10n }), 100);
  assert.deepEqual(
    await t.as('vendor/bob').transaction([
      ['shop.halve', { value: 5 }],
      ['halve', { value: 4 }],
    ]),
    [200, 250],
  );
  const rejected = await t.rejects(place(t, 1), 'BC201', 'order 1');
  assert.equal(rejected.words, 'order 1 exists already');
});

contractTest('time and rows', async (t) => {
  assert.equal(t.height, 0);
  t.at('2026-05-01T00:00:00Z');
  await place(t, 1);
  await t.advance({ blocks: 2, seconds: 60 });
  await place(t, 2);
  assert.equal(t.time, '2026-05-01T00:01:02.000Z');
  assert.equal(t.height, 4);
  const rows = await t.query(
    'SELECT p.order_id, p.price, p.shipped FROM shop.purchase AS p WHERE p.order_id > $1',
    [1],
  );
  assert.deepEqual(rows, [{ order_id: 2, price: '1.10', shipped: null }]);
  await assert.rejects(
    t.query("INSERT INTO shop.purchase VALUES (9, 'x', 1, '2026-01-01Z')"),
    /permission denied|read-only/,
  );
});
