/** Which nodes of the parse tree may stand in a contract, and what to say about the others. */

import type { Advice } from './refused-functions.ts';

/** Nodes of statements and expressions that a function may use. */
export const ALLOWED_NODES: ReadonlySet<string> = new Set(
  `SelectStmt InsertStmt UpdateStmt DeleteStmt A_Const A_Expr ColumnRef A_Star FuncCall TypeCast BoolExpr NullTest
   BooleanTest CaseExpr CaseWhen CoalesceExpr MinMaxExpr SubLink ResTarget RangeVar RangeSubselect RangeFunction
   JoinExpr SortBy List String Integer Float A_ArrayExpr A_Indirection A_Indices RowExpr CommonTableExpr WithClause
   Alias TypeName OnConflictClause InferClause IndexElem WindowDef CollateClause ParamRef SetToDefault MultiAssignRef
   ReturningClause NamedArgExpr`.split(/\s+/),
);

/** Nodes with advice of their own. */
const ADVICE: ReadonlyMap<string, Advice & { readonly construct: string }> = new Map([
  [
    'LockingClause',
    {
      rule: 'locking',
      construct: 'FOR UPDATE or FOR SHARE',
      message: 'It locks rows, which means nothing here: transactions run one after another.',
      remedy: 'Remove it.',
    },
  ],
  [
    'RangeTableSample',
    {
      rule: 'random',
      construct: 'TABLESAMPLE',
      message: 'Every node would draw other rows.',
      remedy: 'Read the rows by a key.',
    },
  ],
  [
    'CurrentOfExpr',
    {
      rule: 'cursor',
      construct: 'WHERE CURRENT OF',
      message: 'A cursor stands where the node happens to read.',
      remedy: 'Name the row by its key.',
    },
  ],
  [
    'IntoClause',
    {
      rule: 'statement',
      construct: 'SELECT INTO a table',
      message: 'It creates a table while a transaction runs.',
      remedy: 'Create the table in schema.sql and INSERT into it.',
    },
  ],
  [
    'MergeStmt',
    {
      rule: 'statement',
      construct: 'MERGE',
      message: 'What it does when several rows match depends on their order, and its form on the version.',
      remedy: 'Write INSERT … ON CONFLICT (key) DO UPDATE.',
    },
  ],
  [
    'SQLValueFunction',
    {
      rule: 'clock',
      construct: 'CURRENT_TIMESTAMP, CURRENT_DATE, CURRENT_USER and the like',
      message: "It reads the node's clock or session: every node would have another value.",
      remedy: 'Write bucordo.block_time() for the time of the block, bucordo.caller() for who signed.',
    },
  ],
  [
    'GroupingSet',
    {
      rule: 'budget',
      construct: 'GROUPING SETS, CUBE or ROLLUP',
      message: 'Each further column doubles the rows, before any budget counts them.',
      remedy: 'Write one GROUP BY for each grouping that is needed.',
    },
  ],
  [
    'XmlExpr',
    {
      rule: 'type',
      construct: 'an XML expression',
      message: 'What it gives depends on a library of the node.',
      remedy: 'Use jsonb.',
    },
  ],
]);

/** What to say about a node that is not allowed. */
export function adviceOnNode(kind: string): Advice & { readonly construct: string } {
  return (
    ADVICE.get(kind) ?? {
      rule: 'construct',
      construct: kind.replace(/(Stmt|Expr)$/, '').replace(/([a-z])([A-Z])/g, '$1 $2'),
      message: 'It is not among the constructs that are known to give the same result on every node.',
      remedy: 'Use SELECT, INSERT, UPDATE, DELETE and plain expressions.',
    }
  );
}
