/**
 * Where the published data is: only where the user says, by `--data` or by the environment variable
 * `BUCORDO_DATA`. There is no default place. Without it the examples run on generated data.
 */

import { existsSync } from 'node:fs';
import { resolve } from 'node:path';
import { DataError } from './data-error.ts';

/** Name of the environment variable. */
export const dataVariable = 'BUCORDO_DATA';

/**
 * Absolute path of the data folder, or null when none was named. A folder that was named and is not
 * there is an error, so that nobody takes generated figures for real ones.
 */
export function findData(options: {
  readonly flag?: string | undefined;
  readonly environment?: string | undefined;
}): string | null {
  const named = options.flag ?? options.environment;
  if (named === undefined || named === '') return null;
  const folder = resolve(named);
  if (!existsSync(folder)) {
    throw new DataError(`this folder, named by --data or ${dataVariable}, does not exist`, {
      source: folder,
    });
  }
  return folder;
}
