/** `bucordo member invite|join|leave|expel|administrators`: members come, go, and rule themselves. */
import { Command } from 'commander';
import { administrate } from '../administration.ts';
import { optionsOf, outputOf, profileFor, wholeNumber } from '../command-context.ts';
import { usageError } from '../command-error.ts';
import { commandLine } from '../command-line.ts';
import { requireSameNetwork } from '../network/network-binding.ts';
import { formatFields } from '../output/table.ts';
import type { LoadedProfile } from '../profile.ts';
import type { ProposedDecision } from '../proposal/proposed-decision.ts';
import { readJsonFile } from '../read-json-file.ts';

/** The subcommands. */
export function memberStepCommands(): Command[] {
  return [inviteCommand(), joinCommand(), leaveCommand(), expelCommand(), administratorsCommand()];
}

function inviteCommand(): Command {
  return new Command('invite')
    .argument('<file>', 'what the new member has written about itself: its member.json')
    .description('propose a new member to the others')
    .addHelpText(
      'after',
      `
The way of a new member:
  bucordo network invitation acme.json               here: what the new member needs to know
  bucordo network join carrier --invitation acme.json --member carrier --class carrier
                                                     there: its folder, keys and member.json
  bucordo member invite carrier/member.json          here: the others approve and submit the proposal
  bucordo start carrier/node.json                    there: its node catches up
  bucordo member join --network-dir carrier          there: from now on it has a vote`,
    )
    .action((file: string, _options: object, self: Command) => {
      const { member, name, document } = readMemberFile(file, profileFor(optionsOf(self)));
      return proposeDecision(self, {
        kind: 'admit',
        title: `Admit ${name} (${member})`,
        document,
        baseVersion: null,
      });
    });
}

function joinCommand(): Command {
  return new Command('join')
    .description('take part from now on: signed by an administrator of the member that was invited')
    .action((_options: object, self: Command) =>
      administrate(self, { name: 'join', args: {}, done: 'the member takes part', isFirst: true }),
    );
}

function leaveCommand(): Command {
  return new Command('leave')
    .description("leave the network: the own member's keys end, its data stays")
    .option('--yes', 'without it, this only says what would happen')
    .action((options: { yes?: boolean }, self: Command) => {
      if (options.yes !== true)
        throw usageError(
          'all keys of the own member would end, and neither it nor they could come back',
          `If that is what you want: ${commandLine('member', 'leave', '--yes')}`,
        );
      return administrate(self, { name: 'leave', args: {}, done: 'the member has left' });
    });
}

function expelCommand(): Command {
  return new Command('expel')
    .argument('<member>', 'id of the member')
    .argument('<reason>', 'why, up to 4,096 bytes')
    .description('propose to the others that a member takes part no more; its data stays')
    .action(async (member: string, reason: string, _options: object, self: Command) => {
      const { expelDocument } = await import('../proposal/decision-document.ts');
      const document = expelDocument(member, reason);
      return proposeDecision(self, { kind: 'expel', title: `Expel ${member}`, document, baseVersion: null });
    });
}

function administratorsCommand(): Command {
  return new Command('administrators')
    .argument(
      '<needed>',
      'how many of them, 1 to 100',
      wholeNumber({ name: 'the number of administrators', min: 1, max: 100 }),
    )
    .description('how many administrators of the own member a change of it needs')
    .action((needed: number, _options: object, self: Command) =>
      administrate(self, {
        name: 'set_administrators',
        args: { needed },
        done: `changes need ${needed} administrators`,
      }),
    );
}

async function proposeDecision(command: Command, decision: ProposedDecision): Promise<void> {
  const options = optionsOf(command);
  const output = outputOf(options);
  const { withConnection } = await import('../connection.ts');
  const { propose } = await import('../proposal/proposed-decision.ts');
  await withConnection(options, async (connection) => {
    const { proposal, receipt } = await propose(connection, decision);
    output.result(
      {
        proposal: proposal.number,
        documentHash: proposal.documentHash,
        identity: connection.identity,
        transactionId: receipt.transactionId,
        height: receipt.height,
      },
      () =>
        formatFields([
          ['proposal', `${proposal.number}: ${decision.title}`],
          ['document', proposal.documentHash],
          ['policy', proposal.policy],
        ]),
    );
    output.note(
      `\nEach member's administrator decides: ${commandLine('proposal', 'show', proposal.number)}, then approve ${proposal.number}; last: ${commandLine('proposal', 'submit', proposal.number)}`,
    );
  });
}

/** The description of a member as the members decide about it: what its file says but for the network that it was written for. */
function readMemberFile(
  file: string,
  { profile }: LoadedProfile,
): { member: string; name: string; document: string } {
  const value = readJsonFile(file, 'Name the member.json that the new member has sent.');
  const fields = new Map<string, unknown>(
    typeof value === 'object' && value !== null ? Object.entries(value) : [],
  );
  const [member, name, network] = ['member', 'name', 'network'].map((key) => fields.get(key));
  if (typeof member !== 'string' || typeof name !== 'string')
    throw usageError(
      `${file} is no description of a member`,
      `Have the new member make it: ${commandLine('network', 'join', '--help')}`,
    );
  if (network !== undefined) requireSameNetwork(`${file} is`, String(network), profile.network);
  fields.delete('network');
  return { member, name, document: `${JSON.stringify(Object.fromEntries(fields), null, 2)}\n` };
}
