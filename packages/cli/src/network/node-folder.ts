/** What lies in a member's folder for its node: certificates and configuration. */
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { type CertifiedKey, issueCertificate, writeSecretFile } from '@bucordo/node';

/** A member as far as its node is concerned. */
export interface NodeOwner {
  readonly id: string;
  /** Host name or address under which the other members reach the node. */
  readonly host?: string | undefined;
}

/** The three doors of a node. */
export interface NodePorts {
  readonly client: number;
  readonly peer: number;
  readonly http: number;
}

/** Writes the member's authority and a certificate of it for the node; `bundle` are the authorities of all members, PEM. */
export async function writeNodeCertificates(
  directory: string,
  { id, host }: NodeOwner,
  { authority, bundle }: { readonly authority: CertifiedKey; readonly bundle: string },
): Promise<void> {
  const certified = await issueCertificate(authority, {
    member: id,
    node: id,
    ...(host === undefined ? {} : { hosts: [host] }),
  });
  writeFileSync(join(directory, 'authority.pem'), authority.certificate);
  writeSecretFile(join(directory, 'authority.key.pem'), authority.privateKey);
  writeFileSync(join(directory, 'tls.pem'), certified.certificate);
  writeSecretFile(join(directory, 'tls.key.pem'), certified.privateKey);
  writeFileSync(join(directory, 'authorities.pem'), bundle);
}

/** The configuration of a node, in the words of the node's schema; paths are relative to the folder. */
export function nodeConfigText(
  { id, host }: NodeOwner,
  {
    networkId,
    ports,
    peers,
  }: {
    /** Hex; a genesis of another network is refused at the start. */
    readonly networkId: string;
    readonly ports: NodePorts;
    readonly peers: readonly { readonly member: string; readonly address: string }[];
  },
): string {
  // A member that is reached from outside listens everywhere; by default nobody outside this machine gets in.
  const listensAt = host === undefined ? '127.0.0.1' : everywhere(host);
  const config = {
    network: 'genesis.json',
    networkId,
    member: id,
    nodeKey: 'node.pem',
    dataDirectory: 'postgres',
    client: { host: listensAt, port: ports.client },
    peer: { host: listensAt, port: ports.peer },
    http: { host: listensAt, port: ports.http },
    tls: { ca: 'authorities.pem', cert: 'tls.pem', key: 'tls.key.pem' },
    peers,
  };
  return `${JSON.stringify(config, null, 2)}\n`;
}

/** All addresses of the kind under which the node is reached; what a name means is left to the old kind. */
function everywhere(host: string): string {
  return host.includes(':') ? '::' : '0.0.0.0';
}
