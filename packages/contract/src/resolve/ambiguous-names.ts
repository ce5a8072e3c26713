/**
 * Names that PL/pgSQL refuses when it comes upon them: those of a variable and of a column at once. A
 * function in SQL takes the column, so this is asked separately: the statement is resolved once more without
 * the variables in doubt. What Postgres then misses is a variable; what it still finds is a column as well.
 */

import { parseStatements } from '../check/sql-parser.ts';
import {
  descendants,
  type Fields,
  fieldsAt,
  fieldsOf,
  namesOf,
  nodeOf,
  nodesOf,
  numberAt,
  type TreeNode,
  textAt,
} from '../check/sql-tree.ts';
import type { Catalogue } from './catalogue.ts';
import { quoteName } from './scratch-database.ts';
import type { Question } from './throwaway.ts';

/** A name in a statement that may be that of a variable. */
interface Occurrence {
  /** Where it stands in the SQL, in bytes, up to the end of the part that names the variable. */
  readonly start: number;
  readonly end: number;
  readonly variable: string;
  /** As written, for the finding. */
  readonly written: string;
}

/** Lets Postgres resolve one question: null when it does, else the character at which it objects, if it says so. */
export type Refusing = (question: Question) => Promise<{ readonly offset: number | null } | null>;

/**
 * The first name in the statement of `question`, which Postgres has resolved, that is a column and one of the
 * variables `visible` there at once, as written; null without one. A record that only this statement fills is no
 * parameter of the question.
 */
export async function ambiguousName(
  question: Question,
  visible: readonly string[],
  catalogue: Catalogue,
  refusing: Refusing,
): Promise<string | null> {
  const parsed = parseStatements(question.sql);
  const tree = 'ok' in parsed ? nodeOf(parsed.ok[0]?.tree) : null;
  if (tree === null || seesNoColumns(tree)) return null;
  const nodes = [...descendants(tree)];
  const certain = nodes.flatMap(arbiters).find((name) => visible.includes(name));
  if (certain !== undefined) return certain;
  const known = new Set(question.parameters.map(({ name }) => name));
  const unfilled = nodes.find((node) => {
    const [first = '', second] = node.kind === 'ColumnRef' ? namesOf(node.fields['fields']) : [];
    return second !== undefined && visible.includes(first) && !known.has(first);
  });
  if (unfilled !== undefined) return namesOf(unfilled.fields['fields']).join('.');
  let open = occurrencesIn(tree, question, visible, columnsIn(tree, catalogue));
  const variables: Occurrence[] = [];
  while (open.length > 0) {
    const hidden = hide(question, open, variables);
    const answer = await refusing(hidden.question);
    if (answer === null) return open[0]?.written ?? null;
    const found = open.find((each) => each.start === hidden.originOf(answer.offset));
    if (found === undefined) return null;
    variables.push(found);
    open = open.filter((each) => each !== found);
  }
  return null;
}

// A list of VALUES sees no columns, unless a conflict or RETURNING brings those of the table.
function seesNoColumns(tree: TreeNode): boolean {
  const nodes = [...descendants(tree)];
  if (tree.kind === 'SelectStmt') return !nodes.some(({ kind }) => kind.startsWith('Range'));
  if (tree.kind !== 'InsertStmt') return false;
  const { fields } = tree;
  const isPlain =
    fields['onConflictClause'] === undefined &&
    fields['withClause'] === undefined &&
    fields['returningClause'] === undefined;
  return isPlain && nodes.filter(({ kind }) => kind.startsWith('Range')).length === 0;
}

// ON CONFLICT (id) is resolved like an expression, so a variable of this name is in the way.
function arbiters({ kind, fields }: TreeNode): readonly string[] {
  const inferred = kind === 'OnConflictClause' ? fieldsAt(fields, 'infer') : null;
  return nodesOf(inferred?.['indexElems']).map((element) => textAt(element.fields, 'name'));
}

// Everything that may be the name of a column or of a row somewhere in the statement.
function columnsIn(tree: TreeNode, catalogue: Catalogue): ReadonlySet<string> {
  const found = new Set<string>();
  const relation = (fields: Fields): void => {
    const name = textAt(fields, 'relname');
    const relations = catalogue.relations(textAt(fields, 'schemaname'));
    const columns = relations.find((each) => each.name === name)?.columns ?? [];
    for (const each of [name, ...columns.map((column) => column.name)]) found.add(each);
  };
  for (const { kind, fields } of descendants(tree)) {
    if (kind === 'RangeVar') relation(fields);
    // The table that a statement writes is no tagged node of the parser.
    relation(fieldsAt(fields, 'relation') ?? {});
    const alias = fieldsAt(fields, 'alias') ?? {};
    const names = [...namesOf(alias['colnames']), ...namesOf(fields['aliascolnames'])];
    for (const each of [textAt(alias, 'aliasname'), textAt(fields, 'name'), ...names]) found.add(each);
    if (kind === 'FuncCall') found.add(namesOf(fields['funcname']).at(-1) ?? '');
  }
  return found;
}

