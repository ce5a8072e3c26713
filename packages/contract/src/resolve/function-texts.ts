/** The CREATE FUNCTION statements of `functions.sql`, with the places of their bodies. */

import type { SourceText } from '../check/source-text.ts';
import type { ParsedStatement } from '../check/sql-parser.ts';
import { fieldsAt, fieldsOf, namesOf, nodesOf, textAt } from '../check/sql-tree.ts';
import type { FunctionText } from './function-program.ts';

/** Reads one statement; null when it creates no function in `schema`. */
export function functionTextOf(
  source: SourceText,
  statement: ParsedStatement,
  schema: string,
): FunctionText | null {
  const create = fieldsOf(statement.tree, 'CreateFunctionStmt');
  const [owner, name, ...others] = namesOf(create?.['funcname']);
  if (create === null || owner !== schema || name === undefined || others.length > 0) return null;
  const start = source.slice(0, statement.start).length;
  const text = source.slice(statement.start, statement.end);
  const options = nodesOf(create['options']).map((option) => option.fields);
  const body = options.find((option) => textAt(option, 'defname') === 'as');
  const written = body === undefined ? '' : bodyText(body['arg']);
  const language = options.find((option) => textAt(option, 'defname') === 'language');
  const at = written === '' ? -1 : text.indexOf(written);
  return {
    source,
    name,
    statement: text,
    start,
    body: at < 0 ? '' : written,
    bodyStart: start + Math.max(at, 0),
    language: textAt(fieldsAt(fieldsAt(language ?? {}, 'arg') ?? {}, 'String') ?? {}, 'sval') || 'sql',
  };
}

function bodyText(value: unknown): string {
  const list = fieldsOf(value, 'List');
  return namesOf(list?.['items'])[0] ?? '';
}
