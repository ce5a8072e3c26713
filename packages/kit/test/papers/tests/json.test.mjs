import assert from 'node:assert/strict';
import { contractTest } from '@bucordo/kit';

contractTest('no number of JavaScript has lost a digit', async (t) => {
  const ann = t.as('office/ann');
  const body = { n: 9007199254740993n, price: '12.50', count: 3 };
  assert.deepEqual(await ann.call('keep', { paper_id: 1, body: { ...body, n: '9007199254740993' } }), {
    n: '9007199254740993',
    price: '12.50',
    count: 3,
  });
  assert.equal(await ann.call('count', { papers: 1 }), '9007199254740993');
  assert.equal(await ann.call('count', { papers: -9007199254740990 }), 2);
  assert.deepEqual(
    await t.query(`SELECT '{"n": 9007199254740993, "price": 12.50, "count": 3}'::jsonb AS body`),
    [{ body: { n: '9007199254740993', price: '12.50', count: 3 } }],
  );
  await ann.call('keep', { paper_id: 2, body });
});

contractTest('a number that lost digits is refused', async (t) => {
  await t.as('office/ann').call('keep', { paper_id: 1, body: { lines: [{ n: 2 ** 53 }] } });
});