function occurrencesIn(
  tree: TreeNode,
  question: Question,
  visible: readonly string[],
  columns: ReadonlySet<string>,
): readonly Occurrence[] {
  const nodes = [...descendants(tree)];
  const outputs = new Set(nodes.flatMap((node) => outputsNamed(node)));
  const bytes = Buffer.from(question.sql);
  const typeOf = new Map(question.parameters.map(({ name, type }) => [name, type]));
  return nodes.flatMap(({ kind, fields }): readonly Occurrence[] => {
    const names = kind === 'ColumnRef' ? namesOf(fields['fields']) : [];
    const start = numberAt(fields, 'location') ?? 0;
    const [first = '', second] = names;
    const isStar = nodesOf(fields['fields']).at(-1)?.kind === 'A_Star';
    if (names.length > 2 || outputs.has(start)) return [];
    const isParameter = second !== undefined && first === question.functionName && typeOf.has(second);
    const isRow = (second !== undefined || isStar) && !isParameter && typeOf.get(first)?.includes('.');
    const variable = isParameter ? second : first;
    if ((second !== undefined || isStar) && isRow !== true && !isParameter) return [];
    if (!typeOf.has(variable) || !visible.includes(variable) || !columns.has(variable)) return [];
    const end = endOfName(bytes, start, isParameter ? 2 : 1);
    return end === null
      ? []
      : [{ start, end, variable, written: [...names, ...(isStar ? ['*'] : [])].join('.') }];
  });
}

// Places where a bare name stands first of all for an output of the query.
function outputsNamed({ kind, fields }: TreeNode): readonly number[] {
  if (kind !== 'SelectStmt') return [];
  const targets = nodesOf(fields['targetList']).map((each) => each.fields);
  const own = targets.map((target) => textAt(target, 'name')).filter((name) => name !== '');
  const columns = targets
    .map((target) => fieldsOf(target['val'], 'ColumnRef'))
    .filter((each) => each !== null);
  const implied = columns.map((column) => namesOf(column['fields']).at(-1) ?? '');
  const hasAll =
    fields['larg'] !== undefined ||
    columns.some((column) => nodesOf(column['fields']).at(-1)?.kind === 'A_Star');
  const bare = (node: TreeNode, isOutput: (name: string) => boolean): readonly number[] => {
    const column = node.kind === 'SortBy' ? fieldsOf(node.fields['node'], 'ColumnRef') : columnOf(node);
    const [name = '', ...others] = namesOf(column?.['fields']);
    return column !== null && others.length === 0 && isOutput(name)
      ? [numberAt(column, 'location') ?? 0]
      : [];
  };
  const isSorted = (name: string): boolean => hasAll || own.includes(name) || implied.includes(name);
  return [
    ...nodesOf(fields['sortClause']).flatMap((each) => bare(each, isSorted)),
    ...nodesOf(fields['distinctClause']).flatMap((each) => bare(each, isSorted)),
    ...nodesOf(fields['groupClause']).flatMap((each) => bare(each, (name) => own.includes(name))),
  ];
}

function columnOf({ kind, fields }: TreeNode): Fields | null {
  return kind === 'ColumnRef' ? fields : null;
}

const NAME = String.raw`(?:"(?:[^"]|"")*"|[\p{L}_][\p{L}\p{N}_$]*)`;

// Behind the first or second part of a name that begins here.
function endOfName(bytes: Buffer, start: number, parts: 1 | 2): number | null {
  const pattern = parts === 1 ? NAME : String.raw`${NAME}\s*\.\s*${NAME}`;
  const found = new RegExp(`^${pattern}`, 'u').exec(bytes.toString('utf8', start));
  return found === null ? null : start + Buffer.byteLength(found[0]);
}

// The question with other names for the variables in doubt, and at the places that are known to mean them.
function hide(
  question: Question,
  open: readonly Occurrence[],
  variables: readonly Occurrence[],
): { readonly question: Question; readonly originOf: (offset: number | null) => number | null } {
  const names = new Set([...open, ...variables].map((each) => each.variable));
  const parameters = question.parameters.map((each) =>
    names.has(each.name) ? { ...each, name: hiddenName(each.name) } : each,
  );
  const bytes = Buffer.from(question.sql);
  const pieces: { readonly from: number; readonly text: string }[] = [];
  let from = 0;
  for (const { start, end, variable } of [...variables].sort((a, b) => a.start - b.start)) {
    pieces.push({ from, text: bytes.toString('utf8', from, start) });
    pieces.push({ from: start, text: quoteName(hiddenName(variable)) });
    from = end;
  }
  pieces.push({ from, text: bytes.toString('utf8', from) });
  const originOf = (offset: number | null): number | null => {
    let left = offset ?? -1;
    for (const piece of pieces) {
      const characters = [...piece.text];
      if (left >= 0 && left < characters.length)
        return piece.from + Buffer.byteLength(characters.slice(0, left).join(''));
      left -= characters.length;
    }
    return null;
  };
  return { question: { ...question, parameters, sql: pieces.map((each) => each.text).join('') }, originOf };
}

function hiddenName(variable: string): string {
  return `variable ${variable}`;
}
