/**
 * The steps by which administrators decide about a proposal: `comment`, `approve`, `reject`,
 * `submit`, `withdraw`. Each is one signed transaction, and says how the proposal stands afterwards.
 */
import { Command } from 'commander';
import { optionsOf, outputOf, type SharedOptions } from '../command-context.ts';
import { CommandError, usageError } from '../command-error.ts';
import { commandLine } from '../command-line.ts';
import type { WatchedConnection } from '../connection.ts';
import { exitRejected } from '../exit-codes.ts';
import { formatFields } from '../output/table.ts';
import type { ProposalStory } from '../proposal/proposal-records.ts';
import { whatIsProposed } from './proposal-list.ts';

/** `bucordo proposal comment`. */
export function proposalCommentCommand(): Command {
  return stepCommand('comment')
    .argument('<text>', 'what to say, up to 4,096 bytes')
    .description('say something about an open proposal')
    .action((number: string, body: string, _options: object, self: Command) =>
      run(self, number, { name: 'comment', done: 'commented', args: () => ({ body }) }),
    );
}

/** `bucordo proposal approve`. */
export function proposalApproveCommand(): Command {
  return stepCommand('approve')
    .description('approve exactly the document that this node shows')
    .option('--hash <hex>', 'refuse unless the document has this hash')
    .addHelpText(
      'after',
      '\nThe hash of the document is computed here and signed, so nobody can put another text under your approval.\nA ballot can be changed while the proposal is open: the newest counts.',
    )
    .action((number: string, { hash }: { hash?: string }, self: Command) =>
      run(self, number, {
        name: 'approve',
        done: 'approved',
        args: async (story) => ({ document_hash: await approvedHash(story, hash) }),
      }),
    );
}

/** `bucordo proposal reject`. */
export function proposalRejectCommand(): Command {
  return stepCommand('reject')
    .argument('<reason>', 'why, up to 4,096 bytes')
    .description('reject an open proposal, with the reason')
    .action((number: string, reason: string, _options: object, self: Command) =>
      run(self, number, { name: 'reject', done: 'rejected', args: () => ({ reason }) }),
    );
}

/** `bucordo proposal submit`. */
export function proposalSubmitCommand(): Command {
  return stepCommand('submit')
    .description('have a proposal carried out that enough members have approved')
    .action((number: string, _options: object, self: Command) =>
      run(self, number, { name: 'submit', done: 'submitted', args: () => ({}) }),
    );
}

/** `bucordo proposal withdraw`. */
export function proposalWithdrawCommand(): Command {
  return stepCommand('withdraw')
    .description('take back an open proposal of the own member')
    .action((number: string, _options: object, self: Command) =>
      run(self, number, { name: 'withdraw', done: 'withdrawn', args: () => ({}) }),
    );
}

/** A step as a transaction. */
interface Step {
  /** Function of the contract `bucordo`. */
  readonly name: string;
  /** What has happened once it is committed. */
  readonly done: string;
  /** Its arguments beside the proposal's number. */
  readonly args: (story: ProposalStory) => Promise<Record<string, string>> | Record<string, string>;
}

function stepCommand(name: string): Command {
  return new Command(name).argument('<number>', 'number of the proposal');
}

async function run(command: Command, text: string, step: Step): Promise<void> {
  const options = optionsOf(command);
  const number = proposalNumber(text);
  const { withConnection } = await import('../connection.ts');
  await withConnection(options, (connection) => perform(options, connection, { number, step }));
}

async function perform(
  options: SharedOptions,
  { client, identity, endpoint, timeoutMs, watch }: WatchedConnection,
  { number, step }: { number: number; step: Step },
): Promise<void> {
  const { readProposalStory } = await import('../proposal/proposal-records.ts');
  const before = await readProposalStory(client, number, { timeoutMs });
  const args = { proposal: number, ...(await step.args(before)) };
  watch.submitted({ transactionId: null, wait: 'committed' });
  const receipt = await client.call('bucordo', step.name, args, { timeoutMs });
  const { proposal } = await readProposalStory(client, number, { timeoutMs });
  const output = outputOf(options);
  output.result(
    {
      proposal: number,
      done: step.done,
      status: proposal.status,
      outcome: proposal.outcome,
      reason: proposal.reason,
      localReason: proposal.localReason,
      tally: proposal.tally,
      identity,
      transactionId: receipt.transactionId,
      height: receipt.height,
    },
    () =>
      formatFields([
        ['proposal', `${number}: ${whatIsProposed(proposal)}`],
        [step.done, `by ${identity} at height ${receipt.height}`],
        ['status', proposal.status],
        ...(proposal.tally === null ? [] : [['members', proposal.tally] as const]),
        ...(proposal.outcome === null ? [] : [['outcome', proposal.outcome] as const]),
        ...(proposal.reason === null ? [] : [['reason', proposal.reason] as const]),
        ...(proposal.localReason === null
          ? []
          : [[`in the words of ${endpoint.id}`, proposal.localReason] as const]),
      ]),
  );
  output.note(`\n${nextStep(proposal)}`);
}

/** What to do next about a proposal. */
export function nextStep({
  number,
  status,
  isOutdated,
  approvals,
  needed,
}: ProposalStory['proposal']): string {
  if (isOutdated)
    return `The contract has changed since: ${commandLine('proposal', 'withdraw', number)}, and propose anew on the version that runs.`;
  switch (status) {
    case 'open':
      return (approvals ?? 0) >= (needed ?? 1)
        ? `Enough have approved: ${commandLine('proposal', 'submit', number)}`
        : `An administrator of each member decides: ${commandLine('proposal', 'show', number)}, then approve ${number} or reject ${number} "reason"`;
    case 'active':
      return `It is in force. The whole story: ${commandLine('proposal', 'show', number)}`;
    case 'failed':
      return `It could not be carried out, and nothing was changed; put it right and propose it again. The whole story: ${commandLine('proposal', 'show', number)}`;
    case 'accepted':
      return `It is being carried out: ${commandLine('proposal', 'show', number)}`;
    default:
      return `It is ${status}. The whole story: ${commandLine('proposal', 'show', number)}`;
  }
}

async function approvedHash(
  { proposal, document }: ProposalStory,
  wanted: string | undefined,
): Promise<string> {
  const { decisionHash, toHex, toUtf8 } = await import('@bucordo/protocol');
  const hash = toHex(decisionHash(proposal.kind, toUtf8(document)));
  if (hash !== proposal.documentHash)
    throw new CommandError(
      {
        code: 'document_differs',
        exitCode: exitRejected,
        hint: 'This node shows another document than the members decide about. Ask another node: --node',
        facts: { proposal: proposal.number, hash, documentHash: proposal.documentHash },
      },
      `the document of proposal ${proposal.number} that this node shows has the hash ${hash}, not ${proposal.documentHash}`,
    );
  if (wanted !== undefined && wanted !== hash)
    throw usageError(
      `the document of proposal ${proposal.number} has the hash ${hash}, not ${wanted}`,
      `Read it again: ${commandLine('proposal', 'show', proposal.number)}`,
      { proposal: proposal.number },
    );
  return hash;
}

/** The number of a proposal as typed. */
export function proposalNumber(text: string): number {
  if (/^[1-9][0-9]{0,14}$/.test(text)) return Number(text);
  throw usageError(
    `${text} is no number of a proposal`,
    `See which there are: ${commandLine('proposal', 'list')}`,
  );
}
