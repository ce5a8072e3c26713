/** Why a contract cannot be built: one place in one of its files, and what to write instead. */

import type { Place } from '../check/finding.ts';

/** The author has to change something before the contract can be built. */
export class BuildError extends Error {
  readonly place: Place;
  /** What to write instead. */
  readonly remedy: string;

  constructor(place: Place, message: string, remedy: string) {
    super(`${place.file}:${place.line}:${place.column}: ${message}`);
    this.name = 'BuildError';
    this.place = place;
    this.remedy = remedy;
  }
}
