/** The catalogue as the database has it: callable functions and enrolled identities. */

import { isParameterType, type ParameterType } from '@bucordo/protocol';
import type pg from 'pg';
import type { Catalogue, CatalogueFunction, CatalogueIdentity, TimedRole } from '../chain/catalogue.ts';

/** Reads the catalogue as of the last committed block. The connection must be outside any transaction. */
export async function readCatalogue(client: pg.ClientBase): Promise<Catalogue> {
  await client.query('BEGIN ISOLATION LEVEL REPEATABLE READ READ ONLY');
  try {
    return await readCatalogueWithin(client);
  } finally {
    await client.query('COMMIT');
  }
}

/** Reads the catalogue as the transaction of `client` sees it. */
export async function readCatalogueWithin(client: pg.ClientBase): Promise<Catalogue> {
  const { rows } = await client.query<{ height: string; functions_height: string }>(
    `SELECT max(s.height)::text AS height, (SELECT f.height::text FROM bucordo.functions_state AS f) AS functions_height
       FROM bucordo.state AS s`,
  );
  return {
    height: Number(rows[0]?.height ?? 0),
    functionsHeight: Number(rows[0]?.functions_height ?? 0),
    functions: await readCatalogueFunctions(client),
    identities: await readIdentities(client),
  };
}

interface FunctionRow {
  number: number;
  contract: string;
  name: string;
  roles: string[];
  classes: string[];
  parameter_names: string[];
  parameter_types: string[];
}

/** The functions that transactions may call now, in the order of their numbers. */
export async function readCatalogueFunctions(client: pg.ClientBase): Promise<CatalogueFunction[]> {
  const { rows } = await client.query<FunctionRow>(
    `SELECT f.number, f.contract, f.name, f.roles, f.classes, f.parameter_names, f.parameter_types
       FROM bucordo.function AS f
      WHERE NOT f.is_retired
      ORDER BY f.number`,
  );
  return rows.map(({ parameter_names: names, parameter_types: types, ...row }) => ({
    ...row,
    parameters: names.map((name, index) => ({ name, type: parameterType(types[index] ?? '') })),
  }));
}

function parameterType(text: string): ParameterType {
  if (!isParameterType(text)) throw new Error(`bucordo.function holds the unknown type ${text}`);
  return text;
}

interface IdentityRow {
  key: Buffer;
  member: string;
  member_class: string;
  name: string;
  roles: string[];
  valid_from: string;
  valid_to: string | null;
  timed_roles: TimedRole[] | null;
}

// Keys that ended long ago are left out: they would fill admission's memory for ever, and whoever still signs with
// one gets the answer that it is unknown instead of revoked.
async function readIdentities(client: pg.ClientBase): Promise<CatalogueIdentity[]> {
  const { rows } = await client.query<IdentityRow>(
    `SELECT i.key, i.member, i.member_class, i.name, i.roles, i.valid_from::text AS valid_from, i.valid_to::text AS valid_to,
            CASE WHEN i.has_timed_roles THEN (
              SELECT pg_catalog.jsonb_agg(pg_catalog.jsonb_build_object(
                       'role', g.role, 'fromHeight', g.from_height, 'toHeight', g.to_height,
                       'fromTime', g.from_time, 'toTime', g.to_time) ORDER BY g.number)
                FROM bucordo.role_grant AS g WHERE g.key = i.key) END AS timed_roles
       FROM bucordo.identity AS i
      WHERE i.valid_to IS NULL
         OR i.valid_to > (SELECT max(s.height) FROM bucordo.state AS s) - bucordo.quota_blocks()
      ORDER BY i.key`,
  );
  return rows.map((row) => ({
    key: row.key,
    member: row.member,
    memberClass: row.member_class,
    name: row.name,
    roles: row.roles,
    validFrom: Number(row.valid_from),
    validTo: row.valid_to === null ? null : Number(row.valid_to),
    ...(row.timed_roles === null ? {} : { timedRoles: row.timed_roles }),
  }));
}
