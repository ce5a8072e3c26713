/**
 * Files that hold a secret: written for their owner only, refused when others may read them.
 *
 * Windows has no such permission bits; there the check is left to the folder's access list.
 */

import { readFileSync, statSync, writeFileSync } from 'node:fs';

import { Fault } from '../fault.ts';
import { shellWord } from '../shell-word.ts';

const OWNER_ONLY = 0o600;

/** Writes a secret to a new file that only its owner may read. Throws if the file exists. */
export function writeSecretFile(file: string, content: string): void {
  writeFileSync(file, content, { mode: OWNER_ONLY, flag: 'wx' });
}

/**
 * Reads a secret from a file.
 *
 * Throws {@link Fault} `secret_unreadable` when it cannot be read and `secret_exposed` when group or
 * others have any permission on it.
 */
export function readSecretFile(file: string): string {
  let mode: number;
  let content: string;
  try {
    mode = statSync(file).mode;
    content = readFileSync(file, 'utf8');
  } catch (cause) {
    throw new Fault('secret_unreadable', `The secret file ${file} cannot be read.`, {
      facts: { file },
      hint: 'Check the path in the configuration and the permissions of the folder.',
      cause,
    });
  }
  if (process.platform !== 'win32' && (mode & 0o077) !== 0) {
    throw new Fault('secret_exposed', `The secret file ${file} can be read by other users of this machine.`, {
      facts: { file, mode: (mode & 0o777).toString(8) },
      hint: `Run: chmod 600 ${shellWord(file)}`,
    });
  }
  return content;
}
