/** Certificates for the nodes of a test: an authority per member, all of them pinned by all. */

import { createAuthority, issueCertificate } from '../../../packages/node/src/identity/certificates.ts';
import type { TlsFiles } from '../../../packages/node/src/identity/ports.ts';

/** TLS of each member's node, by member. */
export async function memberTls<Member extends string>(
  members: readonly Member[],
): Promise<Record<Member, TlsFiles>> {
  const authorities = await Promise.all(members.map((member) => createAuthority(member)));
  const ca = authorities.map(({ certificate }) => certificate).join('');
  const entries = members.map(async (member, index) => {
    const authority = authorities[index];
    if (authority === undefined) throw new Error('no authority');
    const { certificate, privateKey } = await issueCertificate(authority, { member, node: `${member}-node` });
    return [member, { ca, cert: certificate, key: privateKey }] as const;
  });
  return Object.fromEntries(await Promise.all(entries)) as Record<Member, TlsFiles>;
}
