/** `bucordo contract new` and `check` as a person types them. */

import { cpSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { CheckReport } from '@bucordo/contract';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { runBucordo, runJson } from '../../test/run-bucordo.ts';

let folder: string;

beforeAll(async () => {
  folder = mkdtempSync(join(tmpdir(), 'bucordo-check-'));
  const { code, stdout } = await runBucordo(folder, 'contract', 'new', 'my-tasks');
  expect([code, stdout]).toEqual([0, expect.stringContaining('bucordo contract check my-tasks')]);
});

afterAll(() => rmSync(folder, { recursive: true }));

/** Checks the new contract with one more statement, at the beginning of its first body, and restores it. */
async function checkWith(statement: string, ...options: string[]): ReturnType<typeof runBucordo> {
  const file = join(folder, 'my-tasks/functions.sql');
  const text = readFileSync(file, 'utf8');
  writeFileSync(file, text.replace('BEGIN\n', `BEGIN\n  ${statement}\n`));
  const finished = await runBucordo(folder, 'contract', 'check', 'my-tasks', '--offline', ...options);
  writeFileSync(file, text);
  return finished;
}

function change(file: string, from: string, to: string): void {
  const path = join(folder, file);
  writeFileSync(path, readFileSync(path, 'utf8').replace(from, to));
}

describe('contract new', () => {
  it('makes a contract that all layers of the checker pass', async () => {
    const report = await runJson<CheckReport>(folder, 'contract', 'check', 'my-tasks');
    expect(report).toEqual({
      contract: 'my_tasks',
      version: '1.0.0',
      passed: true,
      layers: ['B0', 'B1', 'B2'],
      findings: [],
    });
  });

  it('overwrites nothing and takes no reserved name', async () => {
    const again = await runBucordo(folder, 'contract', 'new', 'my-tasks');
    expect([again.code, again.stderr]).toEqual([2, expect.stringContaining('exists and is not empty')]);
    const reserved = await runBucordo(folder, 'contract', 'new', 'pg_tasks');
    expect([reserved.code, reserved.stderr]).toEqual([2, expect.stringContaining('"pg_tasks"')]);
    expect(await runJson(folder, 'contract', 'new', 'other', '--name', 'other_name')).toMatchObject({
      name: 'other_name',
    });
  });
});

describe('contract check', () => {
  const refused: readonly (readonly [statement: string, construct: string, instead: string])[] = [
    ['PERFORM now();', 'now()', 'bucordo.block_time()'],
    ["EXECUTE 'DELETE FROM my_tasks.task';", 'EXECUTE', 'Write the statement itself'],
    ['PERFORM t.task_id FROM my_tasks.task AS t LIMIT 1;', 'LIMIT', 'Add ORDER BY'],
    ['UPDATE my_tasks.task SET task_id = task_id + 1;', 'SET task_id = …', 'Fix one row by a key'],
  ];

  it.each(refused)('refuses %s with the line and the remedy', async (statement, construct, instead) => {
    const { code, stdout } = await checkWith(statement);
    expect(code).toBe(1);
    expect(stdout).toMatch(/^functions\.sql:11:\d+ /);
    expect(stdout).toContain(construct);
    expect(stdout).toContain(`  ${statement}`);
    expect(stdout).toMatch(/\n {2,}\^\n/);
    expect(stdout.slice(stdout.indexOf('Instead: '))).toContain(instead);
  });

  it('tells scripts and code hosts', async () => {
    const json = await checkWith('PERFORM now();', '--json');
    const report: CheckReport = JSON.parse(json.stdout);
    expect([json.code, report.passed, report.layers]).toEqual([1, false, ['B0', 'B1']]);
    expect(report.findings).toMatchObject([{ rule: 'clock', file: 'functions.sql', line: 11, column: 11 }]);
    const sarif = await checkWith('PERFORM now();', '--sarif');
    expect(sarif.code).toBe(1);
    expect(JSON.parse(sarif.stdout)).toMatchObject({
      version: '2.1.0',
      runs: [{ results: [{ ruleId: 'clock' }] }],
    });
  });

  it('finds by the database what the text alone does not tell', async () => {
    const file = join(folder, 'my-tasks/functions.sql');
    const text = readFileSync(file, 'utf8');
    writeFileSync(file, text.replace('BEGIN\n', 'BEGIN\n  PERFORM t.colour FROM my_tasks.task AS t;\n'));
    const { code, stdout } = await runBucordo(folder, 'contract', 'check', 'my-tasks');
    writeFileSync(file, text);
    expect([code, stdout]).toEqual([1, expect.stringMatching(/functions\.sql:11:.*B2/)]);
  });

  it('tries the migration from the version before', async () => {
    cpSync(join(folder, 'my-tasks'), join(folder, 'next'), { recursive: true });
    change('next/contract.json', '"1.0.0"', '"1.1.0"');
    change(
      'next/schema.sql',
      '  finished_at timestamptz,',
      '  finished_at timestamptz,\n  note        text,',
    );
    const check = ['contract', 'check', 'next', '--previous', 'my-tasks'];
    const without = await runBucordo(folder, ...check);
    expect([without.code, without.stdout]).toEqual([
      1,
      expect.stringContaining('migrations/1.0.0-1.1.0.sql'),
    ]);
    mkdirSync(join(folder, 'next/migrations'));
    const migration = 'ALTER TABLE my_tasks.task ADD COLUMN note text;\n';
    writeFileSync(join(folder, 'next/migrations/1.0.0-1.1.0.sql'), migration);
    expect(await runJson(folder, ...check)).toMatchObject({ passed: true, version: '1.1.0' });
  });

  it('knows the views of the contracts beside', async () => {
    await runBucordo(folder, 'contract', 'new', 'reader');
    change('reader/contract.json', '"views"', '"uses": { "my_tasks": ["open_task"] },\n  "views"');
    change(
      'reader/functions.sql',
      'BEGIN\n',
      'BEGIN\n  PERFORM FROM my_tasks.open_task AS o WHERE o.task_id = 1;\n',
    );
    const alone = await runBucordo(folder, 'contract', 'check', 'reader');
    expect(alone.code).toBe(1);
    const beside = await runBucordo(folder, 'contract', 'check', 'reader', '--with', 'my-tasks');
    expect([beside.code, beside.stdout]).toEqual([0, expect.stringContaining('passed reader')]);
  });

  it('says what is missing', async () => {
    const nowhere = await runBucordo(folder, 'contract', 'check', 'nowhere');
    expect([nowhere.code, nowhere.stderr]).toEqual([
      3,
      expect.stringContaining('there is no folder nowhere'),
    ]);
    const empty = await runBucordo(folder, 'contract', 'check', '.');
    expect([empty.code, empty.stdout]).toEqual([2, expect.stringContaining('contract.json:1:1  the file')]);
  });
});
