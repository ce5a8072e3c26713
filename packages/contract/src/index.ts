/**
 * Contracts: the package format, the checker, the build and what is generated from them. Used by the
 * command line, by the node as advice to its member, and by the test kit. No sockets, no clock.
 */

export { buildContract, type ContractBuild } from './build/build-contract.ts';
export { BuildError } from './build/build-error.ts';
export { checkBuild } from './build/check-build.ts';
export { authorSource } from './build/insertion.ts';
export { type MarkedSource, markBranches } from './build/mark-branches.ts';
export { checkSyntax } from './check/check-syntax.ts';
export type { CheckLayer, Finding, Place } from './check/finding.ts';
export { sortFindings } from './check/finding.ts';
export { loadParser as loadScanner, type ScannedToken, scanSql } from './check/sql-parser.ts';
export { type CutStatement, cutStatements } from './install/cut-statements.ts';
export {
  type InstalledKind,
  type InstalledPart,
  type InstalledStatement,
  installedStatements,
} from './install/installed-statements.ts';
export { type ReaderPredicate, readerPredicate } from './install/reader-predicate.ts';
export { StatementError } from './install/statement-error.ts';
export type { ContractPackage, PackageMigration, PackageText } from './package/contract-package.ts';
export type { Manifest, ManifestFunction, ManifestReader, ManifestView } from './package/manifest.ts';
export { PackageError } from './package/package-error.ts';
export { packageOfContract } from './package/package-of-contract.ts';
export { readManifest } from './package/read-manifest.ts';
export { parseManifest, readPackage } from './package/read-package.ts';
export { type CheckReport, jsonReport } from './report/json-report.ts';
export { sarifReport } from './report/sarif-report.ts';
export { type ReportStyle, terminalReport } from './report/terminal-report.ts';
export { checkSemantics, type SemanticOptions } from './resolve/check-semantics.ts';
export type { ScratchDatabase } from './resolve/scratch-database.ts';
export {
  addedColumns,
  type ChangeRefusal,
  judgeTableChange,
  TABLE_SHAPES,
  type TableShape,
  tableShapeOf,
} from './shape/table-change.ts';
export {
  type ContractInterface,
  type InterfaceColumn,
  type InterfaceFunction,
  type InterfaceRejection,
  type InterfaceTable,
  readInterface,
} from './typed-client/contract-interface.ts';
export { typescriptModule } from './typed-client/typescript-module.ts';
