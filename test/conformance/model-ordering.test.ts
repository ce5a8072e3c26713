import { ConformanceNode } from './conformance-node.ts';
import { MemoryLedger } from './memory-ledger.ts';
import { ModelLog, ModelOrdering } from './model-ordering.ts';
import { orderingConformance } from './ordering-conformance.ts';
import { catalogue, network } from './sample-network.ts';

orderingConformance(
  'a model of an outside engine, 3 nodes',
  async () => {
    const log = new ModelLog(network);
    const node = (): ConformanceNode =>
      new ConformanceNode({
        network,
        catalogue,
        ledger: new MemoryLedger(network),
        makeOrdering: (parts) => new ModelOrdering(log, parts),
        isEvidenceRight: ({ evidence, height }) => Buffer.from(evidence).toString() === `model ${height}`,
      });
    const nodes = [node(), node(), node()];
    const all = [...nodes];
    for (const each of nodes) await each.start();
    return {
      nodes,
      late: () => {
        const late = node();
        all.push(late);
        return late;
      },
      close: async () => {
        for (const each of all) {
          each.ledger.release();
          await each.stop();
        }
      },
    };
  },
  { hasLateNodes: true },
);
