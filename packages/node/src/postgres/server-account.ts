/**
 * The operating system's account under which an embedded server runs.
 *
 * Postgres refuses to run as root. An ordinary user's server runs as that user. When the node runs
 * as root, the server runs as an account that exists already and may do little: none is created,
 * because containers and managed machines often forbid it. What such an account must be able to
 * reach (binaries, data, the socket) lies where every parent folder lets it pass.
 */

import { execFile } from 'node:child_process';
import { stat } from 'node:fs/promises';
import path from 'node:path';
import { promisify } from 'node:util';
import { Fault } from '../fault.ts';

const run = promisify(execFile);

/** Accounts tried in this order when the node runs as root. */
const ACCOUNT_NAMES = ['bucordo', 'postgres', 'nobody'] as const;

/** Who the server's processes belong to. */
export interface ServerAccount {
  readonly uid: number;
  readonly gid: number;
  /** True when this is not the account of the node itself: files must be handed over to it. */
  readonly isOther: boolean;
}

/**
 * The account for the server: the node's own, or, when the node runs as root, the account `name`,
 * without a name the first existing one of `bucordo`, `postgres` and `nobody`; of these the one with the
 * uid `owner` before all others, so that an account that is made later does not take the data's place.
 * Fails with the fault `postgres_account_missing`.
 */
export async function serverAccount(name?: string, owner: number | null = null): Promise<ServerAccount> {
  const uid = process.getuid?.() ?? -1;
  const gid = process.getgid?.() ?? -1;
  if (uid !== 0) return { uid, gid, isOther: false };
  const names = name === undefined ? ACCOUNT_NAMES : [name];
  const accounts = (await Promise.all(names.map(accountByName))).filter((account) => account !== null);
  const account = accounts.find(({ uid: candidate }) => candidate === owner) ?? accounts[0];
  if (account !== undefined) return account;
  throw new Fault(
    'postgres_account_missing',
    'Postgres does not run as root and no other account was found for it',
    {
      facts: { tried: name ?? ACCOUNT_NAMES.join(', ') },
      hint: 'Run the node as an ordinary user, or create an unprivileged account named bucordo.',
    },
  );
}

/** Name of the account with this uid, or its number where it has none. */
export async function accountName(uid: number): Promise<string> {
  try {
    return (await run('id', ['-nu', '--', String(uid)])).stdout.trim() || `uid ${uid}`;
  } catch {
    return `uid ${uid}`;
  }
}

async function accountByName(name: string): Promise<ServerAccount | null> {
  try {
    const [user, group] = await Promise.all([run('id', ['-u', '--', name]), run('id', ['-g', '--', name])]);
    const uid = Number(user.stdout.trim());
    const gid = Number(group.stdout.trim());
    return uid > 0 ? { uid, gid, isOther: true } : null;
  } catch {
    return null;
  }
}

/**
 * Whether `account` may pass every existing folder on the way to `target`. Judged by owner and
 * mode bits; access lists are not looked at.
 */
export async function canReach(account: ServerAccount, target: string): Promise<boolean> {
  for (let folder = path.dirname(path.resolve(target)); ; folder = path.dirname(folder)) {
    const facts = await stat(folder).catch(() => null);
    if (facts !== null && (facts.mode & passBit(account, facts)) === 0) return false;
    if (folder === path.dirname(folder)) return true;
  }
}

function passBit(account: ServerAccount, folder: { readonly uid: number; readonly gid: number }): number {
  if (folder.uid === account.uid) return 0o100;
  return folder.gid === account.gid ? 0o010 : 0o001;
}
