import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { acceptedBySchema } from '../../test/json-schema.ts';
import { readManifest } from './read-manifest.ts';

const schema: unknown = JSON.parse(
  readFileSync(join(import.meta.dirname, '../../schema/manifest.schema.json'), 'utf8'),
);
const least = { name: 'notes', version: '1.0.0', functions: {} };

/** Manifests that are right. */
const RIGHT: readonly object[] = [
  least,
  { $schema: './contract.schema.json', ...least },
  { ...least, functions: { add: {}, drop: { roles: ['writer', 'chief-writer'], classes: ['buyer'] } } },
  { ...least, views: { open: { contracts: ['*'] } }, uses: { other: ['one', 'two'] } },
  {
    ...least,
    readers: [
      { table: 'note' },
      { table: 'note', classes: ['a'], roles: ['b'], columns: ['c'], rows: 'd = 1' },
    ],
  },
  { ...least, scans: { add: { note: 1000 } } },
];

/** Manifests that are wrong, and words of the message. */
const WRONG: readonly (readonly [unknown, string])[] = [
  [[], 'not an object'],
  [{ name: 'notes', version: '1.0.0' }, 'no "functions"'],
  [{ ...least, name: 'Notes' }, 'not a name'],
  [{ ...least, name: 'bucordo_x' }, 'reserved'],
  [{ ...least, name: 'notes_history' }, 'reserved'],
  [{ ...least, name: `a${'b'.repeat(60)}` }, 'longer'],
  [{ ...least, version: '1.0' }, 'of the form 1.2.3'],
  [{ ...least, version: 1 }, 'of the form 1.2.3'],
  [{ ...least, function: {} }, 'no such key'],
  [{ ...least, functions: [] }, 'not an object'],
  [{ ...least, functions: { 'add-note': {} } }, 'no name of SQL'],
  [{ ...least, functions: { add: { role: ['x'] } } }, 'no such key'],
  [{ ...least, functions: { add: { roles: 'x' } } }, 'not a list'],
  [{ ...least, functions: { add: { roles: ['x', 'x'] } } }, 'twice'],
  [{ ...least, functions: { add: { roles: ['X'] } } }, 'not a name'],
  [{ ...least, views: { open: {} } }, 'who may read'],
  [{ ...least, views: { open: { contracts: [] } } }, 'empty'],
  [{ ...least, uses: { other: [] } }, 'empty'],
  [{ ...least, uses: { other: ['*'] } }, 'not a name'],
  [{ ...least, readers: {} }, 'not a list'],
  [{ ...least, readers: [{}] }, 'names no table'],
  [{ ...least, readers: [{ table: 'note', rows: ' ' }] }, 'not a predicate'],
  [{ ...least, readers: [{ table: 'note', columns: [] }] }, 'empty'],
  [{ ...least, scans: { add: { note: 0 } } }, 'number of rows'],
  [{ ...least, scans: { add: { note: 1.5 } } }, 'number of rows'],
  [{ ...least, scans: { add: 5 } }, 'not an object'],
];

describe('manifest', () => {
  it.each(RIGHT)('reads %j, as the JSON Schema does', (value) => {
    const result = readManifest('contract.json', JSON.stringify(value));
    expect('manifest' in result).toBe(true);
    expect(acceptedBySchema(schema, value)).toBe(true);
  });

  it.each(WRONG)('refuses %j, as the JSON Schema does', (value, words) => {
    const result = readManifest('contract.json', JSON.stringify(value));
    const messages = 'findings' in result ? result.findings.map(({ message }) => message).join(' ') : 'read';
    expect(messages).toContain(words);
    expect(acceptedBySchema(schema, value)).toBe(false);
  });

  it('fills in what is absent', () => {
    const result = readManifest('contract.json', JSON.stringify({ ...least, functions: { add: {} } }));
    expect('manifest' in result && result.manifest).toEqual({
      ...least,
      functions: { add: { roles: [], classes: [] } },
      views: {},
      uses: {},
      readers: [],
      scans: {},
    });
  });

  const places: readonly (readonly [string, string])[] = [
    ['{\n  "name": "notes",,\n}', '2:19'],
    ['{\n  "name": "notes",\n  "name": "notes"\n}', '3:3'],
    ['{ "name": "no\ntes" }', '1:11'],
    ['{ "name": "é", "nmae": 1 }', '1:11'],
    ['', '1:1'],
    ['{}x', '1:3'],
    [`${'['.repeat(50)}`, '1:22'],
  ];

  it.each(places)('names the place in %j', (text, place) => {
    const result = readManifest('contract.json', text);
    const found = 'findings' in result ? result.findings.map(({ line, column }) => `${line}:${column}`) : [];
    expect(found).toContain(place);
  });
});
