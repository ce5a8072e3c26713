/** `bucordo member`: members come and go, and those of the running `bucordo dev` are stopped and started. */
import { Command, Option } from 'commander';
import { optionsOf, outputOf, profileFor, type SharedOptions } from '../command-context.ts';
import { usageError } from '../command-error.ts';
import { commandLine } from '../command-line.ts';
import { askControl, controlSocketPath, type MemberProcess } from '../dev/control.ts';
import { isDevDirectory } from '../dev/network-directory.ts';
import { devCommandLine } from '../how-to-start.ts';
import { formatTable } from '../output/table.ts';
import { endpointOf } from '../profile.ts';
import { memberStepCommands } from './member-steps.ts';

/** The command with its subcommands. */
export function memberCommand(): Command {
  const command = new Command('member')
    .description('invite, join, leave, expel; stop and start those of the running bucordo dev')
    .helpGroup('Members and identities:');
  command
    .command('stop <member>')
    .description('stop the node of a member; the others go on')
    .addOption(new Option('--kill', 'end it as a crash would (SIGKILL)'))
    .addHelpText(
      'after',
      '\nExample: see a member catch up\n  bucordo member stop carriers\n  bucordo call …\n  bucordo member start carriers && bucordo status',
    )
    .action((member: string, options: { kill?: boolean }, self: Command) =>
      run(self, options.kill === true ? 'kill' : 'stop', member),
    );
  command
    .command('start <member>')
    .description('start the node of a member; it catches up with the others')
    .action((member: string, _options: object, self: Command) => run(self, 'start', member));
  command
    .command('list')
    .description('the processes of the members of the running bucordo dev')
    .action((_options: object, self: Command) => list(self));
  for (const step of memberStepCommands()) command.addCommand(step);
  return command;
}

async function run(command: Command, verb: 'stop' | 'kill' | 'start', member: string): Promise<void> {
  const options = optionsOf(command);
  const loaded = profileFor(options);
  endpointOf(loaded.profile, member);
  const before = (await processes(options)).find((process) => process.member === member);
  if (before?.running === (verb === 'start'))
    throw usageError(
      `${member} ${before.running ? 'runs already' : 'does not run'}`,
      `See which do: ${commandLine('member', 'list')}`,
      { member },
    );
  const members = await askControl(controlSocketPath(loaded.directory), { command: verb, member });
  show(options, members);
}

async function list(command: Command): Promise<void> {
  const options = optionsOf(command);
  show(options, await processes(options));
}

function processes(options: SharedOptions): Promise<readonly MemberProcess[]> {
  const { directory } = profileFor(options);
  const hint = isDevDirectory(directory)
    ? `Start it, with all that is in it: ${devCommandLine(directory)}`
    : 'The nodes of this network are started each by itself, where it runs: `bucordo start`';
  return askControl(controlSocketPath(directory), { command: 'list' }, hint);
}

function show(options: SharedOptions, members: readonly MemberProcess[]): void {
  outputOf(options).result({ members }, () =>
    formatTable({
      columns: ['member', 'state', 'process', 'why'],
      rows: members.map(({ member, running, processId, ended }) => [
        member,
        stateOf(running, ended),
        processId,
        ended,
      ]),
    }),
  );
}

function stateOf(running: boolean, ended: string | null): string {
  if (running) return 'running';
  return ended === null ? 'stopped' : 'ended';
}
