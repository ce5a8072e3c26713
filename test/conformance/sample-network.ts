/**
 * A small network for tests of admission and ordering: two members, a few identities with real keys,
 * one contract, and signed transactions of every kind, right and wrong.
 */

import { createHash, generateKeyPairSync, type KeyObject, randomBytes, sign } from 'node:crypto';
import {
  type Call,
  encodeArguments,
  encodeSignedTransaction,
  encodeTransaction,
  transactionId,
} from '@bucordo/protocol';
import type { Catalogue, CatalogueIdentity } from '../../packages/node/src/chain/catalogue.ts';
import { transactionRowLength, writeTransactionRow } from '../../packages/node/src/chain/transaction-row.ts';

/** A key that signs. */
export interface SampleKey {
  /** 32 bytes. */
  readonly publicKey: Uint8Array;
  readonly privateKey: KeyObject;
}

/** What a sample transaction says; everything has a default that is admitted. */
export interface SampleOptions {
  readonly key?: SampleKey;
  readonly network?: Uint8Array;
  readonly calls?: readonly Call[];
  readonly validUntil?: number;
  readonly nonce?: Uint8Array;
  readonly effect?: Uint8Array;
}

/** The network's id. */
export const network: Uint8Array = createHash('sha256').update('sample network').digest();

/** A buyer's purchaser, who may place orders. */
export const purchaser: SampleKey = newKey();
/** A buyer's clerk without any role. */
export const clerk: SampleKey = newKey();
/** A seller's purchaser: the right role in a member of the wrong class. */
export const seller: SampleKey = newKey();
/** A purchaser whose key was revoked at height 5. */
export const revoked: SampleKey = newKey();
/** A purchaser whose key is valid from height 1,000. */
export const early: SampleKey = newKey();
/** A key that nobody enrolled. */
export const stranger: SampleKey = newKey();

/** Functions and identities of the network. */
export const catalogue: Catalogue = {
  height: 0,
  functionsHeight: 0,
  functions: [
    {
      number: 1,
      contract: 'purchasing',
      name: 'place_order',
      parameters: [
        { name: 'id', type: 'int8' },
        { name: 'note', type: 'text' },
      ],
      roles: ['purchaser'],
      classes: ['buyer'],
    },
    {
      number: 2,
      contract: 'purchasing',
      name: 'record',
      parameters: [
        { name: 'at', type: 'timestamptz' },
        { name: 'amount', type: 'numeric' },
        { name: 'small', type: 'int4' },
        { name: 'document', type: 'jsonb' },
      ],
      roles: [],
      classes: [],
    },
  ],
  identities: [
    identity(purchaser, { name: 'alice', roles: ['purchaser'] }),
    identity(clerk, { name: 'carl', roles: [] }),
    identity(seller, { name: 'sam', roles: ['purchaser'], member: 'seller', memberClass: 'seller' }),
    identity(revoked, { name: 'rita', roles: ['purchaser'], validTo: 5 }),
    identity(early, { name: 'eve', roles: ['purchaser'], validFrom: 1_000 }),
  ],
};

/** A new key pair. */
export function newKey(): SampleKey {
  const { privateKey, publicKey } = generateKeyPairSync('ed25519');
  const { x } = publicKey.export({ format: 'jwk' });
  return { publicKey: new Uint8Array(Buffer.from(x ?? '', 'base64url')), privateKey };
}

/** A call of the sample contract. */
export function call(name: string, args: Readonly<Record<string, unknown>> | string): Call {
  const bytes = typeof args === 'string' ? Buffer.from(args) : encodeArguments(args);
  return { contract: 'purchasing', function: name, args: bytes };
}

/** The payload of a transaction. */
export function payloadOf(options: SampleOptions = {}): Uint8Array {
  return encodeTransaction({
    network: options.network ?? network,
    identity: (options.key ?? purchaser).publicKey,
    calls: options.calls ?? [call('place_order', { id: 1, note: 'for dock 7' })],
    validUntil: options.validUntil ?? 90_000,
    nonce: options.nonce ?? randomBytes(16),
    effect: options.effect ?? null,
  });
}

/** The signature of `payload`'s id. */
export function signatureOf(payload: Uint8Array, key: SampleKey = purchaser): Uint8Array {
  return sign(null, transactionId(payload), key.privateKey);
}

/** An encoded signed transaction. */
export function transactionOf(options: SampleOptions = {}): Uint8Array {
  const payload = payloadOf(options);
  return encodeSignedTransaction({ payload, signature: signatureOf(payload, options.key) });
}

/** A payload with whatever signature, framed. */
export function framed(payload: Uint8Array, signature: Uint8Array): Uint8Array {
  return encodeSignedTransaction({ payload, signature });
}

/**
 * A row as admission writes it, without a signature that anybody would accept: for orderings, which
 * look at id, signature and expiry only. Execution refuses its call, which names no function.
 */
export function rowOf(options: SampleOptions = {}): Buffer {
  const payload = Buffer.from(payloadOf(options));
  const source = Buffer.concat([payload, randomBytes(64)]);
  const row = Buffer.alloc(transactionRowLength(payload.length, 1, 'function_unknown'));
  writeTransactionRow(row, 0, source, Buffer.from(transactionId(payload)), {
    payloadAt: 0,
    payloadLength: payload.length,
    signatureAt: payload.length,
    calls: [{ functionNumber: 0, argsAt: 0, argsLength: 0 }],
    refusal: 'function_unknown',
    refusedCall: -1,
    effectAt: -1,
    judgedBy: 0,
  });
  return row;
}

interface IdentityFacts {
  readonly name: string;
  readonly roles: readonly string[];
  readonly member?: string;
  readonly memberClass?: string;
  readonly validFrom?: number;
  readonly validTo?: number;
}

function identity(key: SampleKey, facts: IdentityFacts): CatalogueIdentity {
  return {
    key: key.publicKey,
    member: facts.member ?? 'buyer',
    memberClass: facts.memberClass ?? 'buyer',
    name: facts.name,
    roles: facts.roles,
    validFrom: facts.validFrom ?? 0,
    validTo: facts.validTo ?? null,
  };
}
