/** The membership as it is now: read at the start and again after every block that changed the catalogue. */

import type { Membership } from '../chain/membership.ts';

/** The membership of the running node. */
export class LiveMembership {
  readonly #read: () => Promise<Membership>;
  readonly #listeners: ((membership: Membership) => void)[] = [];
  #current: Membership;

  constructor(first: Membership, read: () => Promise<Membership>) {
    this.#current = first;
    this.#read = read;
  }

  /** The newest that was read. */
  get current(): Membership {
    return this.#current;
  }

  /** Ids of the members whose nodes' states count. */
  get voters(): string[] {
    return this.#current.members.filter(({ votes }) => votes).map(({ id }) => id);
  }

  /** Calls `listener` with every newer membership, in the order in which listeners were added. */
  onChange(listener: (membership: Membership) => void): void {
    this.#listeners.push(listener);
  }

  /** Reads it again and tells everyone. One call after the other. */
  async refresh(): Promise<void> {
    this.#current = await this.#read();
    for (const listener of this.#listeners) listener(this.#current);
  }
}
