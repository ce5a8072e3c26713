/**
 * The statements of a contract's texts as every node carries them out: cut by Postgres's own parser and
 * of an allowed kind, whatever a checker said before. The same text gives the same statements, or the
 * same refusal, on every node.
 *
 * Kinds say what may run at all. What a statement then does is for the rights of the role under which it
 * runs, and for the rules about tables and functions, which are judged after it.
 */

import { isObjectName } from '@bucordo/protocol';
import { statementName } from '../check/query/parse-fragment.ts';
import { loadParser, type ParsedStatement } from '../check/sql-parser.ts';
import {
  descendants,
  type Fields,
  fieldsAt,
  fieldsOf,
  namesOf,
  nodeOf,
  nodesOf,
  type TreeNode,
  textAt,
} from '../check/sql-tree.ts';
import { newerProblem } from './newer-statements.ts';
import { parseText, readingProblem, requireReadable } from './readable-text.ts';
import { StatementError } from './statement-error.ts';

/** Which text of a contract's document a statement stands in. */
export type InstalledPart = 'schema' | 'source' | 'migration';

/** What a statement makes or changes. */
export type InstalledKind = 'table' | 'view' | 'function' | 'comment' | 'rows';

/** One statement that may run. */
export interface InstalledStatement {
  /** As written, without what stands around it. */
  readonly text: string;
  readonly kind: InstalledKind;
}

/**
 * The statements of one text, in their order. Throws a {@link StatementError} when the text cannot be
 * read, or when one of them is of a kind that has no place there.
 */
export async function installedStatements(
  text: string,
  part: InstalledPart,
): Promise<readonly InstalledStatement[]> {
  await loadParser();
  requireReadable(text);
  return judgeStatements(text, part);
}

/** The same for a text that may be read, when the parser is loaded. */
export function judgeStatements(text: string, part: InstalledPart): readonly InstalledStatement[] {
  const bytes = Buffer.from(text, 'utf8');
  return parseText(text).map((statement) => judge(statement, bytes, part));
}

/** Kinds that may stand in each text. */
const KINDS: Readonly<Record<InstalledPart, ReadonlySet<InstalledKind>>> = {
  schema: new Set(['table', 'view', 'function', 'comment']),
  source: new Set(['function', 'comment']),
  migration: new Set(['table', 'comment', 'rows']),
};

function judge(statement: ParsedStatement, bytes: Buffer, part: InstalledPart): InstalledStatement {
  const text = bytes.toString('utf8', statement.start, statement.end).replace(WHITE_SPACE_AROUND, '');
  const node = nodeOf(statement.tree);
  if (node === null) throw new StatementError('a statement that says nothing', text);
  const rule = RULES.get(node.kind);
  if (rule === undefined || !KINDS[part].has(rule.kind) || (rule.onlyIn ?? part) !== part)
    throw new StatementError(`${statementName(node.kind)} has no place here`, text);
  const problem = rule.problem?.(node.fields) ?? placeProblem(node) ?? newerProblem(node, text);
  if (problem !== null) throw new StatementError(problem, text);
  return { text, kind: rule.kind };
}

// What Postgres takes for white space, and no more: for it a no-break space is a letter of a name.
const WHITE_SPACE_AROUND = /^[ \t\n\r\f]+|[ \t\n\r\f]+$/g;

interface Rule {
  readonly kind: InstalledKind;
  readonly onlyIn?: InstalledPart;
  /** Why not this one; null when it may run. */
  readonly problem?: (fields: Fields) => string | null;
}

const RULES: ReadonlyMap<string, Rule> = new Map<string, Rule>([
  ['CreateStmt', { kind: 'table', problem: tableProblem }],
  ['IndexStmt', { kind: 'table', problem: indexProblem }],
  ['AlterTableStmt', { kind: 'table', problem: alterProblem }],
  ['DropStmt', { kind: 'table', onlyIn: 'migration', problem: dropProblem }],
  ['ViewStmt', { kind: 'view', problem: viewProblem }],
  ['CreateFunctionStmt', { kind: 'function', problem: functionProblem }],
  ['CommentStmt', { kind: 'comment', problem: commentProblem }],
  ['InsertStmt', { kind: 'rows' }],
  ['UpdateStmt', { kind: 'rows' }],
  ['DeleteStmt', { kind: 'rows' }],
]);

// The bounds of a partition are computed while it is made.
function tableProblem(fields: Fields): string | null {
  const isOrdinary =
    textAt(fieldsAt(fields, 'relation') ?? {}, 'relpersistence') === 'p' &&
    nodesOf(fields['inhRelations']).length === 0 &&
    ['partspec', 'partbound', 'ofTypename', 'accessMethod'].every((key) => fields[key] === undefined);
  return isOrdinary
    ? null
    : 'only ordinary tables are made: not TEMPORARY, UNLOGGED, INHERITS, PARTITION, OF or USING';
}

/** Kinds of indexes that every server has. */
const INDEX_KINDS: ReadonlySet<string> = new Set(['btree', 'hash', 'gin', 'gist', 'spgist', 'brin']);

function indexProblem(fields: Fields): string | null {
  if (fields['concurrent'] === true) return 'CONCURRENTLY has no place in a block';
  const kind = textAt(fields, 'accessMethod');
  return INDEX_KINDS.has(kind) ? null : `an index USING ${kind}, which not every server has`;
}

/** What ALTER TABLE may do. */
const CHANGES: ReadonlySet<string> = new Set([
  'AT_AddColumn',
  'AT_DropColumn',
  'AT_AlterColumnType',
  'AT_ColumnDefault',
  'AT_SetNotNull',
  'AT_DropNotNull',
  'AT_DropExpression',
  'AT_AddConstraint',
  'AT_DropConstraint',
  'AT_ValidateConstraint',
]);

