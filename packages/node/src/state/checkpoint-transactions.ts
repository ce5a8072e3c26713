/**
 * Checkpoints as they travel: an ordinary transaction that calls `bucordo.checkpoint` with the bytes
 * of the checkpoint and the node's signature over them, both in lower-case hex.
 *
 * What a ledger holds is not yet believed: the signature is verified here, and the key must be one
 * that is or was enrolled for a node of the member that the checkpoint names.
 */

import { createPublicKey, type KeyObject, verify } from 'node:crypto';
import {
  type Checkpoint,
  checkpointCall,
  checkpointHash,
  decodeCheckpoint,
  encodeCheckpoint,
  encodeSignedTransaction,
  encodeTransaction,
  type Plain,
  toHex,
  transactionId,
} from '@bucordo/protocol';

import type { RowBuffer } from '../chain/row-buffer.ts';
import { ROW_PAYLOAD_AT, rowSignatureAt } from '../chain/transaction-row.ts';
import type { LocalState, MemberCheckpoint } from './checkpoints.ts';

/** The key of a node, wherever it is kept. */
export interface CheckpointSigner {
  readonly publicKey: Uint8Array;
  sign(message: Uint8Array): Uint8Array;
}

/** What a signed checkpoint is made of. */
export interface CheckpointFacts {
  readonly network: Uint8Array;
  readonly member: string;
  readonly height: number;
  readonly state: LocalState;
  /** Last height at which the transaction may be executed. */
  readonly validUntil: number;
  /** 16 random bytes. */
  readonly nonce: Uint8Array;
}

/** Builds the signed transaction that carries a checkpoint. */
export function signCheckpoint(signer: CheckpointSigner, facts: CheckpointFacts): Uint8Array {
  const { network, member, height, state, validUntil, nonce } = facts;
  const checkpoint = encodeCheckpoint({
    network,
    height,
    blockHash: Buffer.from(state.blockHash, 'hex'),
    stateHash: Buffer.from(state.stateHash, 'hex'),
    member,
    nodeKey: signer.publicKey,
  });
  const payload = encodeTransaction({
    network,
    identity: signer.publicKey,
    calls: [checkpointCall(checkpoint, signer.sign(checkpointHash(checkpoint)))],
    validUntil,
    nonce,
  });
  return encodeSignedTransaction({ payload, signature: signer.sign(transactionId(payload)) });
}

/** A checkpoint as the ledger keeps it, not yet verified. */
export interface StoredCheckpoint {
  readonly member: string;
  readonly height: number;
  readonly blockHash: Uint8Array;
  readonly stateHash: Uint8Array;
  readonly nodeKey: Uint8Array;
  readonly signature: Uint8Array;
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

/** Finds and verifies checkpoints. */
export class CheckpointReader {
  readonly #options: CheckpointReaderOptions;
  readonly #keys = new Map<string, KeyObject>();

  constructor(options: CheckpointReaderOptions) {
    this.#options = options;
  }

  /** The verified checkpoints of a block that were not rejected, and whether the block holds anything else. */
  readBlock(
    rows: RowBuffer,
    isRejected: (index: number) => boolean,
  ): { checkpoints: MemberCheckpoint[]; isActive: boolean } {
    const checkpoints: MemberCheckpoint[] = [];
    let isActive = false;
    for (let index = 0; index < rows.count; index++) {
      const call = onlyCall(rows.bytes, rows.rowAt[index] ?? 0);
      if (call?.functionNumber !== this.#options.functionNumber) isActive = true;
      else if (!isRejected(index)) {
        const checkpoint = this.#fromArguments(call.args);
        if (checkpoint !== null) checkpoints.push(checkpoint);
      }
    }
    return { checkpoints, isActive };
  }

  /** A checkpoint of the ledger, or null when its signature or key is not right. */
  readStored(stored: StoredCheckpoint): MemberCheckpoint | null {
    const { signature, ...facts } = stored;
    const checkpoint = { ...facts, network: this.#options.network };
    return this.#verified(encodeCheckpoint(checkpoint), checkpoint, signature);
  }

  #fromArguments(args: Buffer): MemberCheckpoint | null {
    try {
      const { checkpoint, signature } = JSON.parse(args.toString('utf8'));
      const bytes = Buffer.from(checkpoint, 'hex');
      return this.#verified(bytes, decodeCheckpoint(bytes), Buffer.from(signature, 'hex'));
    } catch {
      // Whoever signed it is enrolled, yet sent no checkpoint: there is nothing to compare.
      return null;
    }
  }

  #verified(
    bytes: Uint8Array,
    checkpoint: Plain<Checkpoint>,
    signature: Uint8Array,
  ): MemberCheckpoint | null {
    const { network, memberOfNode } = this.#options;
    const key = toHex(checkpoint.nodeKey);
    if (Buffer.compare(checkpoint.network, network) !== 0) return null;
    if (memberOfNode(key) !== checkpoint.member) return null;
    if (!verify(null, checkpointHash(bytes), this.#keyOf(key), signature)) return null;
    return {
      member: checkpoint.member,
      height: checkpoint.height,
      blockHash: toHex(checkpoint.blockHash),
      stateHash: toHex(checkpoint.stateHash),
    };
  }

  #keyOf(key: string): KeyObject {
    const known = this.#keys.get(key);
    if (known !== undefined) return known;
    const x = Buffer.from(key, 'hex').toString('base64url');
    const made = createPublicKey({ key: { kty: 'OKP', crv: 'Ed25519', x }, format: 'jwk' });
    this.#keys.set(key, made);
    return made;
  }
}

// The call of the row at `at`, or null when it has more than one. The layout is in `transaction-row.ts`.
function onlyCall(rows: Buffer, at: number): { functionNumber: number; args: Buffer } | null {
  const callsAt = rowSignatureAt(rows, at) + 64;
  const count = rows.readInt32BE(callsAt + 16);
  if (count !== 3) return null;
  const functionNumber = rows.readInt32BE(callsAt + 28);
  const argsAt = at + ROW_PAYLOAD_AT + rows.readInt32BE(callsAt + 36);
  return { functionNumber, args: rows.subarray(argsAt, argsAt + rows.readInt32BE(callsAt + 44)) };
}
