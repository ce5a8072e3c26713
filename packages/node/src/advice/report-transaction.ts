/** Tells the other members what the checker of this node said: a transaction signed with the node's key. */

import {
  encodeArguments,
  encodeSignedTransaction,
  encodeTransaction,
  transactionId,
} from '@bucordo/protocol';
import type { NodeKey } from '../identity/ports.ts';
import type { Advice } from './ports.ts';

/** What a signed report is made of beside the advice. */
export interface ReportFacts {
  readonly network: Uint8Array;
  /** Last height at which the transaction may be executed. */
  readonly validUntil: number;
  /** 16 random bytes. */
  readonly nonce: Uint8Array;
}

/** Builds the signed transaction that calls `bucordo.report`. The report itself stays with the member. */
export function signReport(signer: NodeKey, advice: Advice, facts: ReportFacts): Uint8Array {
  const payload = encodeTransaction({
    network: facts.network,
    identity: signer.publicKey,
    calls: [
      {
        contract: 'bucordo',
        function: 'report',
        args: encodeArguments({
          proposal: advice.proposal,
          document_hash: advice.documentHash,
          report_hash: advice.reportHash,
          verdict: advice.verdict,
          finding_count: advice.findings.length,
          checker: advice.checker,
        }),
      },
    ],
    validUntil: facts.validUntil,
    nonce: facts.nonce,
  });
  return encodeSignedTransaction({ payload, signature: signer.sign(transactionId(payload)) });
}
