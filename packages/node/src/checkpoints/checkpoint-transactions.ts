/**
 * Checkpoints as they travel: an ordinary transaction that calls `bucordo.checkpoint` with the bytes
 * of the checkpoint and the node's signature over them, both in lower-case hex.
 *
 * What a ledger holds is not yet believed: the signature is verified here, and the key must be one
 * that is or was enrolled for a node of the member that the checkpoint names.
 */

import {
  type Checkpoint,
  checkpointCall,
  checkpointHash,
  DecodeError,
  decodeCheckpoint,
  encodeCheckpoint,
  encodeSignedTransaction,
  encodeTransaction,
  type Plain,
  toHex,
  transactionId,
} from '@bucordo/protocol';
import type { RowBuffer } from '../chain/row-buffer.ts';
import { sha256 } from '../chain/sha256.ts';
import { rowSignatureAt } from '../chain/transaction-row.ts';
import { verifySignature } from '../chain/verify-signature.ts';
import type { StoredCheckpoint, StoredState } from '../execution/ports.ts';
import type { NodeKey } from '../identity/ports.ts';
import type { MemberCheckpoint } from './checkpoints.ts';
import type { BlockCalls } from './ports.ts';

/** What a signed checkpoint is made of. */
export interface CheckpointFacts {
  readonly network: Uint8Array;
  readonly member: string;
  readonly height: number;
  readonly state: StoredState;
  /** Last height at which the transaction may be executed. */
  readonly validUntil: number;
  /** 16 random bytes. */
  readonly nonce: Uint8Array;
}

/** A checkpoint with its signature, and the transaction that carries it through the ordering. */
export interface SignedCheckpoint {
  readonly bytes: Uint8Array;
  readonly signature: Uint8Array;
  readonly transaction: Uint8Array;
}

/** Signs a checkpoint and builds the signed transaction that carries it. */
export function signCheckpoint(signer: NodeKey, facts: CheckpointFacts): SignedCheckpoint {
  const { network, member, height, state, validUntil, nonce } = facts;
  const checkpoint = encodeCheckpoint({
    network,
    height,
    blockHash: Buffer.from(state.blockHash, 'hex'),
    stateHash: Buffer.from(state.stateHash, 'hex'),
    member,
    nodeKey: signer.publicKey,
  });
  const signature = signer.sign(checkpointHash(checkpoint));
  const payload = encodeTransaction({
    network,
    identity: signer.publicKey,
    calls: [checkpointCall(checkpoint, signature)],
    validUntil,
    nonce,
  });
  const transaction = encodeSignedTransaction({ payload, signature: signer.sign(transactionId(payload)) });
  return { bytes: checkpoint, signature, transaction };
}

/** What the reader must know of the network. */
export interface CheckpointReaderOptions {
  /** The network's id. */
  readonly network: Uint8Array;
  /** The member for whose nodes a key, lower-case hex, is or was enrolled. */
  readonly memberOfNode: (key: string) => string | undefined;
  /** Number of `bucordo.checkpoint` in the catalogue. */
  readonly functionNumber: number;
}

/**
 * Believes checkpoints or not. Those of the chain are always read from where execution has stored
 * them, so that a node that runs and one that was started again have the same before them.
 */
export class CheckpointReader {
  readonly #options: CheckpointReaderOptions;

  constructor(options: CheckpointReaderOptions) {
    this.#options = options;
  }

  /** Looks at every call of every transaction. */
  callsOf(rows: RowBuffer): BlockCalls {
    let hasCheckpoints = false;
    let isActive = false;
    for (let index = 0; index < rows.count && !(hasCheckpoints && isActive); index++) {
      const countAt = rowSignatureAt(rows.bytes, rows.rowAt[index] ?? 0) + 64 + 16;
      const calls = rows.bytes.readInt32BE(countAt) / 3;
      if (calls === 0) isActive = true;
      for (let call = 0; call < calls; call++) {
        const functionNumber = rows.bytes.readInt32BE(countAt + 12 + call * 24);
        if (functionNumber === this.#options.functionNumber) hasCheckpoints = true;
        else isActive = true;
      }
    }
    return { hasCheckpoints, isActive };
  }

  /** A checkpoint of the ledger, or null when its signature or key is not right. */
  readStored(stored: StoredCheckpoint): MemberCheckpoint | null {
    const { signature, ...facts } = stored;
    const checkpoint = { ...facts, network: this.#options.network };
    return this.#verified(encodeCheckpoint(checkpoint), checkpoint, signature);
  }

  /** A checkpoint that another node has handed over, or null when the bytes are not a checkpoint or its signature or key is not right. */
  readSigned(bytes: Uint8Array, signature: Uint8Array): MemberCheckpoint | null {
    try {
      return this.#verified(bytes, decodeCheckpoint(bytes), signature);
    } catch (error) {
      if (error instanceof DecodeError) return null;
      throw error;
    }
  }

  #verified(
    bytes: Uint8Array,
    checkpoint: Plain<Checkpoint>,
    signature: Uint8Array,
  ): MemberCheckpoint | null {
    const { network, memberOfNode } = this.#options;
    if (Buffer.compare(checkpoint.network, network) !== 0) return null;
    if (memberOfNode(toHex(checkpoint.nodeKey)) !== checkpoint.member) return null;
    if (!verifySignature(signature, checkpointHash(bytes, sha256), checkpoint.nodeKey)) return null;
    return {
      member: checkpoint.member,
      height: checkpoint.height,
      blockHash: toHex(checkpoint.blockHash),
      stateHash: toHex(checkpoint.stateHash),
    };
  }
}
