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
  /** When roles were given or taken: the roles with their times. `roles` are then all that it has at some time. */
  readonly timedRoles?: readonly TimedRole[];
}

/** A role and when it counts. */
export interface TimedRole {
  readonly role: string;
  readonly fromHeight: number;
  /** First height at which it no longer counts, or null. */
  readonly toHeight: number | null;
  /** Block time in milliseconds since the epoch, or null. */
  readonly fromTime: number | null;
  readonly toTime: number | null;
}

/** The roles of an identity in a block of this height and time; the same as `bucordo.roles_at`. */
export function rolesAt(
  { roles, timedRoles }: Pick<CatalogueIdentity, 'roles' | 'timedRoles'>,
  { height, time }: { readonly height: number; readonly time: number },
): readonly string[] {
  if (timedRoles === undefined) return roles;
  const held = timedRoles.filter(
    (each) =>
      each.fromHeight <= height &&
      (each.toHeight === null || each.toHeight > height) &&
      (each.fromTime === null || each.fromTime <= time) &&
      (each.toTime === null || each.toTime > time),
  );
  return [...new Set(held.map(({ role }) => role))].sort();
}

/** Functions and identities as of `height`. */
export interface Catalogue {
  readonly height: number;
  /** Height of the block that last changed the functions; 0 when they are those of the genesis. */
  readonly functionsHeight: number;
  readonly functions: readonly CatalogueFunction[];
  readonly identities: readonly CatalogueIdentity[];
}
