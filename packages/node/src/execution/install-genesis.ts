/**
 * Founds the network in a database: the system schema, what the genesis says, its contracts with
 * their histories, and the functions made for them that execute blocks. One transaction; run on a
 * database that holds the same network already it only makes sure of that.
 */

import {
  type ContractDocument,
  completeContract,
  decisionKinds,
  encodeContractDocument,
  type Genesis,
  limitDefaults,
  policyDefault,
  writtenBytesMax,
} from '@bucordo/protocol';
import type pg from 'pg';
import { Fault } from '../fault.ts';
import { becomeOwner } from './confined-role.ts';
import { installContract } from './install-contract.ts';
import { installDispatcher, recordFunctions } from './install-dispatcher.ts';
import { foundOnRules } from './install-release.ts';
import { recordInstalled } from './installed-release.ts';
import { recordShape, requireFreeSchemas } from './private-objects.ts';
import { showReaders } from './reader-views.ts';
import { recordContract } from './record-contract.ts';
import { newestSchema, RELEASE, type Release } from './release.ts';
import { readSystemContract, SYSTEM_CONTRACT } from './system-contract.ts';
import { makeSystem } from './system-schema.ts';

/** The genesis in its three forms. */
export interface GenesisInstallation {
  readonly genesis: Genesis;
  /** The document, byte for byte as received. */
  readonly document: Uint8Array;
  /** `H("genesis", document)`, 32 bytes. */
  readonly networkId: Uint8Array;
}

/** Version of the contract that the system itself provides. */
const SYSTEM_VERSION = '1.0.0';

/**
 * Installs the genesis through `client`, a connection outside any transaction that may become
 * `bucordo_owner` (the node's own, or a superuser's), in a database that was set up (roles and
 * revokes). Returns false when the network was there already. Throws a fault: `network_mismatch` when
 * the database holds another one, `contract_refused` when a contract breaks a rule, `rules_missing` when
 * the genesis names rules that `release` does not have.
 */
export async function installGenesis(
  client: pg.ClientBase,
  installation: GenesisInstallation,
  release: Release = RELEASE,
): Promise<boolean> {
  await client.query('BEGIN');
  try {
    await client.query(
      'SET LOCAL search_path = pg_catalog, pg_temp; SET LOCAL client_min_messages = warning',
    );
    const isNew = !(await isInstalled(client, installation.networkId));
    if (isNew) await install(client, installation, release);
    await client.query('COMMIT');
    return isNew;
  } catch (error) {
    await client.query('ROLLBACK');
    throw error;
  }
}

async function isInstalled(client: pg.ClientBase, networkId: Uint8Array): Promise<boolean> {
  const { rows } = await client.query<{ exists: boolean }>(
    `SELECT pg_catalog.to_regclass('bucordo.network') IS NOT NULL AS exists`,
  );
  if (rows[0]?.exists !== true) return false;
  const found = await client.query<{ id: Buffer }>('SELECT n.id FROM bucordo.network AS n');
  const id = found.rows[0]?.id;
  if (id?.equals(networkId) === true) return true;
  throw new Fault(
    'network_mismatch',
    `The database holds another network than the genesis founds: ${id?.toString('hex') ?? 'one without an id'}, not ${Buffer.from(networkId).toString('hex')}`,
    {
      facts: { database: id?.toString('hex') ?? '', genesis: Buffer.from(networkId).toString('hex') },
      hint: 'Name the genesis file of this database, or an empty database.',
    },
  );
}

async function install(
  client: pg.ClientBase,
  installation: GenesisInstallation,
  release: Release,
): Promise<void> {
  const { genesis, networkId } = installation;
  await becomeOwner(client);
  await requireFreeSchemas(client, SYSTEM_CONTRACT);
  await makeSystem(client);
  await recordInstalled(client, 'schema', { version: newestSchema(release), height: 0 });
  // What the genesis says has the position 0 in the history: no transaction, before all of them.
  await client.query(
    `SELECT pg_catalog.setval('bucordo.context', 0), pg_catalog.setval('bucordo.rows', 1, false), pg_catalog.setval('bucordo.bytes', 0)`,
  );
  await insertNetwork(client, installation);
  await foundOnRules(client, genesis.rules ?? 1, release);
  await insertSystemContract(client);
  await recordFunctions(client, SYSTEM_CONTRACT, await readSystemContract(client));
  for (const [index, contract] of genesis.contracts.entries()) {
    await found(client, completeContract(contract), index + 1);
  }
  await installDispatcher(client, networkId, 0);
  await client.query(`ALTER SEQUENCE bucordo.bytes MAXVALUE ${writtenBytesMax} RESTART`);
  await showReaders(client, SYSTEM_CONTRACT, [], []);
  for (const { name } of genesis.contracts) await recordShape(client, name);
}

async function found(client: pg.ClientBase, contract: ContractDocument, number: number): Promise<void> {
  const installed = await installContract(client, contract, number);
  const bytes = encodeContractDocument(contract);
  await recordContract(client, { contract, bytes, number, installed, fromHeight: 1, proposal: null });
}

async function insertSystemContract(client: pg.ClientBase): Promise<void> {
  await client.query(
    `INSERT INTO bucordo.contract (name, number, version, hash, document) VALUES ($1, 0, $2, '', '')`,
    [SYSTEM_CONTRACT, SYSTEM_VERSION],
  );
}

async function insertNetwork(client: pg.ClientBase, installation: GenesisInstallation): Promise<void> {
  const { genesis, document, networkId } = installation;
  await client.query('INSERT INTO bucordo.network (id, name, document) VALUES ($1, $2, $3)', [
    networkId,
    genesis.name,
    document,
  ]);
  // The state before the first block: both hashes are the network's id, earlier than any time.
  await client.query(
    `INSERT INTO bucordo.state (height, block_time, block_hash, state_hash, receipts_root, changes_root) VALUES (0, 0, $1, $1, '', '')`,
    [networkId],
  );
  const { budget, rows, valueBytes } = genesis.limits ?? limitDefaults;
  await client.query('SELECT bucordo.set_limits($1, $2, $3)', [budget, rows, valueBytes]);
  for (const kind of decisionKinds) {
    const rule = JSON.stringify(genesis.governance?.[kind] ?? policyDefault);
    await client.query('INSERT INTO bucordo.policy (decision, rule, proposal) VALUES ($1, $2, NULL)', [
      kind,
      rule,
    ]);
  }
  for (const member of genesis.members) {
    await client.query(
      'INSERT INTO bucordo.member (id, name, class, number, administrators_needed) VALUES ($1, $2, $3, $4, $5)',
      [member.id, member.name, member.class, member.number, member.administrators?.needed ?? 1],
    );
    for (const identity of member.identities) {
      await client.query(
        `INSERT INTO bucordo.identity (key, member, name, roles, valid_from, valid_to, member_class)
         VALUES ($1, $2, $3, $4, 1, NULL, $5)`,
        [identity.key, member.id, identity.name, identity.roles, member.class],
      );
    }
  }
}
