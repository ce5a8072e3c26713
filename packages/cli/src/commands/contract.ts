/** `bucordo contract`: everything about a contract before the network sees it. */
import { Command } from 'commander';
import { contractBuildCommand } from './contract-build.ts';
import { contractCheckCommand } from './contract-check.ts';
import { contractNewCommand } from './contract-new.ts';
import { contractTestCommand } from './contract-test.ts';
import { contractTypesCommand } from './contract-types.ts';

/** The command with its subcommands. */
export function contractCommand(): Command {
  const command = new Command('contract')
    .description('write, check, test and build contracts')
    .helpGroup('Write a contract:');
  command.addCommand(contractNewCommand());
  command.addCommand(contractCheckCommand());
  command.addCommand(contractBuildCommand());
  command.addCommand(contractTestCommand());
  command.addCommand(contractTypesCommand());
  return command;
}
