/** What the node says about its contracts when it starts: one line, and one more for each difference. */

import type { ContractReader } from '../execution/contract-reader.ts';
import type { ReflectedObject } from '../execution/ports.ts';
import type { Log } from '../observe/ports.ts';

/** Logs contracts and numbers of objects, and warns where manifest and catalogue differ. Never rejects. */
export async function logContracts(contracts: ContractReader, log: Log): Promise<void> {
  try {
    const { contracts: running, objects } = await contracts.reflection();
    const isOwn = (name: string): boolean => running.some((each) => name.startsWith(`${each.name}.`));
    const count = (kind: ReflectedObject['kind']): number =>
      objects.filter((object) => object.kind === kind && isOwn(object.name)).length;
    const names = running.map(
      ({ name, version, isRetired }) => `${name} ${version}${isRetired ? ' (retired)' : ''}`,
    );
    log.info(
      {
        contracts: names.join(', '),
        tables: count('table'),
        columns: count('column'),
        functions: count('callable'),
      },
      'the contracts in the database',
    );
    for (const difference of await contracts.manifestDifferences()) {
      log.warn({ difference }, 'manifest and catalogue of a contract differ: `bucordo report`');
    }
  } catch (error) {
    log.warn({ reason: String(error) }, 'the contracts could not be looked at');
  }
}
