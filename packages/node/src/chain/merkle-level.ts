/** The Merkle root of RFC 6962 over leaves that come one after the other, in memory that is used again. */

import { sha256, writeSha256 } from './sha256.ts';

const HASH_BYTES = 32;

const pair = Buffer.alloc(1 + 2 * HASH_BYTES, 1);

/** The hashes of one level of a tree. One tree at a time. */
export class MerkleLevel {
  #hashes: Buffer = Buffer.alloc(1024 * HASH_BYTES);
  #width = 0;

  /** Forgets what was added and makes room for `leaves`. */
  begin(leaves: number): void {
    this.#width = 0;
    if (this.#hashes.length < leaves * HASH_BYTES) this.#hashes = Buffer.alloc(leaves * 2 * HASH_BYTES);
  }

  /** Adds a leaf: 0x00 and its data, as they are hashed. */
  addLeaf(leaf: Uint8Array): void {
    writeSha256(this.#hashes, this.#width * HASH_BYTES, leaf);
    this.#width += 1;
  }

  /** The root over all leaves; afterwards a new tree begins. Of nothing: the hash of nothing. */
  root(): Buffer {
    let width = this.#width;
    if (width === 0) return sha256(new Uint8Array(0));
    const hashes = this.#hashes;
    // Pairing neighbours and carrying an odd last one upwards gives the tree of RFC 6962.
    while (width > 1) {
      const odd = width % 2 === 1;
      const pairs = (width - (odd ? 1 : 0)) / 2;
      for (let index = 0; index < pairs; index++) {
        hashes.copy(pair, 1, index * 2 * HASH_BYTES, (index + 1) * 2 * HASH_BYTES);
        writeSha256(hashes, index * HASH_BYTES, pair);
      }
      if (odd) hashes.copy(hashes, pairs * HASH_BYTES, (width - 1) * HASH_BYTES, width * HASH_BYTES);
      width = pairs + (odd ? 1 : 0);
    }
    this.#width = 0;
    return Buffer.from(hashes.subarray(0, HASH_BYTES));
  }
}
