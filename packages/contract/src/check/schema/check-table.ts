/** The rules for CREATE TABLE: its columns, defaults and constraints. */

import { columnNameBytesMax, tableNameBytesMax, tableNameProblem } from '@bucordo/protocol';
import { reservedName } from '../check-limits.ts';
import { checkQuery } from '../query/check-query.ts';
import type { Advice } from '../rules/refused-functions.ts';
import { adviceOnType, MOMENT_LITERALS, STORED_TYPES } from '../rules/sql-types.ts';
import {
  descendants,
  type Fields,
  fieldsAt,
  namesOf,
  nodeOf,
  nodesOf,
  numberAt,
  stringConstant,
  type TreeNode,
  textAt,
} from '../sql-tree.ts';
import { checkOwn, contextOf, type Definition, offsetOfWord, refuse } from './definition.ts';
import { writtenType } from './schema-model.ts';

/** Checks one table. */
export function checkTable(definition: Definition): void {
  const { fields } = definition;
  const relation = fieldsAt(fields, 'relation') ?? {};
  checkOwn(relation, definition);
  checkTableName(relation, definition);
  checkKind(definition);
  for (const { kind, fields: element } of nodesOf(fields['tableElts'])) {
    if (kind === 'ColumnDef') checkColumn(element, definition);
    else if (kind === 'Constraint') checkConstraint(element, definition);
    else refuse(definition, definition.start, 'LIKE', tableKind());
  }
  if (definition.scope.schema.get(textAt(relation, 'relname'))?.hasPrimaryKey === true) return;
  refuse(definition, numberAt(relation, 'location') ?? definition.start, textAt(relation, 'relname'), {
    rule: 'primary-key',
    message: 'The history and the proofs name each row by its key.',
    remedy:
      'Add PRIMARY KEY (…) with the columns that tell its rows apart, here or by ALTER TABLE … ADD PRIMARY KEY (…).',
  });
}

function checkTableName(relation: Fields, definition: Definition): void {
  const name = textAt(relation, 'relname');
  const offset = numberAt(relation, 'location') ?? definition.start;
  const { schema } = definition.scope;
  const tables = new Set(
    [...schema.values()].filter(({ kind }) => kind === 'table').map((each) => each.name),
  );
  const problem = tableNameProblem(name, tables);
  if (problem === null || name.startsWith('_')) {
    checkName(name, offset, definition);
    return;
  }
  refuse(definition, offset, name, {
    rule: 'name',
    message: `The table ${problem}.`,
    remedy: `Choose a name of at most ${tableNameBytesMax} letters of a-z, 0-9 and _ that no other object of the contract's schemas has.`,
  });
}

function checkName(name: string, offset: number, definition: Definition): void {
  if (/^[a-z][a-z0-9_]*$/.test(name) && name.length <= columnNameBytesMax) return;
  const advice = name.startsWith('_')
    ? {
        ...reservedName(),
        message: 'Names with an underscore in front belong to the history and to the build.',
      }
    : {
        rule: 'name',
        message: `Names of tables and columns are a-z, then a-z, 0-9 and _, at most ${columnNameBytesMax}: they become names in clients and in the history.`,
        remedy: 'Choose a shorter name, or one of these letters.',
      };
  refuse(definition, offset, `"${name}"`, advice);
}

function tableKind(): Advice {
  return {
    rule: 'table-kind',
    message: 'Tables that take their form or rows from others are read in an order of their own.',
    remedy: 'Write an ordinary table with all of its columns.',
  };
}

function checkKind(definition: Definition): void {
  const { fields } = definition;
  const isOrdinary =
    nodesOf(fields['inhRelations']).length === 0 &&
    fields['partspec'] === undefined &&
    fields['partbound'] === undefined &&
    fields['ofTypename'] === undefined &&
    fields['accessMethod'] === undefined &&
    fields['tablespacename'] === undefined &&
    ['', 'ONCOMMIT_NOOP'].includes(textAt(fields, 'oncommit'));
  if (!isOrdinary)
    refuse(definition, definition.start, 'INHERITS, PARTITION, OF, USING or TABLESPACE', tableKind());
  for (const option of nodesOf(fields['options'])) {
    if (textAt(option.fields, 'defname') === 'fillfactor') continue;
    refuse(definition, offsetOfWord(definition, 'with'), `WITH (${textAt(option.fields, 'defname')})`, {
      rule: 'table-option',
      message: 'It steers how one node keeps the table.',
      remedy: 'Remove it; fillfactor may stand there.',
    });
  }
}

/** Checks a column with its constraints. */
export function checkColumn(column: Fields, definition: Definition): void {
  const name = textAt(column, 'colname');
  const offset = numberAt(column, 'location') ?? definition.start;
  checkName(name, offset, definition);
  checkColumnType(column, { name, offset }, definition);
  checkCollated(column, definition);
  for (const { fields } of nodesOf(column['constraints'])) checkConstraint(fields, definition);
}

