/**
 * Checks a proposed document as its author's contract: its text as `bucordo contract check` does, and
 * that the budget in it is what the build writes.
 */

import {
  checkBuild,
  checkSemantics,
  checkSyntax,
  type Finding,
  packageOfContract,
  type ScratchDatabase,
  sortFindings,
} from '@bucordo/contract';
import { type ContractDocument, DecodeError, decodeContractDocument } from '@bucordo/protocol';
import type { CheckOutcome, ProposedContract } from './ports.ts';

/** What is to be checked. */
export interface DocumentCheck extends Pick<ProposedContract, 'document' | 'baseDocument' | 'usedDocuments'> {
  /** Where its meaning is looked up; null where there is no such place. */
  readonly scratch: ScratchDatabase | null;
  /** Of the checker and of Postgres, for the report. */
  readonly versions: string;
}

/** Checks a document. Rejects only when the scratch database fails. */
export async function checkDocument(check: DocumentCheck): Promise<CheckOutcome> {
  const checker = check.scratch === null ? `${check.versions}, without the meaning` : check.versions;
  const decoded = decode(check.document);
  const findings = decoded instanceof DecodeError ? [formFinding(decoded)] : await judge(decoded, check);
  return { kind: 'checked', findings: sortFindings(findings), checker };
}

// Each layer only after the one before has nothing to say: it relies on that.
async function judge(document: ContractDocument, check: DocumentCheck): Promise<readonly Finding[]> {
  const contract = packageOfContract(document);
  const syntax = await checkSyntax(contract);
  if (syntax.length > 0) return syntax;
  const build = await checkBuild(document);
  if (build.length > 0 || check.scratch === null) return build;
  const base = check.baseDocument === null ? null : requireDocument(check.baseDocument);
  return checkSemantics(contract, check.scratch, {
    ...(base === null ? {} : { previous: base }),
    others: check.usedDocuments.map(requireDocument),
  });
}

function requireDocument(text: string): ContractDocument {
  return decodeContractDocument(Buffer.from(text, 'utf8'));
}

function decode(text: string): ContractDocument | DecodeError {
  try {
    return requireDocument(text);
  } catch (error) {
    if (error instanceof DecodeError) return error;
    throw error;
  }
}

function formFinding(error: DecodeError): Finding {
  return {
    rule: 'document',
    layer: 'B0',
    file: 'contract.json',
    line: 1,
    column: 1,
    construct: 'the document',
    message: error.message,
    remedy: 'Build it with `bucordo contract build` and propose what comes out.',
  };
}
