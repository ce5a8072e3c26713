/** Whether two headers, both signed by the node that orders, contradict each other. */

import {
  type BlockHeader,
  blockHash,
  DecodeError,
  decodeBlockHeader,
  type SignedHeader,
  toHex,
} from '@bucordo/protocol';
import { sha256 } from '../chain/sha256.ts';
import { verifySignature } from '../chain/verify-signature.ts';
import type { Contradiction } from './ports.ts';

/** Who orders which network. */
export interface OrderingIdentity {
  /** The network's id, 32 bytes. */
  readonly network: Uint8Array;
  /** The ordering node's key, 32 bytes. */
  readonly orderingKey: Uint8Array;
}

/** A header that the node which orders has signed. */
export interface OrderedHeader {
  readonly signed: SignedHeader;
  readonly height: number;
  /** Lower-case hex. */
  readonly hash: string;
  /** Lower-case hex. */
  readonly previousHash: string;
}

/** Reads a signed header; null when it is of another network, or not signed by the node that orders. */
export function readOrdered(
  signed: SignedHeader,
  { network, orderingKey }: OrderingIdentity,
): OrderedHeader | null {
  const header = decoded(signed.header);
  if (header === null || Buffer.compare(header.network, network) !== 0) return null;
  const hash = blockHash(signed.header, sha256);
  if (!verifySignature(signed.signature, hash, orderingKey)) return null;
  return { signed, height: header.height, hash: toHex(hash), previousHash: toHex(header.previousHash) };
}

/** The contradiction between two headers, or null: other blocks of one height, or one that stands on another past. */
export function contradictionOf(one: OrderedHeader, other: OrderedHeader): Contradiction | null {
  if (one.height > other.height) return contradictionOf(other, one);
  const headers = [one.signed, other.signed] as const;
  if (one.height === other.height) {
    return one.hash === other.hash ? null : { height: one.height, hashes: [one.hash, other.hash], headers };
  }
  if (one.height + 1 !== other.height || other.previousHash === one.hash) return null;
  return { height: one.height, hashes: [one.hash, other.previousHash], headers };
}

function decoded(bytes: Uint8Array): BlockHeader | null {
  try {
    return decodeBlockHeader(bytes);
  } catch (error) {
    if (error instanceof DecodeError) return null;
    throw error;
  }
}
