/**
 * How many digits a number can have, by the types and constants of what it is computed of. Beyond 131,072
 * digits before the point Postgres raises an error, and in a predicate the plan would decide whether it does.
 */

import { constantBytes } from './call-arguments.ts';
import type { ResolvedFunction } from './catalogue.ts';
import { isList, TreeNode, type TreeValue } from './node-tree.ts';

/** Digits up to which a number is far from overflowing, a sum over all rows of a table included. */
const DIGITS_MAX = 100_000;

/** Digits of a variable: four times what `bucordo.check_digits` lets it have, as much as `bucordo.decimal_number` reads. */
const VARIABLE_DIGITS = 1_000;

/** Digits of a column whose precision is not known here, such as that of a sum: a column's most, twice. */
const COLUMN_DIGITS = 2_000;

/** Digits of whole numbers, and what a sum adds to the largest of its numbers. */
const WHOLE_DIGITS = 20;

/** Whether the result of such a call may have more digits than Postgres takes. */
export function mayOverflow(called: ResolvedFunction, args: readonly TreeNode[]): boolean {
  if (!/^numeric_(add|sub|mul|div)\(|^sum\(numeric\)/.test(called.signature)) return false;
  return args.reduce((sum, each) => sum + digitsOf(each), WHOLE_DIGITS) > DIGITS_MAX;
}

// Those of a product or quotient are the sum of those of its parts, those of anything else at most that.
function digitsOf(node: TreeNode): number {
  switch (node.tag) {
    case 'PARAM':
      return VARIABLE_DIGITS;
    case 'VAR':
      return precisionOf(node.number('vartypmod')) ?? COLUMN_DIGITS;
    case 'CONST':
      return constantDigits(node);
    default:
      return [...node.fields.values()].reduce((sum, each) => sum + digitsWithin(each), WHOLE_DIGITS);
  }
}

function digitsWithin(value: TreeValue | undefined): number {
  if (isList(value)) return value.reduce<number>((sum, each) => sum + digitsWithin(each), 0);
  return value instanceof TreeNode ? digitsOf(value) : 0;
}

// The modifier of numeric(p,s): p above 16 bits, s in the 11 below, both after a head of 4.
function precisionOf(modifier: number): number | null {
  if (modifier < 4) return null;
  const scale = ((modifier - 4) & 0x7ff) - (((modifier - 4) & 0x400) << 1);
  return ((modifier - 4) >> 16) + Math.abs(scale);
}

// Four digits in two bytes, and those that stand for zeros before the point and behind it.
function constantDigits(node: TreeNode): number {
  const bytes = node.number('consttype') === NUMERIC ? constantBytes(node) : null;
  if (bytes === null || bytes.length < 6) return WHOLE_DIGITS;
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.length);
  const head = view.getUint16(4, true);
  const isShort = (head & 0xc000) === 0x8000;
  if (!isShort && bytes.length < 8) return WHOLE_DIGITS;
  const weight = isShort ? (head & 0x3f) - ((head & 0x40) === 0 ? 0 : 0x40) : view.getInt16(6, true);
  const scale = isShort ? (head & 0x1f80) >> 7 : head & 0x3fff;
  return Math.max(weight + 1, 0) * 4 + scale + WHOLE_DIGITS;
}

/** The object id of the type `numeric`. */
const NUMERIC = 1700;
