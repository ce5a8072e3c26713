/** What the doors of the node need from the rest of it; the composition root wires the real parts. */

import type { RefusalCode, Skip } from '@bucordo/protocol';
import type { Advice } from '../advice/ports.ts';
import type { CatalogueIdentity } from '../chain/catalogue.ts';
import type { AgreementFacts } from '../checkpoints/ports.ts';
import type {
  DryRunOutcome,
  MemberUsage,
  Reflection,
  RulesStanding,
  RunningContract,
  StoredReceipt,
  StoredTransaction,
} from '../execution/ports.ts';
import type { Health } from '../observe/ports.ts';
import type { DeadlyBlock, SkipStanding } from '../quarantine/ports.ts';

/** Where a transaction stands in the chain. */
export interface TransactionPlace {
  readonly id: Uint8Array;
  readonly height: number;
  readonly index: number;
}

/** Reads the chain from the node's database. */
export interface ChainReading {
  receiptById(id: Uint8Array): Promise<StoredReceipt | null>;
  transactionById(id: Uint8Array): Promise<StoredTransaction | null>;
  /** Where the transactions stand whose ids, as lower-case hex, begin like this, by id; at most `limit`. */
  transactionsBeginning(digits: string, limit: number): Promise<readonly TransactionPlace[]>;
  /** The encoded Block message at `height`, or null. */
  blockAt(height: number): Promise<Uint8Array | null>;
}

/** Reads the usage. */
export interface UsageReading {
  /** From month `from` to month `to`, both included, by month and member. */
  read(from: string, to: string): Promise<readonly MemberUsage[]>;
}

/** Reads the contracts that run. */
export interface ContractReading {
  contracts(): Promise<readonly RunningContract[]>;
  /** The document as approved, or null when there is no such contract. */
  document(name: string): Promise<string | null>;
  reflection(): Promise<Reflection>;
}

/** What the node's checker says about proposed contracts. */
export interface AdviceReading {
  /** Advice on the proposal of this number, or null when there is none. */
  on(proposal: number): Advice | null;
}

/** Answers who a key belongs to. */
export interface Identities {
  /** The identity of `key` if it is enrolled and valid at the present height, else null. */
  find(key: Uint8Array): CatalogueIdentity | null;
}

/** What the node says about itself; hashes are lower-case hex. */
export interface PublicStatus {
  readonly network: string;
  readonly version: string;
  readonly member: string;
  readonly height: number;
  readonly blockHash: string;
  readonly stateHash: string;
  readonly finalHeight: number;
  /** First height at which the state differs from the quorum's, or null. */
  readonly divergedAt: number | null;
  readonly checkpoints: readonly { readonly member: string; readonly height: number }[];
  readonly transactionsPerSecond: number;
  /** `host:port` of the gRPC client port, or null. */
  readonly grpc: string | null;
  /** How the node is, and why; see {@link Health}. */
  readonly health: Health;
  /** Milliseconds that the last block's time is ahead of this node's clock; negative when it lies in the past. */
  readonly blockTimeAheadMs: number;
  /** The block for which this node executes nothing; null when it executes. */
  readonly quarantine: DeadlyBlock | null;
  /** By which rules it goes, and which come next. */
  readonly rules: RulesStanding;
  /** What this node knows about its agreement with the others. */
  readonly agreement: AgreementFacts;
  /** Who orders, and since when this node hears nothing from it. */
  readonly ordering: OrderingStanding;
  /** The members, those that are gone among them, in the order of their numbers. */
  readonly members: readonly { readonly member: string; readonly class: string; readonly status: string }[];
  /** The block that is being executed; null when there is none. */
  readonly executing: {
    readonly height: number;
    readonly transactions: number;
    readonly forMs: number;
  } | null;
}

/** Who orders, as a node knows it. */
export interface OrderingStanding {
  readonly kind: string;
  /** Member whose node orders. */
  readonly member: string;
  /** By this node's clock, milliseconds since the epoch; null while blocks are received, or where this node orders. */
  readonly unreachableSinceMs: number | null;
}

/** Calls that somebody wants to try. */
export interface DryRunRequest {
  readonly calls: readonly {
    readonly contract: string;
    readonly function: string;
    /** JSON text, exactly as it would be signed. */
    readonly args: string;
  }[];
  /** The effect that the transaction would demand, 32 bytes, or null. */
  readonly effect: Uint8Array | null;
  /** Who asks. */
  readonly signer: CatalogueIdentity;
  /** For whom, as `member/name`; null = for the one who asks. */
  readonly as: string | null;
}

/** What trying came to, or why it was not tried. */
export type DryRunAnswer =
  | { readonly outcome: DryRunOutcome }
  | { readonly refusal: RefusalCode; readonly message?: string };

/** Takes statements that a transaction shall be skipped. */
export interface Skipping {
  take(skip: Skip): Promise<SkipStanding>;
}

/** Tries transactions. */
export interface DryRunning {
  run(request: DryRunRequest): Promise<DryRunAnswer>;
}
