import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { migrationsMax, packageBytesMax } from '../limits.ts';
import { PackageError } from './package-error.ts';
import { readPackage } from './read-package.ts';

let folder: string;

beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'bucordo-package-'));
  put('contract.json', '{ "name": "notes", "version": "1.1.0", "functions": {} }');
  put('schema.sql', '-- tables');
  put('functions.sql', '-- functions é');
});

afterEach(() => rmSync(folder, { recursive: true }));

function put(file: string, text: string | Uint8Array): void {
  mkdirSync(dirname(join(folder, file)), { recursive: true });
  writeFileSync(join(folder, file), text);
}

function refusal(): string {
  try {
    readPackage(folder);
  } catch (error) {
    if (error instanceof PackageError) return error.message;
    throw error;
  }
  return 'read';
}

describe('folder of a contract', () => {
  it('is read with the names of its files', () => {
    put('migrations/1.0.0-1.1.0.sql', '-- way');
    put('migrations/README.md', '');
    put('tests/b.test.sql', '');
    put('tests/a.test.ts', '');
    const { manifest, schema, functions, migrations, tests } = readPackage(folder);
    expect(manifest.name).toBe('notes');
    expect([schema.file, functions.file]).toEqual(['schema.sql', 'functions.sql']);
    expect(functions.text).toBe('-- functions é');
    expect(migrations).toEqual([
      { file: 'migrations/1.0.0-1.1.0.sql', text: '-- way', from: '1.0.0', to: '1.1.0' },
    ]);
    expect(tests).toEqual(['tests/a.test.ts', 'tests/b.test.sql']);
  });

  it.each(['contract.json', 'schema.sql', 'functions.sql'])('needs %s', (file) => {
    rmSync(join(folder, file));
    expect(refusal()).toContain(`${file}:1: the file: It is missing`);
  });

  it('refuses what is wrong, with the file', () => {
    put('contract.json', '{ "name": 1 }');
    expect(refusal()).toMatch(/^contract\.json:1: /);
  });

  it('refuses other bytes than UTF-8', () => {
    put('schema.sql', Uint8Array.of(0x2d, 0x2d, 0xff));
    expect(refusal()).toContain('schema.sql:1: bytes that are not UTF-8');
  });

  it('is the same with line ends of Windows', () => {
    const files: Record<string, string> = {
      'schema.sql': "-- one\nCREATE TABLE notes.note (body text DEFAULT 'two\nlines');\n\n",
      'functions.sql': '-- functions é\n-- end',
      'contract.json': '{ "name": "notes",\n"version": "1.1.0", "functions": {} }\n',
      'migrations/1.0.0-1.1.0.sql': '-- way\n',
    };
    for (const [file, text] of Object.entries(files)) put(file, text);
    const read = readPackage(folder);
    for (const [file, text] of Object.entries(files)) put(file, text.replaceAll('\n', '\r\n'));
    expect(readPackage(folder)).toEqual(read);
    expect(read.schema.text).toBe(files['schema.sql']);
  });

  it.each([
    [
      'a lone carriage return',
      'schema.sql',
      '-- é\r\nab\rDO',
      'schema.sql:2: a carriage return without a line feed',
    ],
    ['two of them', 'functions.sql', 'a\r\r\n', 'functions.sql:1: a carriage return without a line feed'],
    [
      'one at the end',
      'migrations/1.0.0-1.1.0.sql',
      'a\r',
      'migrations/1.0.0-1.1.0.sql:1: a carriage return',
    ],
    ['a byte order mark', 'contract.json', '\ufeff{}', 'contract.json:1: a byte order mark'],
    ['a byte order mark of SQL', 'functions.sql', '\ufeff-- a', 'functions.sql:1: a byte order mark'],
    ['a name in other letters', 'Migrations/1.0.0-1.1.0.sql', '', 'Some machines read it as migrations'],
    [
      'a migration in other letters',
      'migrations/1.0.0-1.1.0.SQL',
      '',
      '1.0.0-1.1.0.SQL:1: the name of the file',
    ],
  ])('refuses %s', (_what, file, text, reason) => {
    put(file, text);
    expect(refusal()).toContain(reason);
  });

  it('refuses what is too large to be read', () => {
    put('schema.sql', ' '.repeat(packageBytesMax));
    expect(refusal()).toBe('read');
    put('schema.sql', ' '.repeat(packageBytesMax + 1));
    expect(refusal()).toContain(`at most ${packageBytesMax} bytes`);
  });

  it('refuses migrations that do not say from where to where, and too many', () => {
    for (let at = 0; at < migrationsMax; at++) put(`migrations/1.0.${at}-1.0.${at + 1}.sql`, '');
    expect(refusal()).toBe('read');
    put('migrations/2.0.0-2.0.1.sql', '');
    expect(refusal()).toContain(`at most ${migrationsMax} migrations`);
    rmSync(join(folder, 'migrations'), { recursive: true });
    put('migrations/next.sql', '');
    expect(refusal()).toContain('migrations/next.sql:1: the name of the file');
  });
});
