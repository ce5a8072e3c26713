/** The package of a contract that is at hand as a document: what its author keeps as a folder. */

import { completeContract, type GenesisContract } from '@bucordo/protocol';
import { authorSource } from '../build/insertion.ts';
import type { ContractPackage } from './contract-package.ts';

/**
 * The package that `contract` was built of, or would be as a folder: its functions without what a
 * build wrote in, on the same lines, so that findings name lines of both.
 */
export function packageOfContract(contract: GenesisContract): ContractPackage {
  const { schema, source, migrations, ...manifest } = completeContract(contract);
  return {
    manifest,
    manifestText: { file: 'contract.json', text: `${JSON.stringify(manifest, null, 2)}\n` },
    schema: { file: 'schema.sql', text: schema },
    functions: { file: 'functions.sql', text: authorSource(source) },
    migrations: migrations.map(({ from, sql }) => ({
      from,
      to: manifest.version,
      file: `migrations/${from}-${manifest.version}.sql`,
      text: sql,
    })),
    tests: [],
  };
}
