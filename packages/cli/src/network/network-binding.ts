/**
 * What lies in a member's folder names the network that it was made for, so that a file that was taken
 * to the folder of another one is refused with both ids, instead of failing somewhere for a reason that
 * nobody understands. The folder of the keys has a file `network`, `node.json` and `member.json` a field.
 */
import { existsSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { CommandError } from '../command-error.ts';
import { exitUsage } from '../exit-codes.ts';
import { type LoadedProfile, profilePath } from '../profile.ts';

/** Name of the file in a folder of keys that holds the network's id, hex. */
const bindingFileName = 'network';

/** Notes for which network the keys below `directory` were made. */
export function bindKeys(directory: string, network: string): void {
  mkdirSync(directory, { recursive: true, mode: 0o700 });
  writeFileSync(join(directory, bindingFileName), `${network}\n`);
}

/** The folder of the keys that the profile names. Refused when its keys were made for another network. */
export function keysDirectoryOf(loaded: LoadedProfile): string {
  const directory = profilePath(loaded, loaded.profile.keys);
  const file = join(directory, bindingFileName);
  if (existsSync(file)) {
    const network = readFileSync(file, 'utf8').trim();
    requireSameNetwork(`the keys in ${directory} are`, network, loaded.profile.network);
  }
  return directory;
}

/** The genesis that the profile names, byte for byte. Refused when it founds another network. */
export async function genesisOf(loaded: LoadedProfile): Promise<Buffer> {
  const { networkId, toHex } = await import('@bucordo/protocol');
  const file = profilePath(loaded, loaded.profile.genesis);
  const bytes = readFileSync(file);
  requireSameNetwork(`the genesis ${file} is`, toHex(networkId(bytes)), loaded.profile.network);
  return bytes;
}

/** Throws unless a file that was made for `network` is used with that one; `what` begins the message (`the keys in … are`). */
export function requireSameNetwork(what: string, network: string, wanted: string): void {
  if (network === wanted) return;
  throw new CommandError(
    {
      code: 'network_mismatch',
      exitCode: exitUsage,
      hint: 'Use the files that were made for this network, or name the folder of the other one: --network-dir DIR',
      facts: { network, wanted },
    },
    `${what} of network ${network}, the network at hand is ${wanted}`,
  );
}
