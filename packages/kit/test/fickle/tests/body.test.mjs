import assert from 'node:assert/strict';
import { contractTest } from '@bucordo/kit';

const kept = [];

contractTest('does not await', (t) => {
  t.as('one/ann').call('add_item', { item_id: 1, kind: 'a' }); // oxlint-disable-line typescript/no-floating-promises -- on purpose
});

contractTest('keeps something between its runs', async (t) => {
  kept.push('once');
  await t.as('one/ann').call('add_item', { item_id: kept.length, kind: 'a' });
});

contractTest('asserts wrongly', async (t) => {
  await t.as('one/ann').call('add_item', { item_id: 1, kind: 'a' });
  assert.equal(t.height, 2);
});

contractTest('expects another code', async (t) => {
  await t.rejects(t.as('one/ann').call('add_item', { item_id: 1, kind: 'a' }), 'BC100');
});

contractTest('names nobody', async (t) => {
  await t.as('one/bob').call('add_item', { item_id: 1, kind: 'a' });
});

contractTest('turns the clock back', (t) => {
  t.at('2020-01-01T00:00:00Z');
});

contractTest('passes an argument too many', async (t) => {
  await t.as('one/ann').call('add_item', { item_id: 1, kind: 'a', more: 1 });
});
