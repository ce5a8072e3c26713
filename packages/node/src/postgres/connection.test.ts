/** Connections: values without loss, and failures worded as faults. */

import { rm, writeFile } from 'node:fs/promises';
import path from 'node:path';
import pg from 'pg';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import {
  freshDatabase,
  type TestDatabase,
  temporaryDirectory,
  testServer,
} from '../../../../test/support/postgres.ts';
import type { Fault } from '../fault.ts';
import { clientConfig, connect } from './connection.ts';

let database: TestDatabase;
let client: pg.Client;
let socketDirectory: string;

beforeAll(async () => {
  database = await freshDatabase();
  socketDirectory = (await testServer()).socketDirectory;
  client = await connect(database.connection('bucordo_node'));
});

afterAll(async () => {
  await client?.end();
  await database?.drop();
});

describe('values arrive without loss', () => {
  test.each([
    ['9223372036854775807::int8', 9223372036854775807n],
    ['ARRAY[1, NULL, -9223372036854775808]::int8[]', [1n, null, -9223372036854775808n]],
    ['12345678901234567890.10::numeric', '12345678901234567890.10'],
    ['ARRAY[0.10, NULL]::numeric[]', ['0.10', null]],
    ["DATE '2026-01-02'", '2026-01-02'],
    ["ARRAY[DATE '2026-01-02']", ['2026-01-02']],
    ["TIMESTAMPTZ '2026-01-02 03:04:05.000006Z'", '2026-01-02 03:04:05.000006+00'],
    ["'\\x00ff'::bytea", Buffer.from([0, 255])],
    ['2147483647::int4', 2147483647],
    ['true', true],
    ['\'{"a": [1]}\'::jsonb', { a: [1] }],
    ["ARRAY['a', NULL]", ['a', null]],
    ['NULL::int8', null],
  ])('%s', async (sql, value) => {
    const { rows } = await client.query(`SELECT ${sql} AS value`);
    expect(rows).toEqual([{ value }]);
  });
});

describe('what fails is a fault', () => {
  test('a lost connection is told once, and running queries reject', async () => {
    const lost: Fault[] = [];
    const victim = await connect({
      ...database.connection('bucordo_node'),
      onLost: (fault) => lost.push(fault),
    });
    const { rows } = await victim.query<{ pid: number }>('SELECT pg_catalog.pg_backend_pid() AS pid');
    const running = expect(victim.query('SELECT pg_catalog.pg_sleep(30)')).rejects.toThrow();
    const killer = await connect(database.connection('postgres'));
    await killer.query('SELECT pg_catalog.pg_terminate_backend($1)', [rows[0]?.pid]);
    await killer.end();
    await running;
    await expect.poll(() => lost.map((fault) => fault.code)).toEqual(['postgres_unreachable']);
  });

  test('an end of our own is no loss', async () => {
    const lost: Fault[] = [];
    const ending = await connect({
      ...database.connection('bucordo_node'),
      onLost: (fault) => lost.push(fault),
    });
    await ending.end();
    expect(lost).toEqual([]);
  });

  test.each([
    [
      'postgres_unreachable',
      () => ({ socketDirectory: '/nonexistent', role: 'bucordo_node', database: 'a' }),
    ],
    ['postgres_database_missing', () => ({ socketDirectory, role: 'bucordo_node', database: 'absent' })],
    ['postgres_login_refused', () => ({ socketDirectory, role: 'nobody_here', database: database.name })],
    ['postgres_unreachable', () => ({ url: 'postgres://127.0.0.1:1/', role: 'bucordo_node', database: 'a' })],
    ['postgres_address_invalid', () => ({ url: 'http://127.0.0.1/', role: 'bucordo_node', database: 'a' })],
    [
      'postgres_password_in_address',
      () => ({ url: 'postgres://a:secret@127.0.0.1/', role: 'a', database: 'a' }),
    ],
    [
      'postgres_password_in_address',
      () => ({ url: 'postgres:///?password=secret', role: 'a', database: 'a' }),
    ],
    [
      'postgres_password_unreadable',
      () => ({ url: 'postgres://127.0.0.1/', passwordFile: '/nonexistent', role: 'a', database: 'a' }),
    ],
  ])('%s', async (code, options) => {
    await expect(connect(options())).rejects.toMatchObject({ code, hint: expect.stringMatching(/\S/) });
  });

  test('no fault shows a password', async () => {
    const options = { url: 'postgres://a:secret@127.0.0.1/', role: 'a', database: 'a' };
    const fault: unknown = await connect(options).catch((error: unknown) => error);
    expect(JSON.stringify(fault) + String(fault)).not.toContain('secret');
  });
});

test('an address leads to the role and database asked for', async () => {
  const url = `postgres://someone@/elsewhere?host=${encodeURIComponent(socketDirectory)}`.replace(
    'someone@',
    '',
  );
  const other = await connect({ url, role: 'bucordo_reader', database: database.name });
  const { rows } = await other.query(
    'SELECT current_user::text AS role, current_database()::text AS database',
  );
  expect(rows).toEqual([{ role: 'bucordo_reader', database: database.name }]);
  await other.end();
});

test('a password file holds one line', async () => {
  const directory = await temporaryDirectory('bucordo-password-');
  const passwordFile = path.join(directory, 'password');
  await writeFile(passwordFile, 'pass word\n', { mode: 0o600 });
  const config = await clientConfig({ url: 'postgres://127.0.0.1/', passwordFile, role: 'a', database: 'b' });
  expect(new pg.Client(config).password).toBe('pass word');
  await rm(directory, { recursive: true });
});
