/**
 * What a migration may do to tables: one rule for the checker, which advises, and for execution,
 * which decides. It judges by what the catalogue says before and after a statement, not by the
 * statement's words, so that nothing is allowed for being written in another way.
 *
 * A history follows columns by their numbers, which Postgres gives once. What a statement may do is
 * add tables and columns and drop columns; existing rows keep their values, or get a version each.
 */

/** A table as the catalogue describes it. */
export interface TableShape {
  /** Object id: the same table under whatever name. */
  readonly identity: string;
  readonly name: string;
  /** The file of its rows: another one when the statement has written all rows anew. */
  readonly storage: string;
  readonly columns: readonly ColumnShape[];
  /** Numbers of the columns of the primary key, in its order. */
  readonly key: readonly number[];
}

/** A column of a table. */
export interface ColumnShape {
  /** As `pg_attribute.attnum`: never given twice in a table. */
  readonly number: number;
  readonly name: string;
  /** With its precision: `numeric(12,2)`. */
  readonly type: string;
  readonly isRequired: boolean;
  readonly isGenerated: boolean;
  /** Whether rows from before the column show its default without having been written. */
  readonly isFilled: boolean;
}

/** Why a change is refused. Words of names and types only: the same for everybody. */
export interface ChangeRefusal {
  readonly table: string;
  /** Short: what it is about, `column article.price`. */
  readonly subject: string;
  readonly reason: string;
  readonly remedy: string;
}

/** A query for the tables of the schema `$1`, a row each: {@link tableShapeOf} reads them. */
export const TABLE_SHAPES = `
  SELECT c.oid::pg_catalog.text AS identity, c.relname::pg_catalog.text AS name, c.relfilenode::pg_catalog.text AS storage,
         (SELECT pg_catalog.jsonb_agg(pg_catalog.jsonb_build_object(
                   'number', a.attnum, 'name', a.attname, 'type', pg_catalog.format_type(a.atttypid, a.atttypmod),
                   'isRequired', a.attnotnull, 'isGenerated', a.attgenerated <> '', 'isFilled', a.atthasmissing) ORDER BY a.attnum)
            FROM pg_catalog.pg_attribute AS a
           WHERE a.attrelid = c.oid AND a.attnum > 0 AND NOT a.attisdropped) AS columns,
         (SELECT pg_catalog.to_jsonb(i.indkey::pg_catalog.int2[])
            FROM pg_catalog.pg_index AS i WHERE i.indrelid = c.oid AND i.indisprimary) AS key
    FROM pg_catalog.pg_class AS c
    JOIN pg_catalog.pg_namespace AS n ON n.oid = c.relnamespace
   WHERE n.nspname = $1 AND c.relkind = 'r'
   ORDER BY c.relname`;

/** A row of {@link TABLE_SHAPES}. */
export function tableShapeOf(row: Readonly<Record<string, unknown>>): TableShape {
  const columns = Array.isArray(row['columns']) ? row['columns'] : [];
  const key = Array.isArray(row['key']) ? row['key'] : [];
  return {
    identity: String(row['identity']),
    name: String(row['name']),
    storage: String(row['storage']),
    columns: columns.map((column: Readonly<Record<string, unknown>>) => ({
      number: Number(column['number']),
      name: String(column['name']),
      type: String(column['type']),
      isRequired: column['isRequired'] === true,
      isGenerated: column['isGenerated'] === true,
      isFilled: column['isFilled'] === true,
    })),
    key: key.map(Number),
  };
}

/** Judges what one statement of a migration has done to the tables of a contract; null when it may. */
export function judgeTableChange(
  before: readonly TableShape[],
  now: readonly TableShape[],
): ChangeRefusal | null {
  for (const old of before) {
    const table = now.find((each) => each.identity === old.identity);
    const refusal = table === undefined ? tableGone(old) : judgeTable(old, table);
    if (refusal !== null) return refusal;
  }
  return null;
}

/** Columns of `now` that were not there `before`. */
export function addedColumns(before: TableShape, now: TableShape): readonly ColumnShape[] {
  const numbers = new Set(before.columns.map(({ number }) => number));
  return now.columns.filter(({ number }) => !numbers.has(number));
}

function tableGone({ name }: TableShape): ChangeRefusal {
  return {
    table: name,
    subject: `table ${name}`,
    reason: `the table ${name} is gone, and what was written stays readable`,
    remedy: 'Leave the table, in schema.sql too; rows may be deleted, and functions need not use it.',
  };
}

function judgeTable(before: TableShape, now: TableShape): ChangeRefusal | null {
  const { name } = before;
  if (now.name !== name) {
    return {
      table: name,
      subject: `table ${name}`,
      reason: `the table ${name} is renamed to ${now.name}, and its history has its name`,
      remedy: 'Create a table of the new name, copy the rows by INSERT … SELECT, and leave the old table.',
    };
  }
  for (const old of before.columns) {
    const refusal = judgeKept(
      name,
      old,
      now.columns.find(({ number }) => number === old.number),
    );
    if (refusal !== null) return refusal;
  }
  const added = addedColumns(before, now);
  for (const column of added) {
    const refusal = judgeAdded(name, column);
    if (refusal !== null) return refusal;
  }
  if (JSON.stringify(before.key) !== JSON.stringify(now.key)) {
    return {
      table: name,
      subject: `primary key of ${name}`,
      reason: `the primary key of ${name} changes, by which the history knows its rows`,
      remedy: 'Create a table with the new key, copy the rows by INSERT … SELECT, and leave the old table.',
    };
  }
  if (before.storage !== now.storage && !added.some(({ isGenerated }) => isGenerated)) {
    return {
      table: name,
      subject: `table ${name}`,
      reason: `all rows of ${name} are written anew, without a version in the history`,
      remedy: 'Change rows by UPDATE.',
    };
  }
  return null;
}

function judgeKept(table: string, old: ColumnShape, now: ColumnShape | undefined): ChangeRefusal | null {
  if (now === undefined) return null;
  const place = `the column ${table}.${old.name}`;
  const subject = `column ${table}.${old.name}`;
  if (now.name !== old.name) {
    return {
      table,
      subject,
      reason: `${place} is renamed to ${now.name}`,
      remedy: 'Add a column of the new name, copy by UPDATE, drop the old one.',
    };
  }
  if (now.type !== old.type) {
    return {
      table,
      subject,
      reason: `${place} changes its type from ${old.type} to ${now.type}`,
      remedy:
        'Add a column of the new type, copy by UPDATE, drop the old one. To keep the name, add it anew after that, copy back, and drop the helping column.',
    };
  }
  return null;
}

function judgeAdded(table: string, column: ColumnShape): ChangeRefusal | null {
  const place = `the column ${table}.${column.name}`;
  const subject = `column ${table}.${column.name}`;
  if (column.isFilled) {
    return {
      table,
      subject,
      reason: `${place} is added with a default, which rows would show without a version in the history`,
      remedy: 'Add it without, fill it by UPDATE, then ALTER COLUMN … SET DEFAULT.',
    };
  }
  if (column.isRequired && !column.isGenerated) {
    return {
      table,
      subject,
      reason: `${place} is added as NOT NULL`,
      remedy: 'Add it without, fill it by UPDATE, then ALTER COLUMN … SET NOT NULL.',
    };
  }
  return null;
}
