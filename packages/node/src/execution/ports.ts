/**
 * What execution says about its database: the contracts and every object of their schemas in a form that
 * members can compare, what a dry run shows, and the usage.
 */

import type { OutcomeDetail } from '@bucordo/protocol';
import type { Rejection } from '../chain/sealed-block.ts';

/** A contract as it runs. */
export interface RunningContract {
  readonly name: string;
  readonly version: string;
  /** Hash of the document, lower-case hex. */
  readonly hash: string;
  /** Nothing of it can be called any more. */
  readonly isRetired: boolean;
}

/** An object of the catalogue. */
export interface ReflectedObject {
  readonly kind:
    | 'callable'
    | 'column'
    | 'constraint'
    | 'default'
    | 'function'
    | 'index'
    | 'membership'
    | 'object'
    | 'policy'
    | 'relation'
    | 'right'
    | 'role'
    | 'rule'
    | 'schema'
    | 'table'
    | 'trigger'
    | 'type'
    | 'view';
  /** With its schema, and its table where it has one. */
  readonly name: string;
  /** Equal on nodes that executed the same chain on the same major version of Postgres. */
  readonly definition: string;
}

/** All of it as of one height. */
export interface Reflection {
  readonly height: number;
  /** `server_version_num` of Postgres. */
  readonly postgres: number;
  readonly contracts: readonly RunningContract[];
  /** Sorted by kind and name. */
  readonly objects: readonly ReflectedObject[];
}

/** A row before or after a change: column by column, in Postgres's text. */
export type RowText = Readonly<Record<string, string | null>>;

/** A row that a transaction inserts, updates or deletes. */
export interface RowVersion {
  readonly operation: 'insert' | 'update' | 'delete';
  readonly contract: string;
  readonly table: string;
  /** The columns of its primary key. */
  readonly key: RowText;
  /** The row before; null where it is inserted, and where not everybody may read the whole table. */
  readonly before: RowText | null;
  /** The row afterwards; null where it is deleted, and as above. */
  readonly after: RowText | null;
  /** Whether the rows are left out because the table has rules on who reads what. */
  readonly isWithheld: boolean;
}

/** What a dry run shows: the outcome that a transaction would have as the next one, of which nothing remains. */
export interface DryRunOutcome {
  /** Height of the last committed block: the state on which the transaction was tried. */
  readonly height: number;
  /** Why it would be rejected, or null. */
  readonly rejection: Pick<Rejection, 'code' | 'message' | 'call'> | null;
  /** What this node knows of the error beyond the receipt; empty when nothing. */
  readonly detail: string;
  /** JSON text of its result, empty for none. */
  readonly result: string;
  /** Rows in the order in which they are written. */
  readonly changes: readonly RowVersion[];
  /** Whether there are more changes than shown. */
  readonly isCut: boolean;
  /** The effect that a transaction can demand, 32 bytes; null when it would be rejected. */
  readonly effect: Uint8Array | null;
  /** Units of the budget that it used. */
  readonly budgetUsed: number;
  /** Milliseconds for which it kept blocks waiting. */
  readonly ms: number;
}

/** How much a member used the network in a calendar month of block time. */
export interface MemberUsage {
  /** `2026-11` */
  readonly month: string;
  readonly member: string;
  /** Identities that signed a transaction. */
  readonly users: number;
  /** Transactions that were ordered, those that were rejected among them. */
  readonly transactions: number;
  readonly rejected: number;
  readonly calls: number;
  /** Of payloads and signatures. */
  readonly bytes: number;
}

/** A receipt as the database holds it. */
export interface StoredReceipt {
  readonly height: number;
  readonly index: number;
  /** 32 bytes. */
  readonly transactionId: Uint8Array;
  /** Empty when committed, else why it was rejected. */
  readonly code: string;
  readonly message: string;
  /** JSON text, or empty. */
  readonly result: string;
  /** Index of the call that failed, from 0; null when none did, or when the transaction was rejected as a whole. */
  readonly call: number | null;
  /** What this node knows beyond the receipt, or null. */
  readonly detail: OutcomeDetail | null;
}

/** A transaction as it was ordered, bytes as received. */
export interface StoredTransaction {
  readonly height: number;
  readonly index: number;
  readonly id: Uint8Array;
  readonly payload: Uint8Array;
  readonly signature: Uint8Array;
}

/** A checkpoint that the ledger holds. */
export interface StoredCheckpoint {
  readonly member: string;
  readonly height: number;
  readonly blockHash: Uint8Array;
  readonly stateHash: Uint8Array;
  readonly nodeKey: Uint8Array;
  readonly signature: Uint8Array;
}

/** Hashes of a height in this node's database, lower-case hex. */
export interface StoredState {
  readonly blockHash: string;
  readonly stateHash: string;
}

/** The ids of some or all transactions of the block at `height`. */
export interface CommittedIds {
  readonly height: number;
  /** 32 bytes each, one behind the other. */
  readonly ids: Uint8Array;
}

/** By which rules a node goes, which it has, and which come next. */
export interface RulesStanding {
  /** Version of the rules by which the next block is executed. */
  readonly version: number;
  /** The newest rules that the program has. */
  readonly known: number;
  /** Version of the schema that the program keeps in its database. */
  readonly schema: number;
  /** Rules that the members have decided about and that do not hold yet; null when there are none. */
  readonly next: {
    readonly version: number;
    /** First height that goes by them. */
    readonly fromHeight: number;
    /** Why this node will stop before that height, in words; null when it will go on. */
    readonly obstacle: string | null;
  } | null;
}
