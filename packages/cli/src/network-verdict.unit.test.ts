import type { Status } from '@bucordo/client';
import { describe, expect, it } from 'vitest';
import type { MemberStatus, NetworkStatus } from './member-status.ts';
import { judgeNetwork } from './network-verdict.ts';

function answer(
  member: string,
  more: { state?: string; height?: number; final?: number } = {},
): MemberStatus {
  const { state = 'serving', height = 170, final = 168 } = more;
  const status: Status = {
    network: '',
    version: '',
    member,
    height,
    blockHash: '',
    stateHash: 'aa',
    finalHeight: final,
    divergedAt: null,
    checkpoints: [],
    transactionsPerSecond: 0,
    health: { state, sinceMs: 0, conditions: [] },
    blockTimeAheadMs: 0,
    rules: null,
    grpc: null,
    quarantine: null,
    ordering: null,
    members: [],
    executing: null,
    notFinal: null,
  };
  return { member, status, reason: '', standing: 'active', isKnown: true };
}

const silent = (member: string): MemberStatus => ({
  member,
  status: null,
  reason: 'refused',
  standing: 'active',
  isKnown: true,
});

function network(
  members: readonly MemberStatus[],
  more: Partial<Pick<NetworkStatus, 'equal' | 'lagging'>> = {},
): NetworkStatus {
  const answered = members.flatMap(({ status }) => status ?? []);
  return {
    members,
    comparedAt: answered.length === 0 ? null : Math.min(...answered.map(({ height }) => height)),
    stateHashes: answered.map(({ member }) => ({ member, stateHash: 'aa' })),
    lagging: [],
    equal: true,
    ordering: 'buyer',
    ...more,
  };
}

const three = (...third: Parameters<typeof answer>[1][]): MemberStatus[] => [
  answer('buyer'),
  answer('vendors'),
  answer('carriers', third[0]),
];

type Row = readonly [what: string, status: NetworkStatus, exitCode: number, text: RegExp];

const rows: readonly Row[] = [
  [
    'all is well',
    network(three()),
    0,
    /^The states of 3 members are equal at height 170; final up to 168\.$/,
  ],
  [
    'nothing is final yet',
    network(three({ final: 0 })),
    0,
    /^3 members tell the same state hash at height 170; no height is final yet\.$/,
  ],
  ['one member', network([answer('buyer')]), 0, /^One state was told, at height 170\.$/],
  [
    'a follower has stopped',
    network(three({ state: 'stopped' })),
    6,
    /^3 members tell the same state hash at height 170\. But carriers is stopped\.$/,
  ],
  [
    'a follower has stopped far below',
    network(three({ state: 'stopped', height: 20 }), { lagging: ['carriers'] }),
    6,
    /at height 20\. But carriers is stopped\.$/,
  ],
  ['one is stuck', network(three({ state: 'stuck' })), 7, /But carriers is stuck\.$/],
  [
    'one is behind',
    network(three({ state: 'behind', height: 100 })),
    8,
    /at height 100\. But carriers is behind\./,
  ],
  ['one waits', network(three({ state: 'waiting' })), 8, /But carriers is waiting\./],
  [
    'one says that it serves and does not move while others are ahead',
    network(three({ height: 150 }), { lagging: ['carriers'] }),
    8,
    /at height 150\. But carriers stays at height 150, others have 170\.$/,
  ],
  ['two histories', network(three({ state: 'forked' })), 9, /But carriers is forked\.$/],
  [
    'two histories, told also by the states',
    network(three({ state: 'forked' }), { equal: false }),
    9,
    /^The members differ at height 170\.$/,
  ],
  ['states differ', network(three(), { equal: false }), 1, /^The members differ at height 170\.$/],
  ['quarantine', network(three({ state: 'quarantined' })), 1, /But carriers is quarantined\.$/],
  [
    'one does not answer',
    network([answer('buyer'), answer('vendors'), silent('carriers')]),
    4,
    /^2 members tell the same state hash at height 170\. But carriers does not answer\.$/,
  ],
  [
    'one does not answer and the others wait for it',
    network([
      silent('buyer'),
      answer('vendors', { state: 'waiting' }),
      answer('carriers', { state: 'waiting' }),
    ]),
    4,
    /But buyer does not answer, vendors is waiting, carriers is waiting\.$/,
  ],
  [
    'only one answers',
    network([answer('buyer'), silent('vendors')]),
    4,
    /nothing to compare\. But vendors does not/,
  ],
  [
    'one that was expelled is silent, which concerns nobody',
    network([...three().slice(0, 2), { ...silent('carriers'), standing: 'expelled' }]),
    0,
    /^The states of 2 members are equal at height 170; final up to 168\.$/,
  ],
  [
    'one whose node nobody knows here was not asked, which is no trouble',
    network([...three().slice(0, 2), { ...silent('carriers'), isKnown: false }]),
    0,
    /^The states of 2 members are equal/,
  ],
  ['nobody answers', network([silent('buyer'), silent('vendors')]), 4, /^Nobody answers\.$/],
  [
    'a state of a later version is not taken for health',
    network(three({ state: 'dreaming' })),
    8,
    /But carriers is dreaming\.$/,
  ],
];

describe('what is said of a network', () => {
  it.each(rows)('%s', (_what, status, exitCode, text) => {
    const verdict = judgeNetwork(status);
    expect(verdict.text).toMatch(text);
    expect(verdict.exitCode).toBe(exitCode);
  });

  it('is never that all are equal, unless all serve, at one height, with a final one in common', () => {
    const equal = rows.filter(([, status]) => /are equal/.test(judgeNetwork(status).text));
    expect(equal.map(([what]) => what)).toEqual([
      'all is well',
      'one that was expelled is silent, which concerns nobody',
      'one whose node nobody knows here was not asked, which is no trouble',
    ]);
  });
});
