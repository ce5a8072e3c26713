/** The sample network's contract and members as a genesis has them, for tests that execute. */

import {
  type Genesis,
  type GenesisContract,
  parseMemberId,
  parsePublicKey,
  publicKeyOf,
} from '@bucordo/protocol';
import { seedOf } from '../support/test-chain.ts';
import { purchaser } from './sample-network.ts';

/** The contract of the network in SQL, for tests that execute. */
export const contract: GenesisContract = {
  name: 'purchasing',
  version: '1.0.0',
  functions: {
    place_order: { roles: ['purchaser'], classes: ['buyer'] },
    record: { roles: [], classes: [] },
  },
  schema:
    'CREATE TABLE purchasing.entry (number int8 PRIMARY KEY, note text NOT NULL CHECK (octet_length(note) <= 200));',
  source: `
    CREATE FUNCTION purchasing.place_order(id int8, note text) RETURNS void LANGUAGE plpgsql AS $$
    DECLARE
      here int8 := bucordo.position();
    BEGIN
      INSERT INTO purchasing.entry (number, note) VALUES (here, place_order.note);
    END $$;
    CREATE FUNCTION purchasing.record(at timestamptz, amount numeric, small int4, document jsonb) RETURNS void LANGUAGE plpgsql AS $$
    BEGIN
      NULL;
    END $$;`,
};

/** The members of the network as a genesis lists them, for tests that execute. */
export const members: Genesis['members'] = [
  {
    id: parseMemberId('buyer'),
    name: 'The buyer',
    class: 'buyer',
    number: 1,
    identities: [
      { name: 'node', key: parsePublicKey(publicKeyOf(seedOf('alpha/node'))), roles: ['node'] },
      { name: 'alice', key: parsePublicKey(purchaser.publicKey), roles: ['purchaser'] },
    ],
  },
];
