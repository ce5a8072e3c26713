/** `bucordo contract types`: a contract as a TypeScript module, from its folder or from a running network. */
import { existsSync, readFileSync, writeFileSync } from 'node:fs';
import { resolve } from 'node:path';
import type { GenesisContract } from '@bucordo/protocol';
import { Command } from 'commander';
import { optionsOf, outputOf } from '../command-context.ts';
import { CommandError, usageError } from '../command-error.ts';
import { commandLine } from '../command-line.ts';
import { exitRejected } from '../exit-codes.ts';
import { readContractPackage } from '../network/contract-package.ts';

interface TypesOptions {
  readonly network?: boolean;
  readonly out?: string;
  readonly check?: boolean;
}

const help = `
The module has the arguments of every function, calls to submit with any client, a class that submits them,
the codes with which the contract refuses, and the rows of its tables. It imports types alone.

With --network the contract that runs is taken, from the node of the profile (or --node).

Examples:
  bucordo contract types contracts/notes --out src/notes-contract.ts
  bucordo contract types contracts/notes --out src/notes-contract.ts --check
  bucordo contract types purchasing --network --out src/purchasing-contract.ts`;

/** The command. */
export function contractTypesCommand(): Command {
  return new Command('types')
    .argument('[contract]', 'folder of the contract, or with --network its name', '.')
    .description('write a typed client for a contract')
    .option('--network', 'from the running network instead of a folder')
    .option('--out <file>', 'where to write it (default: standard output)')
    .option('--check', 'write nothing; exit 1 when the file is not current')
    .addHelpText('after', help)
    .action((contract: string, _options: object, self: Command) => run(self, contract));
}

async function run(command: Command, contract: string): Promise<void> {
  const options = optionsOf<TypesOptions>(command);
  const output = outputOf(options);
  const document =
    options.network === true ? await documentOfNetwork(command, contract) : await documentOfFolder(contract);
  const { readInterface, typescriptModule } = await import('@bucordo/contract');
  const text = await readInterface(document).then(typescriptModule, (error: unknown) => {
    if (error instanceof RangeError)
      throw usageError(error.message, `See: ${commandLine('contract', 'check', contract)}`);
    throw error;
  });
  const { name, version } = document;
  if (options.out === undefined) {
    output.result({ name, version, module: text }, () => text.trimEnd());
    return;
  }
  const file = resolve(options.out);
  const isCurrent = existsSync(file) && readFileSync(file, 'utf8') === text;
  if (options.check === true && !isCurrent) {
    throw new CommandError(
      {
        code: 'not_current',
        exitCode: exitRejected,
        hint: commandLine('contract', 'types', contract, '--out', options.out),
      },
      `${options.out} is not what ${name} ${version} gives`,
    );
  }
  if (!isCurrent) writeFileSync(file, text);
  const words = isCurrent ? 'is current' : 'written';
  output.result({ name, version, file, isCurrent }, () => `${options.out}: ${name} ${version}, ${words}`);
}

async function documentOfFolder(folder: string): Promise<GenesisContract> {
  const { manifest, schema, functions } = await readContractPackage(folder);
  return { ...manifest, schema: schema.text, source: functions.text };
}

async function documentOfNetwork(command: Command, name: string): Promise<GenesisContract> {
  const { withConnection } = await import('../connection.ts');
  const { notFoundError } = await import('../command-error.ts');
  const { decodeContractDocument, toUtf8 } = await import('@bucordo/protocol');
  return withConnection(optionsOf(command), async ({ client, endpoint, timeoutMs }) => {
    const found = await client.contract(name, { timeoutMs });
    if (found !== null) return decodeContractDocument(toUtf8(found.document));
    const names = (await client.contracts({ timeoutMs })).map((each) => each.name).join(', ');
    throw notFoundError(
      `${endpoint.id} runs no contract ${name}`,
      names === '' ? 'It runs none.' : `It runs ${names}.`,
    );
  });
}
