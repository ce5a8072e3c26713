/**
 * How an HTTP request is authenticated: by a signature over what it asks for.
 *
 * Header `authorization: Bucordo key=<hex>,time=<ms>,nonce=<hex>,signature=<hex>`; the signature is
 * Ed25519 over {@link loginHash}. A node takes a request whose time is within `loginAgeMaxMs` of
 * its clock, once per nonce.
 */

import { type NetworkId, type PublicKey, parsePublicKey } from './brands.ts';
import { DecodeError } from './decode-error.ts';
import { type Sha256, sha256, taggedHash } from './hash.ts';
import { fromHex, toHex } from './hex.ts';
import { toUtf8 } from './text.ts';

/** What the signature of a request covers. */
export interface LoginRequest {
  /** Upper-case HTTP method. */
  readonly method: string;
  /** Path with query, as in the request line. */
  readonly path: string;
  /** The body's bytes; empty without a body. */
  readonly body: Uint8Array;
  /** Milliseconds since the epoch. */
  readonly time: number;
  /** 16 random bytes. */
  readonly nonce: Uint8Array;
  readonly network: NetworkId | Uint8Array;
}

/** The parts of an authorisation header. */
export interface Authorization {
  readonly key: PublicKey;
  /** Milliseconds since the epoch. */
  readonly time: number;
  /** 16 bytes. */
  readonly nonce: Uint8Array;
  /** 64 bytes. */
  readonly signature: Uint8Array;
}

const AUTHORIZATION =
  /^Bucordo key=([0-9a-f]{64}),time=([1-9][0-9]{0,15}),nonce=([0-9a-f]{32}),signature=([0-9a-f]{128})$/;

/** `H("login", method‖\n‖path‖\n‖hex of SHA-256(body)‖\n‖time‖\n‖nonce hex‖\n‖network hex)`: what is signed. */
export function loginHash(request: LoginRequest, hash: Sha256 = sha256): Uint8Array {
  const lines = [
    request.method,
    request.path,
    toHex(hash(request.body)),
    String(request.time),
    toHex(request.nonce),
    toHex(request.network),
  ];
  return taggedHash('login', toUtf8(lines.join('\n')), hash);
}

/** The value of the authorisation header. */
export function formatAuthorization({ key, time, nonce, signature }: Authorization): string {
  return `Bucordo key=${toHex(key)},time=${time},nonce=${toHex(nonce)},signature=${toHex(signature)}`;
}

/** Reads an authorisation header in exactly the form that {@link formatAuthorization} writes. Throws {@link DecodeError}. */
export function parseAuthorization(header: string): Authorization {
  const [, key, time, nonce, signature] = AUTHORIZATION.exec(header) ?? [];
  if (key === undefined || time === undefined || nonce === undefined || signature === undefined) {
    throw new DecodeError('the authorization header is not in the form of Bucordo', 'unauthenticated');
  }
  return {
    key: parsePublicKey(key),
    time: Number(time),
    nonce: fromHex(nonce),
    signature: fromHex(signature),
  };
}
