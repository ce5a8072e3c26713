/** What the catalogue says about the tables of a contract, as far as the table rules ask. */

import { records } from './catalogue.ts';
import { readNodeTree, type TreeNode, topNodes } from './node-tree.ts';
import type { ScratchDatabase } from './scratch-database.ts';

/** A table, view or another relation of the contract's schema. */
export interface RelationFacts {
  readonly oid: number;
  readonly name: string;
  /** As `pg_class.relkind`: `r` for tables, `v` for views. */
  readonly kind: string;
  /** As `pg_class.relpersistence`: `p` for what survives a crash. */
  readonly persistence: string;
  readonly hasParent: boolean;
  readonly hasTrigger: boolean;
  readonly hasRowSecurity: boolean;
  readonly columns: readonly ColumnFacts[];
  readonly constraints: readonly ConstraintFacts[];
  readonly indexes: readonly IndexFacts[];
  /** The query of a view. */
  readonly query: TreeNode | null;
}

/** A column. */
export interface ColumnFacts {
  readonly number: number;
  readonly name: string;
  readonly type: number;
  readonly hasPrecision: boolean;
  readonly dimensions: number;
  readonly isIdentity: boolean;
  readonly isGenerated: boolean;
  /** Whether it is computed when it is read, and not when the row is written. */
  readonly isVirtual: boolean;
  readonly hasOwnCollation: boolean;
  readonly hasOwnCompression: boolean;
  /** The default or the generation expression. */
  readonly expression: TreeNode | null;
}

/** A constraint. */
export interface ConstraintFacts {
  readonly name: string;
  /** As `pg_constraint.contype`: `c` check, `f` foreign key, `p` primary key, `u` unique, `x` exclusion. */
  readonly kind: string;
  readonly isDeferrable: boolean;
  readonly isValidated: boolean;
  readonly columns: readonly number[];
  /** Object id and columns of the table a foreign key refers to. */
  readonly target: number;
  readonly targetColumns: readonly number[];
  /** What happens to the row when the one it refers to goes or changes: `a` nothing, `r` refuse, `c` follow, `n`, `d`. */
  readonly actions: readonly string[];
  readonly expression: TreeNode | null;
}

/** An index. */
export interface IndexFacts {
  readonly name: string;
  readonly method: string;
  readonly isUnique: boolean;
  readonly columns: readonly number[];
  readonly expressions: readonly TreeNode[];
  readonly predicate: TreeNode | null;
}

/** Reads all relations of a schema, by name. */
export async function readTableFacts(
  scratch: ScratchDatabase,
  schema: string,
): Promise<readonly RelationFacts[]> {
  const { rows } = await scratch.query(FACTS, [schema]);
  return rows.map((row) => ({
    oid: Number(row['oid']),
    name: String(row['name']),
    kind: String(row['kind']),
    persistence: String(row['persistence']),
    hasParent: row['has_parent'] === true,
    hasTrigger: row['has_trigger'] === true,
    hasRowSecurity: row['has_row_security'] === true,
    columns: records(row['columns']).map(columnFacts),
    constraints: records(row['constraints']).map(constraintFacts),
    indexes: records(row['indexes']).map(indexFacts),
    query: treeOf(row['query']),
  }));
}

type Row = Readonly<Record<string, unknown>>;

function columnFacts(row: Row): ColumnFacts {
  return {
    number: Number(row['number']),
    name: String(row['name']),
    type: Number(row['type']),
    hasPrecision: row['has_precision'] === true,
    dimensions: Number(row['dimensions']),
    isIdentity: row['is_identity'] === true,
    isGenerated: row['is_generated'] === true,
    isVirtual: row['is_virtual'] === true,
    hasOwnCollation: row['has_own_collation'] === true,
    hasOwnCompression: row['has_own_compression'] === true,
    expression: treeOf(row['expression']),
  };
}

function constraintFacts(row: Row): ConstraintFacts {
  return {
    name: String(row['name']),
    kind: String(row['kind']),
    isDeferrable: row['is_deferrable'] === true,
    isValidated: row['is_validated'] === true,
    columns: numbersOf(row['columns']),
    target: Number(row['target']),
    targetColumns: numbersOf(row['target_columns']),
    actions: [String(row['on_delete']), String(row['on_update'])],
    expression: treeOf(row['expression']),
  };
}

