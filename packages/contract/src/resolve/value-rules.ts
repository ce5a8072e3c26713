/** Rules about values: their types, constants, conversions and collations. */

import {
  isNewNotation,
  isPlainNumber,
  NOTATION_ADVICE,
  NUMBER_TYPES,
  numberRemedy,
} from '../check/rules/number-notation.ts';
import { scanTokens } from '../check/sql-parser.ts';
import { isAllowedType } from './allowed-types.ts';
import type { ResolvedType } from './catalogue.ts';
import { isCivilConstant } from './civil-constant.ts';
import { expressionType, ownType } from './expression-type.ts';
import type { TreeNode } from './node-tree.ts';
import type { ContractScope, Objection } from './resolved-statement.ts';

/** What is wrong with the type of a node. */
export function objectionToType(node: TreeNode, scope: ContractScope): Objection | null {
  const oid = ownType(node);
  if (oid === 0) return null;
  const type = scope.catalogue.type(oid);
  if (type === undefined) return unknownType();
  if (isAllowedType(type, scope)) return null;
  // The seconds of make_interval, which are left out.
  if (type.name === 'float8' && node.tag === 'CONST') return null;
  if (type.name === 'name' && node.tag === 'CONST') return null;
  return {
    rule: 'type',
    construct: `type ${type.sql}`,
    message: 'its values or their texts differ between machines, versions or settings',
    remedy:
      'Use bool, int2, int4, int8, numeric, text, bytea, uuid, date, timestamptz, jsonb, or one-dimensional arrays of these.',
    words: [`::${type.name}`, type.name, type.sql, TYPE_WORDS.get(type.name) ?? ''],
  };
}

function unknownType(): Objection {
  return {
    rule: 'type',
    construct: 'a type that is made on the way',
    message: 'the checker does not know it',
    remedy: 'Use the types of columns and of the tables of the contract.',
  };
}

/** What is wrong with the collation by which a node compares. */
export function objectionToCollation(node: TreeNode): Objection | null {
  const collation = node.number(node.tag === 'COLLATEEXPR' ? 'collOid' : 'inputcollid');
  if (COLLATIONS.has(collation)) return null;
  return {
    rule: 'collation',
    construct: 'COLLATE',
    message: 'the order of texts differs between machines and versions',
    remedy: 'Leave out COLLATE, or use COLLATE "C".',
    words: ['collate'],
  };
}

/** What is wrong with a constant; `text` is the SQL in which it stands. */
export function objectionToConstant(node: TreeNode, scope: ContractScope, text: string): Objection | null {
  if (node.isTrue('constisnull')) return null;
  const type = scope.catalogue.type(node.number('consttype'));
  if (type === undefined) return unknownType();
  const number = type.name.startsWith('_') ? type.name.slice(1) : type.name;
  if (NUMBER_TYPES.has(number)) return objectionToNumber(type, text);
  const isRow = type.isComposite || scope.catalogue.type(type.element)?.isComposite === true;
  if (!isRow && isCivilConstant(type.name, node.fields.get('constvalue'), text)) return null;
  return {
    rule: 'time-constant',
    construct: `constant of the type ${type.sql}`,
    message: 'such a text is read by the clock or the time zone of whoever reads it',
    remedy:
      "Write dates as '2026-01-31', times as '2026-01-31T12:00:00Z', intervals as '3 days'; the block's time is bucordo.block_time().",
    words: ["'now'", "'today'", "'tomorrow'", "'yesterday'", "'epoch'", "'"],
  };
}

// Postgres has read the number already, so it is the text of the statement that is looked at.
function objectionToNumber(type: ResolvedType, text: string): Objection | null {
  const odd = (scanTokens(text) ?? []).find(
    ({ kind, text: written }) =>
      (kind === 'number' && isNewNotation(written)) ||
      (kind === 'string' && isNewNumber(written.replace(/^'|'$/g, ''))),
  );
  if (odd === undefined) return null;
  return { ...NOTATION_ADVICE, construct: `${odd.text} as ${type.sql}`, words: [odd.text] };
}

