/** `bucordo contract new`: a folder with a small contract that works, to be changed into one's own. */
import { cpSync, existsSync, readdirSync, readFileSync, statSync, writeFileSync } from 'node:fs';
import { basename, join, relative, resolve } from 'node:path';
import { fileURLToPath } from 'node:url';
import { Command } from 'commander';
import { optionsOf, outputOf } from '../command-context.ts';
import { faultError, usageError } from '../command-error.ts';
import { commandLine } from '../command-line.ts';
import { plainText } from '../output/plain-text.ts';

interface NewOptions {
  readonly name?: string;
}

const help = `
The contract is named like the folder, or as --name says: a-z, then a-z, 0-9 and _.

Example:
  bucordo contract new contracts/tasks
  bucordo contract check contracts/tasks
  bucordo contract test contracts/tasks`;

/** The contract that is copied; its name is replaced by the new one. */
const starter: string = fileURLToPath(new URL('../../contracts/starter', import.meta.url));
const starterName = 'starter';

/** Names that the genesis takes for contracts. */
const nameForm = /^(?!bucordo|public$|information_schema$|pg_)(?!.*(_history|_read)$)[a-z][a-z0-9_]{0,52}$/;

/** The command. */
export function contractNewCommand(): Command {
  return new Command('new')
    .argument('<folder>', 'folder to make')
    .description('make a folder with a small contract that works')
    .option('--name <name>', 'name of the contract (default: that of the folder)')
    .addHelpText('after', help)
    .action((folder: string, _options: object, self: Command) => run(self, folder));
}

function run(command: Command, folder: string): void {
  const options = optionsOf<NewOptions>(command);
  const target = resolve(folder);
  const name = options.name ?? nameOf(target);
  if (!nameForm.test(name)) {
    throw usageError(
      `"${name}" cannot be the name of a contract`,
      'Choose a-z, then up to 52 of a-z, 0-9 and _, and not bucordo…, private, public, pg_…, …_history or …_read: --name my_contract',
    );
  }
  if (existsSync(target) && (!statSync(target).isDirectory() || readdirSync(target).length > 0)) {
    throw usageError(`${folder} exists and is not empty`, 'Name a folder that does not exist yet.', {
      folder,
    });
  }
  const files = copyStarter(target, name);
  outputOf(options).result({ name, folder: target, files }, () => describe(folder, name, files));
}

// A folder may be named my-tasks; the contract is then my_tasks.
function nameOf(target: string): string {
  return basename(target).toLowerCase().replaceAll(/[-. ]/g, '_');
}

function copyStarter(target: string, name: string): readonly string[] {
  try {
    cpSync(starter, target, { recursive: true });
    cpSync(manifestSchema(), join(target, schemaFile));
    const files = readdirSync(target, { recursive: true, withFileTypes: true })
      .filter((entry) => entry.isFile())
      .map((entry) => join(entry.parentPath, entry.name));
    for (const file of files) {
      writeFileSync(file, readFileSync(file, 'utf8').replaceAll(starterName, name));
    }
    const manifest = join(target, 'contract.json');
    const text = readFileSync(manifest, 'utf8');
    writeFileSync(manifest, text.replace('{', `{\n  "$schema": "./${schemaFile}",`));
    return files.map((file) => relative(target, file)).sort();
  } catch (cause) {
    throw faultError(
      `${target} cannot be written: ${cause instanceof Error ? cause.message : String(cause)}`,
      'Name a folder that you may write to.',
      cause,
    );
  }
}

/** Beside the manifest, so that editors explain its keys. */
const schemaFile = 'contract.schema.json';

function manifestSchema(): string {
  return fileURLToPath(import.meta.resolve('@bucordo/contract/manifest.schema.json'));
}

function describe(folder: string, name: string, files: readonly string[]): string {
  return [
    `The contract ${name} is in ${plainText(folder)}: ${files.join(', ')}`,
    '',
    'Next:',
    `  ${commandLine('contract', 'check', folder)}`,
    `  ${commandLine('contract', 'test', folder)}`,
  ].join('\n');
}
