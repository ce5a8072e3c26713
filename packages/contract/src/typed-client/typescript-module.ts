/**
 * A contract as a TypeScript module over `@bucordo/client`: types of arguments, results and rows, a
 * function per contract function that makes a call, and a class that submits it. The module imports
 * types only.
 */

import type { ContractInterface, InterfaceFunction, InterfaceTable } from './contract-interface.ts';
import { argumentType, resultType, rowType } from './typescript-types.ts';

/** The text of the module. The same interface gives the same text. */
export function typescriptModule(contract: ContractInterface): string {
  const name = pascal(contract.name);
  const { functions, tables } = contract;
  const hasJson = functions.some((each) => each.parameters.some(({ type }) => type.startsWith('jsonb')));
  const imported = [...(hasJson ? ['ArgumentValue'] : []), 'Client', 'Receipt', 'SubmitOptions'];
  return [
    ...documentation([
      `The contract \`${contract.name}\` ${contract.version}: its calls, rejections and rows.`,
      '',
      'Written by `bucordo contract types`; change the contract, not this file.',
    ]),
    '',
    `import type { ${imported.join(', ')} } from '@bucordo/client';`,
    '',
    ...documentation(['A receipt with the type of what the call returned.']),
    `export type ${name}Receipt<Result> = Receipt & { readonly result: Result };`,
    '',
    ...rejectionLines(contract, name),
    ...functions.flatMap((each) => argumentLines(each)),
    ...callLines(contract, name),
    ...classLines(contract, name),
    ...tables.flatMap((each) => tableLines(each, contract.name)),
  ].join('\n');
}

function rejectionLines({ rejections, name: contract }: ContractInterface, name: string): string[] {
  const members = rejections.flatMap(({ code, messages }) => [
    `  ${code}: [`,
    ...messages.map((message) => `    ${quoted(message)},`),
    '  ],',
  ]);
  const constant = `${camel(contract)}Rejections`;
  return [
    ...documentation([
      'What the contract refuses: its codes, in the words of its source; `%` stands for what it fills in.',
    ]),
    `export const ${constant} = {`,
    ...members,
    '} as const;',
    '',
    ...documentation(['A code of the contract.']),
    `export type ${name}Code = keyof typeof ${constant};`,
    '',
    ...documentation(['Whether an error is a rejection by the contract itself.']),
    `export function is${name}Rejection(error: unknown): error is Error & { readonly code: ${name}Code } {`,
    "  const code: unknown = error instanceof Error && 'code' in error ? error.code : null;",
    `  return typeof code === 'string' && Object.hasOwn(${constant}, code);`,
    '}',
    '',
  ];
}

function argumentLines(each: InterfaceFunction): string[] {
  if (each.parameters.length === 0) return [];
  return [
    ...documentation([`Arguments of \`${each.name}\`.`]),
    `export type ${pascal(each.name)}Arguments = {`,
    ...each.parameters.map(({ name, type }) => `  readonly ${name}: ${argumentType(type)} | null;`),
    '};',
    '',
  ];
}

function callLines({ functions, name: contract }: ContractInterface, name: string): string[] {
  return [
    ...documentation([`A call of \`${contract}\`.`]),
    `export type ${name}Call<Name extends string = string, Arguments = object> = {`,
    `  readonly contract: '${contract}';`,
    '  readonly function: Name;',
    '  readonly args: Arguments;',
    '  readonly returns: string;',
    '};',
    '',
    ...documentation([
      'Makes calls, to be submitted with `client.submit`: several of them are one transaction.',
    ]),
    `export const ${camel(contract)}Calls = {`,
    ...functions.flatMap((each) => {
      const hasArguments = each.parameters.length > 0;
      const type = hasArguments ? `${pascal(each.name)}Arguments` : 'Record<string, never>';
      const args = hasArguments ? 'args' : 'args: {}';
      const call = `{ contract: '${contract}', function: '${each.name}', ${args}, returns: '${each.result}' }`;
      return [
        ...documentation(wordsOf(each)).map((line) => `  ${line}`),
        `  ${camel(each.name)}: (${hasArguments ? `args: ${type}` : ''}): ${name}Call<'${each.name}', ${type}> =>`,
        `    (${call}),`,
      ];
    }),
    '};',
    '',
  ];
}

