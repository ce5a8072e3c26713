/**
 * What a node must know about functions and identities in order to judge a transaction before it
 * runs. Read from the database by execution, used by admission and by the verification of blocks.
 * It changes only by blocks: a change at height h counts from height h + 1.
 */

import type { Parameter } from '@bucordo/protocol';

/** A contract function that transactions may call. */
export interface CatalogueFunction {
  /** Number in `bucordo.function`, from 1; the same on every node. */
  readonly number: number;
  readonly contract: string;
  readonly name: string;
  readonly parameters: readonly Parameter[];
  /** Roles of which the caller needs one; empty = any identity. */
  readonly roles: readonly string[];
  /** Member classes to one of which the caller's member must belong; empty = any member. */
  readonly classes: readonly string[];
}

/** An enrolled identity with the heights at which it may act. */
export interface CatalogueIdentity {
  /** Public key, 32 bytes. */
  readonly key: Uint8Array;
  readonly member: string;
  readonly memberClass: string;
  /** Name within the member; `member/name` is what contracts see as the caller. */
  readonly name: string;
  readonly roles: readonly string[];
  /** First height at which the key is valid. */
  readonly validFrom: number;
  /** First height at which the key is no longer valid, or null. */
  readonly validTo: number | null;
}

/** Functions and identities as of `height`. */
export interface Catalogue {
  readonly height: number;
  /** Height of the block that last changed the functions; 0 when they are those of the genesis. */
  readonly functionsHeight: number;
  readonly functions: readonly CatalogueFunction[];
  readonly identities: readonly CatalogueIdentity[];
}
