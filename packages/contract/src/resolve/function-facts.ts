/** What the catalogue says about the functions of a contract. */

import { records } from './catalogue.ts';
import { readNodeTree, type TreeNode, topNodes } from './node-tree.ts';
import type { ScratchDatabase } from './scratch-database.ts';

/** A function of the contract as Postgres created it. */
export interface FunctionFacts {
  readonly name: string;
  /** The result's type as SQL, `void` without a result. */
  readonly result: string;
  readonly resultType: number;
  readonly isCompositeResult: boolean;
  readonly returnsSet: boolean;
  /** Whether it may write: it is labelled neither STABLE nor IMMUTABLE. */
  readonly isVolatile: boolean;
  readonly parameters: readonly ParameterFacts[];
  /** Defaults of parameters. */
  readonly defaults: readonly TreeNode[];
  /** The resolved statements of a body in `BEGIN ATOMIC`; empty for others. */
  readonly body: readonly TreeNode[];
}

/** A parameter; results of RETURNS TABLE are parameters too. */
export interface ParameterFacts {
  readonly name: string;
  readonly type: number;
  readonly sql: string;
  readonly isInput: boolean;
}

/** Reads all functions of a schema. */
export async function readFunctionFacts(
  scratch: ScratchDatabase,
  schema: string,
): Promise<readonly FunctionFacts[]> {
  const { rows } = await scratch.query(FACTS, [schema]);
  return rows.map((row) => ({
    name: String(row['name']),
    result: String(row['result']),
    resultType: Number(row['result_type']),
    isCompositeResult: row['is_composite_result'] === true,
    returnsSet: row['returns_set'] === true,
    isVolatile: row['volatility'] === 'v',
    parameters: records(row['parameters']).map((each) => ({
      name: String(each['name'] ?? ''),
      type: Number(each['type']),
      sql: String(each['sql']),
      isInput: each['mode'] === 'i' || each['mode'] === 'b',
    })),
    defaults: treesOf(row['defaults']),
    body: treesOf(row['body']),
  }));
}

function treesOf(value: unknown): readonly TreeNode[] {
  return typeof value === 'string' ? topNodes(readNodeTree(value)) : [];
}

const FACTS = `
  SELECT p.proname::pg_catalog.text AS name, pg_catalog.format_type(p.prorettype, NULL) AS result,
         p.prorettype::pg_catalog.int8::pg_catalog.text AS result_type,
         t.typtype = 'c' OR p.prorettype = 2249 AS is_composite_result, p.proretset AS returns_set,
         p.provolatile::pg_catalog.text AS volatility,
         p.proargdefaults::pg_catalog.text AS defaults, p.prosqlbody::pg_catalog.text AS body,
         (SELECT pg_catalog.jsonb_agg(pg_catalog.jsonb_build_object(
                   'name', p.proargnames[a.place], 'type', a.type::pg_catalog.int8,
                   'sql', pg_catalog.format_type(a.type, NULL), 'mode', coalesce(p.proargmodes[a.place], 'i')) ORDER BY a.place)
            FROM pg_catalog.unnest(coalesce(p.proallargtypes, p.proargtypes::pg_catalog.oid[])) WITH ORDINALITY AS a (type, place)) AS parameters
    FROM pg_catalog.pg_proc AS p
    JOIN pg_catalog.pg_namespace AS n ON n.oid = p.pronamespace
    JOIN pg_catalog.pg_type AS t ON t.oid = p.prorettype
   WHERE n.nspname = $1
   ORDER BY p.oid`;
