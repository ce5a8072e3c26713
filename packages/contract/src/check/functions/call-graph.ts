/** Which functions of a contract call which, and what follows from it. */

import type { Spot } from '../finding-list.ts';
import { CONTEXT_FUNCTIONS } from '../rules/context-functions.ts';
import { descendants, namesOf, nodeOf, nodesOf, type TreeNode, textAt } from '../sql-tree.ts';
import type { OwnFunction } from './own-function.ts';

/** The names of own functions that a function calls. */
export function ownCalls(each: OwnFunction, contract: string): ReadonlySet<string> {
  const names = new Set<string>();
  for (const { node } of each.queries) {
    for (const call of calls(node)) {
      const [schema, name] = namesOf(call.fields['funcname']);
      if (schema === contract && name !== undefined) names.add(name);
    }
  }
  return names;
}

function calls(node: TreeNode): readonly TreeNode[] {
  return [...descendants(node)].filter(({ kind }) => kind === 'FuncCall');
}

/** Names of the functions that write a table or count calls, themselves or through others. */
export function writingFunctions(functions: readonly OwnFunction[], contract: string): ReadonlySet<string> {
  const writing = new Set(functions.filter(writesItself).map(({ name }) => name));
  return closure(writing, functions, contract);
}

function writesItself({ queries }: OwnFunction): boolean {
  return queries.some(({ node }) =>
    [...descendants(node)].some(({ kind, fields }) => {
      if (kind === 'InsertStmt' || kind === 'UpdateStmt' || kind === 'DeleteStmt') return true;
      if (kind !== 'FuncCall') return false;
      const [schema, name] = namesOf(fields['funcname']);
      return schema === 'bucordo' && CONTEXT_FUNCTIONS.get(name ?? '')?.countsCalls === true;
    }),
  );
}

/** Names of the functions that may refuse with a code of the contract, themselves or through others. */
export function refusingFunctions(functions: readonly OwnFunction[], contract: string): ReadonlySet<string> {
  const refusing = functions.filter(({ body }) => body?.constructs.some(({ kind }) => kind === 'raise'));
  return closure(new Set(refusing.map(({ name }) => name)), functions, contract);
}

/** Names of the functions whose result depends on tables or the transaction, themselves or through others. */
export function readingFunctions(functions: readonly OwnFunction[], contract: string): ReadonlySet<string> {
  const reading = new Set(functions.filter(readsItself).map(({ name }) => name));
  return closure(reading, functions, contract);
}

/** Context functions that compute from their arguments alone. */
const COMPUTING: ReadonlySet<string> = new Set([
  'add_seconds',
  'seconds_between',
  'timestamp_utc',
  'whole_number',
  'decimal_number',
  'lower_case',
  'upper_case',
  'fold_case',
]);

function readsItself({ queries }: OwnFunction): boolean {
  return queries.some(({ node }) =>
    [node, ...descendants(node)].some(({ kind, fields }) => {
      if (kind === 'RangeVar') return true;
      const [schema, name = ''] = kind === 'FuncCall' ? namesOf(fields['funcname']) : [];
      return schema === 'bucordo' && !COMPUTING.has(name);
    }),
  );
}

/**
 * Names of the functions that read tables as they are at the moment, changes of the calling statement
 * included: those without a label, and those that call such a one.
 */
export function unsteadyFunctions(functions: readonly OwnFunction[], contract: string): ReadonlySet<string> {
  const reading = closure(new Set(functions.filter(readsTable).map(({ name }) => name)), functions, contract);
  const unlabelled = functions.filter((each) => reading.has(each.name) && !isLabelled(each));
  return closure(new Set(unlabelled.map(({ name }) => name)), functions, contract);
}

function readsTable({ queries }: OwnFunction): boolean {
  return queries.some(({ node }) => [node, ...descendants(node)].some(({ kind }) => kind === 'RangeVar'));
}

function isLabelled({ fields }: OwnFunction): boolean {
  return nodesOf(fields['options']).some((option) => {
    if (textAt(option.fields, 'defname') !== 'volatility') return false;
    const label = nodeOf(option.fields['arg']);
    return label !== null && textAt(label.fields, 'sval') !== 'volatile';
  });
}

function closure(
  first: Set<string>,
  functions: readonly OwnFunction[],
  contract: string,
): ReadonlySet<string> {
  for (let size = -1; size !== first.size; ) {
    size = first.size;
    for (const each of functions) {
      if ([...ownCalls(each, contract)].some((name) => first.has(name))) first.add(each.name);
    }
  }
  return first;
}

/** A call as the rules have seen it. */
export interface SeenCall {
  readonly from: string;
  readonly to: string;
  readonly spot: Spot;
}

/** The calls through which a function can reach itself again. */
export function recursiveCalls(seen: readonly SeenCall[]): readonly SeenCall[] {
  const targets = new Map<string, Set<string>>();
  for (const { from, to } of seen) targets.set(from, (targets.get(from) ?? new Set()).add(to));
  const reaches = (from: string, goal: string): boolean => {
    const waiting = [from];
    const visited = new Set<string>();
    for (let name = waiting.pop(); name !== undefined; name = waiting.pop()) {
      if (name === goal) return true;
      if (visited.has(name)) continue;
      visited.add(name);
      waiting.push(...(targets.get(name) ?? []));
    }
    return false;
  };
  return seen.filter(({ from, to }) => reaches(to, from));
}
