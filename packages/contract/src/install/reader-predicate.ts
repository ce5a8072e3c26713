/**
 * The predicate of a reader rule as every node puts it into its views: one expression over one row,
 * written anew from its tokens, so that nothing of it can leave the place where it is put.
 */

import { loadParser, parseStatements, scanTokens } from '../check/sql-parser.ts';
import { descendants, type Fields, fieldsOf, namesOf, nodesOf, type TreeNode } from '../check/sql-tree.ts';
import { requireReadable } from './readable-text.ts';
import { StatementError } from './statement-error.ts';

/** A predicate that may stand in a view. */
export interface ReaderPredicate {
  /** In parentheses, on one line, without comments. */
  readonly sql: string;
  /** Built-in functions that it calls, by name, sorted. */
  readonly functions: readonly string[];
}

/** The predicate of a text. Throws a {@link StatementError} when the text is anything else. */
export async function readerPredicate(text: string): Promise<ReaderPredicate> {
  await loadParser();
  return judgePredicate(text);
}

/** The same when the parser is loaded. */
export function judgePredicate(text: string): ReaderPredicate {
  requireReadable(text);
  const tokens = scanTokens(text);
  if (text.trim() === '') throw refusal('it is no expression over one row', text);
  if (tokens === null) throw refusal('a quoted text or a comment in it does not end', text);
  const clean = tokens.map((token) => token.text).join(' ');
  const expression = soleExpression(`SELECT ${clean}`) === null ? null : soleExpression(`SELECT (${clean})`);
  if (expression === null) throw refusal('it is no expression over one row', text);
  return { sql: `(${clean})`, functions: calledFunctions(expression, text) };
}

// The only thing that a SELECT of one statement selects, or null.
function soleExpression(sql: string): TreeNode | null {
  const parsed = parseStatements(sql);
  if ('error' in parsed || parsed.ok.length !== 1) return null;
  const select = fieldsOf(parsed.ok[0]?.tree, 'SelectStmt');
  if (select === null || Object.keys(select).some((key) => !PLAIN_SELECT.has(key))) return null;
  const [target, ...others] = nodesOf(select['targetList']);
  if (target === undefined || others.length > 0 || target.fields['name'] !== undefined) return null;
  return target;
}

/** What the parser says of a SELECT that has nothing but a list. */
const PLAIN_SELECT: ReadonlySet<string> = new Set(['targetList', 'limitOption', 'op']);

/** The system's functions that say who reads. */
const READER_FUNCTIONS: ReadonlySet<string> = new Set([
  'reader_member',
  'reader_class',
  'reader_roles',
  'reader_has_role',
]);

// The table as of a height is computed with the owner's rights, so what a predicate may call is told by name.
function calledFunctions(expression: TreeNode, text: string): readonly string[] {
  const called = new Set<string>();
  for (const { kind, fields } of descendants(expression)) {
    if (kind === 'SubLink' || kind === 'SelectStmt') throw refusal('it holds a query', text);
    if (kind === 'ParamRef') throw refusal('it holds a parameter', text);
    if (kind === 'FuncCall') {
      const builtIn = builtInFunction(fields, text);
      if (builtIn !== null) called.add(builtIn);
    } else {
      requireBuiltIn(kind === 'A_Expr' ? fields['name'] : fields['names'], text);
    }
    requireBuiltIn(fields['collname'], text);
  }
  return [...called].sort();
}

function builtInFunction(call: Fields, text: string): string | null {
  const names = namesOf(call['funcname']);
  const name = names.at(-1) ?? '';
  if (names.length === 2 && names[0] === 'bucordo') {
    if (READER_FUNCTIONS.has(name)) return null;
    throw refusal(`it calls ${names.join('.')}`, text);
  }
  requireBuiltIn(call['funcname'], text);
  return name;
}

// Types and operators with a schema of their own would be another node's, or nobody's.
function requireBuiltIn(value: unknown, text: string): void {
  const names = namesOf(value);
  if (names.length > 1 && names[0] !== 'pg_catalog') throw refusal(`it names ${names.join('.')}`, text);
}

function refusal(reason: string, text: string): StatementError {
  return new StatementError(reason, text);
}
