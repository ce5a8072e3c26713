/** Checks that a document is what the build makes: only then does its budget hold. */

import { type ContractDocument, encodeContractDocument, equalBytes } from '@bucordo/protocol';
import type { Finding } from '../check/finding.ts';
import { packageOfContract } from '../package/package-of-contract.ts';
import { buildContract } from './build-contract.ts';
import { BuildError } from './build-error.ts';

/**
 * Builds the text of the author in `document` again and compares. Gives no finding when the same
 * document comes out; otherwise one, because a budget that somebody wrote by hand may be missing where
 * it matters.
 */
export async function checkBuild(document: ContractDocument): Promise<readonly Finding[]> {
  try {
    const built = await buildContract(packageOfContract(document));
    if (equalBytes(built.bytes, encodeContractDocument(document))) return [];
    return [finding(firstDifference(document.source, built.document.source))];
  } catch (error) {
    if (!(error instanceof BuildError)) throw error;
    const { place, remedy } = error;
    return [{ rule: 'build', layer: 'B0', ...place, construct: 'the build', message: error.message, remedy }];
  }
}

function finding(line: number): Finding {
  return {
    rule: 'build',
    layer: 'B0',
    file: 'functions.sql',
    line,
    column: 1,
    construct: 'the budget',
    message: 'The document is not what the build makes of its text, so its budget may have holes.',
    remedy: 'Build it with `bucordo contract build` and propose what comes out.',
  };
}

function firstDifference(source: string, built: string): number {
  const lines = built.split('\n');
  const differing = source.split('\n').findIndex((line, index) => line !== lines[index]);
  return Math.max(differing, 0) + 1;
}
