/**
 * Makes the folder of a member that is to join a network: keys and certificates of its own, the
 * configuration of its node, a profile, and `member.json`, the description that the others approve.
 * Its secrets never leave it.
 */
import { existsSync, mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { addressText, createAuthority, createNodeKey } from '@bucordo/node';
import { decodeGenesis, networkId } from '@bucordo/protocol';
import { usageError } from '../command-error.ts';
import { createKey, keyFile } from '../key-store.ts';
import { writeProfile } from '../profile.ts';
import type { Invitation } from './invitation.ts';
import { bindKeys } from './network-binding.ts';
import { type NodePorts, nodeConfigText, writeNodeCertificates } from './node-folder.ts';
import { wholeOrNothing } from './whole-or-nothing.ts';

/** What the new member is. */
export interface JoiningMember {
  readonly id: string;
  readonly name: string;
  readonly class: string;
  /** Name of its first administrator. */
  readonly administrator: string;
  /** Host under which its node is reached; absent = this machine only. */
  readonly host?: string | undefined;
  /** What the others should know. */
  readonly text: string;
}

/** What was made. */
export interface JoinFolder {
  /** Network id, hex, as the genesis of the invitation gives it. */
  readonly network: string;
  readonly memberFile: string;
  readonly configFile: string;
}

/** What the folder consists of. */
const parts = [
  ...['node.pem', 'node.json', 'member.json', 'profile.json', 'keys', 'genesis.json'],
  ...['authority.pem', 'authority.key.pem', 'tls.pem', 'tls.key.pem', 'authorities.pem'],
];

/** Makes everything in `directory`, which must hold no network yet. */
export async function createJoinFolder(options: {
  directory: string;
  invitation: Invitation;
  member: JoiningMember;
  ports: NodePorts;
}): Promise<JoinFolder> {
  const { directory, invitation, member, ports } = options;
  if (existsSync(join(directory, 'genesis.json')))
    throw usageError(`${directory} holds a network already`, 'Choose another folder.', { directory });
  const genesis = Buffer.from(invitation.genesis, 'base64');
  const { members } = decodeGenesis(genesis);
  if (members.some(({ id }) => id === member.id))
    throw usageError(`${member.id} is a member of the network since its founding`, 'Choose another id.', {
      member: member.id,
    });
  const network = Buffer.from(networkId(genesis)).toString('hex');
  return wholeOrNothing([directory, ...parts.map((part) => join(directory, part))], () =>
    writeFolder({ directory, network, genesis, invitation, member, ports }),
  );
}

/** What {@link createJoinFolder} writes, when all that it needs has been read. */
async function writeFolder(options: {
  directory: string;
  network: string;
  genesis: Buffer;
  invitation: Invitation;
  member: JoiningMember;
  ports: NodePorts;
}): Promise<JoinFolder> {
  const { directory, network, genesis, invitation, member, ports } = options;
  mkdirSync(directory, { recursive: true, mode: 0o711 });
  const nodeKey = Buffer.from(createNodeKey(join(directory, 'node.pem')).publicKey).toString('hex');
  const identity = `${member.id}/${member.administrator}`;
  const administrator = createKey(keyFile(join(directory, 'keys'), identity), identity);
  const authority = await writeCertificates(directory, member, invitation);
  const document = {
    network,
    member: member.id,
    name: member.name,
    class: member.class,
    administrators: { needed: 1 },
    identities: [
      ...(isOverseer(member) ? [] : [{ name: 'node', key: nodeKey, roles: ['node'] }]),
      { name: member.administrator, key: administrator.publicKey, roles: ['admin'] },
    ],
    authority: isOverseer(member) ? '' : authority,
    text: member.text,
  };
  const memberFile = join(directory, 'member.json');
  const configFile = join(directory, 'node.json');
  writeFileSync(memberFile, `${JSON.stringify(document, null, 2)}\n`);
  writeFileSync(configFile, nodeConfigText(member, { networkId: network, ports, peers: invitation.peers }));
  bindKeys(join(directory, 'keys'), network);
  writeOwnProfile({ directory, network, invitation, member, ports });
  // Written last: where it stands, everything else does too.
  writeFileSync(join(directory, 'genesis.json'), genesis);
  return { network, memberFile, configFile };
}

/** Overseers run no node: they ask those of others. */
function isOverseer(member: JoiningMember): boolean {
  return member.class === 'overseer';
}

async function writeCertificates(
  directory: string,
  member: JoiningMember,
  { authorities }: Invitation,
): Promise<string> {
  const authority = await createAuthority(member.id);
  await writeNodeCertificates(directory, member, { authority, bundle: authorities + authority.certificate });
  return authority.certificate;
}

function writeOwnProfile(options: {
  directory: string;
  network: string;
  invitation: Invitation;
  member: JoiningMember;
  ports: NodePorts;
}): void {
  const { directory, network, invitation, member, ports } = options;
  const host = member.host ?? '127.0.0.1';
  const own = {
    id: member.id,
    grpc: addressText({ host, port: ports.client }),
    http: `https://${addressText({ host, port: ports.http })}`,
    authority: 'authority.pem',
  };
  writeProfile(directory, {
    bucordo: 1,
    network,
    name: invitation.name,
    genesis: 'genesis.json',
    keys: 'keys',
    as: `${member.id}/${member.administrator}`,
    node: isOverseer(member) ? (invitation.members[0]?.id ?? member.id) : member.id,
    members: [own, ...invitation.members.map((each) => ({ ...each, authority: 'authorities.pem' }))],
  });
}
