/**
 * The program `bucordo`: its commands and the options that all of them share. Declares only; the
 * parts that talk to nodes are loaded by the command that needs them, so that help and completion
 * answer at once.
 */
import { readFileSync } from 'node:fs';
import { Command } from 'commander';
import { timeoutSecondsDefault, wholeNumber } from './command-context.ts';
import { helpAsCalled, rememberNetwork } from './command-line.ts';
import { backupCommand, restoreCommand } from './commands/backup.ts';
import { blockCommand } from './commands/block.ts';
import { callCommand } from './commands/call.ts';
import { certificateCommand } from './commands/certificate.ts';
import { completeCommand, completionCommand } from './commands/completion.ts';
import { contractCommand } from './commands/contract.ts';
import { devCommand } from './commands/dev.ts';
import { historyCommand } from './commands/history.ts';
import { identityCommand } from './commands/identity.ts';
import { keysCommand } from './commands/keys.ts';
import { loadCommand } from './commands/load.ts';
import { memberCommand } from './commands/member.ts';
import { membersCommand } from './commands/members.ts';
import { networkCommand } from './commands/network.ts';
import { postgresSetupCommand } from './commands/postgres-setup.ts';
import { proposalCommand } from './commands/proposal.ts';
import { queryCommand } from './commands/query.ts';
import { releaseCommand } from './commands/release.ts';
import { reportCommand } from './commands/report.ts';
import { requestCommand } from './commands/request.ts';
import { serviceCommand } from './commands/service.ts';
import { skipCommand } from './commands/skip.ts';
import { startCommand } from './commands/start.ts';
import { statusCommand } from './commands/status.ts';
import { transactionCommand } from './commands/transaction.ts';
import { usageCommand } from './commands/usage.ts';
import { describeExitCodes } from './exit-codes.ts';

/** Builds the program. Errors of the command line are thrown, never printed: `main` speaks. */
export function createProgram(): Command {
  const program = new Command('bucordo')
    .description('One shared database with several owners, none of whom has to trust the others.')
    .version(versionOf(), '--version')
    .option('--json', 'one JSON document as result, errors as JSON on standard error')
    .option('--network-dir <dir>', 'folder of the network (default: BUCORDO_DIR, else the nearest one)')
    .option('--profile <file>', 'profile with endpoints and keys (default: profile.json in that folder)')
    .option('--as <identity>', 'who signs, as member/name (default: that of the profile)')
    .option('--node <member>', "whose node is asked (default: that of the signer's member)")
    .option(
      '--timeout <seconds>',
      'how long to wait for an answer',
      wholeNumber({ name: '--timeout', min: 1, max: 86_400 }),
      timeoutSecondsDefault,
    )
    .showHelpAfterError(false)
    .configureHelp({ showGlobalOptions: true, sortOptions: false })
    .configureOutput({
      writeErr: () => undefined,
      writeOut: (text) => process.stdout.write(helpAsCalled(text)),
    })
    .hook('preAction', (_, command) => rememberNetwork(command.optsWithGlobals()))
    .addHelpText(
      'after',
      `\nExit codes:\n${describeExitCodes()}\n\nBegin here:\n  bucordo dev --example purchasing`,
    );
  const commands = [
    devCommand(),
    memberCommand(),
    callCommand(),
    loadCommand(),
    queryCommand(),
    historyCommand(),
    transactionCommand(),
    blockCommand(),
    statusCommand(),
    reportCommand(),
    proposalCommand(),
    membersCommand(),
    identityCommand(),
    requestCommand(),
    usageCommand(),
    skipCommand(),
    startCommand(),
    serviceCommand(),
    backupCommand(),
    restoreCommand(),
    certificateCommand(),
    postgresSetupCommand(),
    releaseCommand(),
    contractCommand(),
    networkCommand(),
    keysCommand(),
    completionCommand(),
  ];
  for (const command of commands) addCommand(program, command);
  program.addCommand(completeCommand(program), { hidden: true });
  return program;
}

/** Adds a command that was built on its own, with the program's settings for it and all below it. */
function addCommand(program: Command, command: Command): void {
  for (const each of withSubcommands(command)) each.copyInheritedSettings(program).exitOverride();
  program.addCommand(command);
}

function withSubcommands(command: Command): readonly Command[] {
  return [command, ...command.commands.flatMap(withSubcommands)];
}

function versionOf(): string {
  const manifest: { version: string } = JSON.parse(
    readFileSync(new URL('../package.json', import.meta.url), 'utf8'),
  );
  return manifest.version;
}