function indexFacts(row: Row): IndexFacts {
  return {
    name: String(row['name']),
    method: String(row['method']),
    isUnique: row['is_unique'] === true,
    columns: numbersOf(row['columns']),
    expressions: typeof row['expressions'] === 'string' ? topNodes(readNodeTree(row['expressions'])) : [],
    predicate: treeOf(row['predicate']),
  };
}

function numbersOf(value: unknown): readonly number[] {
  return Array.isArray(value) ? value.map(Number) : [];
}

function treeOf(value: unknown): TreeNode | null {
  return typeof value === 'string' ? (topNodes(readNodeTree(value))[0] ?? null) : null;
}

const FACTS = `
  SELECT c.oid::pg_catalog.int8::pg_catalog.text AS oid, c.relname::pg_catalog.text AS name,
         c.relkind::pg_catalog.text AS kind, c.relpersistence::pg_catalog.text AS persistence,
         EXISTS (SELECT FROM pg_catalog.pg_inherits AS h WHERE h.inhrelid = c.oid OR h.inhparent = c.oid)
           OR c.relispartition OR c.reloftype <> 0 AS has_parent,
         EXISTS (SELECT FROM pg_catalog.pg_trigger AS t WHERE t.tgrelid = c.oid AND NOT t.tgisinternal)
           OR (c.relkind = 'r' AND EXISTS (SELECT FROM pg_catalog.pg_rewrite AS w WHERE w.ev_class = c.oid)) AS has_trigger,
         c.relrowsecurity OR c.relforcerowsecurity AS has_row_security,
         (SELECT pg_catalog.jsonb_agg(pg_catalog.jsonb_build_object(
                   'number', a.attnum, 'name', a.attname, 'type', a.atttypid::pg_catalog.int8,
                   'has_precision', a.atttypmod <> -1, 'dimensions', a.attndims,
                   'is_identity', a.attidentity <> '', 'is_generated', a.attgenerated <> '',
                   'is_virtual', a.attgenerated = 'v',
                   'has_own_compression', a.attcompression <> '', 'has_own_collation', a.attcollation NOT IN (0, 100, 950),
                   'expression', d.adbin::pg_catalog.text) ORDER BY a.attnum)
            FROM pg_catalog.pg_attribute AS a
            LEFT JOIN pg_catalog.pg_attrdef AS d ON d.adrelid = a.attrelid AND d.adnum = a.attnum
           WHERE a.attrelid = c.oid AND a.attnum > 0 AND NOT a.attisdropped) AS columns,
         (SELECT pg_catalog.jsonb_agg(pg_catalog.jsonb_build_object(
                   'name', k.conname, 'kind', k.contype, 'is_deferrable', k.condeferrable,
                   'is_validated', k.convalidated, 'columns', pg_catalog.to_jsonb(k.conkey),
                   'target', k.confrelid::pg_catalog.int8, 'target_columns', pg_catalog.to_jsonb(k.confkey),
                   'on_delete', k.confdeltype, 'on_update', k.confupdtype,
                   'expression', k.conbin::pg_catalog.text) ORDER BY k.conname)
            FROM pg_catalog.pg_constraint AS k WHERE k.conrelid = c.oid) AS constraints,
         (SELECT pg_catalog.jsonb_agg(pg_catalog.jsonb_build_object(
                   'name', x.relname, 'method', m.amname, 'is_unique', i.indisunique,
                   'columns', pg_catalog.to_jsonb(i.indkey::pg_catalog.int2[]),
                   'expressions', i.indexprs::pg_catalog.text, 'predicate', i.indpred::pg_catalog.text) ORDER BY x.relname)
            FROM pg_catalog.pg_index AS i
            JOIN pg_catalog.pg_class AS x ON x.oid = i.indexrelid
            JOIN pg_catalog.pg_am AS m ON m.oid = x.relam
           WHERE i.indrelid = c.oid) AS indexes,
         CASE WHEN c.relkind = 'v' THEN
           (SELECT w.ev_action::pg_catalog.text FROM pg_catalog.pg_rewrite AS w WHERE w.ev_class = c.oid AND w.ev_type = '1' LIMIT 1)
         END AS query
    FROM pg_catalog.pg_class AS c JOIN pg_catalog.pg_namespace AS n ON n.oid = c.relnamespace
   WHERE n.nspname = $1 AND c.relkind NOT IN ('i', 'I', 't', 'c')
   ORDER BY c.relname`;
