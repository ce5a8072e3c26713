/**
 * Command lines as the program prints them: whoever reads one can paste it into the same terminal. It
 * begins as the program itself was called (`npx bucordo`, `bucordo`, a path), its words are quoted where
 * a shell would take them apart, and it leads to the same network.
 */
import { accessSync, constants, existsSync, realpathSync } from 'node:fs';
import { basename, delimiter, isAbsolute, join, relative, resolve } from 'node:path';
import { shellWord, shellWords } from '@bucordo/node/shell-word';

/** What a process tells about how it was called. */
export interface Call {
  /** The program's own file, as the system was given it. */
  readonly file: string;
  /** The environment. */
  readonly environment: Readonly<Record<string, string | undefined>>;
  /** The current folder. */
  readonly directory: string;
}

/** Which network a command was pointed at by options; a command that follows needs them too. */
export interface NetworkOptions {
  readonly networkDir?: string | undefined;
  readonly profile?: string | undefined;
}

/** How each manager of packages runs a program of the packages that are installed. */
const managers: Readonly<Record<string, string>> = {
  npm: 'npx bucordo',
  pnpm: 'pnpm exec bucordo',
  yarn: 'yarn bucordo',
  bun: 'bunx bucordo',
};

/** Commands that ask no network. */
const withoutNetwork: ReadonlySet<string> = new Set([
  ...['contract', 'dev', 'start', 'completion', 'postgres-setup'],
]);

/** Where `bucordo` stands in a text that was written before anybody knew how it would be called. */
const inTicks = /`bucordo ([^`]+)`/g;
const inHelp = /(^ {2}|\$\(|\| |&& |Examples?: |: )bucordo (?=[a-z_-])/gm;

let callerPrefix: string | null = null;
let network: NetworkOptions = {};

/** Keeps the options by which a command found its network, for the commands that it prints. */
export function rememberNetwork({ networkDir, profile }: NetworkOptions): void {
  network = { networkDir, profile };
}

/** The options by which the command at hand found its network. */
export function currentNetwork(): NetworkOptions {
  return network;
}

/** The command line `bucordo <words>` to paste; a command that asks a network asks the same one. */
export function commandLine(...words: readonly (string | number)[]): string {
  const texts = words.map(String);
  return `${prefix()} ${shellWords([...texts, ...networkWords(texts)])}`;
}

/** A command that stands in a text as it is typed, quotes included, without the word `bucordo`. */
export function typedCommand(typed: string): string {
  return `${prefix()} ${typed}`;
}

/** A text of a node or of the protocol, in which commands stand in backticks, with the commands as this caller types them. */
export function asCalled(text: string): string {
  return text.replace(inTicks, (_, words: string) => {
    const more = networkWords(words.split(' '));
    return `${prefix()} ${words}${more.length === 0 ? '' : ` ${shellWords(more)}`}`;
  });
}

/** The text of a help page, whose examples begin with `bucordo`, with the examples as this caller types them. */
export function helpAsCalled(text: string): string {
  return text.replace(inHelp, (_, before: string) => `${before}${prefix()} `);
}

/** A path as a word of a command: from the current folder where that is shorter, quoted where needed. */
export function shownPath(path: string): string {
  return shellWord(nearPath(path, process.cwd()));
}

/** The path from `directory` where that is shorter, without quotes. */
export function nearPath(path: string, directory: string): string {
  const absolute = resolve(directory, path);
  const near = relative(directory, absolute) || '.';
  if (isAbsolute(near) || near.length >= absolute.length) return absolute;
  return near.startsWith('-') ? `./${near}` : near;
}

/** How the program is called once more, as it was called this time. */
export function prefixOf({ file, environment, directory }: Call): string {
  const manager = /^[a-z]+/.exec(environment['npm_config_user_agent'] ?? '')?.[0] ?? '';
  const managed = Object.hasOwn(managers, manager) ? managers[manager] : undefined;
  if (managed !== undefined) return managed;
  const own = realPath(file);
  const folders = (environment['PATH'] ?? '').split(delimiter).filter(isAbsolute);
  if (own !== null && folders.some((folder) => realPath(join(folder, 'bucordo')) === own)) return 'bucordo';
  const near = nearPath(file, directory);
  const path = near.includes('/') ? near : `./${near}`;
  return isExecutable(file) ? shellWord(path) : `node ${shellWord(path)}`;
}

function prefix(): string {
  callerPrefix ??= prefixOf({
    file: ownFile(process.argv[1]),
    environment: process.env,
    directory: process.cwd(),
  });
  return callerPrefix;
}

// A script that runs the program inside itself (npm start) is not what is called next time.
function ownFile(called: string | undefined): string {
  const own = join(import.meta.dirname, '../bin/bucordo.js');
  return called !== undefined && /^bucordo(\.js)?$/.test(basename(called)) ? called : own;
}

function networkWords([command = '', ...rest]: readonly string[]): string[] {
  if (withoutNetwork.has(command) && !rest.includes('--network')) return [];
  if (command.startsWith('-')) return [];
  const { networkDir, profile } = network;
  if (rest.includes('--network-dir') || rest.includes('--profile') || rest.includes('--help')) return [];
  return [
    ...(networkDir === undefined ? [] : ['--network-dir', networkDir]),
    ...(profile === undefined ? [] : ['--profile', profile]),
  ];
}

function realPath(path: string): string | null {
  return existsSync(path) ? realpathSync(path) : null;
}

function isExecutable(file: string): boolean {
  try {
    accessSync(file, constants.X_OK);
    return true;
  } catch {
    return false;
  }
}
