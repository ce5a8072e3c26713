/** `bucordo contract build`: the one document of a contract that members approve and nodes install. */
import { writeFileSync } from 'node:fs';
import { resolve } from 'node:path';
import type { ContractBuild } from '@bucordo/contract';
import { Command } from 'commander';
import pc from 'picocolors';
import { optionsOf, outputOf } from '../command-context.ts';
import { usageError } from '../command-error.ts';
import { buildContractPackage } from '../network/contract-package.ts';
import { plainText } from '../output/plain-text.ts';

interface BuildOptions {
  readonly out?: string;
}

const help = `
Writes the budget into the functions: loops pay for their turns, functions that others call for their entry,
declared scans for the rows they read, and values that grow are measured. Lines keep their numbers. The same
folder gives the same hash, whoever builds it. Nothing is checked: bucordo contract check does that.

Examples:
  bucordo contract build contracts/notes
  bucordo contract build contracts/notes --out notes-1.1.0.json
  bucordo proposal new deploy notes-1.1.0.json`;

/** The command. */
export function contractBuildCommand(): Command {
  return new Command('build')
    .argument('[directory]', 'folder of the contract', '.')
    .description('build a contract: shows what was written in, and the hash to approve')
    .option('--out <file>', 'where to write the document (default: nowhere)')
    .addHelpText('after', help)
    .action((directory: string, _options: object, self: Command) => run(self, resolve(directory)));
}

async function run(command: Command, directory: string): Promise<void> {
  const options = optionsOf<BuildOptions>(command);
  const output = outputOf(options);
  const built = await buildContractPackage(directory);
  const file = options.out === undefined ? null : resolve(options.out);
  if (file !== null) writeDocument(file, built.bytes);
  const { name, version } = built.document;
  const { hash, difference, bytes } = built;
  output.result({ name, version, hash, bytes: bytes.length, file, difference }, () =>
    formatBuild(built, options.out ?? null),
  );
}

function writeDocument(file: string, bytes: Uint8Array): void {
  try {
    writeFileSync(file, bytes);
  } catch (cause) {
    const reason = cause instanceof Error ? cause.message : String(cause);
    throw usageError(`${file} cannot be written: ${reason}`, 'Name a file in a folder that exists.');
  }
}

function formatBuild({ document, bytes, hash, difference }: ContractBuild, file: string | null): string {
  const { name, version } = document;
  const changes = difference === '' ? pc.dim('nothing was written in') : colourDifference(difference);
  const written = file === null ? [] : [`${pc.dim('file')} ${plainText(file)}`];
  return [
    changes,
    '',
    `${name} ${version}, ${bytes.length} bytes`,
    `${pc.dim('hash')} ${hash}`,
    ...written,
  ].join('\n');
}

function colourDifference(difference: string): string {
  return difference
    .trimEnd()
    .split('\n')
    .map((line) => {
      const text = plainText(line);
      if (/^(---|\+\+\+) /.test(line)) return pc.bold(text);
      if (line.startsWith('+')) return pc.green(text);
      if (line.startsWith('-')) return pc.red(text);
      return line.startsWith('@@') ? pc.cyan(text) : text;
    })
    .join('\n');
}
