import { describe, expect, test } from 'vitest';
import { isConditionCode, isFaultCode } from '../codes.ts';
import { type FollowingFacts, type HealthFacts, judgeHealth } from './judge-health.ts';
import { type Health, nodeStates } from './ports.ts';

const NOW = 1_800_000_000_000;

/** An ordering node in the best of health. */
const WELL: HealthFacts = {
  nowMs: NOW,
  phase: 'running',
  fault: null,
  head: { height: 100, timeMs: NOW - 1_000 },
  freshBlockAgeMs: null,
  block: null,
  postgresSilentForMs: 0,
  quarantine: null,
  divergence: null,
  following: null,
  known: { height: 100, behindForMs: 0 },
  clocks: [],
  clockExcessMs: 0,
  others: [],
};

const FOLLOWS: FollowingFacts = {
  member: 'buyer',
  address: 'buyer.example:4711',
  disconnectedForMs: null,
  lastEnd: '',
  isCaughtUp: true,
  silentForMs: 500_000,
  trouble: null,
};

const TROUBLE = { hint: 'Do this.', facts: { height: 101 }, forMs: 60_000 };
const REFUSED = { ...TROUBLE, code: 'block_invalid', message: 'Block 101 is refused: wrong_height.' };
const LOST = { ...TROUBLE, code: 'postgres_lost', message: 'Postgres ended.', forMs: 0 };

const following = (more: Partial<FollowingFacts> = {}): Partial<HealthFacts> => ({
  following: { ...FOLLOWS, ...more },
});
const behind = (blocks: number, behindForMs: number): Partial<HealthFacts> => ({
  known: { height: 100 + blocks, behindForMs },
});
const block = (forMs: number, transactionCount = 8): Partial<HealthFacts> => ({
  block: { height: 101, transactionCount, forMs },
});
const ahead = (ms: number): Partial<HealthFacts> => ({ head: { height: 100, timeMs: NOW + ms } });

type Row = readonly [what: string, facts: Partial<HealthFacts>, state: Health['state'], codes: string[]];

const ROWS: readonly Row[] = [
  ['an ordering node at rest', {}, 'serving', []],
  ['a follower at rest, to which nothing comes because nothing happens', following(), 'serving', []],
  ['a node that starts', { phase: 'starting' }, 'starting', ['starting']],
  ['a node that was told to stop', { phase: 'stopping' }, 'stopping', ['stopping']],
  ['a fault that ends the node', { fault: LOST }, 'stopped', ['postgres_lost']],
  ['a refused block', following({ trouble: { ...REFUSED, state: 'stopped' } }), 'stopped', ['block_invalid']],
  [
    'a refused block while the connection is down between two attempts',
    following({ trouble: { ...REFUSED, state: 'stopped' }, disconnectedForMs: 9_000 }),
    'stopped',
    ['block_invalid'],
  ],
  ['a second history', following({ trouble: { ...REFUSED, state: 'forked' } }), 'forked', ['block_invalid']],
  [
    'a block that is dated ahead of this clock',
    following({ trouble: { ...TROUBLE, code: 'block_time_ahead', message: 'ahead', state: 'stuck' } }),
    'stuck',
    ['block_time_ahead'],
  ],
  ['another state than the others', { divergence: { height: 7 } }, 'diverged', ['diverged']],
  [
    'a block that kills the node',
    { quarantine: { height: 101, transaction: null, attempts: 3 } },
    'quarantined',
    ['quarantined'],
  ],
  ['a block of two seconds', block(2_000), 'serving', []],
  ['a block of twenty seconds', block(20_000), 'stuck', ['block_long']],
  ['a server that is asked and has not answered yet', { postgresSilentForMs: 1_000 }, 'serving', []],
  ['a server that does not answer', { postgresSilentForMs: 6_000 }, 'stuck', ['postgres_silent']],
  [
    'a server that stopped in the middle of a block: the server is named, not the block',
    { ...block(30_000), postgresSilentForMs: 28_000 },
    'stuck',
    ['postgres_silent'],
  ],
  ['a connection that broke a moment ago', following({ disconnectedForMs: 500 }), 'serving', []],
  [
    'an ordering node that cannot be reached',
    following({ disconnectedForMs: 5_000, lastEnd: 'refused' }),
    'waiting',
    ['ordering_unreachable'],
  ],
  [
    'one that could not be reached from the start',
    following({ disconnectedForMs: 3_000, isCaughtUp: false }),
    'waiting',
    ['ordering_unreachable'],
  ],
  [
    'a node that was away and catches up',
    { ...following({ isCaughtUp: false, silentForMs: 10 }), ...behind(50, 10), ...block(20) },
    'behind',
    ['behind'],
  ],
  [
    'a block that is on its way',
    { ...following({ silentForMs: 50 }), ...behind(1, 50), ...block(50) },
    'serving',
    [],
  ],
  [
    'a node that falls behind',
    { ...following({ silentForMs: 50 }), ...behind(40, 30_000), ...block(300) },
    'behind',
    ['behind'],
  ],
  [
    'nothing comes although others have more',
    { ...following({ silentForMs: 60_000 }), ...behind(3, 60_000) },
    'stuck',
    ['blocks_missing'],
  ],
  [
    'others have more and the ordering node is away',
    { ...following({ silentForMs: 60_000, disconnectedForMs: 60_000 }), ...behind(3, 60_000) },
    'stuck',
    ['blocks_missing', 'ordering_unreachable'],
  ],
  ['block time nine seconds ahead', ahead(9_000), 'serving', []],
  ['block time a day ahead', ahead(86_400_000), 'serving', ['time_ahead']],
  [
    'a genesis dated in the future and no block yet',
    { head: { height: 0, timeMs: NOW + 1e9 } },
    'serving',
    [],
  ],
  ['blocks that are new and dated an hour ago', { freshBlockAgeMs: 3_600_000 }, 'serving', ['time_behind']],
  ['clocks that differ by a second', { clocks: [{ member: 'seller', aheadMs: -1_000 }] }, 'serving', []],
  [
    'a fellow whose clock is an hour behind',
    { clocks: [{ member: 'seller', aheadMs: -3_600_000 }] },
    'serving',
    ['clocks_differ'],
  ],
  [
    "an ordering node whose clock is ahead of its fellows'",
    { clocks: [{ member: 'seller', aheadMs: -86_400_000 }], clockExcessMs: 86_370_000 },
    'serving',
    ['clocks_differ', 'clock_ahead'],
  ],
  [
    'several at once: the worst is the state, all are told',
    {
      ...following({ disconnectedForMs: 9_000 }),
      divergence: { height: 7 },
      ...ahead(20_000),
      ...block(9_000),
    },
    'diverged',
    ['diverged', 'block_long', 'ordering_unreachable', 'time_ahead'],
  ],
];

