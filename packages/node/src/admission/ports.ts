/** Why admission refuses or leaves open what it is asked. */

import type { RefusalCode } from '@bucordo/protocol';

/** Why a node takes no transactions: a code for clients, and what is the matter. */
export interface Hindrance {
  readonly code: RefusalCode;
  readonly message: string;
}

/** Why a node says nothing about what became of a transaction. */
export interface Doubt {
  readonly code: RefusalCode;
  readonly message: string;
}
