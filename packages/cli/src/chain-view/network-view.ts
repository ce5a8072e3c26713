/** A network as it is at a height, or as it was founded: one form for both, so that one table shows either. */

/** A member. */
export interface ViewedMember {
  readonly number: number;
  readonly id: string;
  readonly name: string;
  readonly class: string;
  /** `invited`, `active`, `left` or `expelled`; at its founding all are active. */
  readonly status: string;
  /** How many identities of it may act. */
  readonly identities: number;
}

/** A function that transactions may call. */
export interface ViewedFunction {
  /** `contract.function` */
  readonly function: string;
  /** Of these roles the caller needs one; empty = any identity. */
  readonly roles: readonly string[];
  /** The caller's member belongs to one of these classes; empty = any member. */
  readonly classes: readonly string[];
  /** `name type`, in their order; empty where it is not told. */
  readonly parameters: readonly string[];
}

/** A contract. */
export interface ViewedContract {
  readonly name: string;
  readonly version: string;
  /** Nothing of it can be called any more. */
  readonly isRetired: boolean;
}

/** How many must approve decisions of a kind. */
export interface ViewedPolicy {
  readonly decision: string;
  /** In words. */
  readonly needs: string;
}

/** What a transaction may use. */
export interface ViewedLimits {
  readonly budget: number;
  readonly rows: number;
  readonly valueBytes: number;
}

/** An identity. */
export interface ViewedIdentity {
  readonly identity: string;
  readonly roles: readonly string[];
  readonly key: string;
}

/** All of it. */
export interface NetworkView {
  /** Member whose node orders; null where it is not told. */
  readonly ordering: string | null;
  readonly members: readonly ViewedMember[];
  readonly contracts: readonly ViewedContract[];
  readonly functions: readonly ViewedFunction[];
  readonly policies: readonly ViewedPolicy[];
  readonly limits: ViewedLimits;
  readonly identities: readonly ViewedIdentity[];
}
