/** A disk of a few megabytes in memory, which a test can fill and empty again. Needs the right to mount. */

import { execFileSync } from 'node:child_process';
import { closeSync, mkdirSync, openSync, rmSync, writeSync } from 'node:fs';
import { join } from 'node:path';

/** A mounted disk. */
export interface SmallDisk {
  readonly directory: string;
  /** Takes all space that is left, as another program's file would. */
  fill(): void;
  /** Gives that space back. */
  empty(): void;
  /** Unmounts, also while files are open. */
  unmount(): void;
}

/** Mounts a disk of `sizeMib` at the new folder `directory`; null where this user may not mount. */
export function mountSmallDisk(directory: string, sizeMib: number): SmallDisk | null {
  mkdirSync(directory, { recursive: true });
  try {
    execFileSync('/bin/mount', ['-t', 'tmpfs', '-o', `size=${sizeMib}m,mode=0755`, 'tmpfs', directory], {
      stdio: 'ignore',
    });
  } catch {
    return null;
  }
  const filler = join(directory, 'filler');
  return {
    directory,
    fill: () => fillWith(filler),
    empty: () => rmSync(filler, { force: true }),
    unmount: () => execFileSync('/bin/umount', ['--lazy', directory]),
  };
}

// Ever smaller pieces, so that not even a page is left.
function fillWith(file: string): void {
  const target = openSync(file, 'a');
  try {
    for (let bytes = 1024 * 1024; bytes >= 1; bytes >>= 1) {
      const piece = Buffer.alloc(bytes);
      while (hasWritten(target, piece));
    }
  } finally {
    closeSync(target);
  }
}

function hasWritten(target: number, piece: Buffer): boolean {
  try {
    return writeSync(target, piece) > 0;
  } catch (error) {
    if (error instanceof Error && 'code' in error && error.code === 'ENOSPC') return false;
    throw error;
  }
}