function classLines({ functions, name: contract }: ContractInterface, name: string): string[] {
  return [
    ...documentation([
      'Calls functions of the contract, each in a transaction of its own.',
      '',
      `Every method rejects as \`client.call\` does: with a RejectedError whose code is a {@link ${name}Code},`,
      'or one of the protocol.',
    ]),
    `export class ${name}Client {`,
    '  readonly #client: Client;',
    '',
    '  constructor(client: Client) {',
    '    this.#client = client;',
    '  }',
    ...functions.flatMap((each) => methodLines(each, contract, name)),
    '}',
    '',
  ];
}

function methodLines(each: InterfaceFunction, contract: string, name: string): string[] {
  const hasArguments = each.parameters.length > 0;
  const parameter = hasArguments ? `args: ${pascal(each.name)}Arguments, ` : '';
  const receipt = `Promise<${name}Receipt<${resultType(each.result)}>>`;
  const made = `${camel(contract)}Calls.${camel(each.name)}(${hasArguments ? 'args' : ''})`;
  const call = `this.#client.submit([${made}], options)`;
  return [
    '',
    ...documentation(wordsOf(each)).map((line) => `  ${line}`),
    `  ${camel(each.name)}(${parameter}options?: SubmitOptions): ${receipt} {`,
    `    return ${call} as ${receipt};`,
    '  }',
  ];
}

function tableLines(table: InterfaceTable, contract: string): string[] {
  const head = `A row of \`${contract}.${table.name}\`, as a query returns it. Key: ${table.key.join(', ')}.`;
  const words = table.words === '' ? [] : ['', ...table.words.split('\n')];
  return [
    ...documentation([head, ...words]),
    `export type ${pascal(table.name)}Row = {`,
    ...table.columns.flatMap((column) => [
      ...(column.words === '' ? [] : documentation(column.words.split('\n')).map((line) => `  ${line}`)),
      `  readonly ${column.name}: ${rowType(column.type)}${column.isNullable ? ' | null' : ''};`,
    ]),
    '};',
    '',
  ];
}

// The author's words, then who may call and what can come back.
function wordsOf({ name, words, roles, classes, codes }: InterfaceFunction): string[] {
  const callers = [
    ...(roles.length === 0 ? [] : [`role ${roles.join(' or ')}`]),
    ...(classes.length === 0 ? [] : [`class ${classes.join(' or ')}`]),
  ];
  return [
    ...(words === '' ? [`Calls \`${name}\`.`] : words.split('\n')),
    '',
    `For ${callers.length === 0 ? 'everybody' : callers.join(', ')}. Rejections: ${codes.length === 0 ? 'none of its own' : codes.join(', ')}.`,
  ];
}

function documentation(lines: readonly string[]): string[] {
  const safe = lines.map((line) => line.replaceAll('*/', '* /'));
  const [only = ''] = safe;
  if (safe.length === 1) return [`/** ${only} */`];
  return ['/**', ...safe.map((line) => (line === '' ? ' *' : ` * ${line}`)), ' */'];
}

function quoted(text: string): string {
  return `'${text.replaceAll('\\', '\\\\').replaceAll("'", "\\'").replaceAll('\n', ' ')}'`;
}

function pascal(name: string): string {
  return name
    .split('_')
    .map((part) => part.charAt(0).toUpperCase() + part.slice(1))
    .join('');
}

function camel(name: string): string {
  const whole = pascal(name);
  return whole.charAt(0).toLowerCase() + whole.slice(1);
}
