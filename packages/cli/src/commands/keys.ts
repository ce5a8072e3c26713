/** `bucordo keys`: makes, shows, lists and imports the keys of identities on this machine. */
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { Command } from 'commander';
import { optionsOf, outputOf, profileFor, type SharedOptions } from '../command-context.ts';
import { usageError } from '../command-error.ts';
import { createKey, importKey, keyFile, listKeys, readKey, type StoredKey } from '../key-store.ts';
import { keysDirectoryOf } from '../network/network-binding.ts';
import { formatFields, formatTable } from '../output/table.ts';

interface KeysOptions {
  readonly keysDir?: string;
}

/** The command with its subcommands. */
export function keysCommand(): Command {
  const command = new Command('keys')
    .description('make, show, list and import keys of identities')
    .helpGroup('Set up:');
  const directory = ['--keys-dir <dir>', 'folder of the keys (default: that of the profile)'] as const;
  command
    .command('new <identity>')
    .description('make a key for member/name; its public half goes to whoever makes or changes the network')
    .option(...directory)
    .addHelpText('after', '\nExample:\n  bucordo keys new buyer/alice --keys-dir keys')
    .action((identity: string, _options: object, self: Command) =>
      show(self, createKey(fileOf(self, identity), identity), 'made'),
    );
  command
    .command('show <identity>')
    .description('the public half of a key, and the file that holds the key')
    .option(...directory)
    .action((identity: string, _options: object, self: Command) =>
      show(self, readKey(fileOf(self, identity), identity).key, 'key'),
    );
  command
    .command('list')
    .description('the identities whose keys are on this machine')
    .option(...directory)
    .action((_options: object, self: Command) => list(self));
  command
    .command('import <identity> <file>')
    .description(
      'take over an Ed25519 key: PKCS#8 PEM or 64 hex digits, from a file or from - (standard input)',
    )
    .option(...directory)
    .addHelpText(
      'after',
      '\nExample:\n  openssl genpkey -algorithm ed25519 | bucordo keys import buyer/alice -',
    )
    .action((identity: string, file: string, _options: object, self: Command) =>
      show(self, importKey(fileOf(self, identity), identity, readSecret(file)), 'imported'),
    );
  return command;
}

function keysDirectory(options: KeysOptions & SharedOptions): string {
  if (options.keysDir !== undefined) return options.keysDir;
  const loaded = profileFor(options);
  return keysDirectoryOf(loaded);
}

function fileOf(command: Command, identity: string): string {
  return keyFile(keysDirectory(optionsOf<KeysOptions>(command)), identity);
}

async function show(command: Command, key: StoredKey, word: string): Promise<void> {
  const { fromHex, toDidKey } = await import('@bucordo/protocol');
  const did = toDidKey(fromHex(key.publicKey));
  outputOf(optionsOf(command)).result({ ...key, did }, () =>
    formatFields([
      [word, key.identity],
      ['public key', key.publicKey],
      ['did', did],
      ['file', key.file],
    ]),
  );
}

function list(command: Command): void {
  const options = optionsOf<KeysOptions>(command);
  const directory = keysDirectory(options);
  const keys = listKeys(directory);
  outputOf(options).result({ directory, keys }, () =>
    keys.length === 0
      ? `no keys in ${join(directory, '')}`
      : formatTable(
          { columns: ['identity', 'public key'], rows: keys.map((key) => [key.identity, key.publicKey]) },
          { cellWidth: 64 },
        ),
  );
}

function readSecret(file: string): string {
  try {
    return readFileSync(file === '-' ? 0 : file, 'utf8');
  } catch (cause) {
    throw usageError(
      `${file} cannot be read: ${cause instanceof Error ? cause.message : String(cause)}`,
      'Name a file, or - for standard input.',
    );
  }
}
