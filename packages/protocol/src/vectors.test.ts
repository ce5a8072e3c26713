/**
 * The golden vectors of `docs/spec/vectors`: built here from fixed values, compared byte for byte,
 * and decoded back. Hashes are made once more by Node's own SHA-256, so that a vector never only
 * repeats what the portable code says.
 */

import { createHash } from 'node:crypto';
import { describe, expect, it } from 'vitest';
import * as sample from '../test/samples.ts';
import { expectVectors } from '../test/vector-file.ts';
import { blockHash, decodeBlock, decodeBlockHeader } from './block.ts';
import { parseMemberId } from './brands.ts';
import {
  checkpointCall,
  checkpointHash,
  decodeCheckpoint,
  signCheckpoint,
  verifyCheckpoint,
} from './checkpoint.ts';
import { contractHash, decodeContractDocument } from './contract-document.ts';
import { fromDidKey, toDidKey } from './did-key.ts';
import { sign } from './ed25519.ts';
import { effectHash, type RowEffect, rowEffectHash } from './effect.ts';
import { decodeEnvelope } from './envelope.ts';
import { decodeGenesis, networkId } from './genesis.ts';
import { concatBytes, domainPrefix, type Sha256, type Tag, taggedHash } from './hash.ts';
import { fromHex, toHex } from './hex.ts';
import { formatAuthorization, loginHash, parseAuthorization } from './login.ts';
import { merkleLeaf, merkleProof, merkleRoot, verifyMerkleProof } from './merkle.ts';
import {
  decodeBlocksRequest,
  decodeForwardReply,
  decodeSubmitReply,
  decodeSubmitRequest,
  encodeBlocksRequest,
} from './messages.ts';
import { decodeReceipt, receiptLeaf } from './receipt.ts';
import { changesRoot, encodeRowChange, type RowChange, rowChangeHash } from './row-change.ts';
import { decodeSignedTransaction, verifyTransaction } from './signed-transaction.ts';
import { decodeSkip, encodeSkip, skipHash } from './skip.ts';
import { decodeStateHeader, stateHash } from './state-header.ts';
import { decodeTestimony, encodeTestimony } from './testimony.ts';
import { fromUtf8, toUtf8 } from './text.ts';
import { decodeTransaction, transactionId } from './transaction.ts';

const nodeSha256: Sha256 = (data) => Uint8Array.from(createHash('sha256').update(data).digest());

function nodeTagged(tag: Tag, data: Uint8Array): string {
  return createHash('sha256').update(`bucordo/${tag}/v1\0`, 'latin1').update(data).digest('hex');
}

/** Byte strings in a value as hex, for the files. */
function readable(value: unknown): unknown {
  if (value instanceof Uint8Array) {
    return toHex(value);
  }
  if (Array.isArray(value)) {
    return value.map(readable);
  }
  if (typeof value === 'object' && value !== null) {
    return Object.fromEntries(Object.entries(value).map(([key, inner]) => [key, readable(inner)]));
  }
  return typeof value === 'bigint' ? value.toString() : value;
}

