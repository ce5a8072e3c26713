/**
 * The network of an example before it exists: members, identities, contract folders. It has the
 * shape that `bucordo network new --from` reads, so an example is set up like any other network.
 */

import { basename, dirname, join } from 'node:path';

/** A person, device or service of a member. */
export interface ExampleIdentity {
  readonly name: string;
  readonly roles: readonly string[];
}

/** The identity that speaks for its member when the members decide. */
export const administrator: ExampleIdentity = { name: 'admin', roles: ['admin'] };

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
