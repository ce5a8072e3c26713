/** What quarantine says about the skipping of a transaction to whoever handed in statements. */

/** A block that ended the node again and again. */
export interface DeadlyBlock {
  readonly height: number;
  /** Hash of the block, lower-case hex. */
  readonly block: string;
  /** Id of the transaction during which the node ended last, lower-case hex; null when that is not known. */
  readonly transaction: string | null;
  /** How often the block was tried and the node ended. */
  readonly attempts: number;
}

/** Why a statement does not count. */
export type StatementFlaw = 'signature_invalid' | 'not_administrator' | 'executed';

/** How a skip stands on this node. */
export interface SkipStanding {
  /** Whether the transaction is skipped: enough members have said so, now or earlier. */
  readonly isSkipped: boolean;
  /** Members that have said so. */
  readonly agreed: readonly string[];
  /** How many have said so of those who are asked, and how many must. */
  readonly approvals: number;
  readonly needed: number;
  /** Statements that do not count. */
  readonly refused: readonly {
    readonly member: string;
    readonly key: string;
    readonly flaw: StatementFlaw;
  }[];
}
