/**
 * A key that is made on this machine for an identity which the ledger is to know under it.
 *
 * The key is written before it is sent, for once the transaction is out nobody can take it back. Where
 * the transaction is refused it is deleted again; where nobody knows how it ended it stays, and the same
 * command goes on with it: a key that the ledger does not know may be sent once more.
 */
import { existsSync, renameSync, rmSync } from 'node:fs';
import type { Command } from 'commander';
import { optionsOf, outputOf } from './command-context.ts';
import { usageError } from './command-error.ts';
import { createKey, readKey, type StoredKey } from './key-store.ts';

/** What the ledger knows of a key. */
interface Standing {
  /** `member/name`. */
  readonly identity: string;
  /** Height at which the key has ended or will; null while nobody has ended it. */
  readonly validTo: number | null;
}

/**
 * Sends the key of `identity` in `file`, which is made where it is missing. `known` decides what to do
 * with a key that the ledger knows already, and returns whether to go on with a new one.
 */
export async function sendOwnKey(
  command: Command,
  { identity, file }: { readonly identity: string; readonly file: string },
  steps: {
    send(key: StoredKey): Promise<void>;
    known(key: StoredKey, standing: Standing): boolean;
  },
): Promise<void> {
  const kept = existsSync(file) ? readKey(file, identity).key : null;
  const standing = kept === null ? null : await standingOf(command, kept.publicKey);
  if (kept !== null && standing !== null && !steps.known(kept, standing)) return;
  const isKept = kept !== null && standing === null;
  const key = isKept ? kept : createKey(file, identity);
  try {
    await steps.send(key);
  } catch (error) {
    if (isOutcomeUnknown(error))
      outputOf(optionsOf(command)).note(`The key stays in ${file}: the same command goes on with it.`);
    else if (!isKept) rmSync(file, { force: true });
    throw error;
  }
}

/** Makes room for a new key of an identity whose old one has ended; the old one stays beside it. */
export function setKeyAside(file: string): void {
  const beside = (word: string): string => file.replace(/\.pem$/, `.${word}.pem`);
  let place = beside('old');
  for (let number = 2; existsSync(place); number++) place = beside(`old-${number}`);
  renameSync(file, place);
}

/** The error of a key that the ledger knows as somebody else's. */
export function keyOfAnother(key: StoredKey, standing: Standing): Error {
  return usageError(
    `the key in ${key.file} is that of ${standing.identity} in the ledger, not of ${key.identity}`,
    'Choose another name: a key belongs to one identity for ever.',
    { identity: key.identity },
  );
}

/** What the ledger knows of a key; null when nothing. */
async function standingOf(command: Command, publicKey: string): Promise<Standing | null> {
  const { withConnection } = await import('./connection.ts');
  return withConnection(optionsOf(command), async ({ client, timeoutMs }) => {
    const answer = await client.query(
      `SELECT i.member || '/' || i.name, i.valid_to::text
         FROM bucordo.identity AS i
        WHERE i.key = decode($1, 'hex')
        ORDER BY i.valid_to NULLS FIRST, i.valid_from DESC
        LIMIT 1`,
      [publicKey],
      { timeoutMs },
    );
    const [identity, validTo] = answer.values[0] ?? [null, null];
    if (typeof identity !== 'string') return null;
    return { identity, validTo: typeof validTo === 'string' ? Number(validTo) : null };
  });
}

/** Whether the transaction may be executed although its answer is missing. */
function isOutcomeUnknown(error: unknown): boolean {
  return (
    error instanceof Error && ['TimeoutError', 'ConnectionLostError', 'ClosedError'].includes(error.name)
  );
}
