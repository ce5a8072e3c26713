/**
 * Signed transactions whose answer never came, kept so that the very same bytes can be sent once more: they are
 * executed at most once, however often they are sent. In `unanswered/` of the network's folder, a file each.
 */
import { existsSync, mkdirSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { notFoundError, usageError } from '../command-error.ts';
import { commandLine } from '../command-line.ts';

/** Name of the folder. */
export const keptFolder = 'unanswered';

/** A signed transaction, and who signed it. */
export interface KeptTransaction {
  /** Lower-case hex. */
  readonly id: string;
  readonly identity: string;
  readonly bytes: Uint8Array;
}

/** Keeps it below the network's folder `directory`. */
export function keepTransaction(directory: string, { id, identity, bytes }: KeptTransaction): void {
  mkdirSync(join(directory, keptFolder), { recursive: true, mode: 0o700 });
  const text = JSON.stringify({ id, identity, bytes: Buffer.from(bytes).toString('hex') });
  writeFileSync(fileOf(directory, id), `${text}\n`, { mode: 0o600 });
}

/** The one whose id begins with `digits`; not found where there is none or there are several. */
export function readKept(directory: string, digits: string): KeptTransaction {
  const folder = join(directory, keptFolder);
  const ids = (existsSync(folder) ? readdirSync(folder) : [])
    .filter((name) => /^[0-9a-f]{64}\.json$/.test(name))
    .map((name) => name.slice(0, 64));
  const found = ids.filter((id) => id.startsWith(digits));
  const [id] = found;
  if (id === undefined || found.length > 1)
    throw notFoundError(
      `${found.length === 0 ? 'no' : 'more than one'} transaction without an answer is kept here whose id begins with ${digits}`,
      ids.length === 0
        ? `Only a call that got no answer is kept. What became of it: ${commandLine('tx', digits)}`
        : `Kept are: ${ids.join(', ')}`,
      { id: digits },
    );
  const value: unknown = JSON.parse(readFileSync(fileOf(directory, id), 'utf8'));
  if (typeof value === 'object' && value !== null && 'bytes' in value && 'identity' in value) {
    const { bytes, identity } = value;
    if (typeof bytes === 'string' && typeof identity === 'string' && /^([0-9a-f]{2})+$/.test(bytes))
      return { id, identity, bytes: Buffer.from(bytes, 'hex') };
  }
  throw usageError(
    `${fileOf(directory, id)} holds no signed transaction`,
    'Delete it; nothing can be sent from it.',
  );
}

/** Forgets it: there is an answer. */
export function forgetKept(directory: string, id: string): void {
  rmSync(fileOf(directory, id), { force: true });
}

function fileOf(directory: string, id: string): string {
  return join(directory, keptFolder, `${id}.json`);
}
