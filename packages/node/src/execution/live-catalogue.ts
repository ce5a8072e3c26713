/**
 * Functions, members and identities as they are now: read at the start and again after every block
 * that changed them. Whoever judges by them listens.
 */

import { toHex } from '@bucordo/protocol';
import { type Catalogue, type CatalogueIdentity, rolesAt } from '../chain/catalogue.ts';

/** Reads the catalogue as of the last committed block. */
export type ReadCatalogue = () => Promise<Catalogue>;

/** The catalogue of the running node. */
export class LiveCatalogue {
  readonly #read: ReadCatalogue;
  readonly #listeners: ((catalogue: Catalogue) => void)[] = [];
  #current: Catalogue;
  #byKey: ReadonlyMap<string, CatalogueIdentity>;
  #next: () => { readonly height: number; readonly time: number };

  constructor(first: Catalogue, read: ReadCatalogue) {
    this.#read = read;
    this.#current = first;
    this.#byKey = identitiesByKey(first);
    this.#next = () => ({ height: this.#current.height + 1, time: 0 });
  }

  /** From now on `next` tells height and time of the next block, by which identities are judged. */
  setNext(next: () => { readonly height: number; readonly time: number }): void {
    this.#next = next;
  }

  /** The newest that was read. */
  get current(): Catalogue {
    return this.#current;
  }

  /** The identity of this key, with the roles that it has, if it may act in the next block; else null. */
  find(key: Uint8Array): CatalogueIdentity | null {
    const identity = this.#byKey.get(toHex(key));
    const next = this.#next();
    if (identity === undefined || identity.validFrom > next.height) return null;
    if (identity.validTo !== null && identity.validTo <= next.height) return null;
    return { ...identity, roles: rolesAt(identity, next) };
  }

  /** Calls `listener` with every newer catalogue, in the order in which listeners were added. */
  onChange(listener: (catalogue: Catalogue) => void): void {
    this.#listeners.push(listener);
  }

  /** Reads it again and tells everyone. One call after the other. */
  async refresh(): Promise<void> {
    const catalogue = await this.#read();
    if (catalogue.height < this.#current.height) return;
    this.#current = catalogue;
    this.#byKey = identitiesByKey(catalogue);
    for (const listener of this.#listeners) listener(catalogue);
  }
}

function identitiesByKey(catalogue: Catalogue): Map<string, CatalogueIdentity> {
  return new Map(catalogue.identities.map((identity) => [toHex(identity.key), identity]));
}
