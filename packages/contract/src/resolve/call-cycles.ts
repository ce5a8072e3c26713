/** Which functions of the contract call which, and what follows from it: recursion, refusals and errors that pass on. */

import type { Finding } from '../check/finding.ts';
import { isList, TreeNode, type TreeValue } from './node-tree.ts';
import type { Handlers } from './resolved-statement.ts';
import { type ContractScope, findingAt, type ResolvedStatement } from './resolved-statement.ts';

/** A finding at each call that leads back to the function it stands in. */
export function judgeRecursion(
  statements: readonly ResolvedStatement[],
  scope: ContractScope,
): readonly Finding[] {
  const calls = new Map<string, Set<string>>();
  const known = statements.map((statement) => ({ statement, called: ownFunctions(statement.tree, scope) }));
  for (const { statement, called } of known) {
    const callees = calls.get(statement.functionName) ?? new Set<string>();
    for (const name of called) callees.add(name);
    calls.set(statement.functionName, callees);
  }
  return known.flatMap(({ statement, called }) =>
    [...called]
      .filter((name) => reaches(calls, name, statement.functionName))
      .map((name) =>
        findingAt(statement.excerpt, {
          rule: 'recursion',
          construct: `${scope.contract}.${name}()`,
          message: 'it calls itself, and how deep calls may nest depends on the stack of a node',
          remedy: 'Write a loop, with the work that is left in an array or a table.',
          words: [name],
        }),
      ),
  );
}

/** The functions of `first`, and all that call one of them. */
export function withCallers(
  first: ReadonlySet<string>,
  statements: readonly ResolvedStatement[],
  scope: Pick<ContractScope, 'catalogue' | 'contract'>,
): ReadonlySet<string> {
  const found = new Set(first);
  const calls = statements.map(({ functionName, tree }) => ({
    functionName,
    called: ownFunctions(tree, scope),
  }));
  for (let size = -1; size !== found.size; ) {
    size = found.size;
    for (const { functionName, called } of calls) {
      if ([...called].some((name) => found.has(name))) found.add(functionName);
    }
  }
  return found;
}

/** Handlers of callers that are looked at one behind the other. */
const HANDLERS_MAX = 20;

/** The statements, each with the handlers of its own function and of those that call it. */
export function withHandlers(
  statements: readonly ResolvedStatement[],
  scope: Pick<ContractScope, 'catalogue' | 'contract'>,
): readonly ResolvedStatement[] {
  const callers = new Map<string, Map<string, Handlers>>();
  const calls = statements.map((statement) => ({ statement, called: ownFunctions(statement.tree, scope) }));
  const around = ({ functionName, handlers }: ResolvedStatement): readonly Handlers[] => {
    const own = handlers?.[0] ?? [];
    const outer = [...(callers.get(functionName)?.values() ?? [])];
    const all = [own, ...outer.map((each) => [...own, ...each].slice(0, HANDLERS_MAX))];
    return all.filter((each) => each.length > 0);
  };
  for (let size = -1, found = 0; size !== found; ) {
    size = found;
    for (const { statement, called } of calls) {
      for (const name of called) {
        const known = callers.get(name) ?? new Map<string, Handlers>();
        callers.set(name, known);
        for (const handlers of around(statement)) known.set(JSON.stringify(handlers), handlers);
      }
    }
    found = [...callers.values()].reduce((total, each) => total + each.size, 0);
  }
  return statements.map((statement) => {
    const handlers = around(statement);
    return handlers.length === 0 ? statement : { ...statement, handlers };
  });
}

function reaches(calls: ReadonlyMap<string, ReadonlySet<string>>, from: string, to: string): boolean {
  const seen = new Set([from]);
  for (const name of seen) {
    if (name === to) return true;
    for (const next of calls.get(name) ?? []) seen.add(next);
  }
  return false;
}

function ownFunctions(
  value: TreeValue | undefined,
  scope: Pick<ContractScope, 'catalogue' | 'contract'>,
): ReadonlySet<string> {
  const known = value instanceof TreeNode ? knownCalls.get(value) : undefined;
  if (known !== undefined) return known;
  const found = new Set<string>();
  const visit = (each: TreeValue | undefined): void => {
    if (isList(each)) for (const item of each) visit(item);
    if (!(each instanceof TreeNode)) return;
    const called = each.tag === 'FUNCEXPR' ? scope.catalogue.function(each.number('funcid')) : undefined;
    if (called?.schema === scope.contract) found.add(called.name);
    for (const item of each.fields.values()) visit(item);
  };
  visit(value);
  if (value instanceof TreeNode) knownCalls.set(value, found);
  return found;
}

/** What was found in a tree, which belongs to one check. */
const knownCalls = new WeakMap<TreeNode, ReadonlySet<string>>();
