import type { Condition, Status } from '@bucordo/client';
import { describe, expect, it } from 'vitest';
import { type WaitingFacts, waitingFor } from './waiting-for.ts';

const well: Status = {
  network: '',
  version: '',
  member: 'seller',
  height: 40,
  blockHash: '',
  stateHash: '',
  finalHeight: 39,
  divergedAt: null,
  checkpoints: [
    { member: 'buyer', height: 41 },
    { member: 'seller', height: 40 },
    { member: 'carrier', height: 12 },
  ],
  transactionsPerSecond: 0,
  health: { state: 'serving', sinceMs: 0, conditions: [] },
  blockTimeAheadMs: 0,
  grpc: null,
  quarantine: null,
  ordering: { member: 'buyer', unreachableSinceMs: null },
  members: [
    { member: 'buyer', class: 'buyer', status: 'active' },
    { member: 'seller', class: 'seller', status: 'active' },
    { member: 'carrier', class: 'carrier', status: 'active' },
    { member: 'former', class: 'carrier', status: 'left' },
    { member: 'vendor', class: 'overseer', status: 'active' },
  ],
  executing: null,
  notFinal: null,
  rules: null,
};

const condition = (state: string, code: string, message: string): Condition => ({
  state,
  code,
  message,
  hint: '',
  sinceMs: 0,
});
const ill = (...conditions: Condition[]): Status => ({
  ...well,
  health: { state: conditions[0]?.state ?? 'serving', sinceMs: 0, conditions },
});
const facts = (status: Status | null, more: Partial<WaitingFacts> = {}): WaitingFacts => ({
  node: 'seller',
  address: 'https://127.0.0.1:1',
  status,
  reason: '',
  submitted: { wait: 'committed', height: null },
  ...more,
});
const silentOrdering = { member: 'buyer', unreachableSinceMs: Date.UTC(2026, 10, 30, 19, 20, 11, 5) };

type Row = readonly [what: string, facts: WaitingFacts, code: string | null, text: RegExp];

const rows: readonly Row[] = [
  [
    'the node does not answer',
    facts(null, { reason: 'connect ECONNREFUSED' }),
    'node_unreachable',
    /^the node of seller, which does not answer at https:\/\/127\.0\.0\.1:1 \(connect ECONNREFUSED\)$/,
  ],
  ['who only reads from a node that answers', facts(well, { submitted: null }), null, /^$/],
  [
    'the ordering node is down',
    facts({ ...well, ordering: silentOrdering }),
    'ordering_unreachable',
    /^the node of buyer, which orders and which the node of seller has not reached since 2026-11-30T19:20:11Z$/,
  ],
  [
    'the ordering node is down, and the node says why',
    facts({
      ...ill(condition('waiting', 'ordering_unreachable', 'No blocks come: connect ECONNREFUSED.')),
      ordering: silentOrdering,
    }),
    'ordering_unreachable',
    /since 2026-11-30T19:20:11Z: No blocks come: connect ECONNREFUSED\.$/,
  ],
  [
    'the ordering node asks its fellows first',
    facts(
      ill(condition('waiting', 'fellows_awaited', 'Nothing is ordered before the node of seller has told.')),
    ),
    'fellows_awaited',
    /^other members: Nothing is ordered before/,
  ],
  [
    'the node has stopped',
    facts(ill(condition('stopped', 'block_invalid', 'Block 41 is refused.'))),
    'block_invalid',
    /^the node of seller, which is stopped: Block 41 is refused\.$/,
  ],
  [
    'the node catches up',
    facts(ill(condition('behind', 'behind', 'This node is 60 blocks behind height 100, which others have.'))),
    'behind',
    /catches up: This node is 60 blocks behind height 100/,
  ],
  [
    'a remark that hinders nothing is no reason',
    facts(ill(condition('serving', 'clocks_differ', 'Clocks differ.'))),
    'block_awaited',
    /^a block with it: the node of buyer, which orders, has sent none yet \(height 40\)$/,
  ],
  [
    'a block takes long',
    facts({ ...well, executing: { height: 41, transactions: 1, forMs: 6_400 } }),
    'block_executing',
    /^block 41 with 1 transaction, which the node of seller has been executing for 6 s$/,
  ],
  [
    'a block has just begun',
    facts({ ...well, executing: { height: 41, transactions: 1, forMs: 3 } }),
    'block_awaited',
    /^a block with it/,
  ],
  ['accepted', facts(well, { submitted: { wait: 'accepted', height: null } }), null, /^$/],
  [
    'finality, where the signatures of a quorum are missing',
    facts(well, { submitted: { wait: 'final', height: 40 } }),
    'quorum_awaited',
    /^finality of height 40, where it is committed; that needs the signatures of 3 of 3 members: not yet from carrier$/,
  ],
  [
    'finality, reached meanwhile',
    facts({ ...well, finalHeight: 40 }, { submitted: { wait: 'final', height: 40 } }),
    null,
    /^$/,
  ],
  [
    'a node that does not tell who orders',
    facts({ ...well, ordering: null, members: [] }),
    'block_awaited',
    /^a block with it: the node that orders has sent none yet/,
  ],
];

describe('for what a command waits', () => {
  it.each(rows)('%s', (_what, known, code, text) => {
    const reason = waitingFor(known);
    expect(reason?.code ?? null).toBe(code);
    expect(reason?.text ?? '').toMatch(text);
  });
});
