import { EventEmitter } from 'node:events';
import { decodeTestimony, encodeTestimony, type Testimony } from '@bucordo/protocol';
import { afterEach, beforeEach, expect, test, vi } from 'vitest';

import { INTERVAL_MS, Testimonies } from './testimonies.ts';

beforeEach(() => {
  vi.useFakeTimers();
});
afterEach(() => {
  vi.useRealTimers();
});

const silent = { debug: () => {}, info: () => {}, warn: () => {}, error: () => {} };
const header = (byte: number) => ({ header: new Uint8Array(150).fill(byte), signature: new Uint8Array(64) });
const statement = (byte: number): Testimony => ({
  statement: {
    checkpoint: new Uint8Array(140).fill(byte),
    signature: new Uint8Array(64),
    block: header(byte),
  },
});
const contradiction: Testimony = { contradiction: [header(1), header(2)] };

/** The far end of a stream, which a test reads and writes. */
class Far extends EventEmitter {
  readonly received: Testimony[] = [];
  isFull = false;
  isPaused = false;
  hasEnded = false;

  write(bytes: Uint8Array): boolean {
    this.received.push(decodeTestimony(Uint8Array.from(bytes)));
    return !this.isFull;
  }

  pause(): void {
    this.isPaused = true;
  }

  resume(): void {
    this.isPaused = false;
  }

  end(): void {
    this.hasEnded = true;
  }
}

function opened() {
  const heard: [string, Testimony][] = [];
  const testimonies = new Testimonies({
    hear: (member, testimony) => heard.push([member, testimony]),
    log: silent,
  });
  return { testimonies, heard };
}

test('a stream begins with what is held against the ordering node, the last word of the other one, and ours', async () => {
  const { testimonies } = opened();
  testimonies.tell(statement(1));
  testimonies.tell(contradiction);
  testimonies.remember('seller', statement(9));
  const far = new Far();
  testimonies.exchange('seller', far);
  await vi.advanceTimersByTimeAsync(INTERVAL_MS * 5);
  expect(far.received).toEqual([contradiction, statement(9), statement(1)]);
});

test('what is told later goes to everybody, and what comes is heard with the name of its sender', async () => {
  const { testimonies, heard } = opened();
  const [one, other] = [new Far(), new Far()];
  testimonies.exchange('seller', one);
  testimonies.exchange('carrier', other);
  testimonies.tell(statement(1));
  expect([one.received, other.received]).toEqual([[statement(1)], [statement(1)]]);
  other.emit('data', encodeTestimony(statement(7)));
  expect(heard).toEqual([['carrier', statement(7)]]);
});

test('I15: to one that does not read the newest is kept and no more', async () => {
  const { testimonies } = opened();
  const far = new Far();
  far.isFull = true;
  testimonies.exchange('seller', far);
  for (let byte = 1; byte <= 100; byte++) {
    testimonies.tell(statement(byte));
    await vi.advanceTimersByTimeAsync(INTERVAL_MS);
  }
  expect(far.received).toEqual([statement(1)]);
  far.emit('drain');
  await vi.advanceTimersByTimeAsync(INTERVAL_MS);
  expect(far.received).toEqual([statement(1), statement(100)]);
});

test('I15: a stream is read no faster than the interval, and ended at what is no testimony', async () => {
  const { testimonies, heard } = opened();
  const far = new Far();
  testimonies.exchange('seller', far);
  far.emit('data', encodeTestimony(statement(1)));
  expect(far.isPaused).toBe(true);
  await vi.advanceTimersByTimeAsync(INTERVAL_MS);
  expect(far.isPaused).toBe(false);
  far.emit('data', Buffer.from('nonsense'));
  expect(far.hasEnded).toBe(true);
  testimonies.tell(statement(2));
  await vi.advanceTimersByTimeAsync(INTERVAL_MS);
  expect([heard.length, far.received]).toEqual([1, []]);
});
