import { createHash } from 'node:crypto';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { fromHex, toHex } from './hex.ts';
import { merkleLeaf, merkleProof, merkleRoot, merkleRootOfData, verifyMerkleProof } from './merkle.ts';

/** The definition of RFC 6962 §2.1, word by word. */
function rootByDefinition(data: readonly Uint8Array[]): Buffer {
  const sha256 = (...parts: readonly Uint8Array[]): Buffer =>
    parts.reduce((hash, part) => hash.update(part), createHash('sha256')).digest();
  const [only] = data;
  if (only === undefined) {
    return sha256();
  }
  if (data.length === 1) {
    return sha256(Uint8Array.of(0), only);
  }
  const split = 2 ** Math.floor(Math.log2(data.length - 1));
  return sha256(
    Uint8Array.of(1),
    rootByDefinition(data.slice(0, split)),
    rootByDefinition(data.slice(split)),
  );
}

/** The data of the tree in the reference implementation of RFC 6962 and its roots over 1 to 8 of them. */
const knownData = [
  '',
  '00',
  '10',
  '2021',
  '3031',
  '40414243',
  '5051525354555657',
  '606162636465666768696a6b6c6d6e6f',
];
const knownRoots = [
  '6e340b9cffb37a989ca544e6bb780a2c78901d3fb33738768511a30617afa01d',
  'fac54203e7cc696cf0dfcb42c92a1d9dbaf70ad9e621f4bd8d98662f00e3c125',
  'aeb6bcfe274b70a14fb067a5e5578264db0fa9b51af5e0ba159158f329e06e77',
  'd37ee418976dd95753c1c73862b9398fa2a2cf9b4ff0fdfe8b30cd95209614b7',
  '4e3bbb1f7b478dcfe71fb631631519a3bca12c9aefca1612bfce4c13a86264d4',
  '76e67dadbcdf1e10e1b74ddc608abd2f98dfb16fbce75277b5232a127f2087ef',
  'ddb89be403809e325750d3d263cd78929c2942b7942a34b77e122c9594a74c8c',
  '5dc9da79a70659a9ad559cb701ded9a2ab9d823aad2f4960cfe370eff4604328',
];

const leaves = fc.array(fc.uint8Array({ maxLength: 8 }), { minLength: 1, maxLength: 70 });

describe('Merkle trees', { timeout: 60_000 }, () => {
  it('have the roots of the reference implementation', () => {
    expect(toHex(merkleRoot([]))).toBe('e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855');
    for (const [index, root] of knownRoots.entries()) {
      expect(toHex(merkleRootOfData(knownData.slice(0, index + 1).map(fromHex)))).toBe(root);
    }
  });

  it('have the roots of the definition', () => {
    fc.assert(
      fc.property(leaves, (data) => {
        expect(toHex(merkleRootOfData(data))).toBe(rootByDefinition(data).toString('hex'));
      }),
    );
  });

  it('I11: prove every leaf, and no other leaf, place, count or path', () => {
    fc.assert(
      fc.property(leaves, fc.nat(), fc.nat(), (data, pick, other) => {
        const hashes = data.map((leaf) => merkleLeaf(leaf));
        const root = merkleRoot(hashes);
        const index = pick % hashes.length;
        const leaf = hashes[index] ?? root;
        const proof = merkleProof(hashes, index);
        expect(verifyMerkleProof(root, leaf, proof)).toBe(true);

        expect(verifyMerkleProof(root, merkleLeaf(Uint8Array.of(1, 2, 3, 4, 5, 6, 7, 8, 9)), proof)).toBe(
          false,
        );
        expect(verifyMerkleProof(leaf, leaf, proof)).toBe(hashes.length === 1);
        expect(verifyMerkleProof(root, leaf, { ...proof, path: [...proof.path, root] })).toBe(false);
        expect(verifyMerkleProof(root, leaf, { ...proof, index: hashes.length })).toBe(false);
        expect(verifyMerkleProof(root, leaf, { ...proof, index: index + 0.5 })).toBe(false);
        if (proof.path.length > 0) {
          expect(verifyMerkleProof(root, leaf, { ...proof, path: proof.path.slice(1) })).toBe(false);
          const at = other % proof.path.length;
          const path = proof.path.map((hash, step) =>
            step === at ? Uint8Array.from(hash, (byte) => byte ^ 1) : hash,
          );
          expect(verifyMerkleProof(root, leaf, { ...proof, path })).toBe(false);
          const short = proof.path.map((hash, step) => (step === at ? hash.subarray(1) : hash));
          expect(verifyMerkleProof(root, leaf, { ...proof, path: short })).toBe(false);
        }
        const elsewhere = other % hashes.length;
        if (elsewhere !== index && hashes[elsewhere] !== undefined) {
          const isTwin = toHex(hashes[elsewhere]) === toHex(leaf);
          expect(verifyMerkleProof(root, hashes[elsewhere], proof)).toBe(isTwin);
        }
      }),
    );
  });

  it('I11: a node of the tree does not pass as a leaf', () => {
    const hashes = ['00', '01', '02', '03'].map((data) => merkleLeaf(fromHex(data)));
    const [a, b, c, d] = hashes;
    if (a === undefined || b === undefined || c === undefined || d === undefined) {
      throw new Error('four leaves were made');
    }
    const root = merkleRoot(hashes);
    const inner = merkleRoot([a, b]);
    expect(verifyMerkleProof(root, inner, { index: 0, count: 4, path: [merkleRoot([c, d])] })).toBe(false);
    expect(() => merkleProof(hashes, 4)).toThrow(RangeError);
  });
});
