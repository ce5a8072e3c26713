import type { Status } from '@bucordo/client';
import { describe, expect, test } from 'vitest';

import type { MemberStatus } from './member-status.ts';
import { rulesLines } from './rules-lines.ts';

type Rules = NonNullable<Status['rules']>;

function answer(member: string, rules: Rules | null): Pick<MemberStatus, 'member' | 'status'> {
  const status: Status = {
    network: '',
    version: '',
    member,
    height: 1,
    blockHash: '',
    stateHash: '',
    finalHeight: 0,
    divergedAt: null,
    checkpoints: [],
    transactionsPerSecond: 0,
    health: { state: 'serving', sinceMs: 0, conditions: [] },
    blockTimeAheadMs: 0,
    grpc: null,
    quarantine: null,
    ordering: null,
    members: [],
    executing: null,
    notFinal: null,
    rules,
  };
  return { member, status };
}
const at = (version: number, known: number, next: Rules['next'] = null): Rules => ({
  version,
  known,
  schema: 2,
  next,
});
const decided = { version: 2, fromHeight: 500, obstacle: null };

describe('rulesLines', () => {
  test('says nothing where nothing is to be decided, and where nobody knows of rules', () => {
    expect(rulesLines([answer('buyer', at(2, 2)), answer('seller', at(2, 2))])).toEqual([]);
    expect(rulesLines([answer('buyer', null), { member: 'seller', status: null }])).toEqual([]);
  });

  test('says which rules can be decided about, and whose node does not have them', () => {
    const [line] = rulesLines([
      answer('buyer', at(1, 2)),
      answer('seller', at(1, 1)),
      answer('carrier', null),
    ]);
    expect(line).toContain('rules 1 hold; rules 2 can be decided about');
    expect(line).toMatch(/: not yet at seller$/);
  });

  test('says from which height the decided ones hold', () => {
    expect(rulesLines([answer('buyer', at(1, 2, decided)), answer('seller', at(1, 2, decided))])[0]).toBe(
      'rules 1 hold; rules 2 from height 500 on: every node that answers has them',
    );
  });
});
