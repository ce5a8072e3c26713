/**
 * Carries out what the members have decided, inside the transaction of the block that accepted it,
 * after its transactions and before its hashes: a contract is installed, upgraded or retired.
 *
 * One savepoint per decision: what fails leaves nothing behind but the decision's own outcome, which
 * is hashed with the block and so the same on every node. Trouble of this node stays an error and
 * stops it.
 */

import {
  DecodeError,
  decodeContractDocument,
  describeOutcomeDetail,
  noDetail,
  writtenBytesMax,
} from '@bucordo/protocol';
import type pg from 'pg';
import { Fault } from '../fault.ts';
import type { Log } from '../observe/ports.ts';
import { becomeOwner } from './confined-role.ts';
import { ContractRefusal } from './contract-refusal.ts';
import { contractRole, installContract } from './install-contract.ts';
import { installDispatcher, recordFunctions } from './install-dispatcher.ts';
import { isNodeTrouble } from './node-trouble.ts';
import { readShapes, recordShapes, requireOwnFailure, requireUntouched } from './private-objects.ts';
import { recordContract } from './record-contract.ts';
import { quoteName } from './sql-text.ts';
import { sqlstateOf } from './sqlstate.ts';
import { upgradeContract } from './upgrade-contract.ts';

/** Rows that a migration may write, with ids drawn: a minute of work. */
const MIGRATION_ROWS_MAX = 1_000_000;

/** Bytes that the decisions of a block may write together: a minute of work at 40 MiB a second. */
const MIGRATION_BYTES_MAX = 2_147_483_648;

/** Running numbers of a migration's changes begin here, behind those of the transaction that decided. */
const MIGRATION_FIRST_ORDINAL = 100_001;

/** What carrying out needs to know. */
export interface CarryOutOptions {
  readonly networkId: Uint8Array;
  /** The block's height. */
  readonly height: number;
  /** Throws when the server is not as it was set up. Asked when a right is missing. */
  readonly requireSafeServer?: ((client: pg.ClientBase) => Promise<void>) | undefined;
  /** Gets a line on the outcome of every decision. */
  readonly log: Pick<Log, 'info' | 'warn'>;
}

interface Decision {
  readonly number: string;
  readonly kind: string;
  readonly subject: string;
  readonly document: string;
  readonly decided_position: string;
}

/**
 * Carries out all accepted decisions, in the order of their numbers, inside the transaction of
 * `client`, whose role is afterwards what it was. Only node trouble is thrown.
 */
export async function carryOutDecisions(client: pg.ClientBase, options: CarryOutOptions): Promise<void> {
  const { networkId, height, log } = options;
  await becomeOwner(client);
  const { rows } = await client.query<Decision>(
    `SELECT p.number::text AS number, p.kind, p.subject, p.document, p.decided_position::text AS decided_position
       FROM bucordo.proposal AS p
      WHERE p.status = 'accepted'
      ORDER BY p.number`,
  );
  await client.query(
    `ALTER SEQUENCE bucordo.rows MAXVALUE ${MIGRATION_FIRST_ORDINAL + MIGRATION_ROWS_MAX};
     ALTER SEQUENCE bucordo.bytes MAXVALUE ${MIGRATION_BYTES_MAX};
     SELECT pg_catalog.setval('bucordo.rows', ${MIGRATION_FIRST_ORDINAL}, false), pg_catalog.setval('bucordo.bytes', 0)`,
  );
  for (const { subject } of rows) await requireUntouched(client, subject);
  let hasChanged = false;
  let shapes = await readShapes(client);
  for (const decision of rows) {
    await client.query(
      "SELECT pg_catalog.setval('bucordo.context', $1), pg_catalog.setval('bucordo.budget', -1)",
      [decision.decided_position],
    );
    const failure = await attempt(client, decision, options, () => carryOut(client, decision, height));
    await client.query('SELECT bucordo.finish_proposal($1, $2, $3, $4, $5)', [
      decision.number,
      failure?.code ?? null,
      failure?.agreedReason ?? null,
      failure?.reason.slice(0, REASON_MAX) ?? null,
      failure?.names ?? null,
    ]);
    if (failure === null) {
      hasChanged = true;
      await recordShapes(client, decision.subject, shapes);
      shapes = await readShapes(client);
    }
    const { number, kind, subject } = decision;
    if (failure === null)
      log.info({ number, kind, subject, height }, 'a decision of the members is carried out');
    else
      log.warn(
        { number, kind, subject, height, ...failure },
        'a decision of the members failed; nothing changed',
      );
  }
  await client.query(
    `SELECT pg_catalog.setval('bucordo.rows', 1, false), pg_catalog.setval('bucordo.bytes', 0);
     SELECT bucordo.limit_rows();
     ALTER SEQUENCE bucordo.bytes MAXVALUE ${writtenBytesMax}`,
  );
  if (hasChanged) await installDispatcher(client, networkId, height);
  await client.query('RESET ROLE');
}

