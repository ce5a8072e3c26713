/**
 * Reads a contract's folder: `contract.json`, `schema.sql`, `functions.sql`, `migrations/`, `tests/`.
 *
 * The same folder gives the same texts on every machine, and so the same hash: line ends that a checkout on Windows
 * made CR LF are LF again, and what machines read differently (a lone CR, a byte order mark, a name in other
 * letters where the disk knows no case) is refused.
 */

import { existsSync, readdirSync, readFileSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { migrationsMax, packageBytesMax } from '../limits.ts';
import type { ContractPackage, PackageMigration, PackageText } from './contract-package.ts';
import type { Manifest } from './manifest.ts';
import { PackageError } from './package-error.ts';
import { readManifest } from './read-manifest.ts';

/** Names of migrations: from which version to which. */
const MIGRATION = /^(\d{1,9}\.\d{1,9}\.\d{1,9})-(\d{1,9}\.\d{1,9}\.\d{1,9})\.sql$/;

/** Reads a folder. Throws a {@link PackageError} when a file is missing or the manifest is wrong. */
export function readPackage(folder: string): ContractPackage {
  checkNames(folder);
  const manifestText = readText(folder, 'contract.json');
  return {
    manifest: parseManifest(manifestText),
    manifestText,
    schema: readText(folder, 'schema.sql'),
    functions: readText(folder, 'functions.sql'),
    migrations: readMigrations(folder),
    tests: listFiles(folder, 'tests'),
  };
}

/** Names that mean something; a disk may find them in other letters. */
const NAMES = ['contract.json', 'schema.sql', 'functions.sql', 'migrations', 'tests'];

function checkNames(folder: string): void {
  if (!existsSync(folder) || !statSync(folder).isDirectory()) return;
  for (const entry of readdirSync(folder)) {
    const name = NAMES.find((each) => each === entry.toLowerCase());
    if (name === undefined || name === entry) continue;
    throw packageError(
      entry,
      'the name',
      `Some machines read it as ${name}, others do not see it.`,
      `Rename it to ${name}.`,
    );
  }
}

/** The manifest of a text. Throws a {@link PackageError} that names each place that is wrong. */
export function parseManifest({ file, text }: PackageText): Manifest {
  const result = readManifest(file, text);
  if ('manifest' in result) return result.manifest;
  const [first, ...others] = result.findings;
  if (first === undefined) throw new Error('a manifest was refused without a reason');
  throw new PackageError(first, ...others);
}

function readText(folder: string, file: string): PackageText {
  const path = join(folder, file);
  if (!existsSync(path) || !statSync(path).isFile()) {
    throw packageError(
      file,
      'the file',
      `It is missing in ${folder}.`,
      'A contract has contract.json, schema.sql and functions.sql; `bucordo contract new <folder>` makes one.',
    );
  }
  const { size } = statSync(path);
  if (size > packageBytesMax) {
    throw packageError(
      file,
      `${size} bytes`,
      `A contract has at most ${packageBytesMax} bytes.`,
      'Divide the contract into several.',
    );
  }
  return { file, text: textOf(file, readFileSync(path)) };
}

function textOf(file: string, bytes: Uint8Array): string {
  let text: string;
  try {
    text = new TextDecoder('utf-8', { fatal: true, ignoreBOM: true }).decode(bytes);
  } catch {
    throw packageError(
      file,
      'bytes that are not UTF-8',
      'Members would approve another text than the one that is installed.',
      'Save the file as UTF-8.',
    );
  }
  if (text.startsWith('\ufeff')) {
    throw packageError(
      file,
      'a byte order mark',
      'With it the same contract has another hash.',
      'Save the file as UTF-8 without a byte order mark.',
    );
  }
  const oneKind = text.replaceAll('\r\n', '\n');
  const lone = oneKind.indexOf('\r');
  if (lone < 0) return oneKind;
  const before = oneKind.slice(0, lone).split('\n');
  throw packageError(
    file,
    'a carriage return without a line feed',
    'Postgres ends a line there, and editors, git and people do not.',
    'End lines with a line feed; in a text write chr(13).',
    { line: before.length, column: (before.at(-1) ?? '').length + 1 },
  );
}

function readMigrations(folder: string): readonly PackageMigration[] {
  const names = listFiles(folder, 'migrations').filter((file) => file.toLowerCase().endsWith('.sql'));
  if (names.length > migrationsMax) {
    throw packageError(
      'migrations',
      `${names.length} files`,
      `A contract has at most ${migrationsMax} migrations.`,
      'Remove those from versions that no network runs any more.',
    );
  }
  return names.map((file) => {
    const [, from, to] = MIGRATION.exec(file.slice('migrations/'.length)) ?? [];
    if (from === undefined || to === undefined) {
      throw packageError(
        file,
        'the name of the file',
        'It does not say which versions it connects.',
        'Name it <from>-<to>.sql, such as 1.0.0-1.1.0.sql.',
      );
    }
    return { ...readText(folder, file), from, to };
  });
}

// Paths inside the folder, sorted; only files directly in it.
function listFiles(folder: string, part: string): readonly string[] {
  const path = join(folder, part);
  if (!existsSync(path) || !statSync(path).isDirectory()) return [];
  return readdirSync(path, { withFileTypes: true })
    .filter((entry) => entry.isFile())
    .map((entry) => `${part}/${entry.name}`)
    .sort();
}

function packageError(
  file: string,
  construct: string,
  message: string,
  remedy: string,
  { line, column }: { line: number; column: number } = { line: 1, column: 1 },
): PackageError {
  return new PackageError({
    rule: 'package',
    layer: 'B0',
    file,
    line,
    column,
    construct,
    message,
    remedy,
  });
}
