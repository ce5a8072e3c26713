/** Layer B1 for functions.sql: heads, bodies, the queries inside, and who calls whom. */

import type { Manifest } from '../../package/manifest.ts';
import type { FindingList } from '../finding-list.ts';
import { checkQuery } from '../query/check-query.ts';
import type { ContractScope, QueryContext } from '../query/query-context.ts';
import type { SchemaModel } from '../schema/schema-model.ts';
import type { SourceText } from '../source-text.ts';
import { nodeOf, nodesOf } from '../sql-tree.ts';
import {
  readingFunctions,
  recursiveCalls,
  refusingFunctions,
  type SeenCall,
  unsteadyFunctions,
  writingFunctions,
} from './call-graph.ts';
import { checkBody } from './check-body.ts';
import { checkHeader, checkNames } from './check-header.ts';
import type { OwnFunction } from './own-function.ts';
import { variableType } from './variable-type.ts';

/** What the rules for functions are given. */
export interface FunctionsToCheck {
  readonly manifest: Manifest;
  readonly schema: SchemaModel;
  readonly source: SourceText;
  readonly functions: readonly OwnFunction[];
}

/** What statements of this contract can name. */
export function scopeOf({ manifest, schema, functions }: Omit<FunctionsToCheck, 'source'>): ContractScope {
  const uses = Object.entries(manifest.uses).flatMap(([other, views]) =>
    views.map((view) => `${other}.${view}`),
  );
  return {
    contract: manifest.name,
    schema,
    knowsSchema: true,
    functions: new Set(functions.map(({ name }) => name)),
    writing: writingFunctions(functions, manifest.name),
    unsteady: unsteadyFunctions(functions, manifest.name),
    refusing: refusingFunctions(functions, manifest.name),
    uses: new Set(uses),
  };
}

/** Checks all functions of a contract. */
export function checkFunctions(given: FunctionsToCheck, findings: FindingList): void {
  const { manifest, schema, source, functions } = given;
  const header = { manifest, schema, source, findings, reading: readingFunctions(functions, manifest.name) };
  const scope = scopeOf(given);
  const calls: SeenCall[] = [];
  checkNames(functions, header);
  for (const each of functions) {
    checkHeader(each, header);
    checkBody(each, header);
    const onCall: QueryContext['onCall'] = (to, spot) => calls.push({ from: each.name, to, spot });
    checkQueries(each, { ...scope, source, findings, onCall });
  }
  for (const { from, to, spot } of recursiveCalls(calls)) {
    findings.add(spot, `${manifest.name}.${to}() from ${from}`, {
      rule: 'recursion',
      message:
        'A function that reaches itself again runs until the stack of one node is full, at another depth than on others.',
      remedy: 'Write a loop, which the budget counts.',
    });
  }
}

interface QueriesContext extends ContractScope, Pick<QueryContext, 'findings' | 'onCall'> {
  readonly source: SourceText;
}

function checkQueries(each: OwnFunction, given: QueriesContext): void {
  const variables = new Map([
    ...each.parameters.map(({ name, type }) => [name, type] as const),
    ...(each.body?.variables ?? []).map(({ name, type }) => [name, variableType(type)] as const),
  ]);
  const isCaught = each.body?.constructs.some(({ kind }) => kind === 'handler') ?? false;
  const base = {
    ...given,
    common: new Map(),
    select: null,
    isPerRow: false,
    isPerManyRows: false,
    isCaught,
    variables,
  };
  for (const { node, fragment } of each.queries) checkQuery(node, { ...base, fragment });
  const fragment = { source: given.source, base: 0, start: each.start, tokens: () => [] };
  for (const { fields } of nodesOf(each.fields['parameters'])) {
    const value = nodeOf(fields['defexpr']);
    if (value !== null) checkQuery(value, { ...base, fragment });
  }
}
