/**
 * How the nodes of the network at hand are started, for whoever has found that none answers: on this
 * machine by the `bucordo dev` that made them, or each by itself in its member's folder.
 */
import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { commandLine, currentNetwork, nearPath } from './command-line.ts';
import { askControl, controlSocketPath } from './dev/control.ts';
import { isDevDirectory } from './dev/network-directory.ts';
import { isNear, networkDirectoryName } from './find-network.ts';
import { type LoadedProfile, loadProfile } from './profile.ts';

/** What to do when no node answers, in one or two sentences. */
export async function howToStart(): Promise<string> {
  const loaded = networkAtHand();
  if (loaded === null) return `See which nodes answer: ${commandLine('status')}`;
  const { directory, profile } = loaded;
  if (isDevDirectory(directory)) return howToStartDev(directory);
  const configFile = join(directory, 'node.json');
  const own = existsSync(configFile)
    ? `The node of this folder is started with: ${commandLine('start', nearPath(configFile, process.cwd()))}`
    : `Ask who runs the node of ${profile.node} whether it runs.`;
  return `${own}\nWhich nodes answer: ${commandLine('status')}`;
}

/** The command that goes on with the network in a folder that `bucordo dev` made, with all that is in it. */
export function devCommandLine(directory: string): string {
  if (isNear(directory) && nearPath(directory, process.cwd()) === networkDirectoryName)
    return commandLine('dev');
  return commandLine('dev', '--dir', nearPath(directory, process.cwd()));
}

async function howToStartDev(directory: string): Promise<string> {
  const processes = await askControl(controlSocketPath(directory), { command: 'list' }).catch(() => null);
  if (processes === null)
    return `Nothing runs the nodes of this network now. Start them again, with all that is in it: ${devCommandLine(directory)}`;
  const ended = processes.filter(({ running }) => !running);
  if (ended.length === 0) return `All its nodes run. How they are: ${commandLine('status')}`;
  return `Start what does not run: ${ended.map(({ member }) => commandLine('member', 'start', member)).join(' && ')}`;
}

function networkAtHand(): LoadedProfile | null {
  try {
    const { networkDir, profile } = currentNetwork();
    return loadProfile({ profile, networkDirectory: networkDir });
  } catch {
    return null;
  }
}
