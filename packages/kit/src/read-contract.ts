/** A contract folder as it goes into the genesis of the tests: built, as a network runs it. */

import path from 'node:path';
import { BuildError, buildContract, PackageError, readPackage } from '@bucordo/contract';
import type { GenesisContract } from '@bucordo/protocol';
import { TestError } from './test-error.ts';

/** Reads and builds the folder. Throws a {@link TestError} that names the file that is missing or wrong. */
export async function readContract(folder: string): Promise<GenesisContract> {
  try {
    return (await buildContract(readPackage(folder))).document;
  } catch (error) {
    if (error instanceof BuildError) {
      throw new TestError(error.message, { place: placeIn(folder, error.place), hint: error.remedy });
    }
    const finding = error instanceof PackageError ? error.findings[0] : undefined;
    if (finding === undefined) throw error;
    throw new TestError(finding.message, { place: placeIn(folder, finding), hint: finding.remedy });
  }
}

function placeIn(
  folder: string,
  { file, line }: { file: string; line: number },
): { file: string; line: number } {
  return { file: path.join(folder, file), line };
}
