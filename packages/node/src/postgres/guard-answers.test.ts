/** An answer that the driver cannot read ends its connection, and nothing else. */

import { PassThrough } from 'node:stream';
import type pg from 'pg';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { freshDatabase, type TestDatabase } from '../../../../test/support/postgres.ts';
import type { Fault } from '../fault.ts';
import { answerMessageBytesMax } from '../limits.ts';
import { connect } from './connection.ts';
import { guardAnswers } from './guard-answers.ts';

let database: TestDatabase;

beforeAll(async () => {
  database = await freshDatabase();
});

afterAll(async () => {
  await database?.drop();
});

/** Sends a statement on a connection of its own; the errors that the query and the owner hear. */
async function failing(query: pg.QueryConfig): Promise<{ query: unknown; lost: readonly Fault[] }> {
  const lost: Fault[] = [];
  const client = await connect({
    ...database.connection('postgres'),
    onLost: (fault) => lost.push(fault),
  });
  const error: unknown = await client.query(query).catch((reason: unknown) => reason);
  await expect(client.query('SELECT 1')).rejects.toThrow();
  return { query: error, lost };
}

test('I15: an answer longer than a node holds rejects its query and is told once', async () => {
  const { query, lost } = await failing({
    text: `SELECT repeat('x', ${answerMessageBytesMax + 1}) AS value`,
  });
  expect(query).toMatchObject({ code: 'postgres_answer_too_large' });
  expect(lost).toEqual([query]);
});

test('I15: a value that throws while it is read rejects its query', async () => {
  const types = {
    getTypeParser: () => () => {
      throw new RangeError('no such value');
    },
  };
  const client = await connect(database.connection('postgres'));
  await expect(client.query({ text: 'SELECT 1', types })).rejects.toThrow('no such value');
  await client.end().catch(() => undefined);
});

test('I15: what a listener throws, whatever it throws, ends its stream alone', async () => {
  for (const thrown of [new Error('a bug'), 'a bug']) {
    const stream = new PassThrough();
    stream.on('data', () => {
      throw thrown;
    });
    guardAnswers(stream);
    const error = new Promise((resolve) => stream.once('error', resolve));
    stream.write(message(3));
    expect(await error).toMatchObject({ message: 'a bug' });
    expect(stream.destroyed).toBe(true);
  }
});

test('messages up to the limit pass unaltered however they are cut, and the first one above is refused', async () => {
  const messages = Buffer.concat([
    message(0),
    message(100),
    message(7),
    message(99),
    message(101),
    message(1),
  ]);
  for (const size of [1, 2, 3, 5, 7, 64, 1000]) {
    const stream = new PassThrough();
    const read: Buffer[] = [];
    stream.on('data', (chunk: Buffer) => read.push(chunk));
    guardAnswers(stream, 100);
    const ended = new Promise((resolve) => stream.once('error', resolve));
    for (let at = 0; at < messages.length; at += size) stream.write(messages.subarray(at, at + size));
    expect(await ended).toMatchObject({ facts: { bytes: 101 } });
    const passed = Buffer.concat(read);
    expect(passed).toEqual(messages.subarray(0, passed.length));
    // Whole chunks pass, so up to one before the head of the message that is refused.
    expect(passed.length).toBeGreaterThanOrEqual(size === 1000 ? 0 : 4 * 5 + 206 + 5 - size);
  }
});

/** A message with a body of so many bytes. */
function message(bytes: number): Buffer {
  const buffer = Buffer.alloc(5 + bytes, 'D');
  buffer.writeUInt32BE(4 + bytes, 1);
  return buffer;
}
