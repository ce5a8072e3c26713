/** Folders of benchmarks, and what lies elsewhere for them: as root a server's files are put where its account can reach them. */

import { lstatSync, readdirSync, realpathSync, rmSync } from 'node:fs';
import { join } from 'node:path';

/** Removes `directory` and the databases that links in it lead to. */
export function removeFolder(directory: string): void {
  for (const name of readdirSync(directory)) {
    const path = join(directory, name);
    const facts = lstatSync(path);
    if (facts.isSymbolicLink()) rmSync(realpathSync(path), { recursive: true, force: true });
    else if (facts.isDirectory()) removeFolder(path);
  }
  rmSync(directory, { recursive: true, force: true });
}
