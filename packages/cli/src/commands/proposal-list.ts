/** `bucordo proposal list`: what is open, and how it stands. */
import { Command } from 'commander';
import { optionsOf, outputOf } from '../command-context.ts';
import { commandLine } from '../command-line.ts';
import { formatTable } from '../output/table.ts';
import type { ProposalRecord } from '../proposal/proposal-records.ts';

interface ListOptions {
  readonly all?: boolean;
}

/** Most proposals that are listed: the newest. */
const rowsMax = 1_000;

/** The command. */
export function proposalListCommand(): Command {
  return new Command('list')
    .description('open proposals, newest first')
    .option('--all', 'also those that are decided or withdrawn')
    .addHelpText('after', '\nExample:\n  bucordo proposal list --all --node member2')
    .action((_options: object, self: Command) => run(self));
}

async function run(command: Command): Promise<void> {
  const options = optionsOf<ListOptions>(command);
  const all = options.all ?? false;
  const { withConnection } = await import('../connection.ts');
  const { readProposals } = await import('../proposal/proposal-records.ts');
  await withConnection(options, async ({ client, endpoint, timeoutMs }) => {
    const proposals = await readProposals(client, { all, rowsMax, timeoutMs });
    const output = outputOf(options);
    output.result({ node: endpoint.id, proposals }, () => formatList(proposals, all));
    if (proposals.length > 0)
      output.note(`\nThe whole of one: ${commandLine('proposal', 'show', proposals[0]?.number ?? 1)}`);
  });
}

function formatList(proposals: readonly ProposalRecord[], all: boolean): string {
  if (proposals.length === 0)
    return all
      ? `No proposals yet. Make one: ${commandLine('proposal', 'new', '--help')}`
      : `No open proposals. Earlier ones: ${commandLine('proposal', 'list', '--all')}`;
  return formatTable({
    columns: ['number', 'status', 'what', 'title', 'proposed by', 'stands'],
    rows: proposals.map((proposal) => [
      proposal.number,
      proposal.isOutdated ? 'outdated' : proposal.status,
      whatIsProposed(proposal),
      proposal.title,
      proposal.proposedBy,
      standOf(proposal),
    ]),
  });
}

/** A proposal in a few words: `deploy notes 1.1.0`. */
export function whatIsProposed({ kind, subject, version }: ProposalRecord): string {
  if (kind === 'limits') return 'limits';
  if (kind === 'rules') return `rules ${version ?? ''}`;
  return version === null ? `${kind} ${subject}` : `${kind} ${subject} ${version}`;
}

function standOf({ status, approvals, needed }: ProposalRecord): string {
  return status === 'open' ? `${approvals ?? 0} of ${needed ?? 0} approvals` : '';
}
