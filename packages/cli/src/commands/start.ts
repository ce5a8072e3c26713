/** `bucordo start`: one node in the foreground, until it is told to stop. */
import { existsSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { Command, Option } from 'commander';
import { optionsOf, profileFor } from '../command-context.ts';
import { notFoundError } from '../command-error.ts';
import { isDevDirectory } from '../dev/network-directory.ts';
import { devCommandLine } from '../how-to-start.ts';

interface StartOptions {
  readonly orderAlone?: boolean;
  readonly log?: 'json' | 'text';
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
    .addOption(
      new Option(
        '--log <form>',
        'how it logs on standard error (default: text on a terminal, else json)',
      ).choices(['json', 'text']),
    )
    .helpGroup('Run a node:')
    .addHelpText(
      'after',
      '\nOn a terminal the node says who it is, and what happens in short lines; elsewhere it logs JSON lines. It stops\ncleanly on SIGTERM or Ctrl-C.\n\nExamples:\n  bucordo start acme/buyer/node.json\n  bucordo start acme/buyer --log json',
    )
    .action(async (config: string | undefined, _options: object, self: Command) => {
      const options = optionsOf<StartOptions>(self);
      const file = configFile(config ?? profileFor(options).directory);
      const { runNode } = await import('../run-node.ts');
      const log = options.log ?? (process.stderr.isTTY ? 'text' : 'json');
      await runNode(file, { orderAlone: options.orderAlone ?? false, log });
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
