/**
 * Signed requests: who asks is proved by a signature over the request, made with the key of an
 * enrolled identity, for the node of this member as it started this time. Each request counts once, within a minute of
 * the node's clock. What was used before the node started names another start, so nonces live in memory.
 */

import { randomBytes } from 'node:crypto';

import {
  type Authorization,
  DecodeError,
  loginAgeMaxMs,
  loginHash,
  parseAuthorization,
  toHex,
} from '@bucordo/protocol';

import type { CatalogueIdentity } from '../../chain/catalogue.ts';
import { sha256 } from '../../chain/sha256.ts';
import { verifySignature } from '../../chain/verify-signature.ts';
import { noncesMax } from '../limits.ts';
import type { Identities } from '../ports.ts';
import { NonceWindow } from './nonce-window.ts';
import { HttpRefusal } from './refusal.ts';

/** A request as far as its signature covers it. */
export interface SignedRequest {
  readonly method: string;
  /** Path with query, as received. */
  readonly path: string;
  readonly body: Uint8Array;
  /** The `authorization` header, if any. */
  readonly authorization: string | undefined;
}

/** Judges signed requests of one network. */
export class Login {
  readonly #network: Uint8Array;
  readonly #member: string;
  readonly #start: Buffer = randomBytes(16);
  readonly #identities: Identities;
  readonly #now: () => number;
  readonly #nonces: NonceWindow;

  /** `network` is the network id, `member` that of the node's member; `now` tells milliseconds since the epoch. */
  constructor(options: {
    network: Uint8Array;
    member: string;
    identities: Identities;
    now: () => number;
  }) {
    this.#network = options.network;
    this.#member = options.member;
    this.#identities = options.identities;
    this.#now = options.now;
    this.#nonces = new NonceWindow({
      spanMs: 2 * loginAgeMaxMs,
      nonceCountMax: noncesMax,
      now: options.now(),
    });
  }

  /** The identity that signed `request`. Throws {@link HttpRefusal} `unauthenticated`, or `overloaded` when no nonce can be remembered. */
  identityOf(request: SignedRequest): CatalogueIdentity {
    const { authorization, identity } = this.#judge(request.authorization);
    const { key, member, start, time, nonce, signature } = authorization;
    const { method, path, body } = request;
    const network = this.#network;
    const message = loginHash({ method, path, body, time, nonce, network, member, start }, sha256);
    if (!verifySignature(signature, message, key))
      throw refused('The signature does not belong to this request and key.');
    const use = this.#nonces.use(toHex(key) + toHex(nonce), this.#now());
    if (use === 'full') throw new HttpRefusal('overloaded');
    if (use === 'used') throw refused('The nonce was used before.', 'Sign every request afresh.');
    return identity;
  }

  /** Throws as {@link identityOf} does where the header alone shows that it would: before the body is read. */
  judgeHeader(authorization: string | undefined): void {
    this.#judge(authorization);
  }

  #judge(header: string | undefined): { authorization: Authorization; identity: CatalogueIdentity } {
    const authorization = authorizationOf(header);
    const { key, member, start, time } = authorization;
    const now = this.#now();
    if (member !== this.#member) {
      throw refused(
        `The request is signed for the node of member ${member}; this is the node of ${this.#member}.`,
        'Name the member whose node stands at this address.',
      );
    }
    if (!this.#start.equals(start)) {
      const words = 'The request is signed for another start of this node.';
      throw new HttpRefusal('unauthenticated', words, 'Sign it again for the start that this answer tells.', {
        start: this.#start.toString('hex'),
      });
    }
    if (Math.abs(now - time) > loginAgeMaxMs) throw clocksDiffer(time, now);
    const identity = this.#identities.find(key);
    if (identity === null)
      throw refused('The key is not that of an identity enrolled and valid in this network.');
    return { authorization, identity };
  }
}

function authorizationOf(header: string | undefined): Authorization {
  try {
    return parseAuthorization(header ?? '');
  } catch (error) {
    if (!(error instanceof DecodeError)) throw error;
    throw refused(
      'The request has no authorization header of the form `Bucordo key=…,member=…,start=…,time=…,nonce=…,signature=…`.',
    );
  }
}

// Which of the two clocks is wrong nobody can tell here.
function clocksDiffer(time: number, now: number): HttpRefusal {
  const seconds = Math.round(Math.abs(now - time) / 1_000).toLocaleString('en-US');
  const [direction, isAt] = time > now ? ['ahead of', 'fast'] : ['behind', 'slow'];
  return refused(
    `The request is dated ${seconds} s ${direction} this node's clock; ${loginAgeMaxMs / 1_000} s are allowed.`,
    `The clock of this machine is ${isAt}, or that of the node is wrong: compare both with the true time. The node says ${new Date(now).toISOString()}.`,
  );
}

function refused(message: string, hint: string = ''): HttpRefusal {
  return new HttpRefusal('unauthenticated', message, hint);
}
