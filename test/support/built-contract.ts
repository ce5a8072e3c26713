/** Contracts that tests write as texts, built as a member builds them. */

import { buildContract } from '@bucordo/contract';
import { completeContract, type GenesisContract } from '@bucordo/protocol';

/** The contract with the budget in its functions. */
export async function builtContract(contract: GenesisContract): Promise<GenesisContract> {
  const { schema, source, migrations: _, ...manifest } = completeContract(contract);
  const { document } = await buildContract({
    manifest,
    manifestText: { file: 'contract.json', text: '' },
    schema: { file: 'schema.sql', text: schema },
    functions: { file: 'functions.sql', text: source },
    migrations: [],
    tests: [],
  });
  return document;
}
