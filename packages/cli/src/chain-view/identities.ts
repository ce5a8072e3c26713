/** The identities of all members as the chain has them, in the words of the node that is asked. */
import type { Client } from '@bucordo/client';

/** An identity by one of its keys. */
export interface IdentityRecord {
  /** `member/name` */
  readonly identity: string;
  readonly roles: readonly string[];
  /** First height at which the key counts. */
  readonly validFrom: number;
  /** First height at which it counts no more; null while it does. */
  readonly validTo: number | null;
  /** Lower-case hex. */
  readonly key: string;
}

/** Keys in one answer: as many as a node gives. */
const rowsMax = 10_000;

/** Which identities are wanted. */
export interface WantedIdentities {
  /** Only those of one member. */
  readonly member?: string | undefined;
  /** Also keys that have ended. */
  readonly all?: boolean | undefined;
  readonly timeoutMs: number;
}

/** Reads them by name, with the roles that count at the next height. */
export async function readIdentities(
  client: Client,
  { member = '', all = false, timeoutMs }: WantedIdentities,
): Promise<{ height: number; identities: readonly IdentityRecord[]; truncated: boolean }> {
  const { height, values, truncated } = await client.query(
    `WITH head AS (SELECT max(s.height) + 1 AS next FROM bucordo.state AS s)
     SELECT i.member || '/' || i.name, array_to_string(CASE WHEN i.has_timed_roles
              THEN bucordo.roles_at(i.key, h.next, bucordo.time_at(h.next)) ELSE i.roles END, ' '),
            i.valid_from::text, i.valid_to::text, encode(i.key, 'hex')
       FROM bucordo.identity AS i CROSS JOIN head AS h
      WHERE ($1 = '' OR i.member = $1) AND ($2::bool OR i.valid_to IS NULL OR i.valid_to > h.next)
      ORDER BY 1, i.valid_from, 5`,
    [member, String(all)],
    { timeoutMs, rowsMax },
  );
  const identities = values.map(([identity, roles, from, to, key]) => ({
    identity: identity ?? '',
    roles: roles === '' ? [] : (roles ?? '').split(' '),
    validFrom: Number(from),
    validTo: to === null || to === undefined ? null : Number(to),
    key: key ?? '',
  }));
  return { height, identities, truncated };
}
