/**
 * The network of an example before it exists: members, identities, contract folders. It has the
 * shape that `bucordo network new --from` reads, so an example is set up like any other network.
 */

import { createHash } from 'node:crypto';
import { basename, dirname, join } from 'node:path';

/** A person, device or service of a member. */
export interface ExampleIdentity {
  readonly name: string;
  readonly roles: readonly string[];
}

/** An organisation. */
export interface ExampleMember {
  readonly id: string;
  readonly name: string;
  readonly class: string;
  readonly identities: readonly ExampleIdentity[];
}

/** A network to be made; the first member's node orders. */
export interface ExampleNetwork {
  readonly name: string;
  readonly members: readonly ExampleMember[];
  /** Absolute paths of the folders of contract packages. */
  readonly contracts: readonly string[];
}

/** Absolute path of the contract folder of an example, from the sources as well as from the build. */
export function contractFolder(example: string): string {
  const parent = dirname(import.meta.dirname);
  const examples = basename(parent) === 'dist' ? dirname(parent) : parent;
  return join(examples, example, 'contract');
}

/**
 * The secret key (Ed25519 seed, 32 bytes) of an identity in a test network.
 *
 * A DEMO KEY: anybody who reads this file can compute it. It makes test networks the same on every
 * run and must never be enrolled in a network that holds anything of value. Networks made by the
 * command line get random keys.
 */
export function demoSecretKey(options: { readonly network: string; readonly identity: string }): Uint8Array {
  const label = `bucordo demo key, not a secret: ${options.network}: ${options.identity}`;
  return new Uint8Array(createHash('sha256').update(label, 'utf8').digest());
}
