/**
 * What a node is in its network: reads genesis, key and certificates of a configuration and checks
 * that they belong together, before anything is started.
 */

import { createHash, X509Certificate } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { DecodeError, decodeGenesis, type Genesis, networkId, toHex } from '@bucordo/protocol';
import type { NodeConfig } from '../config.ts';
import { Fault } from '../fault.ts';
import type { Log } from '../observe/ports.ts';
import { daysLeft, RENEW_BEFORE_DAYS } from './certificates.ts';
import { readNodeKey } from './node-key.ts';
import type { NodeKey, TlsFiles } from './ports.ts';
import { readSecretFile } from './secret-file.ts';

/** A node's place in its network. */
export interface Enrolment {
  /** The genesis document as received. */
  readonly document: Uint8Array;
  readonly genesis: Genesis;
  /** The network's id, 32 bytes. */
  readonly network: Uint8Array;
  readonly member: string;
  readonly key: NodeKey;
  readonly tls: TlsFiles;
  /** The member whose node orders. */
  readonly orderingMember: string;
  /** Whether this node orders. */
  readonly orders: boolean;
}

/**
 * Reads what the configuration names. Throws {@link Fault} `genesis_invalid`, `network_mismatch`, `member_unknown`,
 * `certificate_invalid`, or those of the secret files.
 */
export function readEnrolment(config: NodeConfig): Enrolment {
  const document = readDocument(config.network);
  const genesis = decodedGenesis(document, config.network);
  const network = networkId(document, sha256);
  requireNetwork(config, toHex(network));
  const key = readNodeKey(config.nodeKey);
  const nodes = nodeKeys(genesis);
  const ownKey = toHex(key.publicKey);
  requireOwn(config, { key: ownKey, enrolledFor: nodes.get(ownKey) });
  const orderingKey = toHex(genesis.ordering.node);
  return {
    document,
    genesis,
    network,
    member: config.member,
    key,
    tls: readTls(config),
    orderingMember: nodes.get(orderingKey) ?? '',
    orders: orderingKey === ownKey,
  };
}

/**
 * Throws {@link Fault} `member_unknown` when the key of this node is enrolled for another member. A
 * key that is not enrolled at all is fine: the ledger may enrol it later, and does so for members that
 * are not in the genesis and for keys that replace those of the genesis.
 */
export function requireOwn(
  config: Pick<NodeConfig, 'member' | 'nodeKey'>,
  { key, enrolledFor }: { readonly key: string; readonly enrolledFor: string | undefined },
): void {
  if (enrolledFor === undefined || enrolledFor === config.member) return;
  throw new Fault(
    'member_unknown',
    `The key in ${config.nodeKey} is enrolled for a node of ${enrolledFor}, not of ${config.member}.`,
    {
      facts: { member: config.member, enrolledFor, key },
      hint: 'Use the key file that was made for this member, and the id of that member.',
    },
  );
}

// A file that was taken to the folder of another network.
function requireNetwork({ network, networkId: wanted }: NodeConfig, found: string): void {
  if (wanted === undefined || wanted === found) return;
  throw new Fault(
    'network_mismatch',
    `The genesis ${network} founds network ${found}, the configuration is of network ${wanted}.`,
    {
      facts: { genesis: found, configuration: wanted },
      hint: 'Start the node from the folder that was made for its network, with all its files.',
    },
  );
}

/** Says so when the node's certificate should be renewed soon. */
export function warnOfExpiry(certificate: string, now: number, log: Log): void {
  const days = daysLeft(new X509Certificate(certificate).validTo, now);
  if (days < 0)
    log.error({ days }, 'the TLS certificate of this node has expired: renew it, other nodes refuse it');
  else if (days < RENEW_BEFORE_DAYS)
    log.warn({ days }, 'the TLS certificate of this node expires soon: renew it');
}

function readDocument(file: string): Uint8Array {
  try {
    return readFileSync(file);
  } catch (cause) {
    throw new Fault('genesis_invalid', `The genesis ${file} cannot be read.`, {
      facts: { file },
      hint: 'Check the path in the configuration.',
      cause,
    });
  }
}

function decodedGenesis(document: Uint8Array, file: string): Genesis {
  try {
    return decodeGenesis(document);
  } catch (error) {
    if (!(error instanceof DecodeError)) throw error;
    throw new Fault('genesis_invalid', `The genesis ${file} is refused: ${error.message}.`, {
      facts: { file },
      hint: 'Get the document again from another member; it must be the same byte for byte.',
      cause: error,
    });
  }
}

function nodeKeys(genesis: Genesis): Map<string, string> {
  const nodes = new Map<string, string>();
  for (const member of genesis.members) {
    for (const identity of member.identities) {
      if (identity.roles.includes('node')) nodes.set(toHex(identity.key), member.id);
    }
  }
  return nodes;
}

function readTls(config: NodeConfig): TlsFiles {
  const tls = {
    ca: readPem(config.tls.ca),
    cert: readPem(config.tls.cert),
    key: readSecretFile(config.tls.key),
  };
  try {
    new X509Certificate(tls.cert);
  } catch (cause) {
    throw certificateInvalid(config.tls.cert, cause);
  }
  return tls;
}

function readPem(file: string): string {
  try {
    return readFileSync(file, 'utf8');
  } catch (cause) {
    throw certificateInvalid(file, cause);
  }
}

function certificateInvalid(file: string, cause: unknown): Fault {
  return new Fault(
    'certificate_invalid',
    `The certificate file ${file} cannot be read or holds no certificate.`,
    {
      facts: { file },
      hint: 'Check the path in the configuration; the file must be PEM.',
      cause,
    },
  );
}

function sha256(bytes: Uint8Array): Uint8Array {
  return createHash('sha256').update(bytes).digest();
}
