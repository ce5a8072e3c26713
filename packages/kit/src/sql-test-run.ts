/** Runs a test that is written in SQL. The form of such tests is in `sql-test-file.ts`. */

import { compactJson, type Parameter, type ParameterType, parseExactJson } from '@bucordo/protocol';
import { isPostgresError, postgresWords } from './postgres-words.ts';
import { JsonText } from './row-values.ts';
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
  const outcome = run.transactTexts(step.identity, calls);
  if (expected.kind === 'rejection') {
    await run.rejects(outcome, expected.code, expected.words);
    return;
  }
  const results = await outcome;
  if (expected.kind === 'value') {
    const json = results.length === 1 ? (results[0] ?? 'null') : `[${results.join(',')}]`;
    const found = json.startsWith('"') ? parseExactJson(json) : new JsonText(json);
    if (!isValue(found, expected.text))
      throw new TestError(`the value ${expected.text} was expected, and the call returned ${textOf(found)}`);
  } else if (expected.kind === 'rows' || expected.kind === 'denied') {
    throw new TestError('a call returns no rows: expect a code or a value of it');
  }
}

// Postgres makes the arguments of the expressions, so that numbers keep their scale and subqueries work.
async function evaluate(run: TestRun, call: WrittenCall): Promise<TestCall> {
  const parameters = run.parametersOf(call.contract, call.function);
  const pairs: string[] = [];
  for (const [index, { name, sql }] of call.args.entries()) {
    const parameter = name === null ? parameters[index] : { name, type: typeOf(parameters, name) };
    if (parameter === undefined) {
      throw new TestError(
        `${call.contract}.${call.function} has ${parameters.length} parameters (${parameters.map((each) => each.name).join(', ')}), not ${call.args.length}`,
      );
    }
    const value = parameter.type?.startsWith('jsonb') ? await jsonOf(run, sql, parameter.type) : `(${sql})`;
    pairs.push(`'${parameter.name}', ${value}`);
  }
  const [row] = await run.query(`SELECT pg_catalog.jsonb_build_object(${pairs.join(', ')})::text AS args`);
  return { contract: call.contract, function: call.function, args: String(row?.['args'] ?? '{}') };
}

function typeOf(parameters: readonly Parameter[], name: string): ParameterType | undefined {
  return parameters.find((each) => each.name === name)?.type;
}

// A text for a jsonb parameter is JSON, as it is for Postgres where a function is called with a literal; what has
// another type (a number, an array) becomes JSON.
async function jsonOf(run: TestRun, sql: string, type: ParameterType): Promise<string> {
  if (type === 'jsonb[]') return `(${sql})::pg_catalog.jsonb[]`;
  const [row] = await run.query(`SELECT pg_catalog.pg_typeof((${sql}))::text AS type`);
  const isText = ['text', 'unknown', 'character varying', 'character'].includes(String(row?.['type']));
  return isText ? `(${sql})::text::pg_catalog.jsonb` : `pg_catalog.to_jsonb((${sql}))`;
}

async function runAssertion(run: TestRun, step: SqlStep & { kind: 'assertion' }): Promise<void> {
  const { sql, seenBy, expected } = step;
  const asked = run.queryTexts(sql, seenBy);
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
      if (values.length === 1 && isValue(values[0], expected.text)) break;
      const text = values.length === 1 ? textOf(values[0]) : `${countOf(rows.length)}${shown(rows)}`;
      throw new TestError(`the value ${expected.text} was expected, ${text} found`);
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

// JSON may be written with or without space between its parts.
function isValue(value: unknown, expected: string): boolean {
  return textOf(value) === expected || (value instanceof JsonText && value.text === compactJson(expected));
}

function textOf(value: unknown): string {
  if (value === null || value === undefined) return 'null';
  if (value instanceof JsonText) return value.text;
  return typeof value === 'object' ? JSON.stringify(value) : String(value);
}

function countOf(rows: number): string {
  if (rows === 0) return 'no row';
  return rows === 1 ? '1 row' : `${rows} rows`;
}
