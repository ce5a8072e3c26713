/** The rules that the members have decided about: read at the start and again after every block that changed the catalogue. */

import { Fault } from '../fault.ts';
import { type DecidedRules, rulesAt, rulesToInstall } from './installed-release.ts';
import type { RulesStanding } from './ports.ts';
import { newestRules, newestSchema, type Release } from './release.ts';

/** The rules of the running node. */
export class LiveRules {
  readonly #release: Release;
  readonly #read: () => Promise<readonly DecidedRules[]>;
  #decided: readonly DecidedRules[];

  constructor(
    release: Release,
    first: readonly DecidedRules[],
    read: () => Promise<readonly DecidedRules[]>,
  ) {
    this.#release = release;
    this.#decided = first;
    this.#read = read;
  }

  /** Reads them again. One call after the other. */
  async refresh(): Promise<void> {
    this.#decided = await this.#read();
  }

  /** How things stand after the block of `height`. */
  standing(height: number): RulesStanding {
    const version = rulesAt(this.#decided, height + 1);
    const next = this.#decided.find((decided) => decided.version > version);
    return {
      version,
      known: newestRules(this.#release),
      schema: newestSchema(this.#release),
      next:
        next === undefined
          ? null
          : { version: next.version, fromHeight: next.fromHeight, obstacle: this.#obstacle(next) },
    };
  }

  // What this node would stop with before that height.
  #obstacle({ fromHeight }: DecidedRules): string | null {
    try {
      rulesToInstall(this.#decided, { installed: 1, height: fromHeight, release: this.#release });
      return null;
    } catch (error) {
      if (error instanceof Fault) return error.message;
      throw error;
    }
  }
}
