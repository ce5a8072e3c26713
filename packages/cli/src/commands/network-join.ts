/** `bucordo network join`: makes the folder of a new member from an invitation. */
import { basename, join, resolve } from 'node:path';
import { Command } from 'commander';
import { optionsOf, outputOf, wholeNumber } from '../command-context.ts';
import { usageError } from '../command-error.ts';
import { commandLine, nearPath, shownPath } from '../command-line.ts';
import { checkHost } from '../network/network-description.ts';
import { formatFields } from '../output/table.ts';

interface JoinOptions {
  readonly invitation: string;
  readonly member: string;
  readonly class?: string;
  readonly title?: string;
  readonly administrator: string;
  readonly host?: string;
  readonly text: string;
  readonly port: number;
}

/** The command. */
export function networkJoinCommand(): Command {
  return new Command('join')
    .argument('<directory>', 'the folder to make')
    .description('make the folder of a new member: keys, certificates, configuration, member.json')
    .requiredOption('--invitation <file>', 'what a member has sent: bucordo network invitation')
    .requiredOption('--member <id>', 'id of the new member')
    .option('--class <class>', 'its class (default: its id)')
    .option('--title <name>', 'its name for people (default: its id)')
    .option('--administrator <name>', 'its first administrator, whose key is made here', 'admin')
    .option('--host <name>', 'under which its node is reached (default: this machine only)')
    .option('--text <text>', 'what the other members should know', '')
    .option(
      '--port <number>',
      'first of three ports',
      wholeNumber({ name: '--port', min: 1024, max: 65_000 }),
      4710,
    )
    .addHelpText(
      'after',
      '\nExample:\n  bucordo network join carrier --invitation acme.json --member carrier --class carrier --host node.carrier.example',
    )
    .action((directory: string, _options: object, self: Command) => run(self, directory));
}

async function run(command: Command, directory: string): Promise<void> {
  const options = optionsOf<JoinOptions>(command);
  for (const name of [options.member, options.class ?? options.member, options.administrator])
    requireName(name);
  if (options.host !== undefined) checkHost(options.host);
  const { createJoinFolder } = await import('../network/join-folder.ts');
  const { readInvitation } = await import('../network/invitation.ts');
  const made = await createJoinFolder({
    directory: resolve(directory),
    invitation: readInvitation(options.invitation),
    member: {
      id: options.member,
      name: options.title ?? options.member,
      class: options.class ?? options.member,
      administrator: options.administrator,
      host: options.host,
      text: options.text,
    },
    ports: { client: options.port, peer: options.port + 1, http: options.port + 2 },
  });
  const output = outputOf(options);
  output.result({ ...made, member: options.member }, () =>
    formatFields([
      ['network', made.network],
      ['member', options.member],
      ['to hand over', shownPath(made.memberFile)],
    ]),
  );
  output.note(
    [
      '\nCompare the id of the network with what a member tells you over another way. Then:',
      `  send ${shownPath(made.memberFile)} to a member, who proposes it: ${commandLine('member', 'invite', basename(made.memberFile))}`,
      `  when the others have agreed: ${commandLine('start', nearPath(made.configFile, process.cwd()))}`,
      `  and take part: ${commandLine('member', 'join', '--network-dir', nearPath(directory, process.cwd()))}`,
      `${shownPath(join(directory, 'authority.key.pem'))} and the keys are secrets: they stay here.`,
    ].join('\n'),
  );
}

function requireName(name: string): void {
  if (!/^[a-z][a-z0-9_-]{0,62}$/.test(name))
    throw usageError(
      `${name} is no name for a member, a class or an identity`,
      'Lower-case letters, digits, - and _, beginning with a letter.',
    );
}
