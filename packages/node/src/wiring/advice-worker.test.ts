/** A proposed document in the thread that checks it: accepted, refused by each layer, and ended when it takes too much. */

import { buildContract, packageOfContract } from '@bucordo/contract';
import { encodeContractDocument, type GenesisContract } from '@bucordo/protocol';
import { beforeAll, expect, test } from 'vitest';
import { BANK } from '../../../../test/support/bank-contract.ts';
import { testServer } from '../../../../test/support/postgres.ts';
import { runCheck } from '../advice/check-runner.ts';
import type { CheckOutcome } from '../advice/ports.ts';
import type { ConnectionOptions } from '../postgres/connection.ts';
import { openScratchDatabase } from '../postgres/scratch-database.ts';
import type { AdviceWork } from './advice-worker.ts';

const LIMITS = { timeMs: 60_000, memoryMib: 512 };
const program = new URL('../../dist/wiring/advice-worker.js', import.meta.url);

let scratch: ConnectionOptions;

beforeAll(async () => {
  const server = await testServer();
  scratch = await openScratchDatabase(server.connection('postgres', 'postgres'));
});

const NOTES: GenesisContract = {
  name: 'notes',
  version: '1.0.0',
  functions: { put: { roles: [], classes: [] } },
  schema: `CREATE TABLE notes.note (
  id int8 PRIMARY KEY,
  body text NOT NULL CHECK (octet_length(body) <= 1000)
);
`,
  source: `CREATE FUNCTION notes.put(id int8, body text) RETURNS void LANGUAGE plpgsql AS $$
BEGIN
  INSERT INTO notes.note (id, body) VALUES (put.id, put.body);
END $$;
`,
};

async function built(contract: GenesisContract): Promise<string> {
  const { bytes } = await buildContract(packageOfContract(contract));
  return Buffer.from(bytes).toString('utf8');
}

function check(document: string, work: Partial<AdviceWork> = {}, limits = LIMITS): Promise<CheckOutcome> {
  return runCheck(
    { program, work: { document, baseDocument: null, usedDocuments: [], scratch, ...work } },
    limits,
    new AbortController().signal,
  );
}

const rulesOf = (outcome: CheckOutcome): string[] =>
  outcome.kind === 'checked' ? outcome.findings.map(({ rule, line }) => `${rule}:${line}`) : [outcome.reason];

test('an ordinary contract passes, with its meaning and without', async () => {
  const document = await built(NOTES);
  const meant = await check(document);
  expect(rulesOf(meant)).toEqual([]);
  expect(meant).toMatchObject({ checker: expect.stringMatching(/^bucordo [\d.]+, Postgres \d/) });
  const offline = await check(document, { scratch: null });
  expect(rulesOf(offline)).toEqual([]);
  expect(offline).toMatchObject({ checker: expect.stringContaining('without the meaning') });
});

test('an upgrade is checked from the version that it stands on', async () => {
  const next = {
    ...NOTES,
    version: '1.1.0',
    schema: NOTES.schema.replace('\n);', ',\n  starred bool\n);'),
  };
  const baseDocument = await built(NOTES);
  const without = await check(await built(next), { baseDocument });
  expect(rulesOf(without)).not.toEqual([]);
  const migrations = [{ from: '1.0.0', sql: 'ALTER TABLE notes.note ADD COLUMN starred bool;\n' }];
  const withMigration = await check(await built({ ...next, migrations }), { baseDocument });
  expect(rulesOf(withMigration)).toEqual([]);
});

test('a clock is refused with its line', async () => {
  const source = NOTES.source.replace('put.body)', 'put.body || now()::text)');
  const outcome = await check(await built({ ...NOTES, source }));
  expect(outcome).toMatchObject({
    kind: 'checked',
    findings: expect.arrayContaining([expect.objectContaining({ file: 'functions.sql', line: 3 })]),
  });
});

test('a document whose budget nobody built is refused', async () => {
  const source = `CREATE FUNCTION notes.put(id int8, body text) RETURNS void LANGUAGE plpgsql AS $$
BEGIN
  FOR turn IN 1 .. 10 LOOP
    INSERT INTO notes.note (id, body) VALUES (put.id + turn, put.body);
  END LOOP;
END $$;
`;
  const document = Buffer.from(encodeContractDocument({ ...NOTES, source })).toString('utf8');
  expect(rulesOf(await check(document))).toEqual([expect.stringMatching(/^build:/)]);
});

test('what is no document is refused as that', async () => {
  expect(rulesOf(await check('{"bucordo_contract":1}'))).toEqual(['document:1']);
});

test('a check that takes too long, or a server that is gone, is no verdict', async () => {
  const document = await built(BANK);
  expect(await check(document, {}, { ...LIMITS, timeMs: 1 })).toMatchObject({
    kind: 'unchecked',
    reason: expect.stringContaining('longer than'),
  });
  const gone = { ...scratch, socketDirectory: '/nowhere' };
  expect(await check(document, { scratch: gone })).toMatchObject({ kind: 'unchecked' });
});
