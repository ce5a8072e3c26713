/** `bucordo contract check`: would the contract give the same result on every node, and stay in its sandbox? */
import { existsSync, readFileSync, statSync } from 'node:fs';
import { join, resolve } from 'node:path';
import type { ContractPackage, Finding, SemanticOptions } from '@bucordo/contract';
import { Command, Option } from 'commander';
import pc from 'picocolors';
import { collect, optionsOf, outputOf } from '../command-context.ts';
import { notFoundError, usageError } from '../command-error.ts';
import { commandLine } from '../command-line.ts';
import { countFindings, findingsText, type Verdict, verdictOn } from '../contract-verdict.ts';
import { exitOk, exitRejected, exitUsage } from '../exit-codes.ts';

interface CheckOptions {
  readonly sarif?: boolean;
  readonly offline?: boolean;
  readonly previous?: string;
  readonly with?: readonly string[];
}

const help = `
First the texts alone: limits (B0) and syntax (B1). When these find nothing, a scratch Postgres on this
machine says what every name, type and operator means (B2); --offline leaves that out. Each finding names
the place, what stands there, why nodes could differ or the sandbox be left, and what to write instead.

The database tries the migration from an earlier version with --previous, and knows the views of other
contracts with --with.

Exit code 0 when nothing was found, 1 when something was, 2 when the files are no contract.

Examples:
  bucordo contract check contracts/notes
  bucordo contract check contracts/notes --offline --json
  bucordo contract check contracts/notes --sarif > check.sarif
  bucordo contract check contracts/notes --previous notes-1.0.0 --with contracts/members`;

/** The command. */
export function contractCheckCommand(): Command {
  return new Command('check')
    .argument('[folder]', 'folder of the contract', '.')
    .description('check that a contract gives the same result on every node and stays in its sandbox')
    .option('--offline', 'the texts alone, without a database')
    .option('--previous <folder>', 'the version before, from which the migration is tried')
    .option('--with <folder>', 'a contract whose views this one uses; several times for several', collect)
    .addOption(new Option('--sarif', 'the findings as SARIF 2.1.0, for editors and code hosts'))
    .addHelpText('after', help)
    .action((folder: string, _options: object, self: Command) => run(self, folder));
}

/** What a check came to. */
interface Checked extends Verdict {
  readonly name: string;
  readonly version: string;
  readonly exitCode: number;
}

async function run(command: Command, folder: string): Promise<void> {
  const options = optionsOf<CheckOptions>(command);
  const target = resolve(folder);
  if (!existsSync(target) || !statSync(target).isDirectory()) {
    throw notFoundError(
      `there is no folder ${folder}`,
      `Name the folder of a contract; this makes one: ${commandLine('contract', 'new', 'contracts/tasks')}`,
    );
  }
  const checked = await checkFolder(target, options);
  const { jsonReport, sarifReport } = await import('@bucordo/contract');
  if (options.sarif === true) {
    process.stdout.write(`${JSON.stringify(sarifReport(checked.findings, versionOf()), null, 2)}\n`);
  } else {
    const report = jsonReport(checked, checked.layers, checked.findings);
    const text = await describe(checked, target);
    outputOf(options).result(report, () => text);
  }
  process.exitCode = checked.exitCode;
}

async function checkFolder(folder: string, options: CheckOptions): Promise<Checked> {
  const { PackageError, readPackage } = await import('@bucordo/contract');
  let contract: ContractPackage;
  try {
    contract = readPackage(folder);
  } catch (error) {
    if (!(error instanceof PackageError)) throw error;
    return { name: '', version: '', layers: ['B0'], findings: error.findings, exitCode: exitUsage };
  }
  const { name, version } = contract.manifest;
  const isOffline = options.offline === true;
  const surroundings = isOffline ? {} : await readSurroundings(options);
  const verdict = await verdictOn(contract, { ...surroundings, isOffline });
  return { name, version, ...verdict, exitCode: exitCodeOf(verdict.findings) };
}

function exitCodeOf(findings: readonly Finding[]): number {
  return findings.length === 0 ? exitOk : exitRejected;
}

// The version before and the contracts beside this one.
async function readSurroundings(options: CheckOptions): Promise<SemanticOptions> {
  const { PackageError, readPackage } = await import('@bucordo/contract');
  const read = (folder: string): ContractPackage => {
    try {
      return readPackage(resolve(folder));
    } catch (error) {
      if (!(error instanceof PackageError)) throw error;
      throw usageError(`${folder}: ${error.message}`, error.remedy, { folder });
    }
  };
  const others = (options.with ?? []).map(read).map(({ manifest, schema }) => {
    return { name: manifest.name, schema: schema.text, views: manifest.views };
  });
  if (options.previous === undefined) return { others };
  const { manifest, schema } = read(options.previous);
  return { others, previous: { version: manifest.version, schema: schema.text } };
}

async function describe({ name, version, layers, findings }: Checked, folder: string): Promise<string> {
  const ran = layers.join(', ');
  if (findings.length === 0) return `${pc.green('passed')} ${name} ${version}: nothing found (${ran})`;
  const textOf = (file: string): string | null => {
    const path = join(folder, file);
    return existsSync(path) && statSync(path).isFile() ? readFileSync(path, 'utf8') : null;
  };
  return `${await findingsText(findings, textOf)}\n\n${pc.red(countFindings(findings))} (${ran})`;
}

function versionOf(): string {
  const manifest: { version: string } = JSON.parse(
    readFileSync(new URL('../../package.json', import.meta.url), 'utf8'),
  );
  return manifest.version;
}
