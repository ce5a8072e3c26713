import assert from 'node:assert/strict';
import { contractTest } from '@bucordo/kit';

contractTest('a reader asks from TypeScript', async (t) => {
  await t.as('buyer/alice').call('catalogue.add_article', { article_id: 7, price: '5.00' });
  await t.as('buyer/alice').call('order_article', { order_id: 1, article_id: 7 });
  const sql = 'SELECT p.order_id, p.article_id, p.price FROM orders_read.purchase AS p WHERE p.order_id = $1';
  assert.deepEqual(await t.as('buyer/alice').query(sql, [1]), [
    { order_id: 1, article_id: 7, price: '5.00' },
  ]);
  assert.deepEqual(await t.as('bank/carol').query(sql, [1]), [
    { order_id: 1, article_id: null, price: '5.00' },
  ]);
  assert.deepEqual(await t.as('bank/dan').query(sql, [1]), []);
  await assert.rejects(t.as('bank/carol').query('SELECT * FROM orders.purchase'), /permission denied/);
});
