/**
 * Wires the advisor of a node: where it finds proposals, where it checks them, and how its member's
 * node reports to the others, if the member wants that.
 */

import { randomBytes } from 'node:crypto';

import type { Admission } from '../admission/admission.ts';
import { Advisor } from '../advice/advisor.ts';
import { CHECK_LIMITS, runCheck } from '../advice/check-runner.ts';
import type { Advice, CheckOutcome, ProposedContract } from '../advice/ports.ts';
import { signReport } from '../advice/report-transaction.ts';
import { ProposalReader } from '../execution/proposal-reader.ts';
import { connect } from '../postgres/connection.ts';
import { openScratchDatabase } from '../postgres/scratch-database.ts';
import { ROLES } from '../postgres/set-up.ts';
import type { AdviceWork } from './advice-worker.ts';
import type { NodeContext } from './node-context.ts';
import type { NodeDatabase } from './node-database.ts';

/** What the advisor needs of the node. */
export interface AdviceParts {
  readonly database: NodeDatabase;
  readonly admission: Admission;
  /** Height of the last committed block. */
  readonly height: () => number;
}

/** Blocks for which a report may wait to be ordered. */
const REPORT_VALID_BLOCKS = 10_000;

/** Opens the advisor; it begins with `start`. */
export function openAdvice(parts: AdviceParts, context: NodeContext): Advisor {
  const { config, closing, log } = context;
  const proposals = new ProposalReader(() => connect(parts.database.connection(ROLES.node)));
  closing.add('proposals', () => proposals.close());
  const advisor = new Advisor({
    openDeploys: (after) => proposals.openDeploys(after),
    check: (deploy, signal) => check(deploy, parts.database, signal),
    publish: config.advice.report ? (advice) => publish(advice, proposals, parts, context) : null,
    height: parts.height,
    log,
  });
  closing.add('advice', () => advisor.stop());
  return advisor;
}

/** The meaning is only checked where the server is the node's own: the check needs a database of its own there. */
async function check(
  { document, baseDocument, usedDocuments }: ProposedContract,
  database: NodeDatabase,
  signal: AbortSignal,
): Promise<CheckOutcome> {
  try {
    const scratch = database.isEmbedded ? await openScratchDatabase(database.setUp) : null;
    const work: AdviceWork = { document, baseDocument, usedDocuments, scratch };
    return await runCheck({ program: workerProgram(), work }, CHECK_LIMITS, signal);
  } catch (error) {
    return { kind: 'unchecked', reason: error instanceof Error ? error.message : String(error) };
  }
}

// Threads cannot be started from the sources, which tests run.
function workerProgram(): URL {
  const built = import.meta.url.endsWith('.ts') ? '../../dist/wiring/advice-worker.js' : './advice-worker.js';
  return new URL(built, import.meta.url);
}

// After a restart the node checks again what it has reported already.
async function publish(
  advice: Advice,
  proposals: ProposalReader,
  { admission, height }: AdviceParts,
  { enrolment, log }: NodeContext,
): Promise<void> {
  const { proposal, reportHash } = advice;
  if (await proposals.isReported({ proposal, reportHash, member: enrolment.member })) return;
  const transaction = signReport(enrolment.key, advice, {
    network: enrolment.network,
    validUntil: height() + REPORT_VALID_BLOCKS,
    nonce: randomBytes(16),
  });
  const outcomes = (batch: readonly { readonly code: string; readonly message: string }[]): void => {
    for (const { code, message } of batch) {
      if (code !== '') log.warn({ proposal, code, reason: message }, 'a report on a proposal was refused');
    }
  };
  admission.submitTransactions([transaction], { first: 0, level: 'ordered' }, { outcomes });
}
