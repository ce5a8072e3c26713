/**
 * Founds the network in a database: the system schema, what the genesis says, its contracts with
 * their histories, `bucordo.execute_block` made for them, and a private schema of the member. One transaction; run on a database
 * that holds the same network already it only makes sure of that.
 */

import type { Genesis } from '@bucordo/protocol';
import type pg from 'pg';
import { Fault } from '../chain/fault.ts';
import type { ContractTable } from './contract-table.ts';
import { type DispatchedFunction, executeBlockSql } from './dispatch-sql.ts';
import { historySchema } from './history-sql.ts';
import { installContract } from './install-contract.ts';
import { quoteName, readSql } from './sql-text.ts';

/** The genesis in its three forms. */
export interface GenesisInstallation {
  readonly genesis: Genesis;
  /** The document, byte for byte as received. */
  readonly document: Uint8Array;
  /** `H("genesis", document)`, 32 bytes. */
  readonly networkId: Uint8Array;
}

/** Files of the system schema in the order in which they depend on each other. */
const SYSTEM_FILES = [
  'network',
  'contract',
  'chain',
  'registers',
  'bytes',
  'errors',
  'arguments',
  'context',
  'checkpoint',
  'views',
  'privileges',
] as const;

/** The contract that the system itself provides. */
const SYSTEM_CONTRACT = 'bucordo';

/**
 * Installs the genesis through `setUp`, a superuser's connection outside any transaction, to a
 * database that was set up (roles and revokes). Returns false when the network was there already.
 * Throws a fault: `network_mismatch` when the database holds another one, `contract_refused` when a
 * contract breaks a rule.
 */
export async function installGenesis(
  setUp: pg.ClientBase,
  installation: GenesisInstallation,
): Promise<boolean> {
  await setUp.query('BEGIN');
  try {
    await setUp.query('SET LOCAL search_path = pg_catalog, pg_temp; SET LOCAL client_min_messages = warning');
    // Roles are the server's, so two databases of one server are founded one after the other.
    await setUp.query('LOCK TABLE pg_catalog.pg_authid IN SHARE ROW EXCLUSIVE MODE');
    const isNew = !(await isInstalled(setUp, installation.networkId));
    if (isNew) await install(setUp, installation);
    await setUp.query('COMMIT');
    return isNew;
  } catch (error) {
    await setUp.query('ROLLBACK');
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
  throw new Fault('network_mismatch', 'The database holds another network than the genesis founds', {
    facts: { database: id?.toString('hex') ?? '', genesis: Buffer.from(networkId).toString('hex') },
    hint: 'Name the genesis file of this database, or an empty database.',
  });
}

async function install(client: pg.ClientBase, installation: GenesisInstallation): Promise<void> {
  const { genesis, networkId } = installation;
  await client.query('CREATE SCHEMA bucordo AUTHORIZATION bucordo_owner');
  await client.query('SET LOCAL ROLE bucordo_owner');
  for (const file of SYSTEM_FILES) await client.query(readSql(`system/${file}.sql`));
  await insertNetwork(client, installation);
  await client.query('RESET ROLE');

  const functions: Omit<DispatchedFunction, 'number'>[] = [CHECKPOINT_FUNCTION];
  const tables: ContractTable[] = [];
  await insertSystemContract(client);
  for (const contract of genesis.contracts) {
    const installed = await installContract(client, contract);
    tables.push(...installed.tables);
    functions.push(...installed.functions);
    await client.query(
      'INSERT INTO bucordo.contract (name, version, schema_text, source_text) VALUES ($1, $2, $3, $4)',
      [contract.name, contract.version, contract.schema, contract.source],
    );
    await client.query(readerSql(contract.name));
  }
  const numbered = functions.map((each, index) => ({ ...each, number: index + 1 }));
  for (const each of numbered) await insertFunction(client, each);
  await client.query('SET LOCAL ROLE bucordo_owner');
  await client.query(executeBlockSql({ networkId, functions: numbered, tables }));
  await client.query(
    `REVOKE EXECUTE ON ALL FUNCTIONS IN SCHEMA bucordo FROM PUBLIC;
     GRANT EXECUTE ON FUNCTION bucordo.execute_block(int8, int8, bytea, bytea, bytea, bytea, bytea, int4) TO bucordo_node`,
  );
  await client.query('RESET ROLE');
  await client.query(readSql('system/private.sql'));
  // What a receipt says of an error is told from the words of its context, so they are in one language.
  await client.query("ALTER ROLE bucordo_node SET lc_messages = 'C'");
}

const CHECKPOINT_FUNCTION: Omit<DispatchedFunction, 'number'> = {
  contract: SYSTEM_CONTRACT,
  name: 'checkpoint',
  parameters: [
    { name: 'checkpoint', type: 'text' },
    { name: 'signature', type: 'text' },
  ],
  roles: ['node'],
  classes: [],
  returnsValue: false,
};

async function insertSystemContract(client: pg.ClientBase): Promise<void> {
  await client.query(
    `INSERT INTO bucordo.contract (name, version, schema_text, source_text) VALUES ($1, '1.0.0', '', '')`,
    [SYSTEM_CONTRACT],
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
  for (const member of genesis.members) {
    await client.query('INSERT INTO bucordo.member (id, name, class, number) VALUES ($1, $2, $3, $4)', [
      member.id,
      member.name,
      member.class,
      member.number,
    ]);
    for (const identity of member.identities) {
      await client.query(
        `INSERT INTO bucordo.identity (key, member, name, roles, valid_from, valid_to, member_class)
         VALUES ($1, $2, $3, $4, 1, NULL, $5)`,
        [identity.key, member.id, identity.name, identity.roles, member.class],
      );
    }
  }
}

async function insertFunction(client: pg.ClientBase, installed: DispatchedFunction): Promise<void> {
  await client.query(
    `INSERT INTO bucordo.function (number, contract, name, roles, classes, parameter_names, parameter_types, returns_value)
     VALUES ($1, $2, $3, $4, $5, $6, $7, $8)`,
    [
      installed.number,
      installed.contract,
      installed.name,
      installed.roles,
      installed.classes,
      installed.parameters.map((parameter) => parameter.name),
      installed.parameters.map((parameter) => parameter.type),
      installed.returnsValue,
    ],
  );
}

// Readers see a contract's tables, their history and the table as of a height.
function readerSql(contract: string): string {
  const schemas = [contract, historySchema(contract)].map(quoteName).join(', ');
  return `
    GRANT USAGE ON SCHEMA ${schemas} TO bucordo_reader, bucordo_node;
    GRANT SELECT ON ALL TABLES IN SCHEMA ${schemas} TO bucordo_reader, bucordo_node;`;
}
