/** Reads the contract packages that lie here as folders, in the form that a genesis takes. */

import { readdirSync, readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import type { GenesisContract } from '@bucordo/protocol';

/** Folder of the contracts that every layer must let pass. */
export const GOOD_FOLDER: string = fileURLToPath(new URL('good/', import.meta.url));

/** Names of the good contracts, sorted. */
export function goodContracts(): string[] {
  return readdirSync(GOOD_FOLDER).sort();
}

/** The good contract `name`, its source as the author wrote it. */
export function goodContract(name: string): GenesisContract {
  const read = (file: string): string => readFileSync(`${GOOD_FOLDER}${name}/${file}`, 'utf8');
  const manifest: Omit<GenesisContract, 'schema' | 'source'> = JSON.parse(read('contract.json'));
  return { ...manifest, schema: read('schema.sql'), source: read('functions.sql') };
}
