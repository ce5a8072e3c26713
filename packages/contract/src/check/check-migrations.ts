/** Layer B1 for migrations: statements that lead the tables and rows of one version to the next. */

import { treeDepthMax } from '../limits.ts';
import type { FindingList } from './finding-list.ts';
import { checkQuery } from './query/check-query.ts';
import { statementName, syntax, tooDeep } from './query/parse-fragment.ts';
import type { ContractScope } from './query/query-context.ts';
import { STATEMENTS } from './schema/check-schema.ts';
import { checkColumn, checkConstraint, checkNewDefault } from './schema/check-table.ts';
import { checkOwn, contextOf, type Definition, definitionOf, refuse, startOf } from './schema/definition.ts';
import { readRelations } from './schema/schema-model.ts';
import type { SourceText } from './source-text.ts';
import { parseStatements } from './sql-parser.ts';
import {
  depthOf,
  type Fields,
  fieldsAt,
  namesOf,
  nodeOf,
  nodesOf,
  type TreeNode,
  textAt,
} from './sql-tree.ts';

/** Checks the statements of one migration. The tables it sees may be those of an older version. */
export function checkMigration(source: SourceText, scope: ContractScope, findings: FindingList): void {
  const parsed = parseStatements(source.text);
  if ('error' in parsed) {
    findings.add({ source, offset: parsed.error.offset }, 'the syntax', syntax(parsed.error.message));
    return;
  }
  const schema = new Map([...scope.schema, ...readRelations(parsed.ok)]);
  const older = { ...scope, schema, knowsSchema: false, functions: new Set<string>() };
  for (const statement of parsed.ok) {
    const node = nodeOf(statement.tree);
    if (node === null) continue;
    const definition = definitionOf(statement, node, { source, scope: older, findings });
    if (depthOf(node.fields) > treeDepthMax)
      findings.addOf('B0', startOf(definition), 'a statement', tooDeep());
    else checkStatement(node, definition);
  }
}

function checkStatement(node: TreeNode, definition: Definition): void {
  switch (node.kind) {
    case 'UpdateStmt':
    case 'InsertStmt':
    case 'DeleteStmt':
      checkQuery(node, contextOf(definition, definition.scope));
      return;
    case 'CreateStmt':
    case 'IndexStmt':
    case 'CommentStmt':
      STATEMENTS.get(node.kind)?.(definition);
      return;
    case 'AlterTableStmt':
      checkAlter(definition);
      return;
    case 'DropStmt':
      checkDrop(definition);
      return;
    default:
      refuse(definition, definition.start, statementName(node.kind), otherStatement());
  }
}

function otherStatement(): { rule: string; message: string; remedy: string } {
  return {
    rule: 'migration',
    message:
      'It is not among the changes that every node carries out alike, in one block, with a history of each row.',
    remedy:
      'Write CREATE TABLE, CREATE or DROP INDEX, ALTER TABLE (ADD COLUMN, DROP COLUMN, SET or DROP NOT NULL, SET or DROP DEFAULT, ADD or DROP CONSTRAINT), INSERT, UPDATE or DELETE. To change a type or a name: add a column, copy, drop the old one; the name may come back with another column.',
  };
}

function checkDrop(definition: Definition): void {
  if (textAt(definition.fields, 'removeType') !== 'OBJECT_INDEX') {
    refuse(definition, definition.start, 'DROP', otherStatement());
    return;
  }
  for (const object of nodesOf(definition.fields['objects'])) {
    const [schema, name] = namesOf(object.fields['items']);
    if (schema === definition.scope.contract && name !== undefined) continue;
    refuse(definition, definition.start, 'DROP INDEX', {
      rule: 'foreign-table',
      message: `Indexes of this contract stand in its schema, ${definition.scope.contract}.`,
      remedy: `Write DROP INDEX ${definition.scope.contract}.${name ?? schema ?? 'name'}.`,
    });
  }
}

/** Changes of a table that need no look at their details. */
const PLAIN_CHANGES: ReadonlySet<string> = new Set([
  'AT_SetNotNull',
  'AT_DropNotNull',
  'AT_DropExpression',
  'AT_DropColumn',
  'AT_DropConstraint',
]);

function checkAlter(definition: Definition): void {
  checkOwn(fieldsAt(definition.fields, 'relation') ?? {}, definition);
  for (const { fields } of nodesOf(definition.fields['cmds'])) {
    const kind = textAt(fields, 'subtype');
    const subject = nodeOf(fields['def']);
    if (textAt(fields, 'behavior') === 'DROP_CASCADE') {
      refuse(definition, definition.start, 'CASCADE', {
        rule: 'migration',
        message: 'It would drop what the migration does not name.',
        remedy: 'Remove CASCADE and drop each constraint and index by its name first.',
      });
    }
    if (kind === 'AT_DropConstraint' && textAt(fields, 'name').endsWith('_not_null')) {
      refuse(definition, definition.start, `DROP CONSTRAINT ${textAt(fields, 'name')}`, {
        rule: 'version-dependent',
        message: 'Postgres before 18 knows no constraint of NOT NULL by a name.',
        remedy: 'Write ALTER COLUMN … DROP NOT NULL.',
      });
    }
    if (kind === 'AT_AddColumn' && subject !== null) checkAdded(subject.fields, definition);
    else if (kind === 'AT_AddConstraint' && subject !== null) checkConstraint(subject.fields, definition);
    else if (kind === 'AT_ColumnDefault') checkNewDefault(fields['def'], definition);
    else if (!PLAIN_CHANGES.has(kind)) {
      refuse(definition, definition.start, `ALTER TABLE … ${kind.slice(3)}`, otherStatement());
    }
  }
}

// Rows that exist get NULL; an UPDATE fills them, which the history shows.
function checkAdded(column: Fields, definition: Definition): void {
  checkColumn(column, definition);
  const kinds = nodesOf(column['constraints']).map(({ fields }) => textAt(fields, 'contype'));
  if (
    !kinds.some((kind) => kind === 'CONSTR_NOTNULL' || kind === 'CONSTR_DEFAULT' || kind === 'CONSTR_PRIMARY')
  )
    return;
  refuse(definition, definition.start, `ADD COLUMN ${textAt(column, 'colname')} with NOT NULL or DEFAULT`, {
    rule: 'migration',
    message: 'Rows that exist would change without a trace in their history.',
    remedy:
      'Add the column nullable and without default, fill it with UPDATE, then ALTER COLUMN … SET NOT NULL.',
  });
}
