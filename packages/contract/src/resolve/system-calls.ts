/** Rules about calls of the system's functions and of the contract's own. */

import { constantText } from './call-arguments.ts';
import type { ResolvedFunction } from './catalogue.ts';
import type { TreeNode } from './node-tree.ts';
import type { ContractScope, Objection } from './resolved-statement.ts';

/** Where a call stands. */
export interface CallPlace {
  /** Whether it decides about rows. */
  readonly isPredicate: boolean;
  /** Whether it is asked for rows of something. */
  readonly hasRows: boolean;
}

/** Context functions that give another value at each use. */
const DRAWING: ReadonlySet<string> = new Set(['new_id', 'random_bytes', 'ordinal']);

/** Functions of the system schema that a contract may call. */
const CONTEXT: ReadonlySet<string> = new Set([
  'caller',
  'member',
  'has_role',
  'tx_id',
  'height',
  'position',
  'ordinal',
  'block_time',
  'block_time_ms',
  'add_seconds',
  'seconds_between',
  'timestamp_utc',
  'new_id',
  'random_bytes',
  'whole_number',
  'decimal_number',
  'lower_case',
  'upper_case',
  'fold_case',
]);

/** Functions of the budget: a contract spends what is its own, and `bucordo contract build` writes them. */
const BUDGET: ReadonlySet<string> = new Set([
  'charge',
  'charge_scan',
  'charge_work',
  'units_left',
  'check_size',
  'check_array',
  'check_digits',
  'check_nesting',
]);

/** Functions that tell who reads, for the rules of readers only. */
const READER: ReadonlySet<string> = new Set([
  'reader_member',
  'reader_class',
  'reader_roles',
  'reader_has_role',
]);

/** Context functions that raise for some arguments. */
const RAISING: ReadonlySet<string> = new Set([
  'add_seconds',
  'timestamp_utc',
  'random_bytes',
  'whole_number',
  'decimal_number',
]);

/** Whether a context function gives no value for some arguments. */
export function mayRaise(called: ResolvedFunction): boolean {
  return called.schema === 'bucordo' && RAISING.has(called.name);
}

/** What is wrong with a call of the schema `bucordo` or of the contract itself; null when nothing is. */
export function objectionToCall(
  called: ResolvedFunction,
  args: readonly TreeNode[],
  place: CallPlace,
  scope: ContractScope,
): Objection | null {
  const construct = `${called.schema}.${called.name}()`;
  const words = [called.name];
  const isSystem = called.schema === 'bucordo';
  if (isSystem && scope.isForReaders === true && READER.has(called.name)) return null;
  if (isSystem && BUDGET.has(called.name)) return objectionToBudgetCall(called, args, scope);
  if (isSystem && !CONTEXT.has(called.name)) {
    return {
      rule: 'function',
      construct,
      message: 'it belongs to the system and not to what contracts may call',
      remedy: `Contracts may call: ${[...CONTEXT].map((name) => `bucordo.${name}`).join(', ')}.`,
      words,
    };
  }
  if (place.isPredicate && place.hasRows) {
    return {
      rule: 'call-in-predicate',
      construct,
      message: 'in a predicate it is asked for every row, and which rows are reached depends on the plan',
      remedy: 'Read it into a variable before and compare with that.',
      words,
    };
  }
  if (!isSystem || !DRAWING.has(called.name) || !place.hasRows) return null;
  return {
    rule: 'draw-per-row',
    construct,
    message: 'rows are reached in an order that differs between nodes, so each would get another value',
    remedy: 'Use it in an assignment or in VALUES, one row at a time.',
    words,
  };
}

// It counts the rows of any relation it is given, so that is one of the contract's own.
function objectionToBudgetCall(
  called: ResolvedFunction,
  args: readonly TreeNode[],
  scope: ContractScope,
): Objection | null {
  if (called.name !== 'charge_scan') return null;
  const name = args[0] === undefined ? null : constantText(args[0]);
  const isOwn = scope.catalogue
    .relations(scope.contract)
    .some((each) => `${each.schema}.${each.name}` === name);
  if (isOwn || scope.usedViews.has(name ?? '')) return null;
  return {
    rule: 'function',
    construct: 'bucordo.charge_scan()',
    message: 'it reads the relation it names, which is none of this contract',
    remedy: 'Declare scans in contract.json; the build writes the calls.',
    words: [called.name],
  };
}
