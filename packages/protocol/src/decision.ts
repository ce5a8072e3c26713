/** Decisions of the members: the documents that they approve are named by their hashes. */

import { contractHash } from './contract-document.ts';
import type { DecisionKind } from './genesis.ts';
import { type Sha256, sha256, taggedHash } from './hash.ts';

/** The hash by which administrators approve the document of a decision, 32 bytes. */
export function decisionHash(kind: DecisionKind, document: Uint8Array, hash: Sha256 = sha256): Uint8Array {
  return kind === 'deploy' ? contractHash(document, hash) : taggedHash('decision', document, hash);
}

/** The hash by which a report of a checker is named, 32 bytes. */
export function checkReportHash(report: Uint8Array, hash: Sha256 = sha256): Uint8Array {
  return taggedHash('check-report', report, hash);
}
