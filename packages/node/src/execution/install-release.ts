/**
 * Brings a database to the versions that it needs: to the schema of this release when the node starts, to
 * the next rules before the first block that goes by them. Each in one transaction with the note that it is
 * done, so that nothing is done twice or by half.
 */

import type pg from 'pg';
import { Fault } from '../fault.ts';
import type { Log } from '../observe/ports.ts';
import { becomeOwner } from './confined-role.ts';
import { installDispatcher, recordFunctions } from './install-dispatcher.ts';
import {
  oneConnection,
  readDecidedRules,
  readInstalled,
  readTexts,
  recordInstalled,
  recordTexts,
  requireNotNewer,
  rulesToInstall,
} from './installed-release.ts';
import { isNodeTrouble } from './node-trouble.ts';
import { type Release, type RulesVersion, rulesHash } from './release.ts';
import { readSystemContract, SYSTEM_CONTRACT } from './system-contract.ts';
import { beginHistories, hashOfTexts, remakeSystem } from './system-schema.ts';

/** What installing needs to know. */
export interface InstallOptions {
  readonly networkId: Uint8Array;
  readonly release: Release;
  readonly log: Pick<Log, 'info'>;
}

/**
 * Brings the schema of a founded database up to date, on a connection outside any transaction. Throws
 * `database_newer` when a newer program has worked on it, `rules_missing` and `rules_differ` when its next
 * block goes by rules that this program does not have, `upgrade_failed` when it cannot be done.
 */
export async function installSchema(client: pg.ClientBase, options: InstallOptions): Promise<void> {
  const { networkId, release, log } = options;
  await inTransaction(client, 'the schema', async () => {
    const installed = await readInstalled(client);
    requireNotNewer(installed, release);
    const height = await readHeight(client);
    const wanted = release.schema.filter(({ version }) => version > installed.schema);
    for (const { version, sql, description } of wanted) {
      await client.query(sql);
      await recordInstalled(client, 'schema', { version, height });
      log.info({ schema: version, height, description }, 'the database is brought to the next schema');
    }
    const rules = release.rules.filter(({ version }) => version <= installed.rules);
    const texts = hashOfTexts(rules);
    if (!texts.equals((await readTexts(client)) ?? Buffer.alloc(0))) {
      await beginHistories(client);
      await remakeSystem(client, rules);
      await installDispatcher(client, networkId, await readFunctionsHeight(client));
      await recordTexts(client, texts);
    }
    rulesToInstall(await readDecidedRules(oneConnection(client)), {
      installed: installed.rules,
      height: height + 1,
      release,
    });
  });
}

/**
 * Installs the rules by which the block of `height` is executed, where they are not those that are installed,
 * on a connection outside any transaction; the block before is the last one. What was judged by the functions
 * as they were is judged again. Throws as {@link installSchema} does.
 */
export async function installRules(
  client: pg.ClientBase,
  { networkId, release, log, height }: InstallOptions & { readonly height: number },
): Promise<void> {
  await inTransaction(client, 'the rules', async () => {
    const installed = await readInstalled(client);
    const decided = await readDecidedRules(oneConnection(client));
    const wanted = rulesToInstall(decided, { installed: installed.rules, height, release });
    await changeRules(client, { release, wanted, height: height - 1 });
    await recordFunctions(client, SYSTEM_CONTRACT, await readSystemContract(client));
    await installDispatcher(client, networkId, height - 1);
    for (const { version, description } of wanted)
      log.info({ rules: version, height, description }, 'from this block on the next rules hold');
  });
}

/** Notes the rules of a genesis and installs them, inside the transaction that founds the network. */
export async function foundOnRules(client: pg.ClientBase, version: number, release: Release): Promise<void> {
  await recordTexts(client, hashOfTexts([]));
  if (version === 1) return;
  const newest = release.rules.find((each) => each.version === version);
  const hash = newest === undefined ? Buffer.alloc(32) : rulesHash(newest);
  const decided = [{ version, hash, fromHeight: 1 }];
  const wanted = rulesToInstall(decided, { installed: 1, height: 1, release });
  await client.query('INSERT INTO bucordo.rules (version, hash, from_height) VALUES ($1, $2, 1)', [
    version,
    hash,
  ]);
  await changeRules(client, { release, wanted, height: 0 });
}

// Rules change definitions, never rows: a row that changed outside of a block would be in no hash. So the
// register that every version of a row draws from is at its end.
async function changeRules(
  client: pg.ClientBase,
  options: { readonly release: Release; readonly wanted: readonly RulesVersion[]; readonly height: number },
): Promise<void> {
  const { release, wanted, height } = options;
  if (wanted.length === 0) return;
  await client.query("SELECT pg_catalog.setval('bucordo.rows', l.rows) FROM bucordo.limits AS l");
  for (const { version, sql } of wanted) {
    await client.query(sql);
    await recordInstalled(client, 'rules', { version, height });
  }
  await beginHistories(client);
  const { rules } = await readInstalled(client);
  await recordTexts(client, hashOfTexts(release.rules.filter(({ version }) => version <= rules)));
  await client.query("SELECT pg_catalog.setval('bucordo.rows', 1, false)");
}

async function readHeight(client: pg.ClientBase): Promise<number> {
  const { rows } = await client.query<{ height: string }>(
    'SELECT max(s.height)::text AS height FROM bucordo.state AS s',
  );
  return Number(rows[0]?.height ?? 0);
}

async function readFunctionsHeight(client: pg.ClientBase): Promise<number> {
  const { rows } = await client.query<{ height: string }>(
    'SELECT f.height::text AS height FROM bucordo.functions_state AS f',
  );
  return Number(rows[0]?.height ?? 0);
}

// As the owner, with the settings by which the genesis was installed.
async function inTransaction(client: pg.ClientBase, what: string, work: () => Promise<void>): Promise<void> {
  await client.query('BEGIN');
  try {
    await client.query(
      'SET LOCAL search_path = pg_catalog, pg_temp; SET LOCAL client_min_messages = warning',
    );
    await becomeOwner(client);
    await work();
    await client.query('COMMIT');
  } catch (error) {
    await client.query('ROLLBACK').catch(() => undefined);
    if (error instanceof Fault || isNodeTrouble(error)) throw error;
    const reason = error instanceof Error ? error.message : String(error);
    throw new Fault(
      'upgrade_failed',
      `The database could not be brought to ${what} of this release: ${reason}`,
      {
        cause: error,
        facts: { reason },
        hint: 'Nothing was changed. What was added to the schemas of the system by hand may be in the way; else start the release before and report this.',
      },
    );
  }
}
