/** Proposes decisions: builds the document of each kind and submits it in a signed transaction. */
import { readFileSync, statSync } from 'node:fs';
import type { Receipt } from '@bucordo/client';
import { type DecisionKind, decodeContractDocument, fromUtf8 } from '@bucordo/protocol';
import { notFoundError, usageError } from '../command-error.ts';
import { commandLine } from '../command-line.ts';
import type { Connection, WatchedConnection } from '../connection.ts';
import { retireDocument } from './decision-document.ts';
import { type ProposalRecord, readProposalStory, readRunningVersion } from './proposal-records.ts';

/** What is proposed. */
export interface ProposedDecision {
  readonly kind: DecisionKind;
  readonly title: string;
  /** To the byte. */
  readonly document: string;
  /** Version of the contract that runs; null where none does, and for decisions about something else. */
  readonly baseVersion: string | null;
}

/** Submits a proposal and waits until it is in a block. */
export async function propose(
  { client, timeoutMs, watch }: WatchedConnection,
  { kind, title, document, baseVersion }: ProposedDecision,
): Promise<{ proposal: ProposalRecord; receipt: Receipt }> {
  const args = { kind, title, document, base_version: baseVersion };
  watch.submitted({ transactionId: null, wait: 'committed' });
  const receipt = await client.call('bucordo', 'propose', args, { timeoutMs });
  const { proposal } = await readProposalStory(client, Number(receipt.result), { timeoutMs });
  return { proposal, receipt };
}

/** A contract from its folder, which is built, or from a document that was built, on the version that runs. */
export async function deployDecision(
  { client, timeoutMs }: Connection,
  path: string,
): Promise<ProposedDecision> {
  const bytes = await documentAt(path);
  const { name, version } = decodeContractDocument(bytes);
  const baseVersion = await readRunningVersion(client, name, { timeoutMs });
  const title =
    baseVersion === null ? `New contract ${name} ${version}` : `${name} ${baseVersion} to ${version}`;
  return { kind: 'deploy', title, document: fromUtf8(bytes), baseVersion };
}

/** That a contract can be called no more. Fails when none of this name runs. */
export async function retireDecision(
  { client, timeoutMs }: Connection,
  contract: string,
): Promise<ProposedDecision> {
  const version = await readRunningVersion(client, contract, { timeoutMs });
  if (version === null)
    throw notFoundError(`no contract ${contract} runs`, `Which do: ${commandLine('network', 'show')}`, {
      contract,
    });
  const document = retireDocument(contract, version);
  return { kind: 'retire', title: `Retire ${contract} ${version}`, document, baseVersion: version };
}

async function documentAt(path: string): Promise<Uint8Array> {
  const found = statSync(path, { throwIfNoEntry: false });
  if (found === undefined)
    throw usageError(
      `${path} does not exist`,
      'Name the folder of a contract, or a document that was built.',
    );
  if (found.isFile()) return readFileSync(path);
  const { BuildError, buildContract, PackageError, readPackage } = await import('@bucordo/contract');
  try {
    return (await buildContract(readPackage(path))).bytes;
  } catch (error) {
    if (error instanceof PackageError || error instanceof BuildError)
      throw usageError(error.message, error.remedy, { path });
    throw error;
  }
}
