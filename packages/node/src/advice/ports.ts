/**
 * What a node says to its member about a proposed contract, before the member approves. Advice, never
 * consensus: checkers of other versions and on other versions of Postgres may say otherwise.
 */

import type { Finding } from '@bucordo/contract';

/** What a check came to. */
export type CheckOutcome =
  | {
      readonly kind: 'checked';
      readonly findings: readonly Finding[];
      /** Which checker, on which Postgres, and what it left out. */
      readonly checker: string;
    }
  | { readonly kind: 'unchecked'; readonly reason: string };

/** Advice on one proposal. */
export interface Advice {
  readonly proposal: number;
  /** Hash of the document that was checked, hex. */
  readonly documentHash: string;
  /** `pending` while it is being checked, `unchecked` when it could not be. */
  readonly verdict: 'pending' | 'passed' | 'refused' | 'unchecked';
  /** The verdict in a sentence. */
  readonly summary: string;
  readonly checker: string;
  /** Hash of the report as transactions name it, hex; empty where there is none. */
  readonly reportHash: string;
  readonly findings: readonly Finding[];
}

/** A contract that is proposed and not decided yet. */
export interface ProposedContract {
  readonly number: number;
  readonly contract: string;
  /** To the byte. */
  readonly document: string;
  /** Hex. */
  readonly documentHash: string;
  /** Of the version that it stands on; null where there is none. */
  readonly baseDocument: string | null;
  /** Of the contracts whose views it reads, as far as they run, by name. */
  readonly usedDocuments: readonly string[];
}
