/** A contract folder as it goes into the genesis of the tests. */

import { readFile } from 'node:fs/promises';
import path from 'node:path';
import type { GenesisContract } from '@bucordo/protocol';
import { TestError } from './test-error.ts';

/** Reads the folder. Throws a {@link TestError} that names the file that is missing or wrong. */
export async function readContract(folder: string): Promise<GenesisContract> {
  const manifestFile = path.join(folder, 'contract.json');
  const [manifest, schema, source] = await Promise.all([
    readPart(manifestFile),
    readPart(path.join(folder, 'schema.sql')),
    readPart(path.join(folder, 'functions.sql')),
  ]);
  let value: Omit<GenesisContract, 'schema' | 'source'>;
  try {
    value = JSON.parse(manifest);
  } catch (error) {
    const reason = error instanceof Error ? error.message : String(error);
    throw new TestError(`no JSON: ${reason}`, { place: { file: manifestFile, line: 1 } });
  }
  const { name, version, functions, ...rest } = value;
  const permissions = Object.entries(functions).map(
    ([each, { roles = [], classes = [] }]) => [each, { roles, classes }] as const,
  );
  return { name, version, functions: Object.fromEntries(permissions), ...rest, schema, source };
}

async function readPart(file: string): Promise<string> {
  return readFile(file, 'utf8').catch(() => {
    throw new TestError(`${file} is missing`, {
      hint: 'A contract is a folder with contract.json, schema.sql and functions.sql: bucordo contract new makes one.',
    });
  });
}
