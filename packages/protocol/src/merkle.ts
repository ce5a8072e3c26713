/**
 * Merkle trees as in RFC 6962 §2.1 (RFC 9162 §2.1): leaf `SHA-256(0x00 ‖ data)`, node
 * `SHA-256(0x01 ‖ left ‖ right)`, split at the largest power of two below the count; the root of
 * nothing is the SHA-256 of nothing. The two prefixes keep a node from passing as a leaf.
 */

import { concatBytes, equalBytes, type Sha256, sha256 } from './hash.ts';

/** Position of a leaf and what is needed to reach the root from it. */
export interface InclusionProof {
  /** Index of the leaf, from 0. */
  readonly index: number;
  /** Number of leaves of the tree. */
  readonly count: number;
  /** Sibling hashes from the leaf upwards. */
  readonly path: readonly Uint8Array[];
}

/** Hash of a leaf. */
export function merkleLeaf(data: Uint8Array, hash: Sha256 = sha256): Uint8Array {
  const prefixed = new Uint8Array(1 + data.length);
  prefixed.set(data, 1);
  return hash(prefixed);
}

/** Root over leaf hashes ({@link merkleLeaf}), O(count). */
export function merkleRoot(leaves: readonly Uint8Array[], hash: Sha256 = sha256): Uint8Array {
  if (leaves.length === 0) {
    return hash(new Uint8Array(0));
  }
  // Joining neighbours level by level, an odd one moving up unchanged, gives the same tree as the RFC's recursive split.
  let level = leaves;
  while (level.length > 1) {
    level = parentLevel(level, hash);
  }
  return level[0] ?? new Uint8Array(0);
}

/** Root over the leaves' data. */
export function merkleRootOfData(data: readonly Uint8Array[], hash: Sha256 = sha256): Uint8Array {
  return merkleRoot(
    data.map((leaf) => merkleLeaf(leaf, hash)),
    hash,
  );
}

/** Proof that leaf `index` is in the tree of `leaves`. Throws RangeError for an index outside. */
export function merkleProof(
  leaves: readonly Uint8Array[],
  index: number,
  hash: Sha256 = sha256,
): InclusionProof {
  if (!Number.isInteger(index) || index < 0 || index >= leaves.length) {
    throw new RangeError(`leaf ${index} is not among ${leaves.length}`);
  }
  const path: Uint8Array[] = [];
  let level = leaves;
  for (let at = index; level.length > 1; at >>= 1) {
    const sibling = level[at ^ 1];
    if (sibling !== undefined) {
      path.push(sibling);
    }
    level = parentLevel(level, hash);
  }
  return { index, count: leaves.length, path };
}

/** True when `proof` leads from `leaf` (a leaf hash) to `root`, using exactly its path (RFC 9162 §2.1.3.2). */
export function verifyMerkleProof(
  root: Uint8Array,
  leaf: Uint8Array,
  proof: InclusionProof,
  hash: Sha256 = sha256,
): boolean {
  if (!isPlace(proof.index, proof.count) || leaf.length !== 32) {
    return false;
  }
  let node = leaf;
  let used = 0;
  let at = proof.index;
  for (let last = proof.count - 1; last > 0; last = Math.floor(last / 2)) {
    // The last node of a level that has an even index has no sibling and moves up.
    if (at !== last || at % 2 === 1) {
      const sibling = proof.path[used];
      if (sibling === undefined || sibling.length !== 32) {
        return false;
      }
      used += 1;
      node = at % 2 === 1 ? merkleNode(sibling, node, hash) : merkleNode(node, sibling, hash);
    }
    at = Math.floor(at / 2);
  }
  return used === proof.path.length && equalBytes(node, root);
}

function isPlace(index: number, count: number): boolean {
  return Number.isSafeInteger(count) && Number.isSafeInteger(index) && index >= 0 && index < count;
}

function parentLevel(level: readonly Uint8Array[], hash: Sha256): Uint8Array[] {
  const parents: Uint8Array[] = [];
  for (let at = 0; at < level.length; at += 2) {
    const left = level[at];
    const right = level[at + 1];
    if (left !== undefined) {
      parents.push(right === undefined ? left : merkleNode(left, right, hash));
    }
  }
  return parents;
}

function merkleNode(left: Uint8Array, right: Uint8Array, hash: Sha256): Uint8Array {
  return hash(concatBytes(NODE_PREFIX, left, right));
}

const NODE_PREFIX = Uint8Array.of(1);
