/** Signed requests and signed transactions for tests, made with the protocol's own functions. */

import {
  encodeSignedTransaction,
  encodeTransaction,
  formatAuthorization,
  loginHash,
  parseMemberId,
  publicKeyOf,
  sign,
  signTransaction,
  toUtf8,
} from '@bucordo/protocol';

/** What a request is signed with; what is absent is right. */
export interface Signing {
  readonly seed: Uint8Array;
  readonly network: Uint8Array;
  readonly time?: number;
  readonly nonce?: Uint8Array;
  /** Member whose node is asked; `buyer` when absent. */
  readonly member?: string;
  /** The start of the node. */
  readonly start?: Uint8Array;
  /** Signs for this path instead of the requested one. */
  readonly path?: string;
  /** Names this key instead of the signing one. */
  readonly key?: Uint8Array;
}

/** The value of the authorization header of a request. */
export function authorization(method: string, path: string, body: string, signing: Signing): string {
  const time = signing.time ?? Date.now();
  const nonce = signing.nonce ?? crypto.getRandomValues(new Uint8Array(16));
  const member = parseMemberId(signing.member ?? 'buyer');
  const start = signing.start ?? new Uint8Array(16);
  const hash = loginHash({
    method,
    path: signing.path ?? path,
    body: toUtf8(body),
    time,
    nonce,
    network: signing.network,
    member,
    start,
  });
  const key = publicKeyOf(signing.seed);
  const named = signing.key === undefined ? key : (signing.key as typeof key);
  return formatAuthorization({ key: named, member, start, time, nonce, signature: sign(hash, signing.seed) });
}

/** An encoded signed transaction with one call. */
export function signedTransaction(options: {
  seed: Uint8Array;
  network: Uint8Array;
  args?: string;
}): Uint8Array {
  const payload = encodeTransaction({
    network: options.network,
    identity: publicKeyOf(options.seed),
    calls: [{ contract: 'shop', function: 'buy', args: toUtf8(options.args ?? '{"id":1}') }],
    validUntil: 1_000,
    nonce: crypto.getRandomValues(new Uint8Array(16)),
  });
  return encodeSignedTransaction(signTransaction(payload, options.seed));
}
