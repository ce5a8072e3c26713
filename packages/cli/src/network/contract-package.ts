/**
 * A contract package on disk: `contract.json` (name, version, who may call what), `schema.sql`
 * (tables) and `functions.sql`, as it goes into the genesis.
 */
import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { usageError } from '../command-error.ts';

/** A contract as the genesis holds it. */
export interface ContractPackage {
  readonly name: string;
  readonly version: string;
  /** Function name to the roles and member classes that may call it. */
  readonly functions: Readonly<
    Record<string, { readonly roles?: readonly string[]; readonly classes?: readonly string[] }>
  >;
  readonly schema: string;
  readonly source: string;
}

/** Reads the package in `directory`, or fails naming the file that is missing or wrong. */
export function readContractPackage(directory: string): ContractPackage {
  const manifest = parseManifest(readPart(directory, 'contract.json'), join(directory, 'contract.json'));
  return {
    ...manifest,
    schema: readPart(directory, 'schema.sql'),
    source: readPart(directory, 'functions.sql'),
  };
}

function readPart(directory: string, file: string): string {
  const path = join(directory, file);
  if (!existsSync(path))
    throw usageError(
      `${directory} is no contract package: it has no ${file}`,
      'A package has contract.json, schema.sql and functions.sql.',
      { path },
    );
  return readFileSync(path, 'utf8');
}

function parseManifest(text: string, path: string): Pick<ContractPackage, 'name' | 'version' | 'functions'> {
  let value: unknown;
  try {
    value = JSON.parse(text);
  } catch (cause) {
    throw usageError(
      `${path} is not JSON: ${cause instanceof Error ? cause.message : String(cause)}`,
      'Correct it.',
    );
  }
  if (!isManifest(value))
    throw usageError(
      `${path} has no name, version and functions`,
      'Example: {"name":"notes","version":"1.0.0","functions":{"add_note":{"roles":["writer"]}}}',
    );
  return { name: value.name, version: value.version, functions: value.functions };
}

function isManifest(value: unknown): value is Pick<ContractPackage, 'name' | 'version' | 'functions'> {
  if (typeof value !== 'object' || value === null) return false;
  if (!('name' in value && 'version' in value && 'functions' in value)) return false;
  return (
    typeof value.name === 'string' &&
    typeof value.version === 'string' &&
    typeof value.functions === 'object' &&
    value.functions !== null &&
    !Array.isArray(value.functions)
  );
}
