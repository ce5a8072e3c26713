/** Members and the keys of their nodes as the database has them. */

import type { MemberStanding, Membership } from '../chain/membership.ts';
import type { ReadingConnections } from './reading-connections.ts';

/** Reads the membership as of the last committed block. */
export async function readMembership(connections: ReadingConnections): Promise<Membership> {
  const members = await connections.rows<{
    id: string;
    class: string;
    status: MemberStanding;
    authority: string;
    votes: boolean;
  }>({
    text: `SELECT m.id, m.class, m.status, m.authority, v.id IS NOT NULL AS votes
       FROM bucordo.member AS m LEFT JOIN bucordo.voting_member AS v ON v.id = m.id
      ORDER BY m.number`,
  });
  const nodes = await connections.rows<{ key: string; member: string }>({
    text: `SELECT pg_catalog.encode(i.key, 'hex') AS key, i.member
       FROM bucordo.identity AS i
      WHERE 'node' = ANY (i.roles)
         OR EXISTS (SELECT FROM bucordo.role_grant AS g WHERE g.key = i.key AND g.role = 'node')
      ORDER BY i.key`,
  });
  const restricted = await connections.rows<{ name: string }>({
    text: 'SELECT c.name FROM bucordo.restricted_contract AS c ORDER BY c.name',
  });
  return {
    members,
    nodes: new Map(nodes.map(({ key, member }) => [key, member])),
    restrictedContracts: new Set(restricted.map(({ name }) => name)),
  };
}
