/**
 * The two versions of the contract: 1.0.0 as its folder has it, and 1.1.0, which is the same with
 * what the folder `upgrade` adds. The members deploy the first, and the second while orders are on
 * their way.
 */

import { readFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { type ContractPackage, readPackage } from '@bucordo/contract';
import { contractFolder } from '../network/example-network.ts';

/** Version 1.0.0. */
export function firstVersion(): ContractPackage {
  return readPackage(contractFolder('purchasing'));
}

/** Version 1.1.0: remarks on orders, with a migration. */
export function nextVersion(): ContractPackage {
  const first = firstVersion();
  const added = (file: string): string => readFileSync(join(upgradeFolder(), file), 'utf8');
  return {
    ...first,
    manifest: {
      ...first.manifest,
      version: '1.1.0',
      functions: { ...first.manifest.functions, remark_order: { roles: [], classes: [] } },
    },
    schema: { ...first.schema, text: first.schema.text + added('schema.sql') },
    functions: { ...first.functions, text: first.functions.text + added('functions.sql') },
    migrations: [
      {
        file: 'migrations/1.0.0-1.1.0.sql',
        from: '1.0.0',
        to: '1.1.0',
        text: added('schema.sql') + added('migration.sql'),
      },
    ],
  };
}

function upgradeFolder(): string {
  return join(dirname(contractFolder('purchasing')), 'upgrade');
}