function checkColumnType(
  column: Fields,
  { name, offset }: { readonly name: string; readonly offset: number },
  definition: Definition,
): void {
  const type = fieldsAt(column, 'typeName') ?? {};
  const written = writtenType(type);
  const scalar = written.replace(/\[\]$/, '');
  const at = numberAt(type, 'location') ?? offset;
  if (!STORED_TYPES.has(scalar)) refuse(definition, at, `${name} ${written}`, adviceOnType(scalar));
  else if (scalar === 'numeric' && nodesOf(type['typmods']).length < 2) {
    refuse(definition, at, `${name} ${written}`, {
      rule: 'numeric-scale',
      message:
        '1.0 and 1.00 are equal but written differently, and which one a query gives depends on its plan.',
      remedy: 'Write numeric(p,s), such as numeric(12,2).',
    });
  }
  if (textAt(column, 'compression') !== '' || textAt(column, 'storage_name') !== '') {
    refuse(definition, at, `${name} with COMPRESSION or STORAGE`, {
      rule: 'table-option',
      message: 'How values are packed is set for the whole node; how long keys may be depends on it.',
      remedy: 'Remove it.',
    });
  }
  checkMomentDefault(column, { scalar, name }, definition);
  if (Array.isArray(type['arrayBounds']) && type['arrayBounds'].length > 1) {
    refuse(definition, at, `${name} ${written}[]`, {
      rule: 'type',
      message: 'Only arrays of one dimension have a canonical text.',
      remedy: 'Write a table with a row for each element, or jsonb.',
    });
  }
}

// d date DEFAULT 'today'
function checkMomentDefault(
  column: Fields,
  { scalar, name }: { readonly scalar: string; readonly name: string },
  definition: Definition,
): void {
  const form = MOMENT_LITERALS.get(scalar);
  if (form === undefined) return;
  for (const { fields } of nodesOf(column['constraints'])) {
    const literal = stringConstant(fields['raw_expr']);
    if (textAt(fields, 'contype') !== 'CONSTR_DEFAULT' || literal === null || form.test(literal)) continue;
    refuse(definition, numberAt(fields, 'location') ?? definition.start, `${name} DEFAULT '${literal}'`, {
      rule: 'moment-cast',
      message:
        "Such a text is cast to a moment: 'now', 'today' and zones read the node's clock and settings.",
      remedy:
        "Write a literal like '2026-01-31T12:00:00Z' ('2026-01-31' for a date), or give the value in the INSERT.",
    });
  }
}

/** Checks the collation of a column or index element. */
export function checkCollated(fields: Fields, definition: Definition): void {
  const clause = fieldsAt(fields, 'collClause');
  const names = clause === null ? namesOf(fields['collation']) : namesOf(clause['collname']);
  const name = names.filter((part) => part !== 'pg_catalog').join('.');
  if (name === '' || name === 'C') return;
  refuse(
    definition,
    (clause === null ? null : numberAt(clause, 'location')) ?? definition.start,
    `COLLATE "${name}"`,
    {
      rule: 'collation',
      message: 'The order of letters comes from a library of the machine and changes with its version.',
      remedy: 'Write COLLATE "C" or leave it out.',
    },
  );
}

const REFUSED_CONSTRAINTS: ReadonlyMap<string, [string, Advice]> = new Map([
  [
    'CONSTR_IDENTITY',
    [
      'GENERATED … AS IDENTITY',
      {
        rule: 'sequence',
        message: 'It numbers by a sequence, which counts what was rolled back on one node alone.',
        remedy: 'Take the key as a parameter of the function, or use uuid with bucordo.new_id().',
      },
    ],
  ],
  [
    'CONSTR_EXCLUSION',
    [
      'EXCLUDE',
      {
        rule: 'constraint',
        message: 'Which rows exclude each other is found in an order of its own.',
        remedy: 'Check it in the function that writes the row, or write UNIQUE.',
      },
    ],
  ],
  ['CONSTR_ATTR_DEFERRABLE', ['DEFERRABLE', deferrable()]],
  ['CONSTR_ATTR_DEFERRED', ['INITIALLY DEFERRED', deferrable()]],
]);

function deferrable(): Advice {
  return {
    rule: 'deferrable',
    message: 'A constraint that is checked at the end fails the whole block and not the transaction.',
    remedy: 'Remove it; write rows in an order in which each is valid.',
  };
}

/** Checks a constraint of a column or of a whole table. */
export function checkConstraint(constraint: Fields, definition: Definition): void {
  const kind = textAt(constraint, 'contype');
  const offset = numberAt(constraint, 'location') ?? definition.start;
  const refused = REFUSED_CONSTRAINTS.get(kind);
  if (refused !== undefined) refuse(definition, offset, refused[0], refused[1]);
  if (constraint['deferrable'] === true || constraint['initdeferred'] === true) {
    refuse(definition, offset, 'DEFERRABLE', deferrable());
  }
  if (kind === 'CONSTR_FOREIGN') checkForeignKey(constraint, offset, definition);
  if (kind === 'CONSTR_DEFAULT') checkDefault(constraint, definition);
  if (kind === 'CONSTR_CHECK' || kind === 'CONSTR_GENERATED') checkExpression(constraint, definition);
  if (kind === 'CONSTR_GENERATED' && textAt(constraint, 'generated_kind') === 'v') {
    refuse(definition, offset, 'a virtual generated column', {
      rule: 'version-dependent',
      message: 'Postgres before 18 does not know it.',
      remedy: 'Write STORED behind the expression.',
    });
  }
  checkNewForms(constraint, { kind, offset }, definition);
}

