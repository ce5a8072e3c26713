/** A statement that defines tables, indexes or views, as the rules for it see it. */

import type { FindingList, Spot } from '../finding-list.ts';
import type { ContractScope, QueryContext } from '../query/query-context.ts';
import type { Advice } from '../rules/refused-functions.ts';
import type { SourceText } from '../source-text.ts';
import { type ParsedStatement, scanTokens, type Token } from '../sql-parser.ts';
import { type Fields, numberAt, type TreeNode, textAt } from '../sql-tree.ts';

/** One statement that defines something, and where it stands. */
export interface Definition {
  readonly fields: Fields;
  readonly source: SourceText;
  /** Where the statement begins. */
  readonly start: number;
  readonly tokens: readonly Token[];
  readonly findings: FindingList;
  readonly scope: ContractScope;
}

/** A statement with its tokens; offsets are those of the file. */
export function definitionOf(
  { start, end }: ParsedStatement,
  node: TreeNode,
  given: Pick<Definition, 'source' | 'scope' | 'findings'>,
): Definition {
  const tokens = (scanTokens(given.source.slice(start, end)) ?? []).map((token) => ({
    ...token,
    start: token.start + start,
    end: token.end + start,
  }));
  return { ...given, fields: node.fields, start: tokens[0]?.start ?? start, tokens };
}

/** The context in which a definition's expressions are checked: nothing is called but built-in functions. */
export function contextOf(definition: Definition, scope: ContractScope): QueryContext {
  const { source, start, tokens, findings } = definition;
  return {
    ...scope,
    fragment: { source, base: 0, start, tokens: () => tokens },
    findings,
    common: new Map(),
    select: null,
    variables: new Map(),
    isPerRow: false,
    isPerManyRows: false,
    isCaught: false,
    onCall: () => undefined,
  };
}

/** Checks that a table, index or view belongs to the contract. */
export function checkOwn(relation: Fields, definition: Definition): void {
  const { contract } = definition.scope;
  const schema = textAt(relation, 'schemaname');
  const name = textAt(relation, 'relname');
  const offset = numberAt(relation, 'location') ?? definition.start;
  if (schema !== contract || textAt(relation, 'catalogname') !== '') {
    refuse(definition, offset, [schema, name].filter((part) => part !== '').join('.'), {
      rule: 'foreign-table',
      message: `Tables, indexes and views of this contract stand in its schema, ${contract}.`,
      remedy: `Write ${contract}.${name}.`,
    });
  }
  const persistence = textAt(relation, 'relpersistence');
  if (persistence !== '' && persistence !== 'p') {
    refuse(definition, offset, persistence === 't' ? 'TEMPORARY' : 'UNLOGGED', {
      rule: 'table-kind',
      message: 'Its rows are lost when the session or the server ends, on one node alone.',
      remedy: 'Write CREATE TABLE.',
    });
  }
}

/** Notes a refusal at an offset of the file. */
export function refuse(definition: Definition, offset: number, construct: string, advice: Advice): void {
  definition.findings.add({ source: definition.source, offset }, construct, advice);
}

/** Where a definition begins. */
export function startOf({ source, start }: Definition): Spot {
  return { source, offset: start };
}

/** Where the last of these words stands in the definition; its beginning without one. */
export function offsetOfWord(definition: Definition, word: string, from: number = 0): number {
  return (
    definition.tokens.find((token) => token.word === word && token.start >= from)?.start ?? definition.start
  );
}