describe('a node says how it is', () => {
  test.each(ROWS)('%s', (_what, facts, state, codes) => {
    const health = judgeHealth({ ...WELL, ...facts }, null);
    expect([health.state, health.conditions.map(({ code }) => code)]).toEqual([state, codes]);
    for (const condition of health.conditions) {
      expect(condition.message).toMatch(/\S/);
      expect(isConditionCode(condition.code) || isFaultCode(condition.code)).toBe(true);
      expect(Number.isSafeInteger(condition.sinceMs)).toBe(true);
    }
  });

  test('the rows show every state there is', () => {
    expect(new Set(ROWS.map(([, , state]) => state))).toEqual(new Set(nodeStates));
  });

  test('messages name values: heights, counts, durations, addresses', () => {
    const told = (facts: Partial<HealthFacts>): string =>
      judgeHealth({ ...WELL, ...facts }, null).conditions[0]?.message ?? '';
    expect(told(block(20_000))).toBe('Block 101 with 8 transactions has been executing for 20 s.');
    expect(told(ahead(86_400_000))).toContain('Block 100 is dated 86,400 s ahead of');
    expect(told(following({ disconnectedForMs: 5_000, lastEnd: 'refused' }))).toBe(
      'No blocks come from the node of buyer, which orders, at buyer.example:4711: refused.',
    );
    expect(told({ clocks: [{ member: 'seller', aheadMs: -3_600_000 }] })).toBe(
      "Clocks differ: that of seller is 3,600 s behind this node's.",
    );
    expect(told({ ...following({ isCaughtUp: false }), ...behind(50, 10) })).toContain(
      '50 blocks behind height 150',
    );
  });

  test('what goes on keeps its beginning, what is over and comes again begins anew', () => {
    const first = judgeHealth({ ...WELL, ...ahead(60_000) }, null);
    const later = judgeHealth({ ...WELL, nowMs: NOW + 5_000, ...ahead(60_000) }, first);
    expect(later.conditions[0]?.sinceMs).toBe(NOW);
    const well = judgeHealth({ ...WELL, nowMs: NOW + 9_000 }, later);
    expect(well.conditions).toEqual([]);
    const again = judgeHealth({ ...WELL, nowMs: NOW + 20_000, ...ahead(60_000) }, well);
    expect(again.conditions[0]?.sinceMs).toBe(NOW + 20_000);
  });

  test('since tells when the trouble began, not when somebody asked', () => {
    const health = judgeHealth({ ...WELL, ...block(20_000) }, null);
    expect(health.sinceMs).toBe(NOW - 20_000);
    const stopped = judgeHealth(
      { ...WELL, ...following({ trouble: { ...REFUSED, state: 'stopped' } }) },
      null,
    );
    expect(stopped.sinceMs).toBe(NOW - 60_000);
  });

  test('what other parts say counts like the rest', () => {
    const other = { state: 'forked', code: 'forked', message: 'm', hint: '', facts: {}, sinceMs: 5 } as const;
    const health = judgeHealth({ ...WELL, others: [other] }, null);
    expect(health).toEqual({ state: 'forked', sinceMs: 5, conditions: [other] });
  });
});
