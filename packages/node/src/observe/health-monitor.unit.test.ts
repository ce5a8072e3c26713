import { expect, test } from 'vitest';
import { HealthMonitor } from './health-monitor.ts';
import type { HealthFacts } from './judge-health.ts';
import type { Condition, Log } from './ports.ts';

const STUCK: Condition = {
  state: 'stuck',
  code: 'block_long',
  message: 'Block 7 takes long.',
  hint: 'Wait.',
  facts: { height: 7 },
  sinceMs: 1_000,
};
const REMARK: Condition = { ...STUCK, state: 'serving', code: 'time_ahead', message: 'Ahead.' };

function monitored(): { monitor: HealthMonitor; lines: string[]; others: Condition[] } {
  const lines: string[] = [];
  const others: Condition[] = [];
  const write =
    (level: string) =>
    (facts: object, message: string): void =>
      void lines.push(`${level} ${message} ${JSON.stringify(facts)}`);
  const log: Log = { debug: write('debug'), info: write('info'), warn: write('warn'), error: write('error') };
  const facts = (): HealthFacts => ({
    nowMs: 10_000,
    phase: 'running',
    fault: null,
    head: { height: 6, timeMs: 0 },
    freshBlockAgeMs: null,
    block: null,
    postgresSilentForMs: 0,
    quarantine: null,
    divergence: null,
    following: null,
    known: { height: 6, behindForMs: 0 },
    clocks: [],
    clockExcessMs: 0,
    others,
  });
  return { monitor: new HealthMonitor(facts, log), lines, others };
}

test('what is not as it should be stands in the log once, with its values, and once more when it is over', () => {
  const { monitor, lines, others } = monitored();
  monitor.look();
  expect(lines).toEqual([]);
  others.push(STUCK, REMARK);
  monitor.look();
  monitor.look();
  expect(lines).toEqual([
    'error Block 7 takes long. {"height":7,"state":"stuck","condition":"block_long","since":"1970-01-01T00:00:01.000Z","hint":"Wait."}',
    expect.stringMatching(/^warn Ahead\./),
  ]);
  others.shift();
  monitor.look();
  expect(lines.slice(2)).toEqual([
    'info this is over: Block 7 takes long. {"condition":"block_long","since":"1970-01-01T00:00:01.000Z"}',
  ]);
  expect(monitor.current.state).toBe('serving');
  others.push({ ...REMARK, code: 'member_differs', facts: { member: 'seller' } });
  others.push({ ...REMARK, code: 'member_differs', facts: { member: 'carrier' } });
  monitor.look();
  expect(lines.slice(3)).toEqual([
    expect.stringContaining('{"other":"seller",'),
    expect.stringContaining('{"other":"carrier",'),
  ]);
  monitor.stop();
});
