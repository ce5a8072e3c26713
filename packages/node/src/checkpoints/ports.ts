/** What a node knows about its agreement with the others, as its status tells it. */

import type { SignedHeader } from '@bucordo/protocol';
import type { WaitingForFellows } from '../sync/ports.ts';

/** A height that should be final by now. */
export interface NotFinal {
  readonly height: number;
  /** For how long it has been committed here, in milliseconds. */
  readonly forMs: number;
  /** Members that have not signed this node's state of that height or a later one. */
  readonly missing: readonly string[];
}

/** Two blocks of one height, or of two histories, with the signature of one key: whoever holds the key lies or was rewound. */
export interface Fork {
  /** Member whose node signed both. */
  readonly signer: string;
  readonly height: number;
  /** Hash of the block in this node's chain, lower-case hex. */
  readonly ours: string;
  /** Hash of the other one. */
  readonly other: string;
}

/** The facts together; all of them empty or null on a node at which everything is well. */
export interface AgreementFacts {
  /** Set when the node that orders has signed two histories: this node vouches for nothing that is not final. */
  readonly fork: Fork | null;
  readonly notFinal: NotFinal | null;
  /** Set on the ordering node until it orders. */
  readonly waiting: WaitingForFellows | null;
  /** Members whose state differs from this node's, with the height at which that was first seen. */
  readonly differing: readonly { readonly member: string; readonly height: number }[];
}

/** Two blocks of which only one can be in the chain. */
export interface Contradiction {
  /** Where the histories part. */
  readonly height: number;
  /** The blocks of that height by their hashes, lower-case hex. */
  readonly hashes: readonly [string, string];
  readonly headers: readonly [SignedHeader, SignedHeader];
}

/** What the transactions of a block call, as far as checkpoints are concerned. */
export interface BlockCalls {
  /** Whether any of them brings a checkpoint, rejected or not. */
  readonly hasCheckpoints: boolean;
  /** Whether any of them calls anything else. */
  readonly isActive: boolean;
}
