/** What to say about statements that Postgres accepts with their function and refuses whenever they are reached. */

import type { Objection } from './resolved-statement.ts';

function neverRuns(construct: string, message: string, remedy: string, words: readonly string[]): Objection {
  return { rule: 'always-fails', construct, message, remedy, words };
}

/** A name that is a variable and a column at once. */
export function ambiguity(name: string): Objection {
  return neverRuns(
    name,
    'it is a variable and a column at once, which Postgres refuses whenever the statement is reached: "column reference is ambiguous"',
    'Write the column with its table, t.column, and name the variable otherwise, or as function_name.parameter; in ON CONFLICT write ON CONSTRAINT and the name of the constraint.',
    [name],
  );
}

/** A write in a function that says it writes nothing. */
export function writeOfReader(): Objection {
  return neverRuns(
    'a write in a function that is STABLE or IMMUTABLE',
    'Postgres refuses it whenever it is reached: such a function may not change rows',
    'Leave out STABLE and IMMUTABLE in the head of the function.',
    ['insert', 'update', 'delete'],
  );
}

/** A field of a record that it does not have. */
export function missingField(name: string): Objection {
  return neverRuns(
    name,
    'the record has no such field, which Postgres says whenever the assignment is reached',
    'Name one of the columns of what the record holds.',
    [name, name.split('.')[1] ?? ''],
  );
}

/** FOREACH over something else than an array. */
export function noArray(type: string): Objection {
  return neverRuns(
    `FOREACH over ${type}`,
    'Postgres refuses it whenever it is reached: the expression must yield an array',
    'Loop over an array, or over a query with FOR … IN SELECT.',
    [],
  );
}

/** Rows that are not those of the result. */
export function otherRows(reason: string): Objection {
  return neverRuns(
    'rows of another structure',
    `${reason}; Postgres converts nothing here and refuses it whenever it is reached`,
    'Select as many columns as RETURNS names, each cast to the type that stands there.',
    ['select', 'return'],
  );
}

/** An INSERT that leaves out columns that need a value. */
export function columnsLeftOut(table: string, columns: readonly string[]): Objection {
  return neverRuns(
    `INSERT INTO ${table} without ${columns.join(', ')}`,
    'such a column is NOT NULL and has no default, so Postgres refuses every row',
    'Give it a value in the INSERT, or a DEFAULT in schema.sql.',
    [table],
  );
}