interface Failure {
  /** The same on every node. */
  readonly code: 'contract_refused' | 'failed';
  /** Where and why, as far as it is the same on every node; null when nothing is. */
  readonly agreedReason: string | null;
  /** In this node's words. */
  readonly reason: string;
  /** What of them quotes no row; null when it is no error of Postgres. */
  readonly names: string | null;
}

/** Characters of a node's own words about a failure that are kept. */
const REASON_MAX = 2_000;

async function attempt(
  client: pg.ClientBase,
  { subject: contract }: Decision,
  { requireSafeServer }: CarryOutOptions,
  work: () => Promise<void>,
): Promise<Failure | null> {
  await client.query('SAVEPOINT decision');
  try {
    await work();
    await client.query('RELEASE SAVEPOINT decision');
    return null;
  } catch (error) {
    const isRule =
      error instanceof DecodeError || (error instanceof Fault && error.code === 'contract_refused');
    const cause = error instanceof Fault ? error.cause : error;
    if (!isRule && (error instanceof Fault || isNodeTrouble(error))) throw error;
    await client.query('ROLLBACK TO SAVEPOINT decision');
    await requireOwnFailure(client, contract, cause);
    if (sqlstateOf(cause) === NOT_PERMITTED && requireSafeServer !== undefined) {
      await client.query('RESET ROLE');
      await requireSafeServer(client);
      await becomeOwner(client);
    }
    const reason = error instanceof Error ? error.message : String(error);
    const agreedReason = error instanceof ContractRefusal ? error.agreedReason : null;
    return { code: isRule ? 'contract_refused' : 'failed', agreedReason, reason, names: namesOf(cause) };
  }
}

// Names are those of the document, which everybody has.
function namesOf(cause: unknown): string | null {
  const sqlstate = sqlstateOf(cause);
  if (sqlstate === '') return null;
  const name = (key: string): string => {
    const value: unknown = typeof cause === 'object' && cause !== null ? Reflect.get(cause, key) : undefined;
    return typeof value === 'string' ? value.slice(0, NAME_MAX) : '';
  };
  const table = [name('schema'), name('table')].filter((part) => part !== '').join('.');
  const { constraint, column } = { constraint: name('constraint'), column: name('column') };
  return describeOutcomeDetail({ ...noDetail, sqlstate, table, constraint, column });
}

/** Characters of a name in a message of Postgres. */
const NAME_MAX = 63;

/** A right is missing: by the text's own doing, or because it was taken on this server. */
const NOT_PERMITTED = '42501';

async function carryOut(client: pg.ClientBase, decision: Decision, height: number): Promise<void> {
  if (decision.kind === 'retire') await retire(client, decision.subject, height);
  else await deploy(client, decision, height);
}

async function deploy(client: pg.ClientBase, decision: Decision, height: number): Promise<void> {
  const bytes = Buffer.from(decision.document, 'utf8');
  const contract = decodeContractDocument(bytes);
  const { rows } = await client.query<{ number: number; version: string }>(
    'SELECT c.number, c.version FROM bucordo.contract AS c WHERE c.name = $1',
    [contract.name],
  );
  const [running] = rows;
  const number = running?.number ?? (await nextNumber(client));
  const installed =
    running === undefined
      ? await installContract(client, contract, number)
      : await upgradeContract(client, { contract, runningVersion: running.version, number });
  await recordContract(client, {
    contract,
    bytes,
    number,
    installed,
    fromHeight: height + 1,
    proposal: decision.number,
  });
}

// Its functions go, its rows stay and can be read.
async function retire(client: pg.ClientBase, contract: string, height: number): Promise<void> {
  const { rows } = await client.query<{ number: number }>(
    `UPDATE bucordo.contract SET is_retired = true WHERE name = $1 AND number > 0 AND NOT is_retired RETURNING number`,
    [contract],
  );
  const number = rows[0]?.number;
  if (number === undefined) {
    throw new Fault('contract_refused', `The contract ${contract} does not run`, { facts: { contract } });
  }
  await recordFunctions(client, contract, []);
  await client.query(
    `REVOKE INSERT, UPDATE, DELETE ON ALL TABLES IN SCHEMA ${quoteName(contract)} FROM ${contractRole(number)}`,
  );
  await client.query('SELECT bucordo.end_contract_version($1, $2)', [contract, height + 1]);
}

async function nextNumber(client: pg.ClientBase): Promise<number> {
  const { rows } = await client.query<{ number: number }>(
    'SELECT 1 + max(c.number) AS number FROM bucordo.contract AS c',
  );
  const number = rows[0]?.number ?? 1;
  if (number > CONTRACT_ROLES) {
    throw new Fault('contract_refused', `A network has at most ${CONTRACT_ROLES} contracts`, {
      facts: { number },
    });
  }
  return number;
}

/** Roles that the set-up makes for contracts. */
const CONTRACT_ROLES = 100;
