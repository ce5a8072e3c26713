/**
 * A node's signed word on the state at a height, by which members compare their databases.
 *
 * `version u8 = 1, network 32, height u64, block hash 32, state hash 32, member (u8 length, ASCII),
 * node key 32`; the signature is Ed25519 over `H("checkpoint", bytes)`. It travels as a transaction
 * that calls `bucordo.checkpoint`, signed by the same key.
 */

import { BinaryReader, BinaryWriter } from './binary.ts';
import type { BlockHash, Height, MemberId, NetworkId, Plain, PublicKey, StateHash } from './brands.ts';
import { parseHeight, parseMemberId } from './brands.ts';
import { sign, verify } from './ed25519.ts';
import { type Sha256, sha256, taggedHash } from './hash.ts';
import { toHex } from './hex.ts';
import { fromUtf8, toUtf8 } from './text.ts';
import type { Call } from './transaction.ts';

/** What a node says about a height. */
export interface Checkpoint {
  readonly network: NetworkId;
  readonly height: Height;
  readonly blockHash: BlockHash;
  readonly stateHash: StateHash;
  readonly member: MemberId;
  readonly nodeKey: PublicKey;
}

/** Contract of the call that carries a checkpoint. */
export const CHECKPOINT_CONTRACT = 'bucordo';
/** Function of the call that carries a checkpoint. */
export const CHECKPOINT_FUNCTION = 'checkpoint';

const VERSION = 1;

/** Encodes a checkpoint. Throws `DecodeError` on wrong sizes or names. */
export function encodeCheckpoint(checkpoint: Plain<Checkpoint>): Uint8Array {
  const member = toUtf8(parseMemberId(checkpoint.member));
  return new BinaryWriter(224)
    .u8(VERSION)
    .fixed(checkpoint.network, 32)
    .u64(parseHeight(checkpoint.height))
    .fixed(checkpoint.blockHash, 32)
    .fixed(checkpoint.stateHash, 32)
    .u8(member.length)
    .raw(member)
    .fixed(checkpoint.nodeKey, 32)
    .finish();
}

/** Decodes a checkpoint. Throws `DecodeError`. */
export function decodeCheckpoint(bytes: Uint8Array): Checkpoint {
  const reader = new BinaryReader(bytes);
  reader.version(VERSION);
  const checkpoint = {
    network: reader.fixed(32) as NetworkId,
    height: parseHeight(reader.u64()),
    blockHash: reader.fixed(32) as BlockHash,
    stateHash: reader.fixed(32) as StateHash,
    member: parseMemberId(fromUtf8(reader.fixed(reader.u8()))),
    nodeKey: reader.fixed(32) as PublicKey,
  };
  reader.finish();
  return checkpoint;
}

/** `H("checkpoint", bytes)`: what is signed. */
export function checkpointHash(bytes: Uint8Array, hash: Sha256 = sha256): Uint8Array {
  return taggedHash('checkpoint', bytes, hash);
}

/** Signature of an encoded checkpoint by the node's 32-byte secret `seed`. Portable. */
export function signCheckpoint(bytes: Uint8Array, seed: Uint8Array): Uint8Array {
  return sign(checkpointHash(bytes), seed);
}

/** True when the node named in the encoded checkpoint signed it. Portable. Throws `DecodeError` on other bytes. */
export function verifyCheckpoint(bytes: Uint8Array, signature: Uint8Array): boolean {
  return verify(signature, checkpointHash(bytes), decodeCheckpoint(bytes).nodeKey);
}

/** The call by which a checkpoint travels. */
export function checkpointCall(bytes: Uint8Array, signature: Uint8Array): Call {
  return {
    contract: CHECKPOINT_CONTRACT,
    function: CHECKPOINT_FUNCTION,
    args: toUtf8(JSON.stringify({ checkpoint: toHex(bytes), signature: toHex(signature) })),
  };
}
