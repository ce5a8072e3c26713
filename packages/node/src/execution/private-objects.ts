/**
 * What a member has in its own database besides the chain, and what it did to the contracts there: it is
 * on this node alone, so it must not decide what becomes of a decision of all.
 *
 * The contracts' schemas are looked at when the node starts and before they are changed, names before a
 * contract is installed, both again and what stands on them after a decision has failed. Whatever is found
 * stops this node, which goes on with the same block when it is started again without it.
 */

import type pg from 'pg';
import { Fault } from '../fault.ts';
import { readSql } from './sql-text.ts';
import { sqlstateOf } from './sqlstate.ts';

/** Throws `private_object_in_the_way` when a new contract finds a schema with one of its names. */
export async function requireFreeSchemas(client: pg.ClientBase, contract: string): Promise<void> {
  const { rows } = await client.query<{ name: string }>(
    `SELECT n.nspname::text AS name FROM pg_catalog.pg_namespace AS n
      WHERE n.nspname = ANY (ARRAY[$1, $1 || '_history', $1 || '_read'])
      ORDER BY n.nspname`,
    [contract],
  );
  if (rows.length === 0) return;
  throw inTheWay(
    contract,
    rows.map(({ name }) => `schema ${name}`),
  );
}

/** Throws `contract_altered` when the schemas of a contract are not as the last decision left them. */
export async function requireUntouched(client: pg.ClientBase, contract: string): Promise<void> {
  const objects = await readShape(client, contract);
  const { rows } = await client.query<{ difference: string }>(readSql('report/differences.sql'), [
    contract,
    objects,
  ]);
  if (rows.length === 0) return;
  const differences = rows.map(({ difference }) => difference).join('; ');
  throw new Fault(
    'contract_altered',
    `The schemas of ${contract} are not as the members' decisions left them: ${differences}`,
    {
      facts: { contract, differences },
      hint: 'Undo what was changed here (`bucordo report` lays it beside the other members), and start the node again.',
    },
  );
}

/** The schemas of all contracts as they are, by the contract's name, as `bucordo_owner`. */
export type ContractShapes = ReadonlyMap<string, string>;

/** Reads the schemas of all contracts. */
export async function readShapes(client: pg.ClientBase): Promise<ContractShapes> {
  const shapes = new Map<string, string>();
  for (const name of await contractNames(client)) shapes.set(name, await readShape(client, name));
  return shapes;
}

/**
 * Notes what a decision about `contract` has left there, and of all others what it has changed since
 * `before`: rights on what they publish. What somebody has done to those by hand stays a difference.
 */
export async function recordShapes(
  client: pg.ClientBase,
  contract: string,
  before: ContractShapes,
): Promise<void> {
  for (const [name, objects] of await readShapes(client)) {
    if (name === contract) await recordShape(client, name, objects);
    else if (objects !== before.get(name))
      await client.query(readSql('report/record-change.sql'), [name, before.get(name) ?? '[]', objects]);
  }
}

/** Notes the schemas of a contract as they are now, as `bucordo_owner`. */
export async function recordShape(client: pg.ClientBase, contract: string, objects?: string): Promise<void> {
  await client.query(
    `INSERT INTO bucordo.contract_shape (contract, postgres, objects)
     VALUES ($1, pg_catalog.current_setting('server_version_num')::pg_catalog.int4 / 10000, $2)
     ON CONFLICT (contract) DO UPDATE SET postgres = excluded.postgres, objects = excluded.objects`,
    [contract, objects ?? (await readShape(client, contract))],
  );
}

/** Throws `contract_altered` when the schemas of a contract are not as the decisions left them. */
export async function requireAllUntouched(client: pg.ClientBase): Promise<void> {
  for (const name of await contractNames(client)) await requireUntouched(client, name);
}

async function contractNames(client: pg.ClientBase): Promise<string[]> {
  const { rows } = await client.query<{ name: string }>(
    'SELECT c.name FROM bucordo.contract AS c WHERE c.number > 0 ORDER BY c.number',
  );
  return rows.map(({ name }) => name);
}

async function readShape(client: pg.ClientBase, contract: string): Promise<string> {
  const { rows } = await client.query<{ kind: string; name: string; definition: string }>(
    readSql('report/reflection.sql'),
    [contract],
  );
  return JSON.stringify(rows);
}

/**
 * Throws when a decision may have failed because of what this node alone has: an object that stands on the
 * contract, a trigger on commands. `error` is what Postgres said, after its savepoint was rolled back.
 */
export async function requireOwnFailure(
  client: pg.ClientBase,
  contract: string,
  error: unknown,
): Promise<void> {
  await requireNoForeignTrigger(client, contract, error);
  // Looked at before the decision, but another session may have ended its transaction since then.
  const running = await contractNames(client);
  if (running.includes(contract)) await requireUntouched(client, contract);
  else await requireFreeSchemas(client, contract);
  const sqlstate = sqlstateOf(error);
  if (sqlstate !== STILL_DEPENDED_ON && sqlstate !== NOT_SUPPORTED) return;
  const { rows } = await client.query<{ object: string; relation: string }>(
    readSql('report/dependents.sql'),
    [contract],
  );
  const words = wordsOf(error);
  const found = rows.filter(({ relation }) => sqlstate === STILL_DEPENDED_ON || words.includes(relation));
  if (found.length > 0)
    throw inTheWay(
      contract,
      found.map(({ object }) => object),
    );
}

/** Something stands on what is to be dropped. */
const STILL_DEPENDED_ON = '2BP01';

/** Also what Postgres says when a column's type is used, or a row's type, by what the message names. */
const NOT_SUPPORTED = '0A000';

function wordsOf(error: unknown): string {
  if (!(error instanceof Error)) return '';
  const { detail, where } = error as { readonly detail?: unknown; readonly where?: unknown };
  return [error.message, detail, where].filter((each) => typeof each === 'string').join('\n');
}

// Another event trigger than the set-up's is this server's; the error says where it was raised.
async function requireNoForeignTrigger(
  client: pg.ClientBase,
  contract: string,
  error: unknown,
): Promise<void> {
  const { rows } = await client.query<{ name: string; routine: string }>(
    `SELECT e.evtname::text AS name, pg_catalog.quote_ident(p.proname) AS routine
       FROM pg_catalog.pg_event_trigger AS e
       JOIN pg_catalog.pg_proc AS p ON p.oid = e.evtfoid
      WHERE e.evtname <> 'bucordo_refuse_ddl' AND e.evtenabled <> 'D'
      ORDER BY e.evtname`,
  );
  const words = wordsOf(error);
  const found = rows.filter(({ routine }) => words.includes(`${routine}()`));
  if (found.length > 0)
    throw inTheWay(
      contract,
      found.map(({ name }) => `event trigger ${name}`),
    );
}

function inTheWay(contract: string, objects: readonly string[]): Fault {
  const list = objects.slice(0, 20).join(', ');
  return new Fault(
    'private_object_in_the_way',
    `A decision about ${contract} meets what this member alone has: ${list}`,
    {
      facts: { contract, objects: list },
      hint: 'Drop or rename it (keep its definition and data), start the node again, and create it anew after the decision.',
    },
  );
}