// All of it is a number, or an array of numbers, and one that older versions do not read.
function isNewNumber(literal: string): boolean {
  return (
    /^[\s{},"+\-.0-9a-fxo_]*\d[\s{},"+\-.0-9a-fxo_]*$/i.test(literal) &&
    /\d[xob_]/i.test(literal) &&
    !isPlainNumber(literal)
  );
}

/** A conversion through text: what is wrong with it, or to what it converts and whether it may raise. */
export type Conversion =
  | { readonly objection: Objection }
  | { readonly isTotal: boolean; readonly to: ResolvedType };

/** Types to which a value of this type may be converted through text. */
export function convertibleTypes(from: string): readonly string[] {
  return [...TEXTS, ...CONVERTIBLE].filter((to) => isConvertible(from, to));
}

function isConvertible(from: string, to: string): boolean {
  if (TEXTS.has(to)) return !WITHOUT_TEXT.has(from);
  if (NUMBER_TYPES.has(to) && TEXTS.has(from)) return false;
  return to !== 'jsonb' && CONVERTIBLE.has(to) && CONVERTIBLE.has(from);
}

/** Judges a conversion through text. */
export function judgeConversion(node: TreeNode, scope: ContractScope): Conversion {
  const argument = node.child('arg');
  const from =
    argument === null ? undefined : scope.catalogue.type(expressionType(argument, scope.catalogue));
  const to = scope.catalogue.type(node.number('resulttype'));
  if (from !== undefined && to !== undefined) {
    if (!from.isComposite && isConvertible(from.name, to.name)) return { isTotal: TEXTS.has(to.name), to };
    if (NUMBER_TYPES.has(to.name) && TEXTS.has(from.name)) return { objection: numberCast(from, to) };
  }
  return {
    objection: {
      rule: 'conversion',
      construct: `conversion of ${from?.sql ?? 'a value'} to ${to?.sql ?? 'a type'}`,
      message:
        'such a text is read by rules that depend on the clock, on settings or on the version of Postgres',
      remedy:
        CONVERSION_REMEDIES.get(to?.name ?? '') ??
        'Take the value as a parameter of that type, or convert its parts one by one.',
      words: [`::${to?.name ?? ''}`, `::${to?.sql ?? ''}`, '::', 'cast'],
    },
  };
}

function numberCast(from: ResolvedType, to: ResolvedType): Objection {
  return {
    rule: 'number-cast',
    construct: `conversion of ${from.sql} to ${to.sql}`,
    message:
      "newer versions of Postgres read more texts as numbers, such as '0x10' and '1_000', than older ones",
    remedy: numberRemedy(to.name, 'text'),
    words: [`::${to.name}`, `::${to.sql}`, '::', 'cast'],
  };
}

/** Types that are texts. */
const TEXTS: ReadonlySet<string> = new Set(['text', 'varchar', 'bpchar']);

/** None, the database's own, and "C". */
const COLLATIONS: ReadonlySet<number> = new Set([0, 100, 950]);

/** Types among which a conversion through text gives the same on every node. */
const CONVERTIBLE: ReadonlySet<string> = new Set([
  'bool',
  'int2',
  'int4',
  'int8',
  'numeric',
  'text',
  'varchar',
  'bpchar',
  'bytea',
  'uuid',
  'jsonb',
]);

/** Types whose text depends on settings. */
const WITHOUT_TEXT: ReadonlySet<string> = new Set([
  'record',
  'interval',
  'timestamp',
  '_interval',
  '_timestamp',
  '_record',
]);

const CONVERSION_REMEDIES: ReadonlyMap<string, string> = new Map([
  ['timestamptz', 'Use bucordo.timestamp_utc(text).'],
  ['date', 'Take a parameter of the type date, or use make_date(year, month, day).'],
  ['interval', 'Use make_interval(days => n) or bucordo.add_seconds(moment, seconds).'],
  [
    'jsonb',
    'Take a parameter of the type jsonb, or build it with jsonb_build_object, jsonb_build_array and to_jsonb.',
  ],
]);

const TYPE_WORDS: ReadonlyMap<string, string> = new Map([
  ['float8', 'double precision'],
  ['float4', 'real'],
  ['float4', 'float'],
]);
