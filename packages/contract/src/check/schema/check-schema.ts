/** Layer B1 for schema.sql: which statements, and what tables, columns, constraints, indexes and views may be. */

import { treeDepthMax } from '../../limits.ts';
import type { FindingList } from '../finding-list.ts';
import { checkQuery } from '../query/check-query.ts';
import { statementName, syntax, tooDeep } from '../query/parse-fragment.ts';
import type { ContractScope } from '../query/query-context.ts';
import type { Advice } from '../rules/refused-functions.ts';
import type { SourceText } from '../source-text.ts';
import { parseStatements } from '../sql-parser.ts';
import { depthOf, fieldsAt, nodeOf, nodesOf, textAt } from '../sql-tree.ts';
import { checkIndex } from './check-index.ts';
import { checkConstraint, checkNewDefault, checkTable } from './check-table.ts';
import { checkOwn, contextOf, type Definition, definitionOf, refuse, startOf } from './definition.ts';

/** Checks all statements of schema.sql. */
export function checkSchema(source: SourceText, scope: ContractScope, findings: FindingList): void {
  const parsed = parseStatements(source.text);
  if ('error' in parsed) {
    findings.add({ source, offset: parsed.error.offset }, 'the syntax', syntax(parsed.error.message));
    return;
  }
  const creating = { ...scope, functions: new Set<string>() };
  for (const statement of parsed.ok) {
    const node = nodeOf(statement.tree);
    if (node === null) continue;
    const definition = definitionOf(statement, node, { source, scope: creating, findings });
    if (depthOf(node.fields) > treeDepthMax)
      findings.addOf('B0', startOf(definition), 'a statement', tooDeep());
    else if (node.kind === 'AlterTableStmt') checkAlter(definition);
    else (STATEMENTS.get(node.kind) ?? refuseStatement(node.kind))(definition);
  }
}

/** Statements that schema.sql and migrations have in common. */
export const STATEMENTS: ReadonlyMap<string, (definition: Definition) => void> = new Map([
  ['CreateStmt', checkTable],
  ['IndexStmt', checkIndex],
  ['ViewStmt', checkView],
  ['CommentStmt', checkComment],
]);

function refuseStatement(kind: string): (definition: Definition) => void {
  return (definition) => {
    const advice = STATEMENT_ADVICE.get(kind) ?? {
      rule: 'statement',
      message: 'schema.sql creates tables, indexes and views of the contract, and comments on them.',
      remedy: 'Remove it; functions stand in functions.sql, changes of data in functions and migrations.',
    };
    refuse(definition, definition.start, statementName(kind), advice);
  };
}

const STATEMENT_ADVICE: ReadonlyMap<string, Advice> = new Map([
  [
    'CreateTrigStmt',
    {
      rule: 'trigger',
      message:
        'The order in which triggers run, and what they change unseen, is no part of what members read.',
      remedy: 'Call a function of the contract where the row is written.',
    },
  ],
  [
    'CreateSeqStmt',
    {
      rule: 'sequence',
      message: 'A sequence counts what was rolled back on one node alone, so nodes would number differently.',
      remedy: 'Take the key as a parameter, or write bucordo.position().',
    },
  ],
  [
    'CreateFunctionStmt',
    {
      rule: 'statement',
      message: 'Functions are read from functions.sql, where the budget is inserted.',
      remedy: 'Move it to functions.sql.',
    },
  ],
  [
    'CreateEnumStmt',
    {
      rule: 'type',
      message: 'The order of an enumeration is kept in numbers of one node.',
      remedy: "Write text CHECK (column IN ('a', 'b')).",
    },
  ],
  [
    'CreateSchemaStmt',
    {
      rule: 'statement',
      message: 'The schema of the contract is made at its installation.',
      remedy: 'Remove it.',
    },
  ],
]);

function checkView(definition: Definition): void {
  const { fields, scope } = definition;
  checkOwn(fieldsAt(fields, 'view') ?? {}, definition);
  if (textAt(fields, 'withCheckOption') !== 'NO_CHECK_OPTION') {
    refuse(definition, definition.start, 'WITH CHECK OPTION', {
      rule: 'view',
      message: 'Contracts write tables, not views.',
      remedy: 'Remove it.',
    });
  }
  const query = nodeOf(fields['query']);
  if (query !== null) checkQuery(query, contextOf(definition, scope));
}

function checkComment(definition: Definition): void {
  if (COMMENTED.has(textAt(definition.fields, 'objtype'))) return;
  refuse(definition, definition.start, 'COMMENT ON', {
    rule: 'statement',
    message: 'Comments stand on tables, columns, constraints, indexes and views of the contract.',
    remedy: 'Remove it.',
  });
}

const COMMENTED: ReadonlySet<string> = new Set([
  'OBJECT_TABLE',
  'OBJECT_COLUMN',
  'OBJECT_INDEX',
  'OBJECT_VIEW',
  'OBJECT_TABCONSTRAINT',
]);

// What a dump writes behind its tables: constraints, defaults and NOT NULL, such as foreign keys in a circle.
function checkAlter(definition: Definition): void {
  checkOwn(fieldsAt(definition.fields, 'relation') ?? {}, definition);
  for (const { fields } of nodesOf(definition.fields['cmds'])) {
    const change = textAt(fields, 'subtype');
    const constraint = nodeOf(fields['def']);
    if (change === 'AT_AddConstraint' && constraint !== null) checkConstraint(constraint.fields, definition);
    else if (change === 'AT_ColumnDefault' && constraint !== null) checkNewDefault(fields['def'], definition);
    else if (change !== 'AT_SetNotNull') {
      refuse(definition, definition.start, 'ALTER TABLE', {
        rule: 'statement',
        message:
          'In schema.sql a table is written as it shall be; only constraints, defaults and NOT NULL are added afterwards.',
        remedy: 'Change CREATE TABLE; what leads from an older version to this one stands in migrations/.',
      });
    }
  }
}
