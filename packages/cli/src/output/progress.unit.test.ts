import { describe, expect, it } from 'vitest';
import { duration, Progress } from './progress.ts';

class Screen {
  isTTY: boolean;
  columns = 80;
  written: string[] = [];

  constructor(isTTY: boolean) {
    this.isTTY = isTTY;
  }

  write(text: string): void {
    this.written.push(text);
  }
}

describe('Progress', () => {
  it('draws a bar with rate and time left on a terminal, ten times a second at most', () => {
    const screen = new Screen(true);
    let now = 0;
    const progress = new Progress({
      label: 'loading',
      unit: 'rows',
      total: 1_000,
      stream: screen,
      now: () => now,
    });
    progress.update(0);
    now = 50;
    progress.update(20);
    now = 1_000;
    progress.update(250);
    expect(screen.written).toHaveLength(2);
    expect(screen.written[1]).toBe(
      '\r\u001b[2Kloading: [██████··················] 250 of 1,000 rows, 250/s, 3.0 s left',
    );
    now = 4_000;
    progress.finish(1_000);
    expect(screen.written[2]).toBe('\r\u001b[2Kloading: 1,000 rows in 4.0 s, 250/s\n');
  });

  it('writes plain lines every two seconds where there is no terminal', () => {
    const screen = new Screen(false);
    let now = 0;
    const progress = new Progress({
      label: 'loading',
      unit: 'rows',
      total: 100,
      stream: screen,
      now: () => now,
    });
    for (now = 0; now <= 5_000; now += 100) progress.update(now / 100);
    expect(screen.written).toEqual([
      'loading: 20 of 100 rows, 10/s, 8.0 s left\n',
      'loading: 40 of 100 rows, 10/s, 6.0 s left\n',
    ]);
  });

  it('does without a total', () => {
    const screen = new Screen(true);
    let now = 0;
    const progress = new Progress({ label: 'checking', unit: 'rows', stream: screen, now: () => now });
    now = 1_000;
    progress.update(5);
    expect(screen.written[0]).toBe('\r\u001b[2Kchecking: 5 rows, 5/s');
  });

  it.each([
    [0.44, '0.4 s'],
    [12.4, '12 s'],
    [185, '3 min 5 s'],
    [7_440, '2 h 4 min'],
  ])('says %d seconds as %s', (seconds, text) => {
    expect(duration(seconds)).toBe(text);
  });
});
