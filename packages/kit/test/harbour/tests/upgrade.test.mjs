import assert from 'node:assert/strict';
import { contractTest, upgradeTest } from '@bucordo/kit';

upgradeTest('the members decide in three blocks', async (t) => {
  await t.as('port/ann').call('moor', { berth_id: 1, ship: 'Anna', draught: '4.50' });
  const { height } = t;
  await t.upgrade();
  assert.equal(t.height, height + 3);
  await t.as('port/ann').call('moor', { berth_id: 2, ship: 'Berta', draught: '6.00' });
  const versions = await t.query('SELECT count(*)::int4 AS n FROM harbour_history.berth');
  assert.deepEqual(versions, [{ n: 5 }]);
});

contractTest('nothing is left to upgrade', async (t) => {
  // @ts-expect-error -- The type of this context knows no upgrade; without types it is refused when it runs.
  await t.upgrade();
});
