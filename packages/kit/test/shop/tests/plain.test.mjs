import { contractNetwork, contractTest } from '@bucordo/kit';

contractNetwork({ members: { vendor: { class: 'seller', identities: { dan: ['shipper'] } } } });

/** @param {import('@bucordo/kit').TestContext} t */
async function shipsNothing(t) {
  await t.rejects(t.as('vendor/dan').call('ship_order', { order_id: 7 }), 'BC202');
}

contractTest('plain JavaScript works too', shipsNothing);
