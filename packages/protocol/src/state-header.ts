/**
 * What a node's state after a block comes to: chained, and covering everything the block did.
 *
 * `version u8 = 1, network 32, height u64, block hash 32, previous state hash 32 (the network id at
 * height 1), receipts root 32, changes root 32, length of the state root u8 (0 or 32), state root`.
 * `stateHash = H("state", …)`.
 */

import { BinaryReader, BinaryWriter } from './binary.ts';
import type { BlockHash, Height, NetworkId, Plain, StateHash } from './brands.ts';
import { parseHeight } from './brands.ts';
import { DecodeError } from './decode-error.ts';
import { type Sha256, sha256, taggedHash } from './hash.ts';

/** The header of a state. */
export interface StateHeader {
  readonly network: NetworkId;
  readonly height: Height;
  readonly blockHash: BlockHash;
  /** State hash of the height before; the network id at height 1. */
  readonly previousStateHash: StateHash;
  /** RFC 6962 root over the block's receipts. */
  readonly receiptsRoot: Uint8Array;
  /** `changesRoot` over the block's row changes. */
  readonly changesRoot: Uint8Array;
  /** Root over the current content of all contract tables, 32 bytes, or empty where none is computed. */
  readonly stateRoot: Uint8Array;
}

const VERSION = 1;

/** Encodes a state header. Throws {@link DecodeError} on wrong sizes. */
export function encodeStateHeader(header: Plain<StateHeader>): Uint8Array {
  return new BinaryWriter(202)
    .u8(VERSION)
    .fixed(header.network, 32)
    .u64(parseHeight(header.height))
    .fixed(header.blockHash, 32)
    .fixed(header.previousStateHash, 32)
    .fixed(header.receiptsRoot, 32)
    .fixed(header.changesRoot, 32)
    .u8(header.stateRoot.length)
    .fixed(header.stateRoot, requireRootLength(header.stateRoot.length))
    .finish();
}

/** Decodes a state header. Throws {@link DecodeError}. */
export function decodeStateHeader(bytes: Uint8Array): StateHeader {
  const reader = new BinaryReader(bytes);
  reader.version(VERSION);
  const header = {
    network: reader.fixed(32) as NetworkId,
    height: parseHeight(reader.u64()),
    blockHash: reader.fixed(32) as BlockHash,
    previousStateHash: reader.fixed(32) as StateHash,
    receiptsRoot: reader.fixed(32),
    changesRoot: reader.fixed(32),
    stateRoot: reader.fixed(requireRootLength(reader.u8())),
  };
  reader.finish();
  return header;
}

/** `H("state", state header)`. */
export function stateHash(header: Uint8Array, hash: Sha256 = sha256): StateHash {
  return taggedHash('state', header, hash) as StateHash;
}

function requireRootLength(length: number): number {
  if (length !== 0 && length !== 32) {
    throw new DecodeError(`a state root has 32 bytes or none, not ${length}`);
  }
  return length;
}
