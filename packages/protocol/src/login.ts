/**
 * How an HTTP request is authenticated: by a signature over what it asks for.
 *
 * Header `authorization: Bucordo key=<hex>,member=<id>,start=<hex>,time=<ms>,nonce=<hex>,signature=<hex>`; the
 * signature is Ed25519 over {@link loginHash}. It names the member whose node is asked, so that this node cannot
 * ask another one in the caller's name, and the start of that node, so that nonces may be forgotten
 * when it starts again: a node refuses a request for another start and tells its own. It takes a request whose
 * time is within `loginAgeMaxMs` of its clock, once per nonce.
 */

import { type MemberId, type NetworkId, type PublicKey, parseMemberId, parsePublicKey } from './brands.ts';
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
  /** Member whose node is asked. */
  readonly member: MemberId | string;
  /** 16 bytes that the node chose when it started; zeros while the caller does not know them. */
  readonly start: Uint8Array;
}

/** The parts of an authorisation header. */
export interface Authorization {
  readonly key: PublicKey;
  /** Member whose node is asked. */
  readonly member: MemberId;
  /** 16 bytes that the node chose when it started. */
  readonly start: Uint8Array;
  /** Milliseconds since the epoch. */
  readonly time: number;
  /** 16 bytes. */
  readonly nonce: Uint8Array;
  /** 64 bytes. */
  readonly signature: Uint8Array;
}

const AUTHORIZATION =
  /^Bucordo key=([0-9a-f]{64}),member=([a-z][a-z0-9_-]{0,62}),start=([0-9a-f]{32}),time=([1-9][0-9]{0,15}),nonce=([0-9a-f]{32}),signature=([0-9a-f]{128})$/;

/** `H("login", method‖\n‖path‖\n‖hex of SHA-256(body)‖\n‖time‖\n‖nonce hex‖\n‖network hex‖\n‖member‖\n‖start hex)`: what is signed. */
export function loginHash(request: LoginRequest, hash: Sha256 = sha256): Uint8Array {
  const lines = [
    request.method,
    request.path,
    toHex(hash(request.body)),
    String(request.time),
    toHex(request.nonce),
    toHex(request.network),
    request.member,
    toHex(request.start),
  ];
  return taggedHash('login', toUtf8(lines.join('\n')), hash);
}

/** The value of the authorisation header. */
export function formatAuthorization(authorization: Authorization): string {
  const { key, member, start, time, nonce, signature } = authorization;
  return `Bucordo key=${toHex(key)},member=${member},start=${toHex(start)},time=${time},nonce=${toHex(nonce)},signature=${toHex(signature)}`;
}

/** Reads an authorisation header in exactly the form that {@link formatAuthorization} writes. Throws {@link DecodeError}. */
export function parseAuthorization(header: string): Authorization {
  const [, key, member, start, time, nonce, signature] = AUTHORIZATION.exec(header) ?? [];
  if (
    key === undefined ||
    member === undefined ||
    start === undefined ||
    time === undefined ||
    nonce === undefined ||
    signature === undefined
  ) {
    throw new DecodeError('the authorization header is not in the form of Bucordo', 'unauthenticated');
  }
  return {
    key: parsePublicKey(key),
    member: parseMemberId(member),
    start: fromHex(start),
    time: Number(time),
    nonce: fromHex(nonce),
    signature: fromHex(signature),
  };
}
