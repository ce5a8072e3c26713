/** Writes down which version of a contract runs, since when, what can be called of it, and who reads it. */

import { type ContractDocument, contractHash } from '@bucordo/protocol';
import type pg from 'pg';
import type { InstalledContract } from './install-contract.ts';
import { recordFunctions } from './install-dispatcher.ts';
import { showReaders } from './reader-views.ts';

/** A contract that was installed or upgraded. */
export interface RunningVersion {
  readonly contract: ContractDocument;
  /** Its document, byte for byte. */
  readonly bytes: Uint8Array;
  readonly number: number;
  readonly installed: InstalledContract;
  /** First height at which it can be called. */
  readonly fromHeight: number;
  /** Number of the proposal that brought it; null for the genesis. */
  readonly proposal: string | null;
}

/** Records `version` as the one that runs, as `bucordo_owner`. */
export async function recordContract(client: pg.ClientBase, version: RunningVersion): Promise<void> {
  const { contract, bytes, number, installed, fromHeight, proposal } = version;
  const { name } = contract;
  const hash = contractHash(bytes);
  const document = Buffer.from(bytes).toString('utf8');
  await client.query(
    `INSERT INTO bucordo.contract (name, number, version, hash, document) VALUES ($1, $2, $3, $4, $5)
     ON CONFLICT (name) DO UPDATE
       SET version = excluded.version, hash = excluded.hash, document = excluded.document, is_retired = false`,
    [name, number, contract.version, hash, document],
  );
  await recordFunctions(client, name, installed.functions);
  await showReaders(client, name, installed.tables, contract.readers);
  await client.query('SELECT bucordo.begin_contract_version($1, $2, $3, $4, $5, $6)', [
    name,
    contract.version,
    hash,
    document,
    fromHeight,
    proposal,
  ]);
}
