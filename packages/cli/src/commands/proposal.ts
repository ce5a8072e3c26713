/** `bucordo proposal`: how members decide together, each step a signed transaction of an administrator. */
import { Command } from 'commander';
import { proposalListCommand } from './proposal-list.ts';
import { proposalNewCommand } from './proposal-new.ts';
import { proposalShowCommand } from './proposal-show.ts';
import {
  proposalApproveCommand,
  proposalCommentCommand,
  proposalRejectCommand,
  proposalSubmitCommand,
  proposalWithdrawCommand,
} from './proposal-step.ts';

const help = `
The way of a decision, each step signed by an administrator (an identity with the role admin):
  bucordo proposal new deploy ./purchasing --as buyer/admin      propose
  bucordo proposal show 1 --node vendors                         read it, on one's own node
  bucordo proposal comment 1 "what about returns?" --as vendors/admin
  bucordo proposal approve 1 --as vendors/admin                  or: reject 1 "reason"
  bucordo proposal submit 1 --as buyer/admin                     when enough have approved`;

/** The command with its subcommands. */
export function proposalCommand(): Command {
  const command = new Command('proposal')
    .description('decide together: propose, approve, reject, submit')
    .helpGroup('Decide together:')
    .addHelpText('after', help);
  const steps = [
    proposalListCommand(),
    proposalShowCommand(),
    proposalNewCommand(),
    proposalCommentCommand(),
    proposalApproveCommand(),
    proposalRejectCommand(),
    proposalSubmitCommand(),
    proposalWithdrawCommand(),
  ];
  for (const step of steps) command.addCommand(step);
  return command;
}
