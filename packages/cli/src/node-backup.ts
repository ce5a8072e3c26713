/**
 * A backup of one member's node: a folder with a copy of its embedded database, with the files that its
 * configuration names, and with `backup.json`, which lists all of it with hashes and is written last.
 */
import { chmodSync, copyFileSync, existsSync, mkdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { dirname, join, relative, resolve } from 'node:path';
import { type CopiedFile, copyDatabase, type NodeConfig, readConfig, restoreDatabase } from '@bucordo/node';
import { networkId, toHex } from '@bucordo/protocol';
import { usageError } from './command-error.ts';

/** What `backup.json` says. */
export interface BackupDescription {
  readonly bucordo_backup: 1;
  /** Network id, hex. */
  readonly network: string;
  readonly member: string;
  /** When it was begun, UTC. */
  readonly taken: string;
  /** Height that the copy has at least; null where the server did not run. */
  readonly height: number | null;
  /** Version of Postgres that made the files. */
  readonly postgres: string;
  readonly database: readonly CopiedFile[];
  /** The files of the node, by their paths from the configuration's folder. */
  readonly node: readonly string[];
  /** Files with secrets that are not in it. */
  readonly left: readonly string[];
}

/** Where in a backup the database lies, and the files of the node. */
const DATABASE = 'database';
const NODE = 'node';
const DESCRIPTION = 'backup.json';

/** Takes a backup of the node of `configFile` into the new folder `target`. What is unfinished is removed again. */
export async function backUpNode(
  configFile: string,
  target: string,
  options: { readonly withKeys: boolean; readonly taken: Date },
): Promise<BackupDescription> {
  const config = readConfig(configFile);
  const dataDirectory = embeddedDirectory(config);
  if (existsSync(target)) {
    throw usageError(`${target} exists`, 'Name a new folder: every backup has one of its own.', { target });
  }
  mkdirSync(target, { recursive: true, mode: 0o700 });
  try {
    const copy = await copyDatabase(dataDirectory, join(target, DATABASE));
    const files = nodeFiles(configFile, config);
    const taken = options.withKeys ? [...files.open, ...files.secret] : files.open;
    for (const file of taken) copyNodeFile(dirname(configFile), join(target, NODE), file);
    const description: BackupDescription = {
      bucordo_backup: 1,
      network: networkOf(config),
      member: config.member,
      taken: options.taken.toISOString(),
      height: copy.height,
      postgres: copy.postgres,
      database: copy.files,
      node: taken,
      left: options.withKeys ? [] : files.secret,
    };
    writeFileSync(join(target, DESCRIPTION), `${JSON.stringify(description, null, 1)}\n`, { mode: 0o600 });
    return description;
  } catch (error) {
    rmSync(target, { recursive: true, force: true });
    throw error;
  }
}

/** What was put back, and what the operator must still bring. */
export interface Restored {
  readonly description: BackupDescription;
  readonly dataDirectory: string;
  /** Files of the node that were not there and came out of the backup. */
  readonly written: readonly string[];
  /** Files that the configuration names and that are not there. */
  readonly missing: readonly string[];
}

/** Puts the database of a backup where `configFile` wants it, and beside it what is missing of the node's files. */
export async function restoreNode(backup: string, configFile: string): Promise<Restored> {
  const description = readDescription(backup);
  // A backup of somebody else leaves nothing behind in this node's folder.
  if (existsSync(configFile)) requireMember(description, readConfig(configFile), backup);
  const folder = dirname(resolve(configFile));
  const written = description.node.filter((file) => !existsSync(join(folder, file)));
  for (const file of written) copyNodeFile(join(backup, NODE), folder, file);
  const config = readConfig(configFile);
  requireSame(description, config, backup);
  const dataDirectory = await restoreDatabase(
    join(backup, DATABASE),
    description.database,
    embeddedDirectory(config),
  );
  const files = nodeFiles(configFile, config);
  const missing = [...files.open, ...files.secret].filter((file) => !existsSync(join(folder, file)));
  return { description, dataDirectory, written, missing };
}

function networkOf({ network }: NodeConfig): string {
  return toHex(networkId(readFileSync(network)));
}

function requireMember({ member }: BackupDescription, config: NodeConfig, backup: string): void {
  if (member === config.member) return;
  throw usageError(
    `${backup} is of the node of ${member}, the configuration is of ${config.member}`,
    'Name the backup of this node.',
    { backup },
  );
}

function requireSame(description: BackupDescription, config: NodeConfig, backup: string): void {
  requireMember(description, config, backup);
  const { network } = description;
  const own = networkOf(config);
  if (network === own) return;
  throw usageError(
    `${backup} is of the network ${network}, the configuration is of ${own}`,
    'Name the backup of this node.',
    { backup },
  );
}

function readDescription(backup: string): BackupDescription {
  const file = join(backup, DESCRIPTION);
  let found: unknown;
  try {
    found = JSON.parse(readFileSync(file, 'utf8'));
  } catch {
    throw usageError(
      `${backup} is no backup: ${DESCRIPTION} cannot be read`,
      'Name a folder that bucordo backup has made; one without that file was never finished.',
      { backup },
    );
  }
  if (!isDescription(found))
    throw usageError(`${file} is not of a form that this version reads`, 'Use the version that made it.');
  return found;
}

function isDescription(value: unknown): value is BackupDescription {
  if (typeof value !== 'object' || value === null) return false;
  const { bucordo_backup: version, network, member, database, node } = value as Record<string, unknown>;
  const isFile = (file: unknown): boolean =>
    typeof file === 'string' && !file.startsWith('/') && !file.split('/').includes('..');
  return (
    version === 1 &&
    typeof network === 'string' &&
    typeof member === 'string' &&
    Array.isArray(database) &&
    database.every((file) => isFile(file?.path) && typeof file.bytes === 'number') &&
    Array.isArray(node) &&
    node.every(isFile)
  );
}

function embeddedDirectory({ postgres }: NodeConfig): string {
  if (postgres.kind === 'embedded') return postgres.dataDirectory;
  throw usageError(
    "the node uses a Postgres of the member's own",
    'Back that server up with its own means (pg_basebackup, snapshots): docs/guides/operating.md',
  );
}

/** What the configuration names, by path from its folder; files elsewhere are the operator's own to keep. */
function nodeFiles(configFile: string, config: NodeConfig): { open: string[]; secret: string[] } {
  const folder = dirname(resolve(configFile));
  const inside = (files: readonly string[]): string[] =>
    files.map((file) => relative(folder, resolve(folder, file))).filter((file) => !file.startsWith('..'));
  return {
    open: inside([resolve(configFile), config.network, config.tls.ca, config.tls.cert]),
    secret: inside([config.nodeKey, config.tls.key]),
  };
}

function copyNodeFile(from: string, to: string, file: string): void {
  const target = join(to, file);
  mkdirSync(dirname(target), { recursive: true, mode: 0o700 });
  copyFileSync(join(from, file), target);
  chmodSync(target, 0o600);
}
