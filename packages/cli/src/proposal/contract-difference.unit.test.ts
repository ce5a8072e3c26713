/** What a proposed contract changes, part by part. */
import { encodeContractDocument, type GenesisContract } from '@bucordo/protocol';
import { expect, test } from 'vitest';
import { deployDifference } from './contract-difference.ts';

const before: GenesisContract = {
  name: 'notes',
  version: '1.0.0',
  functions: { put: { roles: ['writer'], classes: [] } },
  schema: 'CREATE TABLE notes.note (id int4 PRIMARY KEY);\n',
  source: 'CREATE FUNCTION notes.put() …\n',
};
const text = (contract: GenesisContract): string =>
  Buffer.from(encodeContractDocument(contract)).toString('utf8');

test('a new contract is all new', () => {
  expect(deployDifference(null, text(before))).toEqual([
    { part: 'rights', difference: '@@ -0,0 +1,1 @@\n+function put {"roles":["writer"],"classes":[]}' },
    { part: 'schema', difference: '@@ -0,0 +1,1 @@\n+CREATE TABLE notes.note (id int4 PRIMARY KEY);' },
    { part: 'source', difference: '@@ -0,0 +1,1 @@\n+CREATE FUNCTION notes.put() …' },
  ]);
});

test('only parts that differ are told, with the migration from the version that runs', () => {
  const after: GenesisContract = {
    ...before,
    version: '1.1.0',
    functions: { put: { roles: [], classes: ['buyer'] } },
    readers: [{ table: 'note', classes: [], roles: ['auditor'] }],
    migrations: [
      { from: '0.9.0', sql: 'SELECT old;\n' },
      { from: '1.0.0', sql: 'ALTER TABLE notes.note ADD COLUMN body text;\n' },
    ],
  };
  const parts = deployDifference(text(before), text(after));
  expect(parts.map(({ part }) => part)).toEqual(['rights', 'migration']);
  expect(parts[0]?.difference).toContain('-function put {"roles":["writer"],"classes":[]}');
  expect(parts[0]?.difference).toContain('+reader {"table":"note","roles":["auditor"],"classes":[]}');
  expect(parts[1]?.difference).toContain('+ALTER TABLE notes.note');
  expect(parts[1]?.difference).not.toContain('SELECT old');
});

test('a document that is none is shown as it stands', () => {
  expect(deployDifference(null, '{"bucordo_contract":1}\n')).toEqual([
    { part: 'document', difference: '@@ -0,0 +1,1 @@\n+{"bucordo_contract":1}' },
  ]);
});
