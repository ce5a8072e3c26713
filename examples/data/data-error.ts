/** The one error of the example data: a file is missing, malformed, or not the file it claims to be. */

/** Where the trouble is. `line` counts from 1 and includes the header line. */
export interface DataErrorFacts {
  readonly source: string;
  readonly line?: number;
}

/** Thrown by readers and loaders; the message says what was found, what was expected, and where. */
export class DataError extends Error {
  readonly code = 'data_invalid';
  readonly facts: DataErrorFacts;

  constructor(message: string, facts: DataErrorFacts, options?: { readonly cause?: unknown }) {
    const place = facts.line === undefined ? facts.source : `${facts.source}, line ${facts.line}`;
    super(`${place}: ${message}`, options);
    this.name = 'DataError';
    this.facts = facts;
  }
}
