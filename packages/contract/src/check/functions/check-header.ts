/** The rules for the head of a function: its name, parameters, result and options. */

import type { Manifest } from '../../package/manifest.ts';
import { reservedName } from '../check-limits.ts';
import type { FindingList } from '../finding-list.ts';
import type { Advice } from '../rules/refused-functions.ts';
import { adviceOnType, PASSING_TYPES, STORED_TYPES } from '../rules/sql-types.ts';
import type { SchemaModel } from '../schema/schema-model.ts';
import type { SourceText } from '../source-text.ts';
import { nodesOf, numberAt, textAt } from '../sql-tree.ts';
import type { OwnFunction, OwnParameter } from './own-function.ts';

/** What the rules for heads know. */
export interface HeaderContext {
  readonly manifest: Manifest;
  readonly schema: SchemaModel;
  readonly source: SourceText;
  readonly findings: FindingList;
  /** Names of functions whose result depends on more than their arguments. */
  readonly reading: ReadonlySet<string>;
}

/** Checks the head of one function. */
export function checkHeader(each: OwnFunction, context: HeaderContext): void {
  checkName(each, context);
  checkOptions(each, context);
  for (const parameter of each.parameters) checkParameter(each, parameter, context);
  checkResult(each, context);
}

/** Two functions of one name: calls by name would be ambiguous. */
export function checkNames(functions: readonly OwnFunction[], context: HeaderContext): void {
  const seen = new Set<string>();
  for (const each of functions) {
    if (seen.has(each.name)) {
      refuse(each.nameOffset, `a second function ${each.name}`, context, {
        rule: 'function-name',
        message: 'Transactions call a function by its name alone.',
        remedy: 'Give each function a name of its own.',
      });
    }
    seen.add(each.name);
  }
}

function checkName(each: OwnFunction, context: HeaderContext): void {
  const { name } = context.manifest;
  if (each.schema !== name) {
    refuse(each.nameOffset, [each.schema, each.name].filter((part) => part !== '').join('.'), context, {
      rule: 'function-name',
      message: `Functions of this contract stand in its schema, ${name}.`,
      remedy: `Write CREATE FUNCTION ${name}.${each.name}(…).`,
    });
  }
  if (each.name.startsWith('__')) refuse(each.nameOffset, each.name, context, reservedName());
  if (!/^[a-z][a-z0-9_]{0,62}$/.test(each.name)) {
    refuse(each.nameOffset, `"${each.name}"`, context, {
      rule: 'function-name',
      message: 'Names of functions are a-z, then up to 62 of a-z, 0-9 and _.',
      remedy: 'Choose a name of these letters.',
    });
  }
}

const OPTION_ADVICE: ReadonlyMap<string, Advice> = new Map([
  [
    'security',
    {
      rule: 'function-option',
      message: 'Whose rights a function has is decided at installation, the same for every contract.',
      remedy: 'Remove SECURITY …; name the roles and classes that may call it in contract.json.',
    },
  ],
  [
    'set',
    {
      rule: 'function-option',
      message: 'Settings change what expressions mean; they are the same for every contract on every node.',
      remedy: 'Remove SET ….',
    },
  ],
]);

const OTHER_OPTION: Advice = {
  rule: 'function-option',
  message: 'It steers the planner of one node and is not part of what members agree on.',
  remedy: 'Remove it; LANGUAGE, STABLE, IMMUTABLE and STRICT may stand there.',
};

function checkOptions(each: OwnFunction, context: HeaderContext): void {
  for (const { fields } of nodesOf(each.fields['options'])) {
    const name = textAt(fields, 'defname');
    const offset = numberAt(fields, 'location') ?? each.start;
    if (name === 'volatility') checkVolatility(each, offset, context);
    if (['language', 'as', 'volatility', 'strict'].includes(name)) continue;
    refuse(offset, name.toUpperCase(), context, OPTION_ADVICE.get(name) ?? OTHER_OPTION);
  }
  if (each.language !== 'plpgsql' && each.language !== 'sql') {
    refuse(each.start, `LANGUAGE ${each.language}`, context, {
      rule: 'language',
      message: 'Functions in other languages leave the sandbox.',
      remedy: 'Write it in PL/pgSQL or SQL.',
    });
  }
}

