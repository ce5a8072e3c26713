import { createPublicKey, sign, verify } from 'node:crypto';
import { SoloOrdering } from '../../packages/node/src/ordering/solo/solo-ordering.ts';
import { freshDatabase } from '../support/postgres.ts';
import { TestChain } from '../support/test-chain.ts';
import { ConformanceNode, type ConformanceNodeOptions } from './conformance-node.ts';
import { MemoryLedger } from './memory-ledger.ts';
import { type OrderingRig, orderingConformance } from './ordering-conformance.ts';
import { PostgresLedger } from './postgres-ledger.ts';
import { contract, members } from './sample-contract.ts';
import { catalogue, network, newKey } from './sample-network.ts';

const key = newKey();
const signer = { publicKey: key.publicKey, sign: (hash: Uint8Array) => sign(null, hash, key.privateKey) };
const publicKey = createPublicKey(key.privateKey);

function soloNode(
  options: Pick<ConformanceNodeOptions, 'network' | 'catalogue' | 'ledger'>,
): ConformanceNode {
  return new ConformanceNode({
    ...options,
    makeOrdering: (parts) => new SoloOrdering({ ...parts, network: options.network, signer, now: Date.now }),
    isEvidenceRight: ({ evidence, hash, signature }) =>
      Buffer.compare(evidence, key.publicKey) === 0 && verify(null, hash, publicKey, signature),
  });
}

function rigOf(node: ConformanceNode, release: () => Promise<void> = async () => undefined): OrderingRig {
  return {
    nodes: [node],
    close: async () => {
      node.ledger.release();
      await node.stop();
      await release();
    },
  };
}

orderingConformance('solo, ledger in memory', async () => {
  const node = soloNode({ network, catalogue, ledger: new MemoryLedger(network) });
  await node.start();
  return rigOf(node);
});

orderingConformance(
  'solo on Postgres',
  async () => {
    const database = await freshDatabase();
    const chain = new TestChain([contract], members);
    const ledger = new PostgresLedger(chain, database, await chain.found(database));
    const founded = chain.catalogue ?? catalogue;
    const node = soloNode({ network: chain.networkId, catalogue: founded, ledger });
    await node.start();
    return rigOf(node, async () => {
      await ledger.close();
      await database.drop();
    });
  },
  { transactionsPerWriter: 60 },
);
