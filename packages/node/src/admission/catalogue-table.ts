/**
 * The catalogue in the form that judging a transaction needs: functions by the bytes of their names
 * and identities by the bytes of their keys, so that a transaction is looked up where it lies,
 * without making strings of it.
 */

import { CHECKPOINT_CONTRACT, isEnrolling, type Parameter } from '@bucordo/protocol';
import type { Catalogue, CatalogueFunction, CatalogueIdentity } from '../chain/catalogue.ts';
import { OVERSEER_CLASS } from '../chain/membership.ts';

/** A function that transactions may call, as admission sees it. */
export interface KnownFunction {
  /** Number in the catalogue, from 1. */
  readonly number: number;
  /** Place in the table, from 0. */
  readonly place: number;
  readonly parameters: readonly Parameter[];
  readonly contract: Buffer;
  readonly name: Buffer;
  /** Name of a function whose calls may enrol keys, else null. */
  readonly enrolling: string | null;
  readonly definition: CatalogueFunction;
}

/** An identity as admission sees it. */
export interface KnownIdentity {
  readonly key: Buffer;
  readonly validFrom: number;
  /** First height at which the key is no longer valid; infinite while it is not revoked. */
  readonly validTo: number;
  /** Whether it may call the function at a place of the table. */
  readonly mayCall: readonly boolean[];
  readonly identity: CatalogueIdentity;
}

/** A catalogue that is searched by bytes. Hash tables with chains of a few entries each. */
export class CatalogueTable {
  readonly #functions: readonly (readonly KnownFunction[])[];
  readonly #identities: readonly (readonly KnownIdentity[])[];
  readonly #definitions: readonly CatalogueFunction[];
  #functionNames: ReadonlyMap<string, readonly string[]> | null = null;

  constructor(catalogue: Catalogue) {
    this.#definitions = catalogue.functions;
    const functions = catalogue.functions.map(knownFunction);
    this.#functions = buckets(functions, (known) => {
      return hashOf(known.name, 0, known.name.length, hashOf(known.contract, 0, known.contract.length, 0));
    });
    const identities = catalogue.identities.map((identity) => knownIdentity(identity, catalogue.functions));
    this.#identities = buckets(identities, (known) => known.key.readUInt32LE(0));
  }

  /** The names of all functions by contract; made when it is first asked for. */
  get functionNames(): ReadonlyMap<string, readonly string[]> {
    this.#functionNames ??= namesByContract(this.#definitions);
    return this.#functionNames;
  }

  /** The function whose contract's name is `bytes[contractAt, contractEnd)` and whose own is `bytes[nameAt, nameEnd)`. */
  functionAt(
    bytes: Buffer,
    contractAt: number,
    contractEnd: number,
    nameAt: number,
    nameEnd: number,
  ): KnownFunction | null {
    const hash = hashOf(bytes, nameAt, nameEnd, hashOf(bytes, contractAt, contractEnd, 0));
    const bucket = this.#functions[hash & (this.#functions.length - 1)] ?? [];
    for (const known of bucket) {
      if (
        equals(known.name, bytes, nameAt, nameEnd) &&
        equals(known.contract, bytes, contractAt, contractEnd)
      ) {
        return known;
      }
    }
    return null;
  }

  /** The identity whose key is `bytes[keyAt, +32)`; of several with one key, the one valid at `height`. */
  identityAt(bytes: Buffer, keyAt: number, height: number): KnownIdentity | null {
    const bucket = this.#identities[bytes.readUInt32LE(keyAt) & (this.#identities.length - 1)] ?? [];
    let found: KnownIdentity | null = null;
    for (const known of bucket) {
      if (!equals(known.key, bytes, keyAt, keyAt + 32)) continue;
      found = known;
      if (height >= known.validFrom && height < known.validTo) return known;
    }
    return found;
  }
}

function knownFunction(definition: CatalogueFunction, place: number): KnownFunction {
  return {
    number: definition.number,
    place,
    parameters: definition.parameters,
    contract: Buffer.from(definition.contract, 'latin1'),
    name: Buffer.from(definition.name, 'latin1'),
    enrolling: isEnrolling(definition.contract, definition.name) ? definition.name : null,
    definition,
  };
}

function knownIdentity(identity: CatalogueIdentity, functions: readonly CatalogueFunction[]): KnownIdentity {
  return {
    key: Buffer.from(identity.key),
    validFrom: identity.validFrom,
    validTo: identity.validTo ?? Number.POSITIVE_INFINITY,
    mayCall: functions.map((definition) => isPermitted(identity, definition)),
    identity,
  };
}

/**
 * Whether an identity has one of the roles, and its member one of the classes, that a function asks
 * for. Overseers call functions of contracts only where their class is named.
 */
export function isPermitted(identity: CatalogueIdentity, definition: CatalogueFunction): boolean {
  const { roles, classes, contract } = definition;
  if (identity.memberClass === OVERSEER_CLASS && contract !== CHECKPOINT_CONTRACT) {
    if (!classes.includes(OVERSEER_CLASS)) return false;
  }
  if (classes.length > 0 && !classes.includes(identity.memberClass)) return false;
  return roles.length === 0 || roles.some((role) => identity.roles.includes(role));
}

function namesByContract(definitions: readonly CatalogueFunction[]): ReadonlyMap<string, readonly string[]> {
  const names = new Map<string, string[]>();
  for (const { contract, name } of definitions) {
    const known = names.get(contract);
    if (known === undefined) names.set(contract, [name]);
    else known.push(name);
  }
  return names;
}

function buckets<Known>(
  all: readonly Known[],
  hash: (known: Known) => number,
): readonly (readonly Known[])[] {
  let width = 16;
  while (width < all.length * 2) width *= 2;
  const table: Known[][] = Array.from({ length: width }, () => []);
  for (const known of all) table[hash(known) & (width - 1)]?.push(known);
  return table;
}

// FNV-1a; names are chosen by members, but there are only as many as the catalogue holds.
function hashOf(bytes: Buffer, start: number, end: number, seed: number): number {
  let hash = seed ^ 0x811c9dc5;
  for (let i = start; i < end; i++) hash = Math.imul(hash ^ (bytes[i] ?? 0), 0x01000193);
  return hash ^ (hash >>> 15);
}

function equals(known: Buffer, bytes: Buffer, start: number, end: number): boolean {
  if (known.length !== end - start) return false;
  for (let i = 0; i < known.length; i++) {
    if (known[i] !== bytes[start + i]) return false;
  }
  return true;
}
