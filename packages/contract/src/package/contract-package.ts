/**
 * A contract as its author keeps it: a folder of texts. Nothing here reads a disk; `readPackage`
 * fills it from a folder, and the node fills it from a proposed document.
 */

import type { Manifest } from './manifest.ts';

/** One text of the package and the path under which findings name it. */
export interface PackageText {
  /** Path inside the package folder, with forward slashes: `functions.sql`, `migrations/1-2.sql`. */
  readonly file: string;
  readonly text: string;
}

/** The statements that bring the data of one version to the next. */
export interface PackageMigration extends PackageText {
  /** The version whose data the statements expect. */
  readonly from: string;
  /** The version they lead to; the last one is the manifest's own. */
  readonly to: string;
}

/** Manifest and texts of one contract. */
export interface ContractPackage {
  readonly manifest: Manifest;
  /** The manifest as written, for the lines of findings. */
  readonly manifestText: PackageText;
  /** `schema.sql`. */
  readonly schema: PackageText;
  /** `functions.sql`, as the author wrote it: no budget inserted. */
  readonly functions: PackageText;
  readonly migrations: readonly PackageMigration[];
  /** Paths of the files under `tests/`, sorted; their texts belong to the test kit. */
  readonly tests: readonly string[];
}
