/**
 * Whose a folder is. A command that root runs on the folder of somebody else must leave nothing in it
 * that its owner cannot use afterwards: what it makes belongs to the owner of the folder, and what would
 * take it over as a whole is refused.
 */
import { execFileSync } from 'node:child_process';
import { chownSync, existsSync, statSync } from 'node:fs';
import { dirname } from 'node:path';
import { shellWord } from '@bucordo/node/shell-word';
import { usageError } from './command-error.ts';

/** Gives what root has just made to the owner of the folder that it was made in: `file`, and the first of the folders made for it. */
export function giveToOwner(madeFolder: string | undefined, file: string): void {
  if (process.getuid?.() !== 0) return;
  const { uid, gid } = statSync(dirname(madeFolder ?? file));
  for (let path = file; ; path = dirname(path)) {
    chownSync(path, uid, gid);
    if (path === (madeFolder ?? file)) return;
  }
}

/** Refuses a folder that belongs to another account than this process; `command` is what its owner would run. */
export function requireOwner(directory: string, command: string): void {
  const own = process.getuid?.();
  if (own === undefined || !existsSync(directory)) return;
  const { uid } = statSync(directory);
  if (uid === own) return;
  const owner = accountName(uid);
  throw usageError(
    `${directory} belongs to ${owner}, this was started by ${accountName(own)}. Nothing was changed.`,
    own === 0
      ? `Start it as ${owner}: sudo -u ${shellWord(owner)} ${command}`
      : `Start it as ${owner}, or choose another folder: --dir DIR`,
    { directory, owner },
  );
}

function accountName(uid: number): string {
  try {
    return execFileSync('id', ['-nu', '--', String(uid)], { encoding: 'utf8', stdio: 'pipe' }).trim();
  } catch {
    return `#${uid}`;
  }
}
