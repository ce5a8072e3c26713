/** `bucordo contract`: everything about a contract before the network sees it. */
import { Command } from 'commander';
import { contractTestCommand } from './contract-test.ts';

/** The command with its subcommands. */
export function contractCommand(): Command {
  const command = new Command('contract')
    .description('write, check, test and build contracts')
    .helpGroup('Write a contract:');
  command.addCommand(contractTestCommand());
  return command;
}
