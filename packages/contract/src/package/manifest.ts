/**
 * The manifest of a contract, `contract.json`: its name, who may call what, and what other contracts
 * and readers may see. Read strictly: an unknown key is an error, because a misspelt one would
 * silently open or close a door.
 */

/** Who may call one function. Empty lists restrict nothing. */
export interface ManifestFunction {
  /** The caller's identity has one of these roles; empty: every role. */
  readonly roles: readonly string[];
  /** The caller's member is of one of these classes; empty: every class. */
  readonly classes: readonly string[];
}

/** A view that other contracts may read. */
export interface ManifestView {
  /** Names of contracts, or `*` for every contract. */
  readonly contracts: readonly string[];
}

/** A rule that opens rows and columns of a table to readers of a class or with a role. */
export interface ManifestReader {
  readonly table: string;
  readonly classes: readonly string[];
  readonly roles: readonly string[];
  /** Columns that are shown; absent: all. */
  readonly columns?: readonly string[];
  /** A predicate over the table's columns; absent: all rows. */
  readonly rows?: string;
}

/** The manifest with every absent list filled in as empty. */
export interface Manifest {
  /** Also the name of the contract's schema. */
  readonly name: string;
  readonly version: string;
  /** Functions that members call; others are helpers of the contract's own functions. */
  readonly functions: Readonly<Record<string, ManifestFunction>>;
  readonly views: Readonly<Record<string, ManifestView>>;
  /** Views of other contracts that this one reads: contract → names of views. */
  readonly uses: Readonly<Record<string, readonly string[]>>;
  readonly readers: readonly ManifestReader[];
  /** Declared scans: function → table → most rows. */
  readonly scans: Readonly<Record<string, Readonly<Record<string, number>>>>;
}
