/** What parameters, results and defaults of functions may be. */

import type { Finding } from '../check/finding.ts';
import { COLUMN_TYPES, isAllowedType, isColumnType } from './allowed-types.ts';
import type { FunctionFacts } from './function-facts.ts';
import type { FunctionText } from './function-program.ts';
import { type ContractScope, findingAt } from './resolved-statement.ts';
import { judgeTree } from './tree-rules.ts';

/** Judges the head of one function. */
export function judgeFunction(
  text: FunctionText,
  facts: FunctionFacts | undefined,
  scope: ContractScope,
): readonly Finding[] {
  if (facts === undefined) return [];
  const excerpt = { source: text.source, start: text.start, text: text.statement };
  const findings: Finding[] = [];
  const refuse = (construct: string, remedy: string, words: readonly string[]): void => {
    const message = 'its values or their texts differ between machines, versions or settings';
    findings.push(findingAt(excerpt, { rule: 'type', construct, message, remedy, words }));
  };
  for (const parameter of facts.parameters) {
    const type = scope.catalogue.type(parameter.type);
    if (type !== undefined && (isColumnType(type) || type.schema === scope.contract)) continue;
    refuse(
      `parameter ${parameter.name} of the type ${parameter.sql}`,
      `Use ${[...COLUMN_TYPES].join(', ')}, or arrays of these.`,
      [parameter.name],
    );
  }
  const result = scope.catalogue.type(facts.resultType);
  if (result === undefined || result.name === 'unknown' || !isAllowedType(result, scope)) {
    refuse(
      `result of the type ${facts.result}`,
      `Return void, ${[...COLUMN_TYPES].join(', ')}, arrays of these, or rows of a table.`,
      ['returns'],
    );
  }
  const head = text.body === '' ? text.statement : text.statement.slice(0, text.statement.indexOf('$'));
  for (const tree of facts.defaults) {
    findings.push(
      ...judgeTree({ functionName: facts.name, excerpt, tree, sql: head, mayStop: false }, scope),
    );
  }
  return findings;
}
