/**
 * A new key for an identity: made beside the old one as `<name>.new`, asked for with the old key,
 * accepted with the new one, and put in the place of the old one, which is kept as `<name>.old`.
 */
import { existsSync, renameSync } from 'node:fs';
import type { Command } from 'commander';
import { administrate } from './administration.ts';
import {
  identityFor,
  nodeFor,
  optionsOf,
  outputOf,
  profileFor,
  type SharedOptions,
} from './command-context.ts';
import { usageError } from './command-error.ts';
import { commandLine } from './command-line.ts';
import { openConnection } from './connection.ts';
import { keyFile } from './key-store.ts';
import { keysDirectoryOf } from './network/network-binding.ts';
import { formatFields } from './output/table.ts';
import { keyOfAnother, sendOwnKey, setKeyAside } from './own-key.ts';
import type { LoadedProfile } from './profile.ts';

/** Asks for a rotation to a key that is made here, and accepts it with that key when it was done at once. */
export async function rotateHere(command: Command, name: string, until: number | null): Promise<void> {
  const options = optionsOf(command);
  const loaded = profileFor(options);
  const member = memberOf(options, loaded);
  const place = keyPlace(loaded, member, name);
  const identity = `${member}/${name}`;
  const takeOver = commandLine('identity', 'accept', name, '--as', identity);
  await sendOwnKey(
    command,
    { identity, file: place.next },
    {
      send: ({ publicKey }) =>
        administrate(command, {
          name: 'rotate',
          args: { name, new_key: publicKey, old_valid_to: until },
          done: `the key ${publicKey} waits for ${name}; it takes over with: ${takeOver}`,
        }),
      known: (key, standing) => {
        if (standing.identity !== identity) throw keyOfAnother(key, standing);
        if (standing.validTo === null)
          throw usageError(`a new key of ${identity} waits already: ${place.next}`, `Use it: ${takeOver}`);
        setKeyAside(place.next);
        return true;
      },
    },
  );
}

/** Signs with the new key of an identity of the own member, and puts it in the place of the old one. */
export async function accept(options: SharedOptions, name: string): Promise<void> {
  const loaded = profileFor(options);
  const member = memberOf(options, loaded);
  const place = keyPlace(loaded, member, name);
  if (!existsSync(place.next))
    throw usageError(
      `there is no new key of ${member}/${name}: ${place.next}`,
      `Make one: ${commandLine('identity', 'rotate', name, '--as', `${member}/${name}`)}`,
    );
  const connection = openConnection({
    loaded,
    identity: `${member}/${name}`,
    keyFile: place.next,
    endpoint: nodeFor(options, loaded),
    timeoutMs: (options.timeout ?? 30) * 1000,
  });
  try {
    const { timeoutMs } = connection;
    const { transactionId, height } = await connection.client.call(
      'bucordo',
      'accept_key',
      {},
      { timeoutMs },
    );
    if (existsSync(place.current)) renameSync(place.current, place.former);
    renameSync(place.next, place.current);
    outputOf(options).result({ identity: `${member}/${name}`, transactionId, height }, () =>
      formatFields([
        ['accepted', `the new key of ${member}/${name} counts from height ${(height ?? 0) + 1} on`],
        ['old key', `kept as ${place.former}`],
      ]),
    );
  } finally {
    connection.client.close();
  }
}

function memberOf(options: SharedOptions, loaded: LoadedProfile): string {
  return identityFor(options, loaded).split('/')[0] ?? '';
}

function keyPlace(loaded: LoadedProfile, member: string, name: string) {
  const directory = keysDirectoryOf(loaded);
  const current = keyFile(directory, `${member}/${name}`);
  const beside = (word: string): string => current.replace(/\.pem$/, `.${word}.pem`);
  return { current, next: beside('new'), former: beside('old') };
}
