/** `bucordo contract test`: runs a contract's tests, each twice, against a throwaway database. */
import { spawn } from 'node:child_process';
import { watch } from 'node:fs';
import { relative, resolve } from 'node:path';
import type { CoverageReport, TestFailure, TestPlace, TestReport, TestResult } from '@bucordo/kit';
import { Command } from 'commander';
import pc from 'picocolors';
import { optionsOf, outputOf } from '../command-context.ts';
import { usageError } from '../command-error.ts';
import { commandLine } from '../command-line.ts';
import { exitRejected } from '../exit-codes.ts';
import { plainText } from '../output/plain-text.ts';

interface TestOptions {
  readonly watch?: boolean;
  readonly coverage?: boolean;
  readonly only?: string;
  readonly previous?: string;
}

const help = `
Tests are the files below tests/ that end in .test.sql, .test.ts, .test.mjs or .test.js; tests/network.json
names members and identities. Every test runs in two databases whose rows lie in another order and whose
plans differ: what the members could see differently fails it.

Exit code 0 when all passed, 1 when one failed, 2 when they cannot be run.

Examples:
  bucordo contract test contracts/notes
  bucordo contract test contracts/notes --only "twice" --watch
  bucordo contract test contracts/notes --coverage --json
  bucordo contract test contracts/notes --previous contracts/notes-1.0.0`;

/** The command. */
export function contractTestCommand(): Command {
  return new Command('test')
    .argument('[directory]', 'folder of the contract', '.')
    .description('run the tests of a contract, each in two databases')
    .option('--only <text>', 'only tests whose names contain this')
    .option('--coverage', 'count branches too; list functions, codes and branches that no test reached')
    .option('--previous <folder>', 'the version before: its tests leave rows, on which the migration is run')
    .option('--watch', 'again at every change, until Ctrl-C')
    .addHelpText('after', help)
    .action((directory: string, _options: object, self: Command) => run(self, resolve(directory)));
}

async function run(command: Command, folder: string): Promise<void> {
  const options = optionsOf<TestOptions>(command);
  if (options.watch === true) return watchFolder(folder);
  const output = outputOf(options);
  endWithTheServer();
  const report = await runTests(folder, options, (result) => {
    output.note(formatResult(result));
  });
  if (report.results.length === 0) {
    throw usageError(
      options.only === undefined ? `${folder} has no tests` : `no test is named like "${options.only}"`,
      'A first test: tests/first.test.sql with a line -- test: what it shows. See docs/guides/first-contract.md',
    );
  }
  output.result(report, () => formatReport(report, options.coverage === true));
  if (report.results.some((result) => result.failure !== null)) process.exitCode = exitRejected;
}

async function runTests(
  folder: string,
  { only, coverage, previous }: TestOptions,
  onResult: (result: TestResult) => void,
): Promise<TestReport> {
  const { runContractTests, TestError } = await import('@bucordo/kit');
  try {
    const filter = only === undefined ? {} : { filter: only };
    const before = previous === undefined ? {} : { previous: resolve(previous) };
    return await runContractTests(folder, { ...filter, ...before, isMarked: coverage === true, onResult });
  } catch (error) {
    if (error instanceof TestError) {
      const place = error.place === null ? '' : `${shownPlace(error.place)}: `;
      throw usageError(`${place}${error.message}`, error.hint);
    }
    if (error instanceof Error && 'code' in error && error.code === 'contract_refused')
      throw usageError(error.message, `See what is wrong: ${commandLine('contract', 'check', folder)}`);
    throw error;
  }
}

// The server goes when this process ends, which a signal alone would not let it see.
function endWithTheServer(): void {
  for (const [signal, number] of [
    ['SIGINT', 2],
    ['SIGTERM', 15],
  ] as const) {
    process.once(signal, () => process.exit(128 + number));
  }
}

/** Changes come in bursts: editors write a file in several steps. */
const settleMs = 100;

// Every round is a process of its own, so that no module of the tests outlives a change.
function watchFolder(folder: string): Promise<void> {
  const args = process.argv.slice(1).filter((argument) => argument !== '--watch');
  let child: ReturnType<typeof spawn> | null = null;
  let timer: NodeJS.Timeout | undefined;
  const start = (): void => {
    if (child !== null && child.exitCode === null) {
      child.once('exit', start);
      child.kill('SIGTERM');
      return;
    }
    if (process.stdout.isTTY) process.stdout.write('\u001b[2J\u001b[H');
    child = spawn(process.execPath, [...process.execArgv, ...args], { stdio: 'inherit' });
  };
  watch(folder, { recursive: true }, () => {
    clearTimeout(timer);
    timer = setTimeout(start, settleMs);
  });
  start();
  return new Promise((end) => process.once('SIGINT', end)).then(() => process.exit(130));
}

function formatResult({ name, durationMs, failure }: TestResult): string {
  const title = `${plainText(name)} ${pc.dim(`${Math.round(durationMs)} ms`)}`;
  if (failure === null) return `  ${pc.green('✓')} ${title}`;
  return [`  ${pc.red('✗')} ${title}`, ...formatFailure(failure)].join('\n');
}

function formatFailure({ place, message, hint, run: runName }: TestFailure): string[] {
  const where = `${shownPlace(place)}${runName === null ? '' : pc.dim(` (${runName})`)}`;
  const lines = [
    where,
    ...message.trimEnd().split('\n'),
    ...(hint === '' ? [] : [`${pc.cyan('next')} ${hint}`]),
  ];
  return lines.map((line) => `      ${line}`);
}

function shownPlace({ file, line }: TestPlace): string {
  return `${relative(process.cwd(), file) || file}:${line}`;
}

/** The last lines: what was reached and how many passed. */
export function formatReport(report: TestReport, isCoverageListed: boolean): string {
  const failed = report.results.filter((result) => result.failure !== null).length;
  const passed = report.results.length - failed;
  const seconds = (report.durationMs / 1000).toFixed(1);
  const verdict = `${passed} passed, ${failed} failed in ${seconds} s, each in two databases`;
  return [
    '',
    ...formatCoverage(report.coverage, isCoverageListed),
    ...formatMigration(report.migration),
    failed === 0 ? pc.green(verdict) : pc.red(verdict),
  ].join('\n');
}

function formatMigration({ ran, left }: TestReport['migration']): string[] {
  if (left.length === 0) return ran === null ? [] : [`the migration from ${ran} was run`];
  const which = ran === null ? `from ${left.join(', ')}` : `from ${left.join(', ')} (that from ${ran} was)`;
  return [pc.yellow(`the migration ${which} was not run: name that version's folder with --previous`)];
}

function formatCoverage({ functions, codes, branches }: CoverageReport, isListed: boolean): string[] {
  const entered = functions.filter((each) => each.isEntered).length;
  const raised = codes.filter((each) => each.isRaised).length;
  const known = `reached: ${entered} of ${functions.length} functions, ${raised} of ${codes.length} codes`;
  if (!isListed) return [known];
  const passed = branches.filter((each) => each.isEntered).length;
  const summary = `${known}, ${passed} of ${branches.length} branches`;
  const left = branches.filter((each) => !each.isEntered).map((each) => each.line);
  const missing = [
    ...functions.filter((each) => !each.isEntered).map((each) => `  never called: ${each.name}`),
    ...codes
      .filter((each) => !each.isRaised)
      .map((each) => `  never raised: ${each.code}, functions.sql:${each.lines.join(', ')}`),
    ...(left.length === 0 ? [] : [`  never entered: functions.sql:${left.join(', ')}`]),
  ];
  return [summary, ...missing];
}
