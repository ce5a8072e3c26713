import { afterEach, describe, expect, it } from 'vitest';

import { startTinyNode, TinyChain, type TinyNode } from '../test/tiny-node.ts';
import { connect, type Client, generateSeed, nativeSigner, RejectedError } from './node.ts';
import { toHex } from '@bucordo/protocol';

const open: { stop(): unknown }[] = [];
afterEach(async () => {
  for (const part of open.splice(0).reverse()) await part.stop();
});

async function tinyNode(chain?: TinyChain): Promise<TinyNode> {
  const node = await startTinyNode(chain);
  open.push(node);
  return node;
}

function clientOf(...nodes: TinyNode[]): Client {
  const first = nodes[0];
  const client = connect({
    network: toHex(first?.chain.network ?? new Uint8Array(32)),
    signer: nativeSigner(generateSeed()),
    endpoints: nodes.map((node) => node.endpoint),
    timeoutMs: 5_000,
  });
  open.push({ stop: () => client.close() });
  return client;
}

describe('client over gRPC', () => {
  it('calls and gets the receipt', async () => {
    const node = await tinyNode();
    const receipt = await clientOf(node).call('shop', 'buy', { id: 1 });
    expect(receipt).toMatchObject({ height: 1, index: 0, duplicate: false, result: { id: 1 } });
    expect(receipt.transactionId).toBe(node.chain.ordered[0]?.id);
  });

  it('throws a typed error for a rejected transaction', async () => {
    const node = await tinyNode();
    const error = await clientOf(node).call('shop', 'refuse', { id: 1 }).catch((e: unknown) => e);
    expect(error).toBeInstanceOf(RejectedError);
    expect(error).toMatchObject({ code: 'BC007', message: 'not allowed', height: 1, index: 0, transactionId: node.chain.ordered[0]?.id });
  });
});
