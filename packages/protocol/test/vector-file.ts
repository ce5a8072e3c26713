/**
 * Where the golden vectors lie and how they are compared: a test builds the value and compares the
 * file byte for byte. `npx vitest run packages/protocol -u` writes the files anew, after a change
 * of a format that was meant.
 */

import { join } from 'node:path';
import { expect } from 'vitest';

const folder = join(import.meta.dirname, '../../../docs/spec/vectors');

/** Path of the vector file `name` (without the ending). */
export function vectorPath(name: string): string {
  return join(folder, `${name}.json`);
}

/** Requires `value` to be what the vector file `name` holds. */
export async function expectVectors(name: string, value: unknown): Promise<void> {
  await expect(`${JSON.stringify(value, null, 2)}\n`).toMatchFileSnapshot(vectorPath(name));
}
