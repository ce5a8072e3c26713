/** Reads one embedded piece of SQL within the limits of the parser. */

import { statementTokensMax, treeDepthMax } from '../../limits.ts';
import type { FindingList } from '../finding-list.ts';
import { adviceOnNode } from '../rules/tree-nodes.ts';
import type { SourceText } from '../source-text.ts';
import { parseStatements, scanTokens, type Token } from '../sql-parser.ts';
import { depthOf, nodeOf, type TreeNode } from '../sql-tree.ts';
import type { Fragment } from './query-context.ts';

/** A piece of SQL and where it stands. */
export interface EmbeddedSql {
  readonly sql: string;
  readonly base: number;
  readonly start: number;
}

/** A piece that was read. */
export interface ParsedFragment {
  readonly node: TreeNode;
  readonly fragment: Fragment;
}

/** Statements of SQL that may stand in a function. */
const STATEMENTS: ReadonlySet<string> = new Set(['SelectStmt', 'InsertStmt', 'UpdateStmt', 'DeleteStmt']);

/** Reads the statements of a piece; what cannot be read or is no such statement becomes a finding. */
export function parseFragment(
  source: SourceText,
  { sql, base, start }: EmbeddedSql,
  findings: FindingList,
): readonly ParsedFragment[] {
  const tokens = (): readonly Token[] => scanTokens(sql) ?? [];
  // A token has a character at least, so most need not be counted.
  if (sql.length > statementTokensMax && tokens().length > statementTokensMax) {
    findings.addOf('B0', { source, offset: start }, 'a statement', tooLong());
    return [];
  }
  const parsed = parseStatements(sql);
  if ('error' in parsed) {
    const { message, offset } = parsed.error;
    findings.add({ source, offset: Math.max(base + offset, start) }, 'the syntax', syntax(message));
    return [];
  }
  const fragments: ParsedFragment[] = [];
  for (const { tree, start: from } of parsed.ok) {
    const node = nodeOf(tree);
    const first = parsed.ok.length === 1 ? null : tokens().find((token) => token.start >= from);
    const at = first === null ? start : Math.max(base + (first?.start ?? from), start);
    if (node === null) continue;
    if (depthOf(node.fields) > treeDepthMax)
      findings.addOf('B0', { source, offset: at }, 'a statement', tooDeep());
    else if (STATEMENTS.has(node.kind)) {
      fragments.push({ node, fragment: { source, base, start: at, tokens } });
    } else findings.add({ source, offset: at }, statementName(node.kind), adviceOnStatement(node.kind));
  }
  return fragments;
}

/** What to say about a text that the parser refuses. */
export function syntax(message: string): { rule: string; message: string; remedy: string } {
  return {
    rule: 'syntax',
    message: `Postgres' parser cannot read it: ${message}.`,
    remedy: 'Correct it.',
  };
}

/** What to say about a tree that nests too deep. */
export function tooDeep(): { rule: string; message: string; remedy: string } {
  return {
    rule: 'nesting',
    message: 'Expressions stand too deep in one another to be checked.',
    remedy: 'Compute parts of it into variables first.',
  };
}

function tooLong(): { rule: string; message: string; remedy: string } {
  return {
    rule: 'size',
    message: `It has more than ${statementTokensMax} words and signs.`,
    remedy: 'Divide it into several statements.',
  };
}

/** What a person calls a statement. */
export function statementName(kind: string): string {
  const name = kind
    .replace(/Stmt$/, '')
    .replace(/([a-z])([A-Z])/g, '$1 $2')
    .toUpperCase();
  return STATEMENT_NAMES.get(kind) ?? name;
}

const STATEMENT_NAMES: ReadonlyMap<string, string> = new Map([
  ['VariableSetStmt', 'SET'],
  ['VariableShowStmt', 'SHOW'],
  ['TransactionStmt', 'COMMIT or ROLLBACK'],
  ['CreateStmt', 'CREATE TABLE'],
  ['CreateTableAsStmt', 'CREATE TABLE AS'],
  ['CreateFunctionStmt', 'CREATE FUNCTION'],
  ['CreateTrigStmt', 'CREATE TRIGGER'],
  ['CreateSeqStmt', 'CREATE SEQUENCE'],
  ['CreateRoleStmt', 'CREATE ROLE'],
  ['CreateSchemaStmt', 'CREATE SCHEMA'],
  ['CreateExtensionStmt', 'CREATE EXTENSION'],
  ['CreateEnumStmt', 'CREATE TYPE … AS ENUM'],
  ['CompositeTypeStmt', 'CREATE TYPE'],
  ['CreateDomainStmt', 'CREATE DOMAIN'],
  ['IndexStmt', 'CREATE INDEX'],
  ['ViewStmt', 'CREATE VIEW'],
  ['RuleStmt', 'CREATE RULE'],
  ['DropStmt', 'DROP'],
  ['GrantStmt', 'GRANT or REVOKE'],
  ['GrantRoleStmt', 'GRANT or REVOKE'],
  ['RenameStmt', 'RENAME'],
  ['AlterTableStmt', 'ALTER TABLE'],
  ['CopyStmt', 'COPY'],
  ['DoStmt', 'DO'],
  ['CallStmt', 'CALL'],
  ['MergeStmt', 'MERGE'],
  ['TruncateStmt', 'TRUNCATE'],
  ['LockStmt', 'LOCK TABLE'],
  ['PrepareStmt', 'PREPARE'],
  ['ExecuteStmt', 'EXECUTE'],
  ['DeallocateStmt', 'DEALLOCATE'],
  ['DiscardStmt', 'DISCARD'],
  ['ConstraintsSetStmt', 'SET CONSTRAINTS'],
  ['DeclareCursorStmt', 'DECLARE CURSOR'],
]);

/** What to say about a statement that functions may not contain. */
function adviceOnStatement(kind: string): { rule: string; message: string; remedy: string } {
  if (kind === 'MergeStmt') {
    const { construct: _construct, ...advice } = adviceOnNode(kind);
    return advice;
  }
  const isDefinition = /^(Create|Alter|Drop|Rename|View|Index|Grant|Rule|Composite|Truncate)/.test(kind);
  return {
    rule: 'statement',
    message: isDefinition
      ? 'It changes tables, functions or rights, which only an approved deployment may do.'
      : "It acts on the session or the server, outside of the contract's tables.",
    remedy: isDefinition
      ? 'Put it in schema.sql or a migration; to empty a table write DELETE.'
      : 'Remove it: a function uses SELECT, INSERT, UPDATE, DELETE and the control statements of PL/pgSQL.',
  };
}
