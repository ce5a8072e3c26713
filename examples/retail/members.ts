/**
 * Who takes part: the seller, its buyers in the United Kingdom, and its buyers abroad.
 *
 * Nine invoices of ten go to the seller's own country, the rest to 37 others. A member for each
 * country would be truer and would not fit on one machine; two buying members show the same thing,
 * that every party holds all invoices and can tell that they are the same.
 */

import { administrator, contractFolder, type ExampleNetwork } from '../network/example-network.ts';

/** Qualified name of the identity that records the invoices. */
export const clerkIdentity = 'seller/till';

/** The network of the example. */
export function retailNetwork(): ExampleNetwork {
  return {
    name: 'retail-demo',
    members: [
      {
        id: 'seller',
        name: 'The wholesaler',
        class: 'seller',
        identities: [administrator, { name: 'till', roles: ['clerk'] }],
      },
      {
        id: 'buyer-uk',
        name: 'Buyers in the United Kingdom',
        class: 'buyer',
        identities: [administrator, { name: 'bookkeeper', roles: ['reader'] }],
      },
      {
        id: 'buyer-export',
        name: 'Buyers abroad',
        class: 'buyer',
        identities: [administrator, { name: 'bookkeeper', roles: ['reader'] }],
      },
    ],
    contracts: [contractFolder('retail')],
  };
}