// Postgres 18 made constraints of NOT NULL, with names, and others that nobody enforces.
function checkNewForms(
  constraint: Fields,
  { kind, offset }: { readonly kind: string; readonly offset: number },
  definition: Definition,
): void {
  const isNamed =
    kind === 'CONSTR_NOTNULL' && ['conname', 'keys', 'is_no_inherit'].some((key) => key in constraint);
  const isOpen = ['CONSTR_CHECK', 'CONSTR_FOREIGN'].includes(kind) && constraint['is_enforced'] !== true;
  if (!isNamed && !isOpen) return;
  refuse(definition, offset, isNamed ? 'NOT NULL with a name of its own' : 'NOT ENFORCED', {
    rule: 'version-dependent',
    message: 'Postgres before 18 knows no such constraint.',
    remedy: isNamed ? 'Write NOT NULL behind the column, without a name.' : 'Leave it out.',
  });
}

/** Letters by which the parser names what happens to referring rows: nothing, or a refusal. */
const PLAIN_ACTIONS: ReadonlySet<string> = new Set(['', 'a', 'r']);

function checkForeignKey(constraint: Fields, offset: number, definition: Definition): void {
  const target = fieldsAt(constraint, 'pktable') ?? {};
  const { contract, schema, knowsSchema } = definition.scope;
  const name = textAt(target, 'relname');
  if (textAt(target, 'schemaname') !== contract) checkOwn(target, definition);
  else if (knowsSchema && schema.get(name)?.kind !== 'table') {
    refuse(definition, numberAt(target, 'location') ?? offset, `${contract}.${name}`, {
      rule: 'unknown-table',
      message: `schema.sql creates no table ${name}.`,
      remedy: 'Correct the name, or create the table before this one.',
    });
  }
  const actions = [textAt(constraint, 'fk_del_action'), textAt(constraint, 'fk_upd_action')];
  if (actions.every((action) => PLAIN_ACTIONS.has(action))) return;
  refuse(definition, offset, 'ON DELETE or ON UPDATE with CASCADE, SET NULL or SET DEFAULT', {
    rule: 'cascade',
    message: 'Rows would change that no statement names, in the order in which the node finds them.',
    remedy: 'Leave it out and delete or change the referring rows in the function first.',
  });
}

/** Checks the value that ALTER COLUMN … SET DEFAULT gives a column of whatever type. */
export function checkNewDefault(expression: unknown, definition: Definition): void {
  checkDefault({ raw_expr: expression }, definition);
  const literal = stringConstant(expression);
  if (literal === null || !/^\s*(now|today|tomorrow|yesterday)\s*$/i.test(literal)) return;
  refuse(definition, definition.start, `DEFAULT '${literal}'`, {
    rule: 'moment-cast',
    message: "Such a text is cast to a moment, which reads the node's clock.",
    remedy: 'Give the value in the INSERT.',
  });
}

// A constant, or an expression over constants.
function checkDefault(constraint: Fields, definition: Definition): void {
  const expression = nodeOf(constraint['raw_expr']);
  if (expression === null) return;
  const before = definition.findings.all.length;
  checkExpression(constraint, definition);
  const call = [...descendants(expression)].find(({ kind }) => kind === 'FuncCall' || kind === 'SubLink');
  if (call === undefined || definition.findings.all.length > before) return;
  refuse(definition, numberAt(call.fields, 'location') ?? definition.start, callName(call), {
    rule: 'default',
    message: 'A default that computes is part of every INSERT without being seen there.',
    remedy: 'Write a constant, or give the value in the INSERT of the function.',
  });
}

function callName(call: TreeNode): string {
  return call.kind === 'FuncCall'
    ? `DEFAULT ${namesOf(call.fields['funcname']).join('.')}()`
    : 'DEFAULT (SELECT …)';
}

// Only the row itself and built-in functions: a constraint holds whenever it is looked at.
function checkExpression(constraint: Fields, definition: Definition): void {
  const expression = nodeOf(constraint['raw_expr']);
  if (expression === null) return;
  const table = textAt(fieldsAt(definition.fields, 'relation') ?? {}, 'relname');
  checkQuery(expression, {
    ...contextOf(definition, { ...definition.scope, functions: new Set() }),
    variables: definition.scope.schema.get(table)?.columns ?? new Map(),
  });
  const context = [...descendants(expression)].find(
    ({ kind, fields }) => kind === 'FuncCall' && namesOf(fields['funcname'])[0] === 'bucordo',
  );
  if (context === undefined) return;
  refuse(
    definition,
    numberAt(context.fields, 'location') ?? definition.start,
    callName(context).replace('DEFAULT ', ''),
    {
      rule: 'context-in-table',
      message: 'A rule of a table must hold whenever it is looked at, not only during one transaction.',
      remedy: 'Check it in the function, or give the value in its INSERT.',
    },
  );
}