// A planner computes an immutable function once and keeps the result.
function checkVolatility(each: OwnFunction, offset: number, context: HeaderContext): void {
  const isImmutable = context.source.slice(offset, offset + 9).toUpperCase() === 'IMMUTABLE';
  if (!isImmutable || !context.reading.has(each.name)) return;
  refuse(offset, 'IMMUTABLE', context, {
    rule: 'volatility',
    message:
      'The function reads tables or the transaction, but a node may keep the result of an earlier call.',
    remedy: 'Write STABLE, or nothing.',
  });
}

function checkParameter(each: OwnFunction, parameter: OwnParameter, context: HeaderContext): void {
  const isCallable = Object.hasOwn(context.manifest.functions, each.name);
  if (parameter.mode === 'variadic' || (isCallable && (parameter.mode !== 'in' || parameter.hasDefault))) {
    refuse(parameter.offset, `the parameter ${parameter.name}`, context, {
      rule: 'parameter',
      message: 'A function that transactions call takes each of its arguments by name and gives one result.',
      remedy: 'Write plain parameters without OUT, VARIADIC and DEFAULT; an array for several values.',
    });
  }
  if (parameter.name === '' && parameter.mode !== 'table') {
    refuse(parameter.offset, 'a parameter without a name', context, {
      rule: 'parameter',
      message: 'Arguments are passed by name.',
      remedy: 'Give the parameter a name.',
    });
  }
  checkType(parameter.type, { offset: parameter.offset, isCallable }, context);
}

function checkResult(each: OwnFunction, context: HeaderContext): void {
  const isCallable = Object.hasOwn(context.manifest.functions, each.name);
  if (each.result === 'trigger' || each.result === 'event_trigger') {
    refuse(each.nameOffset, `RETURNS ${each.result}`, context, {
      rule: 'trigger',
      message:
        'The order in which triggers run, and what they change unseen, is no part of what members read.',
      remedy: 'Call a function of the contract where the row is written.',
    });
    return;
  }
  const isSet = each.result.startsWith('SETOF ') || each.parameters.some(({ mode }) => mode === 'table');
  if (isSet && isCallable) {
    refuse(each.nameOffset, `RETURNS ${each.result}`, context, {
      rule: 'result',
      message: 'The receipt of a transaction holds one value.',
      remedy: 'Return void or one value; readers query the tables themselves.',
    });
  }
  const type = each.result.replace(/^SETOF /, '');
  if (type === 'void' || (type === 'record' && !isCallable)) return;
  checkType(type, { offset: each.nameOffset, isCallable }, context);
}

function checkType(
  written: string,
  { offset, isCallable }: { readonly offset: number; readonly isCallable: boolean },
  context: HeaderContext,
): void {
  const advice = typeAdvice(written, context);
  if (advice !== null) refuse(offset, `the type ${written}`, context, advice);
  else if (isCallable && !STORED_TYPES.has(written.replace(/\[\]$/, ''))) {
    refuse(offset, `the type ${written}`, context, adviceOnType(written.replace(/\[\]$/, '')));
  }
}

/** Why a parameter or variable may not have a type; null when it may. */
export function typeAdvice(
  written: string,
  { manifest, schema }: Pick<HeaderContext, 'manifest' | 'schema'>,
): Advice | null {
  const name = written.replace(/\[\]$/, '');
  if (STORED_TYPES.has(name) || PASSING_TYPES.has(name)) return null;
  const [owner, table] = name.split('.');
  if (owner === manifest.name && table !== undefined && schema.has(table)) return null;
  return adviceOnType(name);
}

function refuse(
  offset: number,
  construct: string,
  { source, findings }: HeaderContext,
  advice: Advice,
): void {
  findings.add({ source, offset }, construct, advice);
}
