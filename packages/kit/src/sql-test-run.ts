/** Runs a test that is written in SQL. The form of such tests is in `sql-test-file.ts`. */

import { isPostgresError, postgresWords } from './postgres-words.ts';
import type { SqlStep, SqlTest, WrittenCall } from './sql-test-file.ts';
import type { TestCall } from './test-chain.ts';
import type { TestRow } from './test-database.ts';
import { Rejected, TestError, type TestPlace } from './test-error.ts';
import { RunsDiffer, type TestRun } from './test-run.ts';

/** Rows that a failed assertion shows. */
const SHOWN_ROWS = 3;

/** Runs all steps. Rejects with a {@link TestError} that has the line of the step. */
export async function runSqlTest(run: TestRun, test: SqlTest): Promise<void> {
  for (const step of test.steps) {
    try {
      await runStep(run, step);
    } catch (error) {
      throw placed(error, step.place);
    }
  }
}

function placed(error: unknown, place: TestPlace): unknown {
  if (error instanceof RunsDiffer) return new RunsDiffer(error.message, { place, hint: error.hint });
  if (error instanceof TestError) return new TestError(error.message, { place, hint: error.hint });
  if (error instanceof Rejected) return new TestError(`the call was rejected: ${error.message}`, { place });
  if (isPostgresError(error)) return new TestError(postgresWords(error), { place });
  return error;
}

async function runStep(run: TestRun, step: SqlStep): Promise<void> {
  switch (step.kind) {
    case 'at':
      run.at(step.time);
      break;
    case 'advance':
      await run.advance(step);
      break;
    case 'upgrade':
      await run.upgrade();
      break;
    case 'calls':
      await runCalls(run, step);
      break;
    case 'assertion':
      await runAssertion(run, step);
      break;
    default:
      step satisfies never;
  }
}

async function runCalls(run: TestRun, step: SqlStep & { kind: 'calls' }): Promise<void> {
  const calls: TestCall[] = [];
  for (const call of step.calls) calls.push(await evaluate(run, call));
  run.as(step.identity);
  const { expected } = step;
  const outcome = run.transact(step.identity, calls);
  if (expected.kind === 'rejection') {
    await run.rejects(outcome, expected.code, expected.words);
    return;
  }
  const results = await outcome;
  if (expected.kind === 'value') {
    const found = results.length === 1 ? results[0] : results;
    const text = typeof found === 'string' ? found : JSON.stringify(found);
    if (text !== expected.text)
      throw new TestError(`the value ${expected.text} was expected, and the call returned ${text}`);
  } else if (expected.kind === 'rows' || expected.kind === 'denied') {
    throw new TestError('a call returns no rows: expect a code or a value of it');
  }
}

// Postgres makes the arguments of the expressions, so that numbers keep their scale and subqueries work.
async function evaluate(run: TestRun, call: WrittenCall): Promise<TestCall> {
  const names = run.parametersOf(call.contract, call.function);
  const pairs = call.args.map(({ name, sql }, index) => {
    const parameter = name ?? names[index];
    if (parameter === undefined) {
      throw new TestError(
        `${call.contract}.${call.function} has ${names.length} parameters (${names.join(', ')}), not ${call.args.length}`,
      );
    }
    return `'${parameter}', (${sql})`;
  });
  const [row] = await run.query(`SELECT pg_catalog.jsonb_build_object(${pairs.join(', ')})::text AS args`);
  return { contract: call.contract, function: call.function, args: String(row?.['args'] ?? '{}') };
}

async function runAssertion(run: TestRun, step: SqlStep & { kind: 'assertion' }): Promise<void> {
  const { sql, seenBy, expected } = step;
  const asked = seenBy === null ? run.query(sql) : run.as(seenBy).query(sql);
  if (expected.kind === 'denied') return requireDenied(asked);
  const rows = await asked;
  switch (expected.kind) {
    case 'rows':
      if (rows.length !== expected.count) {
        throw new TestError(
          `${countOf(expected.count)} expected, ${countOf(rows.length)} found${shown(rows)}`,
        );
      }
      break;
    case 'value': {
      const values = rows.flatMap((row) => Object.values(row));
      const text = values.length === 1 ? textOf(values[0]) : `${countOf(rows.length)}${shown(rows)}`;
      if (text !== expected.text)
        throw new TestError(`the value ${expected.text} was expected, ${text} found`);
      break;
    }
    case 'default':
      requireTrue(rows);
      break;
    case 'rejection':
      throw new TestError('an assertion cannot be rejected');
    default:
      expected satisfies never;
  }
}

const DENIED = '42501';

async function requireDenied(asked: Promise<unknown>): Promise<void> {
  const error = await asked.then(
    () => null,
    (reason: unknown) => reason,
  );
  if (error === null) throw new TestError('this was to be denied, and was answered');
  if (!isPostgresError(error) || error.code !== DENIED) throw error;
}

function requireTrue(rows: readonly TestRow[]): void {
  if (rows.length === 0) {
    throw new TestError('true was expected, and there is no row', {
      hint: 'Write -- expect no rows in front of it if that is meant.',
    });
  }
  for (const row of rows) {
    for (const [column, value] of Object.entries(row)) {
      if (value === true) continue;
      const hint =
        typeof value === 'boolean' || value === null
          ? ''
          : 'An assertion compares: SELECT count(*) = 3 …; or write -- expect value 3, -- expect 3 rows.';
      const name = column === '?column?' ? 'the value' : column;
      throw new TestError(`true was expected, and ${name} is ${textOf(value)}`, { hint });
    }
  }
}

function shown(rows: readonly TestRow[]): string {
  const lines = rows.slice(0, SHOWN_ROWS).map((row) => {
    const cells = Object.entries(row).map(([column, value]) => `${column}=${textOf(value)}`);
    return `\n  ${cells.join(', ')}`;
  });
  return `${lines.join('')}${rows.length > SHOWN_ROWS ? '\n  …' : ''}`;
}

function textOf(value: unknown): string {
  if (value === null || value === undefined) return 'null';
  return typeof value === 'object' ? JSON.stringify(value) : String(value);
}

function countOf(rows: number): string {
  if (rows === 0) return 'no row';
  return rows === 1 ? '1 row' : `${rows} rows`;
}
