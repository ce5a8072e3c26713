/** The advisor: every proposed contract is checked once, in order, and nothing stops the next one. */

import { expect, test, vi } from 'vitest';
import type { Log } from '../observe/ports.ts';
import { Advisor, type AdvisorOptions } from './advisor.ts';
import type { Advice, CheckOutcome, ProposedContract } from './ports.ts';

const log: Log = { debug: vi.fn(), info: vi.fn(), warn: vi.fn(), error: vi.fn() };
const passed: CheckOutcome = { kind: 'checked', findings: [], checker: 'checker 1' };
const finding = {
  rule: 'clock',
  layer: 'B1' as const,
  file: 'functions.sql',
  line: 3,
  column: 10,
  construct: 'now()',
  message: 'reads the clock',
  remedy: 'bucordo.block_time()',
};

function deploy(number: number): ProposedContract {
  return {
    number,
    contract: 'shop',
    document: `document ${number}`,
    documentHash: 'ab'.repeat(32),
    baseDocument: null,
    usedDocuments: [],
  };
}

/** An advisor over proposals that the test adds, with a height that it raises. */
function advisorOver(
  check: AdvisorOptions['check'],
  publish: AdvisorOptions['publish'] = null,
): { advisor: Advisor; open: ProposedContract[]; raise: () => void } {
  const open: ProposedContract[] = [];
  let height = 0;
  const advisor = new Advisor({
    openDeploys: async (after) => open.filter(({ number }) => number > after).slice(0, 2),
    check,
    publish,
    height: () => height,
    log,
  });
  advisor.start();
  return {
    advisor,
    open,
    raise: () => {
      height++;
    },
  };
}

const settled = (advisor: Advisor, number: number): Promise<Advice> =>
  vi.waitFor(
    () => {
      const advice = advisor.on(number);
      if (advice === null || advice.verdict === 'pending') throw new Error(`no advice on ${number} yet`);
      return advice;
    },
    { timeout: 10_000, interval: 50 },
  );

test('proposals that are open at the start and later ones are checked once each, in their order', async () => {
  const checked: string[] = [];
  const { advisor, open, raise } = advisorOver(async ({ document }) => {
    checked.push(document);
    return passed;
  });
  open.push(deploy(1), deploy(2), deploy(5));
  expect((await settled(advisor, 5)).verdict).toBe('passed');
  open.push(deploy(6));
  raise();
  await settled(advisor, 6);
  await advisor.stop();
  expect(checked).toEqual(['document 1', 'document 2', 'document 5', 'document 6']);
  expect(advisor.on(3)).toBeNull();
});

test('what is refused says where, and is published with the hash of its report', async () => {
  const published: Advice[] = [];
  const { advisor, open } = advisorOver(
    async () => ({ kind: 'checked', findings: [finding], checker: 'checker 1' }),
    async (advice) => {
      published.push(advice);
    },
  );
  open.push(deploy(1));
  const advice = await settled(advisor, 1);
  await advisor.stop();
  expect(advice).toMatchObject({ verdict: 'refused', findings: [finding], checker: 'checker 1' });
  expect(advice.reportHash).toMatch(/^[0-9a-f]{64}$/);
  expect(published).toEqual([advice]);
});

test('what could not be checked says why, is not published, and the next one is checked', async () => {
  const published: Advice[] = [];
  const { advisor, open } = advisorOver(
    async ({ number }) => (number === 1 ? { kind: 'unchecked', reason: 'too long' } : passed),
    async (advice) => {
      published.push(advice);
    },
  );
  open.push(deploy(1), deploy(2));
  await settled(advisor, 2);
  await advisor.stop();
  expect(advisor.on(1)).toMatchObject({ verdict: 'unchecked', summary: expect.stringContaining('too long') });
  expect(published.map(({ proposal }) => proposal)).toEqual([2]);
});

test('stopping ends a check that is under way', async () => {
  const { advisor, open } = advisorOver(
    (_, signal) =>
      new Promise((resolve) => signal.addEventListener('abort', () => resolve(passed), { once: true })),
  );
  open.push(deploy(1));
  await vi.waitFor(() => expect(advisor.on(1)?.verdict).toBe('pending'), { timeout: 10_000 });
  await advisor.stop();
  expect(advisor.on(1)?.verdict).toBe('pending');
});
