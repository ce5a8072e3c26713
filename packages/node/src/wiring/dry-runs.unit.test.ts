/** Who gets a turn for a dry run, when, and for whom; what is executed in it is faked here and real in `execution/`. */

import { fromHex } from '@bucordo/protocol';
import { expect, test } from 'vitest';

import type { DryRunAnswer, DryRunRequest } from '../api/ports.ts';
import type { Catalogue, CatalogueIdentity } from '../chain/catalogue.ts';
import type { DryRunOutcome } from '../execution/ports.ts';
import { dryRunShare, dryRunsWaitingMax, dryRunWaitMs } from '../limits.ts';
import { DryRuns } from './dry-runs.ts';

const identityOf = (
  member: string,
  name: string,
  roles: readonly string[],
  key: number,
): CatalogueIdentity => ({
  key: new Uint8Array(32).fill(key),
  member,
  memberClass: 'trader',
  name,
  roles,
  validFrom: 1,
  validTo: name === 'old' ? 5 : null,
});

const ann = identityOf('alpha', 'ann', ['admin'], 1);
const bob = identityOf('alpha', 'bob', ['clerk'], 2);
const old = identityOf('alpha', 'old', ['clerk'], 3);
const eve = identityOf('beta', 'eve', ['admin'], 4);
const catalogue: Catalogue = {
  height: 7,
  functionsHeight: 0,
  functions: [],
  identities: [ann, bob, old, eve],
};

const outcome: DryRunOutcome = {
  height: 7,
  rejection: null,
  detail: '',
  result: '',
  changes: [],
  isCut: false,
  effect: null,
  budgetUsed: 0,
  ms: 0,
};

const OPTIONS = {
  network: new Uint8Array(32),
  catalogue: () => catalogue,
  hindrance: () => null,
  now: Date.now,
};

function open(execute: () => Promise<DryRunOutcome>): DryRuns {
  return new DryRuns({ ...OPTIONS, execute });
}

function request(signer: CatalogueIdentity = ann, as: string | null = null): DryRunRequest {
  return { calls: [{ contract: 'c', function: 'f', args: '{}' }], effect: null, signer, as };
}

const refusalOf = (answer: DryRunAnswer): string => ('refusal' in answer ? answer.refusal : 'executed');

test.each<[string, CatalogueIdentity, string | null, string]>([
  ['oneself', bob, null, 'executed'],
  ['oneself by name', bob, 'alpha/bob', 'executed'],
  ['another one of the member, as its administrator', ann, 'alpha/bob', 'executed'],
  ['another one of the member, as anybody', bob, 'alpha/ann', 'not_permitted'],
  ['one of another member', ann, 'beta/eve', 'not_permitted'],
  ['one whose key is not valid any more', ann, 'alpha/old', 'identity_unknown'],
  ['one that there is not', ann, 'alpha/zoe', 'identity_unknown'],
])('tries for %s', async (_, signer, as, expected) => {
  expect(refusalOf(await open(async () => outcome).run(request(signer, as)))).toBe(expected);
});

test('is refused where the node takes no transactions', async () => {
  const hindrance = { code: 'held', message: 'block 7 is refused' } as const;
  const runs = new DryRuns({ ...OPTIONS, hindrance: () => hindrance, execute: async () => outcome });
  expect(await runs.run(request())).toEqual({ refusal: 'held', message: 'block 7 is refused' });
});

test('refuses what is no transaction', async () => {
  const runs = open(async () => outcome);
  const large = { contract: 'c', function: 'f', args: `"${'x'.repeat(300_000)}"` };
  expect(refusalOf(await runs.run({ ...request(), calls: [] }))).toBe('malformed');
  expect(refusalOf(await runs.run({ ...request(), calls: [large] }))).toBe('too_large');
  expect(refusalOf(await runs.run({ ...request(), effect: fromHex('00') }))).toBe('malformed');
});

test('lets so many wait, one at a time, and refuses the next', async () => {
  let running = 0;
  let most = 0;
  const runs = open(async () => {
    running += 1;
    most = Math.max(most, running);
    await new Promise((resolve) => setTimeout(resolve, 1));
    running -= 1;
    return outcome;
  });
  const answers = await Promise.all(Array.from({ length: dryRunsWaitingMax + 1 }, () => runs.run(request())));
  expect(answers.map(refusalOf)).toEqual([...Array(dryRunsWaitingMax).fill('executed'), 'overloaded']);
  expect(most).toBe(1);
});

test('leaves the executor to blocks for the rest of the time', async () => {
  const ms = 20;
  const runs = open(async () => ({ ...outcome, ms }));
  await runs.run(request());
  const startedMs = performance.now();
  await runs.run(request());
  expect(performance.now() - startedMs).toBeGreaterThanOrEqual(ms * (dryRunShare - 1) - 5);
});

test('refuses at once who would wait too long', async () => {
  const runs = open(async () => ({ ...outcome, ms: (dryRunWaitMs + 1_000) / (dryRunShare - 1) }));
  expect(refusalOf(await runs.run(request()))).toBe('executed');
  expect(refusalOf(await runs.run(request()))).toBe('overloaded');
});

test.each([
  ['57014', 'timeout'],
  ['BX002', 'overloaded'],
])('an error %s is told as %s', async (code, expected) => {
  const runs = open(() => Promise.reject(Object.assign(new Error('no'), { code })));
  expect(refusalOf(await runs.run(request()))).toBe(expected);
});

test('trouble of the database is no refusal, and the next one has its turn', async () => {
  let isBroken = true;
  const runs = open(() => (isBroken ? Promise.reject(new Error('gone')) : Promise.resolve(outcome)));
  await expect(runs.run(request())).rejects.toThrow('gone');
  isBroken = false;
  const next = runs.run(request());
  expect(refusalOf(await next)).toBe('executed');
}, 30_000);
