/** A network as it is now: what the chain says at one height, in the words of the node that is asked. */
import type { Client } from '@bucordo/client';
import { readIdentities } from './identities.ts';
import type {
  NetworkView,
  ViewedContract,
  ViewedFunction,
  ViewedLimits,
  ViewedMember,
} from './network-view.ts';

/** The present, and when it was. */
export interface PresentNetwork extends NetworkView {
  /** Height of the last block that the answer holds. */
  readonly height: number;
  /** Whether a limit of the node cut the answer. */
  readonly truncated: boolean;
}

/** Rows in one answer: as many as a node gives. */
const rowsMax = 10_000;

/** Reads everything at one height; identities, which may be many, only when they are wanted. */
export async function readPresent(
  client: Client,
  { identities: wanted, timeoutMs }: { identities: boolean; timeoutMs: number },
): Promise<PresentNetwork> {
  const { ordering } = await client.status({ timeoutMs });
  const [{ height, values, truncated }, identities] = await Promise.all([
    client.query(presentSql, [], { timeoutMs, rowsMax }),
    wanted ? readIdentities(client, { timeoutMs }) : null,
  ]);
  const ofKind = <Value>(kind: string): Value[] =>
    values.flatMap(([of, , text]): Value[] => (of === kind ? [JSON.parse(text ?? 'null')] : []));
  const [limits] = ofKind<ViewedLimits>('limits');
  return {
    height,
    truncated: truncated || identities?.truncated === true,
    ordering: ordering?.member ?? null,
    members: ofKind<ViewedMember>('member'),
    contracts: ofKind<ViewedContract>('contract'),
    functions: ofKind<ViewedFunction>('function'),
    policies: ofKind<NetworkView['policies'][number]>('policy'),
    limits: limits ?? { budget: 0, rows: 0, valueBytes: 0 },
    identities: (identities?.identities ?? []).map(({ identity, roles, key }) => ({ identity, roles, key })),
  };
}

/** The functions of contracts that can be called now, `contract.function`. */
export async function readFunctionNames(
  client: Client,
  { timeoutMs }: { timeoutMs: number },
): Promise<string[]> {
  const { values } = await client.query(
    `SELECT f.contract || '.' || f.name FROM bucordo.function AS f JOIN bucordo.contract AS c ON c.name = f.contract
      WHERE c.number > 0 AND NOT f.is_retired AND NOT c.is_retired ORDER BY c.number, f.number`,
    [],
    { timeoutMs, rowsMax },
  );
  return values.flatMap(([name]) => name ?? []);
}

// One statement, so that all of it is of one height. The system's own contract has the number 0.
const presentSql = `
WITH head AS (SELECT max(s.height) + 1 AS next FROM bucordo.state AS s)
SELECT 'member' AS kind, m.number::int8 AS place, json_build_object(
         'number', m.number, 'id', m.id, 'name', m.name, 'class', m.class, 'status', m.status,
         'identities', (SELECT count(DISTINCT i.name) FROM bucordo.identity AS i
                         WHERE i.member = m.id AND (i.valid_to IS NULL OR i.valid_to > h.next)))::text AS value
  FROM bucordo.member AS m CROSS JOIN head AS h
UNION ALL
SELECT 'contract', c.number, json_build_object('name', c.name, 'version', c.version, 'isRetired', c.is_retired)::text
  FROM bucordo.contract AS c WHERE c.number > 0
UNION ALL
SELECT 'function', (c.number::int8 << 32) + f.number, json_build_object(
         'function', f.contract || '.' || f.name, 'roles', f.roles, 'classes', f.classes,
         'parameters', ARRAY(SELECT p.name || ' ' || p.type
                               FROM ROWS FROM (unnest(f.parameter_names), unnest(f.parameter_types)) WITH ORDINALITY AS p (name, type, place)
                              ORDER BY p.place))::text
  FROM bucordo.function AS f JOIN bucordo.contract AS c ON c.name = f.contract
 WHERE c.number > 0 AND NOT c.is_retired AND NOT f.is_retired
UNION ALL
SELECT 'policy', row_number() OVER (ORDER BY p.decision),
       json_build_object('decision', p.decision, 'needs', bucordo.policy_words(p.rule))::text
  FROM bucordo.policy AS p
UNION ALL
SELECT 'limits', 0, json_build_object('budget', l.budget, 'rows', l.rows, 'valueBytes', l.value_bytes)::text
  FROM bucordo.limits AS l
ORDER BY kind, place`;
