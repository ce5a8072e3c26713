/**
 * What the kit says when a test, or what a test is written in, is wrong: where, what, and what to do
 * next. Faults of the embedded server pass through unchanged.
 */

/** A place in a file of tests; the line counts from 1. */
export interface TestPlace {
  readonly file: string;
  readonly line: number;
}

/** An error of a test file, of a test, or of how the test is set up. */
export class TestError extends Error {
  /** Where it stands; null when the stack of the error tells. */
  readonly place: TestPlace | null;
  /** What to do next, one sentence; may be empty. */
  readonly hint: string;

  constructor(message: string, options: { place?: TestPlace; hint?: string } = {}) {
    super(message);
    this.name = 'TestError';
    this.place = options.place ?? null;
    this.hint = options.hint ?? '';
  }
}

/** A transaction that the network would have rejected or refused: what `call` rejects with. */
export class Rejected extends Error {
  /** The code of the receipt: `BCnnn` of the contract, `failed`, or a refusal of the protocol. */
  readonly code: string;
  /** The contract's own message; empty for other codes. */
  readonly words: string;
  /** Index of the call that failed, from 0; null when the transaction was rejected as a whole. */
  readonly call: number | null;
  /** What this database knows about a `failed`, and what is wrong with arguments; no receipt has it. */
  readonly detail: string;

  constructor(rejection: { code: string; words: string; call: number | null; detail: string }) {
    const { code, words, call, detail } = rejection;
    super([code, words, detail].filter((part) => part !== '').join(': '));
    this.name = 'Rejected';
    this.code = code;
    this.words = words;
    this.call = call;
    this.detail = detail;
  }
}
