/** What `bucordo start` says on a terminal: who the node is, where its doors are, who orders, how to stop it. */
import { dirname } from 'node:path';
import type { Log, LogFacts, NodeConfig, RunningNode } from '@bucordo/node';
import pc from 'picocolors';
import { commandLine, nearPath, shownPath } from './command-line.ts';
import { isNear } from './find-network.ts';
import { plainLog } from './output/plain-log.ts';
import { formatFields } from './output/table.ts';

/** A node that somebody watches. */
export interface WatchedNode {
  readonly log: Log;
  /** Its doors are open. */
  serves(node: RunningNode): void;
  /** It was asked to stop. */
  stops(): void;
}

/** Speaks for a node on standard error, as long as it starts of what is not as it should be alone. */
export function watchedNode(config: NodeConfig, configFile: string): WatchedNode {
  const write = (text: string): void => {
    process.stderr.write(text);
  };
  const log = plainLog({ level: config.log.level, write, now: Date.now });
  let isStarting = true;
  write(`The node of ${config.member} starts.\n`);
  return {
    // What a start says in passing stands in what is said when it is done.
    log: {
      ...log,
      info: (facts: LogFacts, message: string) => (isStarting ? undefined : log.info(facts, message)),
    },
    serves: (node) => {
      isStarting = false;
      write(describeNode(node, dirname(configFile)));
    },
    stops: () => write('The node stops.\n'),
  };
}

function describeNode({ addresses, status }: RunningNode, directory: string): string {
  const { member, network, height, final, orderingMember, following } = status();
  const ask = commandLine(
    'status',
    ...(isNear(directory) ? [] : ['--network-dir', nearPath(directory, process.cwd())]),
  );
  const orders = following === null ? `${member}, this node` : orderingMember;
  const fields = formatFields([
    ['network', network],
    ['folder', shownPath(directory)],
    ['height', final === height ? height : `${height}, final ${final}`],
    ['orders', orders === '' ? 'not known yet' : orders],
    ['clients', `${addresses.client} (gRPC), ${addresses.http}`],
    ['members', addresses.peer],
  ]);
  const indented = fields.split('\n').map((line) => `  ${line}`);
  return [
    pc.green(`The node of ${member} serves.`),
    ...indented,
    `Ctrl-C stops it. How all members are, from another terminal: ${ask}`,
    '',
    '',
  ].join('\n');
}