function alterProblem(fields: Fields): string | null {
  if (textAt(fields, 'objtype') !== 'OBJECT_TABLE') return 'ALTER is for tables only';
  for (const { fields: command } of nodesOf(fields['cmds'])) {
    const change = textAt(command, 'subtype');
    if (!CHANGES.has(change))
      return `ALTER TABLE … ${change.slice(3)} is no change that all nodes carry out alike`;
    if (textAt(command, 'behavior') === 'DROP_CASCADE')
      return 'CASCADE drops what the migration does not name';
    if (
      change === 'AT_AlterColumnType' &&
      fieldsOf(command['def'], 'ColumnDef')?.['raw_default'] !== undefined
    )
      return 'USING would write all rows anew; change rows by UPDATE';
    if (change === 'AT_DropConstraint' && isNotNullName(textAt(command, 'name'))) return NOT_NULL_NAME;
    if (fieldsOf(command['def'], 'Constraint')?.['contype'] === 'CONSTR_NOTNULL') return NOT_NULL_NAME;
  }
  return null;
}

const NOT_NULL_NAME =
  'NOT NULL has a name of its own, such as …_not_null, from Postgres 18 on; write SET NOT NULL and DROP NOT NULL';

function isNotNullName(name: string): boolean {
  return /_not_null[0-9]*$/.test(name);
}

function dropProblem(fields: Fields): string | null {
  if (textAt(fields, 'removeType') !== 'OBJECT_INDEX') return 'DROP is for indexes only; data stay readable';
  if (textAt(fields, 'behavior') === 'DROP_CASCADE') return 'CASCADE drops what the migration does not name';
  return fields['concurrent'] === true ? 'CONCURRENTLY has no place in a block' : null;
}

function viewProblem(fields: Fields): string | null {
  if (textAt(fieldsAt(fields, 'view') ?? {}, 'relpersistence') !== 'p') return 'a TEMPORARY view';
  return fields['replace'] === true ? 'a view is made once; write CREATE VIEW' : null;
}

// The texts of functions are read again by each server, so they keep to the same rule.
function functionProblem(fields: Fields): string | null {
  if (fields['is_procedure'] === true) return 'a contract has functions, no procedures';
  const parameters = nodesOf(fields['parameters']).map((each) => textAt(each.fields, 'name'));
  const odd = [...namesOf(fields['funcname']), ...parameters].find(
    (name) => name !== '' && !isObjectName(name),
  );
  if (odd !== undefined) return `the name "${odd}" has other characters than a-z, 0-9 and _`;
  for (const { fields: option } of nodesOf(fields['options'])) {
    if (textAt(option, 'defname') !== 'as') continue;
    const [body = ''] = namesOf(fieldsOf(option['arg'], 'List')?.['items']);
    const problem = readingProblem(body);
    if (problem !== null) return problem;
  }
  return null;
}

/** On what a comment may stand. */
const COMMENTED: ReadonlySet<string> = new Set([
  'OBJECT_TABLE',
  'OBJECT_COLUMN',
  'OBJECT_INDEX',
  'OBJECT_VIEW',
  'OBJECT_TABCONSTRAINT',
  'OBJECT_FUNCTION',
]);

function commentProblem(fields: Fields): string | null {
  return COMMENTED.has(textAt(fields, 'objtype')) ? null : "COMMENT ON something that is not the contract's";
}

// Tablespaces, collations and what compresses are those of one server, parameters those of one version;
// names of NOT NULL exist from Postgres 18 on.
function placeProblem(statement: TreeNode): string | null {
  for (const { kind, fields } of descendants(statement)) {
    for (const key of ['tablespacename', 'tableSpace', 'indexspace']) {
      if (textAt(fields, key) !== '') return `TABLESPACE ${textAt(fields, key)}, which is one server's`;
    }
    const stored = storageProblem(kind, fields);
    if (stored !== null) return stored;
    const collation = namesOf(kind === 'CollateClause' ? fields['collname'] : fields['collation']);
    if (collation.length > 0 && !isSharedCollation(collation))
      return `COLLATE ${collation.join('.')}, which comes from a library of one server`;
    if (kind === 'Constraint' && (isNotNullName(textAt(fields, 'conname')) || isNamedNotNull(fields)))
      return NOT_NULL_NAME;
  }
  return null;
}

/** What has parameters of storage, by kind of node. */
const STORED: ReadonlySet<string> = new Set(['CreateStmt', 'IndexStmt', 'Constraint']);

function storageProblem(kind: string, fields: Fields): string | null {
  const compression = textAt(fields, 'compression');
  if (compression !== '') return `COMPRESSION ${compression}, which not every server has`;
  const options = [
    ...(STORED.has(kind) ? nodesOf(fields['options']) : []),
    ...(kind === 'IndexElem' ? nodesOf(fields['opclassopts']) : []),
  ];
  const [name] = options
    .map((option) => [textAt(option.fields, 'defnamespace'), textAt(option.fields, 'defname')].join('.'))
    .map((each) => each.replace(/^\./, ''))
    .filter((each) => each !== 'fillfactor');
  return name === undefined ? null : `the parameter ${name} of storage, which not every version has`;
}

function isNamedNotNull(constraint: Fields): boolean {
  return constraint['contype'] === 'CONSTR_NOTNULL' && textAt(constraint, 'conname') !== '';
}

function isSharedCollation(names: readonly string[]): boolean {
  const [schema, name] = names.length === 1 ? ['pg_catalog', names[0]] : names;
  return schema === 'pg_catalog' && (name === 'C' || name === 'default');
}
