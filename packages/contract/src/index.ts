/**
 * Contracts: the package format, the checker, the build and what is generated from them. Used by the
 * command line, by the node as advice to its member, and by the test kit. No sockets, no clock.
 */

export { buildContract, type ContractBuild } from './build/build-contract.ts';
export { BuildError } from './build/build-error.ts';
export { authorSource } from './build/insertion.ts';
export type { CheckLayer, Finding, Place } from './check/finding.ts';
export { sortFindings } from './check/finding.ts';
export type { ContractPackage, PackageMigration, PackageText } from './package/contract-package.ts';
export type { Manifest, ManifestFunction, ManifestReader, ManifestView } from './package/manifest.ts';
