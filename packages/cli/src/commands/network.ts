/** `bucordo network`: makes a network to hand out, and shows the one at hand. */
import { basename, join, resolve } from 'node:path';
import { Command } from 'commander';
import { collect, optionsOf, outputOf, wholeNumber } from '../command-context.ts';
import { usageError } from '../command-error.ts';
import { commandLine, nearPath, shownPath } from '../command-line.ts';
import {
  describeNetwork,
  type NetworkDescription,
  readNetworkDescription,
} from '../network/network-description.ts';
import { formatFields } from '../output/table.ts';
import { networkInvitationCommand } from './network-invitation.ts';
import { networkJoinCommand } from './network-join.ts';
import { networkNodeCommand } from './network-node.ts';
import { networkShowCommand } from './network-show.ts';

interface NewOptions {
  readonly from?: string;
  readonly name: string;
  readonly member?: string[];
  readonly identity?: string[];
  readonly contract?: string[];
  readonly port: number;
}

const newHelp = `
Examples:
  bucordo network new acme --member buyer --member seller --contract contracts/notes
  bucordo network new acme --member buyer --identity buyer/alice:purchaser+admin:<her public key>
  bucordo network new acme --from network.json

network.json:
  {"name":"acme","contracts":["contracts/notes"],
   "members":[{"id":"buyer","class":"buyer","host":"node.buyer.example",
               "identities":[{"name":"alice","roles":["purchaser"]}]},
              {"id":"seller","identities":[{"name":"bob","roles":["clerk"],"key":"<64 hex digits>"}]}]}

An identity with a key keeps its secret to itself; for the others a key is made here.`;

/** The command with its subcommands. */
export function networkCommand(): Command {
  const command = new Command('network')
    .description('make a network, show the one at hand')
    .helpGroup('Set up:');
  command
    .command('new <directory>')
    .description('write the genesis and a folder for each member: configuration, keys, certificates')
    .option('--from <file>', 'description of the network as JSON (instead of the options below)')
    .option('--name <name>', "the network's name (default: that of the folder)")
    .option('--member <id[:class]>', 'a member; the first one orders (several)', collect)
    .option('--identity <member/name:roles>', 'an identity with its roles, joined by + (several)', collect)
    .option('--contract <directory>', 'a contract package (several)', collect)
    .option(
      '--port <number>',
      'first port; every member takes three',
      wholeNumber({ name: '--port', min: 1024, max: 65_000 }),
      4710,
    )
    .addHelpText('after', newHelp)
    .action((directory: string, _options: object, self: Command) => make(self, directory));
  command.addCommand(networkShowCommand());
  command.addCommand(networkNodeCommand());
  command.addCommand(networkInvitationCommand());
  command.addCommand(networkJoinCommand());
  return command;
}

async function make(command: Command, directory: string): Promise<void> {
  const options = optionsOf<NewOptions>(command);
  const description = descriptionOf(options, directory);
  const { createNetwork, handOverLayout, writeMemberProfiles } = await import('../network/network-folder.ts');
  const layout = handOverLayout(resolve(directory));
  const created = await createNetwork({ layout, description, ports: portsOf(description, options.port) });
  writeMemberProfiles({ layout, description, created });
  const folders = description.members.map(({ id }) => ({
    member: id,
    directory: layout.memberDirectory(id),
  }));
  outputOf(options).result(
    { network: created.network, genesis: join(layout.directory, 'genesis.json'), members: folders },
    () => handOut(description, { network: created.network, folders }),
  );
}

function descriptionOf(options: NewOptions, directory: string): NetworkDescription {
  const { member: members = [], identity: identities = [], contract: contracts = [] } = options;
  if (options.from === undefined) {
    const name = options.name ?? basename(resolve(directory));
    return describeNetwork({ name, members, identities, contracts });
  }
  if (members.length + identities.length + contracts.length > 0)
    throw usageError('--from excludes --member, --identity and --contract', 'Write them into the file.');
  return readNetworkDescription(options.from);
}

/** Members with a host of their own all take the same three ports; those on this machine take turns. */
function portsOf(
  description: NetworkDescription,
  first: number,
): { client: number; peer: number; http: number }[] {
  let next = first;
  return description.members.map((member) => {
    const from = member.host === undefined ? next : first;
    if (member.host === undefined) next += 3;
    return { client: from, peer: from + 1, http: from + 2 };
  });
}

function handOut(
  description: NetworkDescription,
  made: { network: string; folders: readonly { member: string; directory: string }[] },
): string {
  const lines = made.folders.map(
    ({ member, directory }) =>
      `  ${member}: the folder ${shownPath(directory)}, over a safe way, and to nobody else; then\n    ${commandLine('start', nearPath(join(directory, 'node.json'), process.cwd()))}`,
  );
  return [
    formatFields([
      ['network', description.name],
      ['id', made.network],
      ['orders', made.folders[0]?.member ?? ''],
    ]),
    '',
    'Hand out:',
    ...lines,
    '',
    'Every member compares the id above with what its own copy says, in its folder:',
    `    ${commandLine('network', 'show')}`,
    'Delete the folders here once they are handed out: they hold secrets.',
  ].join('\n');
}
