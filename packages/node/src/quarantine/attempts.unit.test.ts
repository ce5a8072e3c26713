/** Attempts at a block over the starts of a node: what is counted, what is written, what is forgiven. */

import { existsSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { RowBuffer } from '../chain/row-buffer.ts';
import type { BlockOutcome, SealedBlock } from '../chain/sealed-block.ts';
import { ROW_ID_AT } from '../chain/transaction-row.ts';
import { Fault } from '../fault.ts';
import { attemptsMax } from '../limits.ts';
import { type AttemptSteps, Attempts } from './attempts.ts';

let directory: string;
let file: string;
const warnings: string[] = [];
const note = (): void => undefined;
const log = {
  debug: note,
  info: note,
  error: note,
  warn: (_: object, text: string) => void warnings.push(text),
};

beforeEach(() => {
  directory = mkdtempSync(join(tmpdir(), 'bucordo-attempts-'));
  file = join(directory, 'attempts.json');
  warnings.length = 0;
});

afterEach(() => rmSync(directory, { recursive: true, force: true }));

const open = (height = 0, isOrdering = false): Attempts => Attempts.open(file, { height, isOrdering, log });

const idOf = (number: number): string => Buffer.alloc(32, number).toString('hex');

/** A block with transactions of these numbers. */
function block(height: number, ...numbers: readonly number[]): SealedBlock {
  const rows = new RowBuffer();
  for (const number of numbers) rows.append(Buffer.alloc(ROW_ID_AT + 32, number), 0, ROW_ID_AT + 32);
  const hash = Buffer.alloc(32, height);
  return { height, time: 0, header: hash, hash, previousHash: hash, evidence: hash, signature: hash, rows };
}

const outcomeOf = (height: number): BlockOutcome => ({
  height,
  stateHash: new Uint8Array(32),
  rejections: [],
  results: [],
  details: new Map(),
  catalogueChanged: false,
});

const lost = new Fault('postgres_unreachable', 'the server closed the connection');
const record = (): { attempts: number; transaction: string | null; suspects: string[]; height: number } =>
  JSON.parse(readFileSync(file, 'utf8'));

/** Commits every block; `seen` is what is called while one executes. */
function committing(seen: (height: number) => void = note): AttemptSteps {
  return {
    execute: async (each) => {
      seen(each.height);
      return outcomeOf(each.height);
    },
    trace: () => Promise.resolve(),
  };
}

/** Dies of every block, during the transaction of this index where the block is traced. */
function dying(index = 0, fault = lost): AttemptSteps & { traced: number[] } {
  const traced: number[] = [];
  let told: (at: number) => void = note;
  return {
    traced,
    execute: async () => {
      for (let at = 0; at <= index; at++) told(at);
      throw fault;
    },
    trace: async (height, teller) => {
      traced.push(height);
      told = teller;
    },
  };
}

async function dieOf(one: SealedBlock, steps = dying(), attempts = open()): Promise<Attempts> {
  await expect(attempts.run(one, steps)).rejects.toBe(lost);
  attempts.close();
  return attempts;
}

describe('attempts', () => {
  test('are written for the first block of a start, removed when it has committed, and cost nothing afterwards', async () => {
    const attempts = open();
    await attempts.run(
      block(1, 1),
      committing(() => expect(record()).toMatchObject({ height: 1, attempts: 1 })),
    );
    expect(existsSync(file)).toBe(false);
    await attempts.run(
      block(2, 2),
      committing(() => expect(existsSync(file)).toBe(false)),
    );
  });

  test('add up over starts until the node is in quarantine, with the transaction that was under way', async () => {
    for (let attempt = 1; attempt <= attemptsMax; attempt++) {
      const attempts = open();
      expect(attempts.quarantine).toBeNull();
      const steps = dying(1);
      await dieOf(block(7, 1, 2, 3), steps, attempts);
      expect(record().attempts).toBe(attempt);
      expect(steps.traced).toEqual(attempt === 1 ? [] : [7]);
    }
    expect(open().quarantine).toMatchObject({ height: 7, attempts: attemptsMax, transaction: idOf(2) });
  });

  test('count a block that was not the first after a start, when the node dies of it', async () => {
    const attempts = open();
    await attempts.run(block(1, 1), committing());
    await dieOf(block(2, 2), dying(), attempts);
    expect(record()).toMatchObject({ height: 2, attempts: 1, suspects: [idOf(2)] });
  });

  test('follow the transactions into other blocks, where this node orders', async () => {
    await dieOf(block(5, 1, 2, 3), dying(), open(4, true));
    const again = open(4, true);
    await again.run(block(5, 9), committing());
    expect(record().attempts).toBe(1);
    await dieOf(block(6, 8, 2, 3), dying(), again);
    expect(record()).toMatchObject({ height: 6, attempts: 2, suspects: [idOf(2), idOf(3)] });
    await dieOf(block(6, 3), dying(5), open(5, true));
    expect(open(5, true).quarantine).toMatchObject({ suspects: [idOf(3)], attempts: 3 });
  });

  test('begin anew for a block that has nothing in common with the one before', async () => {
    await dieOf(block(5, 1));
    await dieOf(block(5, 2));
    expect(record()).toMatchObject({ attempts: 1, suspects: [idOf(2)] });
  });

  test('end when the block was got over, here or in a restored database', async () => {
    await dieOf(block(5, 1));
    await open().run(block(5, 1), committing());
    expect(existsSync(file)).toBe(false);
    await dieOf(block(5, 1));
    open(5);
    expect(existsSync(file)).toBe(false);
  });

  test('hand over tracing and block at once, so that no later block comes between', async () => {
    await dieOf(block(5, 1));
    const order: string[] = [];
    const steps: AttemptSteps = {
      execute: async (one) => {
        order.push(`block ${one.height}`);
        return outcomeOf(one.height);
      },
      trace: async (height) => void order.push(`trace ${height}`),
    };
    const attempts = open();
    await Promise.all([attempts.run(block(5, 1), steps), attempts.run(block(6, 2), steps)]);
    expect(order).toEqual(['trace 5', 'block 5', 'block 6']);
  });

  test('do not count what is no fault of the block: a stop, a full disk, another block than expected', async () => {
    const stopped = open();
    void stopped.run(block(5, 1), { ...committing(), execute: () => new Promise(note) });
    expect(record().attempts).toBe(1);
    stopped.close();
    expect(existsSync(file)).toBe(false);

    const invalid = new Fault('block_invalid', 'not the next');
    const attempts = open();
    await expect(attempts.run(block(5, 1), dying(0, invalid))).rejects.toBe(invalid);
    attempts.close();
    expect(existsSync(file)).toBe(false);

    await dieOf(block(5, 1));
    const full = open();
    await expect(full.run(block(5, 1), dying())).rejects.toBe(lost);
    full.forgive();
    full.close();
    expect(record().attempts).toBe(1);
  });

  test('are forgotten on request, and the next block counts as a first one', async () => {
    for (let attempt = 1; attempt <= attemptsMax; attempt++) await dieOf(block(7, 1));
    const attempts = open();
    attempts.forget();
    expect([attempts.quarantine, existsSync(file)]).toEqual([null, false]);
    await attempts.run(
      block(7, 1),
      committing(() => expect(record().attempts).toBe(1)),
    );
  });

  test('do without the file where it cannot be read or written', async () => {
    writeFileSync(file, '{"height": "high"}');
    expect(open().quarantine).toBeNull();
    const nowhere = Attempts.open(join(directory, 'missing', 'a.json'), {
      height: 0,
      isOrdering: false,
      log,
    });
    await nowhere.run(block(1, 1), committing());
    expect(warnings.length).toBe(2);
  });
});
