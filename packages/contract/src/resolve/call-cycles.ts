/** Recursion: functions of the contract that call themselves, directly or through others. */

import type { Finding } from '../check/finding.ts';
import { isList, TreeNode, type TreeValue } from './node-tree.ts';
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

function reaches(calls: ReadonlyMap<string, ReadonlySet<string>>, from: string, to: string): boolean {
  const seen = new Set([from]);
  for (const name of seen) {
    if (name === to) return true;
    for (const next of calls.get(name) ?? []) seen.add(next);
  }
  return false;
}

function ownFunctions(value: TreeValue | undefined, scope: ContractScope): ReadonlySet<string> {
  const found = new Set<string>();
  const visit = (each: TreeValue | undefined): void => {
    if (isList(each)) for (const item of each) visit(item);
    if (!(each instanceof TreeNode)) return;
    const called = each.tag === 'FUNCEXPR' ? scope.catalogue.function(each.number('funcid')) : undefined;
    if (called?.schema === scope.contract) found.add(called.name);
    for (const item of each.fields.values()) visit(item);
  };
  visit(value);
  return found;
}
