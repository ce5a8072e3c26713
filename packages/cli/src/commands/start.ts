/** `bucordo start`: one node in the foreground, until it is told to stop. */
import { Command } from 'commander';

/** The command. */
export function startCommand(): Command {
  return new Command('start')
    .argument('<config>', "the node's configuration file")
    .description('run one node in the foreground')
    .option(
      '--order-alone',
      "where this node orders: begin without asking the other members' nodes for blocks that this one may have lost; only when none of them can have one",
    )
    .helpGroup('Run a node:')
    .addHelpText(
      'after',
      '\nThe node logs JSON lines on standard error and stops cleanly on SIGTERM or Ctrl-C.\n\nExample:\n  bucordo start acme/buyer/node.json',
    )
    .action(async (config: string, { orderAlone = false }: { orderAlone?: boolean }) => {
      const { runNode } = await import('../run-node.ts');
      await runNode(config, { orderAlone });
    });
}
