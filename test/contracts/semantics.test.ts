/**
 * Layer B2 on the other versions of Postgres that this machine has: what the embedded one accepts and
 * refuses (see `checker.test.ts`), they accept and refuse.
 */

import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { packageOfContract } from '../../packages/contract/src/package/package-of-contract.ts';
import { checkSemantics } from '../../packages/contract/src/resolve/check-semantics.ts';
import { SCRATCH_VERSIONS, scratchOf, type TestScratch } from '../support/scratch.ts';
import { batchOf, unseen } from './checking.ts';
import { goodContract, goodContracts } from './contract-folder.ts';
import { attackContract } from './hostile/attack-chain.ts';
import { HOSTILE } from './hostile/corpus.ts';

/** Cases that leave no trace in the catalogue: only the text shows them. */
const WITHOUT_TRACE: ReadonlySet<string> = new Set(['storage parameters', 'tablespace']);

const hostile = HOSTILE.filter(({ stoppedBy, name }) => stoppedBy.includes('B2') && !WITHOUT_TRACE.has(name));
const bodies = hostile.filter(({ source, schema }) => source === '' && schema === '');
const others = hostile.filter((each) => !bodies.includes(each));

test('there are cases', () => {
  expect(bodies.length).toBeGreaterThan(100);
  expect(others.length).toBeGreaterThan(30);
});

describe.each(SCRATCH_VERSIONS.filter((version) => version !== 'embedded'))(
  'layer B2 on Postgres %s',
  (version) => {
    let scratch: TestScratch;

    beforeAll(async () => {
      scratch = await scratchOf(version);
    });

    afterAll(async () => {
      await scratch?.end();
    });

    test('accepts the good contracts', async () => {
      for (const name of goodContracts()) {
        expect([name, await checkSemantics(packageOfContract(goodContract(name)), scratch)]).toEqual([
          name,
          [],
        ]);
      }
    });

    test('refuses the hostile bodies', async () => {
      for (let from = 0; from < bodies.length; from += 25) {
        const batch = batchOf(bodies.slice(from, from + 25));
        const findings = await checkSemantics(packageOfContract(batch.contract), scratch);
        expect(unseen(batch, findings).map((each) => each.name)).toEqual([]);
      }
    });

    test('refuses the hostile tables and functions', async () => {
      for (const each of others) {
        const findings = await checkSemantics(packageOfContract(attackContract(each)), scratch);
        expect([each.name, findings.length > 0]).toEqual([each.name, true]);
      }
    });
  },
);
