/**
 * Calls that could raise and do not, because of the arguments they are given: a division by a constant
 * other than zero, a part of a text with a constant length, a field that exists.
 */

import { constantBytes, constantNumber, constantText } from './call-arguments.ts';
import type { ResolvedFunction } from './catalogue.ts';
import type { TreeNode } from './node-tree.ts';
import { mayOverflow } from './number-size.ts';

/** Whether a call gives a value whatever the arguments that are no constants; `isTotal` is said of its function. */
export function isTotalCall(isTotal: boolean, called: ResolvedFunction, args: readonly TreeNode[]): boolean {
  return (isTotal || isTotalGiven(called, args)) && !mayOverflow(called, args);
}

function isTotalGiven(called: ResolvedFunction, args: readonly TreeNode[]): boolean {
  return RULES.some(([signature, isTotal]) => signature.test(called.signature) && isTotal(args));
}

type Rule = (args: readonly TreeNode[]) => boolean;

const RULES: readonly (readonly [signature: RegExp, isTotal: Rule])[] = [
  // The lowest whole number divided by -1 is none.
  [/^int\d+div\(/, ([, divisor]) => isWhole(divisor, (value) => value !== 0 && value !== -1)],
  [/^int\d+mod\(|^mod\(int/, ([, divisor]) => isWhole(divisor, (value) => value !== 0)],
  [/^numeric_(div|mod)\(|^(mod|div)\(numeric/, ([, divisor]) => isNeverZero(divisor)],
  [/^(substr|substring)\((text|bytea),int4,int4\)$/, ([, , length]) => isWhole(length, isCount)],
  [
    /^overlay\((text|bytea),(text|bytea),int4(,int4)?\)$/,
    ([, , start, length]) =>
      isWhole(start, (value) => value >= 1) && (length === undefined || isWhole(length, isCount)),
  ],
  [/^split_part\(/, ([, , place]) => isWhole(place, (value) => value !== 0)],
  // Whoever asks for more characters than a constant bound is refused before.
  [/^(lpad|rpad)\(/, () => true],
  [/^chr\(/, ([code]) => isWhole(code, (value) => value >= 1 && value < 0xd800)],
  [/^encode\(/, ([, format]) => ['hex', 'base64', 'escape'].includes(textOf(format))],
  [/^convert_to\(/, ([, encoding]) => textOf(encoding) === 'UTF8'],
  // Only an unknown field raises, and a constant one is known when the contract is checked.
  [/^extract\(/, ([field]) => field?.tag === 'CONST'],
  [/^date_trunc\(/, ([field]) => SHORT_FIELDS.has(textOf(field))],
  // Texts of one row are far below what one text may be.
  [/^(textcat|textanycat|anytextcat|byteacat|concat|concat_ws)\(/, (args) => args.every(isFromRow)],
];

/** Fields that no moment is too early for. */
const SHORT_FIELDS: ReadonlySet<string> = new Set(['second', 'minute', 'hour', 'day']);

// Columns, variables and constants, and what operators make of these.
function isFromRow(node: TreeNode): boolean {
  if (node.tag === 'OPEXPR') return node.children('args').every(isFromRow);
  const inner = node.tag === 'RELABELTYPE' || node.tag === 'COERCEVIAIO' ? node.child('arg') : node;
  return inner !== null && ['VAR', 'CONST', 'PARAM'].includes(inner.tag);
}

function isCount(value: number): boolean {
  return value >= 0;
}

function isWhole(node: TreeNode | undefined, test: (value: number) => boolean): boolean {
  const value = node === undefined ? null : wholeNumber(node);
  return value !== null && test(value);
}

// A constant of whole numbers, also where it was made a number of another kind.
function wholeNumber(node: TreeNode): number | null {
  const [inner, ...others] = node.tag === 'FUNCEXPR' ? node.children('args') : [];
  if (inner !== undefined)
    return others.length === 0 && node.number('funcformat') !== 0 ? wholeNumber(inner) : null;
  return constantNumber(node);
}

// A constant other than zero, or a number that NULLIF makes nothing of when it is zero.
function isNeverZero(node: TreeNode | undefined): boolean {
  if (node === undefined) return false;
  const whole = wholeNumber(node);
  if (node.tag === 'FUNCEXPR') {
    const [inner, ...others] = node.children('args');
    const isCast = others.length === 0 && node.number('funcformat') !== 0;
    return isCast && inner !== undefined && (whole === null ? isNeverZero(inner) : whole !== 0);
  }
  if (node.tag === 'NULLIFEXPR') return isZero(node.children('args')[1]);
  const bytes = constantBytes(node);
  return node.number('consttype') === NUMERIC
    ? bytes !== null && hasDigits(bytes)
    : whole !== null && whole !== 0;
}

function isZero(node: TreeNode | undefined): boolean {
  if (node === undefined) return false;
  if (node.number('consttype') === NUMERIC) {
    const bytes = constantBytes(node);
    return bytes !== null && !hasDigits(bytes);
  }
  return wholeNumber(node) === 0;
}

/** The object id of the type `numeric`. */
const NUMERIC = 1700;

// Zero is a head without digits: two bytes in the short form, four in the long one.
function hasDigits(bytes: Uint8Array): boolean {
  const isShort = ((bytes[5] ?? 0) & 0x80) !== 0;
  return bytes.length > (isShort ? 6 : 8);
}

function textOf(node: TreeNode | undefined): string {
  if (node === undefined) return '';
  const bytes = constantBytes(node);
  if (bytes === null) return '';
  const isName = bytes.length === NAME_BYTES;
  const text = isName
    ? Buffer.from(bytes).toString('latin1').replace(/\0+$/, '')
    : (constantText(node) ?? '');
  return isName ? text : text.toLowerCase();
}

/** Bytes of a constant of the type `name`. */
const NAME_BYTES = 64;
