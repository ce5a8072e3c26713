/** `bucordo start`: one node in the foreground, until it is told to stop. */
import { existsSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { Command } from 'commander';
import { optionsOf, profileFor } from '../command-context.ts';
import { notFoundError } from '../command-error.ts';
import { isDevDirectory } from '../dev/network-directory.ts';
import { devCommandLine } from '../how-to-start.ts';

interface StartOptions {
  readonly orderAlone?: boolean;
}

/** The command. */
export function startCommand(): Command {
  return new Command('start')
    .argument(
      '[config]',
      "the node's configuration file, or its folder (default: node.json of the network's folder)",
    )
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
    .action(async (config: string | undefined, _options: object, self: Command) => {
      const options = optionsOf<StartOptions>(self);
      const file = configFile(config ?? profileFor(options).directory);
      const { runNode } = await import('../run-node.ts');
      await runNode(file, { orderAlone: options.orderAlone ?? false });
    });
}

/** The configuration itself, or that of the node in a folder. */
function configFile(path: string): string {
  if (statSync(path, { throwIfNoEntry: false })?.isDirectory() !== true) return path;
  const file = join(path, 'node.json');
  if (existsSync(file)) return file;
  const hint = isDevDirectory(path)
    ? `It holds the nodes of several members, which this starts together: ${devCommandLine(path)}`
    : "Name a node's configuration: it lies in its member's folder as node.json.";
  throw notFoundError(`there is no node.json in ${path}`, hint, { path });
}
