/** Contracts that tests write as texts, built as a member builds them. */

import { buildContract, packageOfContract } from '@bucordo/contract';
import type { GenesisContract } from '@bucordo/protocol';

/** The contract with the budget in its functions. */
export async function builtContract(contract: GenesisContract): Promise<GenesisContract> {
  return (await buildContract(packageOfContract(contract))).document;
}
