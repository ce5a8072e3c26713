/** The good contracts in the test kit: their calls come to the same whatever order rows lie in and whatever the planner does. */

import { cpSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { runContractTests } from '@bucordo/kit';
import { afterAll, expect, test } from 'vitest';
import { TEST_IDENTITIES } from '../support/test-chain.ts';
import { GOOD_FOLDER, goodContracts } from './contract-folder.ts';
import { GOOD_CALLS } from './good-calls.ts';

const folder = mkdtempSync(join(tmpdir(), 'bucordo-good-'));
afterAll(() => rmSync(folder, { recursive: true, force: true }));

// The folder lies where nobody finds packages by name.
const KIT = new URL('../../packages/kit/dist/index.js', import.meta.url).href;
const [tested = '', ...others] = goodContracts();

/** The identities of the test chain, as the kit wants them. */
function members(): Record<string, { class: string; identities: Record<string, readonly string[]> }> {
  const found: ReturnType<typeof members> = {};
  for (const [identity, roles] of Object.entries(TEST_IDENTITIES)) {
    const [member = '', name = ''] = identity.split('/');
    found[member] ??= { class: member === 'gamma' ? 'visitor' : 'trader', identities: {} };
    if (name !== 'node') found[member].identities[name] = roles;
  }
  return found;
}

test('the good contracts do not show in which order their rows lie', async () => {
  cpSync(join(GOOD_FOLDER, tested), folder, { recursive: true });
  const network = { members: members(), contracts: others.map((name) => join(GOOD_FOLDER, name)) };
  rmSync(join(folder, 'tests'), { recursive: true, force: true });
  cpSync(fileURLToPath(new URL('good-calls', import.meta.url)), join(folder, 'tests'), { recursive: true });
  writeFileSync(join(folder, 'tests/network.json'), JSON.stringify(network));
  writeFileSync(
    join(folder, 'tests/good.test.mjs'),
    `import { contractTest } from ${JSON.stringify(KIT)};
     for (const [name, calls] of Object.entries(${JSON.stringify(GOOD_CALLS)})) {
       contractTest(name, async (t) => {
         for (const { by, args, code, ...call } of calls) {
           const called = t.as(by).call(name + '.' + call.function, args);
           await (code === undefined ? called : t.rejects(called, code));
         }
       });
     }`,
  );
  const { results } = await runContractTests(folder);
  const failed = results.flatMap(({ name, failure }) =>
    failure === null ? [] : [`${name}: ${failure.message}`],
  );
  expect(failed).toEqual([]);
  expect(results).toHaveLength(others.length + 1);
});
