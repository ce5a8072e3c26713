/**
 * Contract packages on disk: `contract.json` (name, version, who may call what), `schema.sql` (tables)
 * and `functions.sql`. What goes into a genesis or a proposal is what the build makes of them.
 */
import type { ContractBuild, ContractPackage } from '@bucordo/contract';
import type { ContractDocument } from '@bucordo/protocol';
import { usageError } from '../command-error.ts';

/** Reads the package in `directory`, or fails naming the file that is missing or wrong. */
export async function readContractPackage(directory: string): Promise<ContractPackage> {
  const { PackageError, readPackage } = await import('@bucordo/contract');
  try {
    return readPackage(directory);
  } catch (error) {
    const finding = error instanceof PackageError ? error.findings[0] : undefined;
    if (finding === undefined) throw error;
    throw usageError(
      `${directory}: ${finding.file}:${finding.line}:${finding.column}: ${finding.message}`,
      finding.remedy,
      { path: directory, file: finding.file },
    );
  }
}

/** Builds the package in `directory`, or fails naming the place that stands in the way. */
export async function buildContractPackage(directory: string): Promise<ContractBuild> {
  const contract = await readContractPackage(directory);
  const { BuildError, buildContract } = await import('@bucordo/contract');
  try {
    return await buildContract(contract);
  } catch (error) {
    if (!(error instanceof BuildError)) throw error;
    throw usageError(`${directory}: ${error.message}`, `${error.remedy}.`, {
      path: directory,
      file: error.place.file,
      line: error.place.line,
    });
  }
}

/** The documents of the packages in `directories`, in order: the contracts of a genesis. */
export async function contractDocuments(directories: readonly string[]): Promise<ContractDocument[]> {
  const builds = await Promise.all(directories.map(buildContractPackage));
  return builds.map(({ document }) => document);
}
