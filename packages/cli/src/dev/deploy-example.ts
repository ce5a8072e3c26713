/**
 * The members of an example deploy its contracts by decision, like others: the first one's administrator
 * proposes, all administrators approve the hash of the document, and it is submitted.
 */

import { buildContract, type ContractPackage, checkSyntax } from '@bucordo/contract';
import { contractHash, encodeContractDocument, toHex } from '@bucordo/protocol';
import { faultError, usageError } from '../command-error.ts';
import { commandLine } from '../command-line.ts';
import type { ExampleCall, ExampleQuery } from './example.ts';

/** What deploying needs of a running network. */
export interface Deployment {
  /** All members; the first one proposes. */
  readonly members: readonly string[];
  /** Submits one call as `identity`. */
  readonly call: (identity: string, call: ExampleCall) => Promise<{ height: number | null; result: unknown }>;
  readonly query: ExampleQuery;
  /** Told in a line what has happened. */
  readonly note: (line: string) => void;
  readonly contract: ContractPackage;
}

/** Checks, builds and decides; does nothing when this version or a later one runs. */
export async function deployByDecision(deployment: Deployment): Promise<void> {
  const { members, call, query, note, contract } = deployment;
  const { name, version } = contract.manifest;
  const findings = await checkSyntax(contract);
  if (findings.length > 0)
    throw faultError(
      `the contract ${name} has ${findings.length} findings`,
      `See: ${commandLine('contract', 'check')}`,
    );
  const { document } = await buildContract(contract);
  const bytes = encodeContractDocument(document);
  const hash = toHex(contractHash(bytes));
  const running = await runningVersion(query, name);
  if (running !== null && !isLater(version, running.version)) {
    if (running.version === version && running.hash !== hash) throw otherText(name, version);
    return;
  }
  const decide = (member: string, step: string, args: ExampleCall['args']) =>
    call(`${member}/admin`, { contract: 'bucordo', function: step, args });
  const [proposer = ''] = members;
  const proposed = await decide(proposer, 'propose', {
    kind: 'deploy',
    title: `${name} ${version}`,
    document: Buffer.from(bytes).toString('utf8'),
    base_version: running?.version ?? null,
  });
  const proposal = Number(proposed.result);
  await Promise.all(members.map((member) => decide(member, 'approve', { proposal, document_hash: hash })));
  const { height } = await decide(proposer, 'submit', { proposal });
  const [decided] = await query(
    `SELECT p.status, p.outcome, p.reason FROM bucordo.proposal AS p WHERE p.number = ${proposal}`,
  );
  if (decided?.['status'] !== 'active')
    throw faultError(
      `the deployment of ${name} ${version} is ${String(decided?.['status'])}: ${String(decided?.['outcome'])} ${String(decided?.['reason'] ?? '')}`,
      `See: ${commandLine('proposal', 'show', proposal)}`,
    );
  const how =
    running === null ? 'deployed' : `upgraded from ${running.version} under load, with its migration`;
  note(
    `Contract ${name} ${version} (${hash.slice(0, 12)}…) ${how}: proposed by ${proposer}/admin, approved by ${members.join(', ')}, decided in block ${height}.`,
  );
}

async function runningVersion(
  query: ExampleQuery,
  name: string,
): Promise<{ version: string; hash: string } | null> {
  const rows = await query(
    `SELECT r.version, encode(r.hash, 'hex') AS hash FROM bucordo.running_contract AS r WHERE r.name = '${name}'`,
  );
  const [row] = rows;
  return row === undefined ? null : { version: String(row['version']), hash: String(row['hash']) };
}

function isLater(version: string, than: string): boolean {
  const [a, b] = [version, than].map((text) => text.split('.').map(Number));
  for (let part = 0; part < 3; part++) {
    const difference = (a?.[part] ?? 0) - (b?.[part] ?? 0);
    if (difference !== 0) return difference > 0;
  }
  return false;
}

function otherText(name: string, version: string): Error {
  return usageError(
    `this network runs another text of ${name} ${version}`,
    'A text that differs needs a version of its own: raise `version` in contract.json. Or run it in a network of its own: --dir DIR',
  );
}