describe('golden vectors', () => {
  it('of tagged hashes', async () => {
    const tags: readonly Tag[] = [
      'tx',
      'block',
      'receipt',
      'change',
      'row',
      'state',
      'checkpoint',
      'item',
      'blob',
      'login',
      'rotation',
      'random',
      'genesis',
      'effect',
      'skip',
      'contract',
      'decision',
      'check-report',
    ];
    const data = toUtf8('abc');
    const vectors = tags.map((tag) => ({
      tag,
      prefix: toHex(domainPrefix(tag)),
      data: toHex(data),
      hash: nodeTagged(tag, data),
    }));
    for (const vector of vectors) {
      expect(toHex(taggedHash(vector.tag, data))).toBe(vector.hash);
      expect(toHex(taggedHash(vector.tag, data, nodeSha256))).toBe(vector.hash);
    }
    await expectVectors('hash', vectors);
  });

  it('of transactions', async () => {
    const { payload, signed, signedBytes } = sample;
    expect(decodeTransaction(payload)).toEqual({ ...sample.transaction, effect: null });
    expect(decodeSignedTransaction(signedBytes[0] ?? payload)).toEqual(signed[0]);
    expect(signed.every(verifyTransaction)).toBe(true);
    expect(decodeEnvelope(sample.envelopeBytes)).toEqual(signed);
    expect(toHex(transactionId(payload))).toBe(nodeTagged('tx', payload));
    await expectVectors('transaction', {
      seed: toHex(sample.aliceSeed),
      transaction: readable({
        ...sample.transaction,
        calls: sample.transaction.calls.map((call) => ({ ...call, args: fromUtf8(call.args) })),
      }),
      payload: toHex(payload),
      id: toHex(transactionId(payload)),
      signature: readable(signed[0]?.signature),
      signed_transaction: readable(signedBytes[0]),
      envelope_of_two: readable(sample.envelopeBytes),
    });
  });

  it('of effects', async () => {
    const { payloadWithEffect } = sample;
    const rows: readonly RowEffect[] = [
      {
        contract: 'retail',
        table: 'line',
        operation: 'I',
        columns: ['536365', '85123A', '6', '2.55', null, ''],
      },
      { contract: 'retail', table: 'line', operation: 'U', columns: ['536365', 'Grüße'] },
      { contract: 'retail', table: 'line', operation: 'D', columns: [] },
    ];
    const hashes = rows.map((row) => rowEffectHash(row));
    const sorted = hashes.map(toHex).sort().join('');
    expect(toHex(effectHash(hashes))).toBe(nodeTagged('effect', fromHex(`00000003${sorted}`)));
    expect(effectHash(hashes.toReversed())).toEqual(effectHash(hashes));
    expect(toHex(decodeTransaction(payloadWithEffect).effect ?? new Uint8Array(0))).toBe('e7'.repeat(32));
    await expectVectors('effect', {
      rows: rows.map((row, index) => ({ ...row, hash: readable(hashes[index]) })),
      effect: toHex(effectHash(hashes)),
      effect_of_nothing: toHex(effectHash([])),
      payload_with_effect: toHex(payloadWithEffect),
      id: toHex(transactionId(payloadWithEffect)),
    });
  });

  it('of blocks', async () => {
    const { blockBytes, headerBytes } = sample;
    expect(decodeBlockHeader(headerBytes)).toEqual(sample.header);
    expect(decodeBlock(blockBytes)).toEqual(sample.block);
    expect(toHex(blockHash(headerBytes))).toBe(nodeTagged('block', headerBytes));
    expect(headerBytes.length).toBe(150);
    await expectVectors('block', {
      node_seed: toHex(sample.nodeSeed),
      header: readable(sample.header),
      header_bytes: toHex(headerBytes),
      hash: toHex(blockHash(headerBytes)),
      signature: toHex(sample.block.signature),
      block: toHex(blockBytes),
    });
  });

  it('of receipts', async () => {
    const { receipts, receiptBytes } = sample;
    expect(receiptBytes.map(decodeReceipt)).toEqual(receipts);
    await expectVectors('receipt', {
      receipts: receipts.map((receipt, index) => ({
        ...(readable(receipt) as object),
        bytes: readable(receiptBytes[index]),
        leaf: readable(nodeSha256(concatBytes(Uint8Array.of(0), receiptBytes[index] ?? new Uint8Array(0)))),
      })),
      root: toHex(merkleRoot(receiptBytes.map((bytes) => receiptLeaf(bytes)))),
    });
  });

  it('of row changes', async () => {
    const position = 71n * 2n ** 20n + 3n;
    const changes: readonly RowChange[] = [
      {
        contract: 'retail',
        table: 'line',
        operation: 'I',
        position,
        columns: ['536365', '85123A', '6', '2.55', null, ''],
      },
      { contract: 'retail', table: 'line', operation: 'U', position, columns: ['536365', 'Grüße'] },
      { contract: 'retail', table: 'line', operation: 'D', position: 2n ** 63n - 1n, columns: [] },
    ];
    const hashes = changes.map((change) => rowChangeHash(change));
    expect(changesRoot(hashes.toReversed())).toEqual(changesRoot(hashes));
    expect(hashes).toEqual(changes.map((change) => nodeSha256(encodeRowChange(change))));
    const sorted = hashes.map(toHex).sort().join('');
    expect(toHex(changesRoot(hashes))).toBe(nodeTagged('change', fromHex(`00000003${sorted}`)));
    await expectVectors('row-change', {
      changes: changes.map((change, index) => ({
        ...(readable(change) as object),
        bytes: toHex(encodeRowChange(change)),
        hash: readable(hashes[index]),
      })),
      root: toHex(changesRoot(hashes)),
      root_of_none: toHex(changesRoot([])),
    });
  });

  it('of state headers and checkpoints', async () => {
    const { stateHeaderBytes, checkpointBytes } = sample;
    expect(decodeStateHeader(stateHeaderBytes)).toEqual(sample.stateHeader);
    expect(decodeCheckpoint(checkpointBytes)).toEqual(sample.checkpoint);
    expect(toHex(stateHash(stateHeaderBytes))).toBe(nodeTagged('state', stateHeaderBytes));
    expect(toHex(checkpointHash(checkpointBytes))).toBe(nodeTagged('checkpoint', checkpointBytes));
    const signature = signCheckpoint(checkpointBytes, sample.nodeSeed);
    expect(verifyCheckpoint(checkpointBytes, signature)).toBe(true);
    await expectVectors('checkpoint', {
      state_header: readable(sample.stateHeader),
      state_header_bytes: toHex(stateHeaderBytes),
      state_hash: toHex(stateHash(stateHeaderBytes)),
      checkpoint: readable(sample.checkpoint),
      checkpoint_bytes: toHex(checkpointBytes),
      checkpoint_hash: toHex(checkpointHash(checkpointBytes)),
      signature: toHex(signature),
      args: fromUtf8(checkpointCall(checkpointBytes, signature).args),
    });
  });

  it('of a contract document', async () => {
    const { contract, contractBytes } = sample;
    expect(decodeContractDocument(contractBytes)).toEqual(contract);
    expect(toHex(contractHash(contractBytes))).toBe(nodeTagged('contract', contractBytes));
    await expectVectors('contract', {
      document: fromUtf8(contractBytes),
      hash: toHex(contractHash(contractBytes)),
    });
  });

  it('of skips', async () => {
    const { skip } = sample;
    const file = encodeSkip(skip);
    const member = toUtf8('buyer');
    const signed = concatBytes(
      skip.network,
      fromHex('0000000000000047'),
      skip.transactionId,
      Uint8Array.of(member.length),
      member,
    );
    expect(toHex(skipHash(skip, 'buyer'))).toBe(nodeTagged('skip', signed));
    expect(readable(decodeSkip(file))).toEqual(readable(skip));
    await expectVectors('skip', {
      seeds: [toHex(sample.nodeSeed), toHex(sample.aliceSeed)],
      signed_by_buyer: toHex(signed),
      hash_of_buyer: toHex(skipHash(skip, 'buyer')),
      file: fromUtf8(file),
    });
  });

  it('of a genesis', async () => {
    const { genesisDocument } = sample;
    expect(toHex(networkId(genesisDocument))).toBe(nodeTagged('genesis', genesisDocument));
    expect(decodeGenesis(genesisDocument).members[0]?.identities[1]?.roles).toEqual(['purchaser']);
    await expectVectors('genesis', {
      document: fromUtf8(genesisDocument),
      network: toHex(networkId(genesisDocument)),
    });
  });

  it('of Merkle trees', async () => {
    const leaves = Array.from({ length: 7 }, (_, index) => merkleLeaf(Uint8Array.of(index)));
    const vectors = leaves.map((_, index) => {
      const some = leaves.slice(0, index + 1);
      const proof = merkleProof(some, index);
      expect(verifyMerkleProof(merkleRoot(some), some[index] ?? new Uint8Array(0), proof)).toBe(true);
      return {
        leaf_data: toHex(Uint8Array.of(index)),
        root_up_to_here: toHex(merkleRoot(some)),
        proof: readable(proof.path),
      };
    });
    await expectVectors('merkle', { empty: toHex(merkleRoot([])), leaves: vectors });
  });

  it('of messages between client and node', async () => {
    expect(decodeSubmitRequest(sample.submitRequestBytes)).toEqual({
      first: 7,
      wait: 'committed',
      transactions: sample.signedBytes,
    });
    expect(decodeSubmitReply(sample.submitReplyBytes)).toEqual({ outcomes: sample.outcomes });
    expect(decodeForwardReply(sample.forwardReplyBytes).refusals[0]?.code).toBe('expired');
    expect(decodeBlocksRequest(encodeBlocksRequest({ from: 300 }))).toEqual({ from: 300 });
    for (const one of Object.values(sample.testimonies))
      expect(decodeTestimony(encodeTestimony(one))).toEqual(one);
    await expectVectors('messages', {
      submit_request: { first: 7, wait: 'committed', bytes: toHex(sample.submitRequestBytes) },
      submit_reply: { outcomes: sample.outcomes, bytes: toHex(sample.submitReplyBytes) },
      blocks_request: { from: 300, bytes: toHex(encodeBlocksRequest({ from: 300 })) },
      forward_reply: {
        refusals: [{ id: toHex(transactionId(sample.payload)), code: 'expired' }],
        bytes: toHex(sample.forwardReplyBytes),
      },
      statement: toHex(encodeTestimony(sample.testimonies.statement)),
      contradiction: toHex(encodeTestimony(sample.testimonies.contradiction)),
    });
  });

  it('of logins and did:key', async () => {
    const request = {
      method: 'POST',
      path: '/v1/query?limit=10',
      body: toUtf8('{"sql":"SELECT 1"}'),
      time: 1_795_392_000_123,
      nonce: fromHex('000102030405060708090a0b0c0d0e0f'),
      network: sample.network,
      member: parseMemberId('buyer'),
      start: fromHex('f0f1f2f3f4f5f6f7f8f9fafbfcfdfeff'),
    };
    const signature = sign(loginHash(request), sample.aliceSeed);
    const header = formatAuthorization({ ...request, key: fromDidKey(toDidKey(sample.aliceKey)), signature });
    expect(parseAuthorization(header).signature).toEqual(signature);
    expect(loginHash(request, nodeSha256)).toEqual(loginHash(request));
    await expectVectors('login', {
      ...(readable(request) as object),
      body: fromUtf8(request.body),
      seed: toHex(sample.aliceSeed),
      hash: toHex(loginHash(request)),
      authorization: header,
      did: toDidKey(sample.aliceKey),
    });
  });
});
