/**
 * Calls that show each of the good contracts at work: who calls what, and what comes of it. They lie
 * in `good-calls/` as data; those of a contract follow each other, each in a block of its own.
 */

import { readdirSync, readFileSync } from 'node:fs';
import type { TestIdentity } from '../support/test-chain.ts';

/** One call of a good contract. */
export interface GoodCall {
  readonly by: TestIdentity;
  readonly function: string;
  readonly args: Readonly<Record<string, unknown>>;
  /** The value it answers with; absent where the value is not told beforehand. */
  readonly value?: unknown;
  /** The contract's own refusal; absent where the call is carried out. */
  readonly code?: string;
}

const FOLDER = new URL('good-calls/', import.meta.url);

/** By name of the contract, in the order in which they run. */
export const GOOD_CALLS: Readonly<Record<string, readonly GoodCall[]>> = Object.fromEntries(
  readdirSync(FOLDER)
    .sort()
    .map((file) => [file.replace('.json', ''), readCalls(file)]),
);

function readCalls(file: string): readonly GoodCall[] {
  const calls: readonly GoodCall[] = JSON.parse(readFileSync(new URL(file, FOLDER), 'utf8'));
  return calls;
}
