/** A node starts only on a version of Postgres that its network admits. */

import type pg from 'pg';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { freshDatabase, type TestDatabase } from '../../../../test/support/postgres.ts';
import { connect } from './connection.ts';
import { checkVersionRange } from './version-range.ts';

let database: TestDatabase;
let client: pg.Client;

beforeAll(async () => {
  database = await freshDatabase();
  client = await connect(database.connection('bucordo_node'));
});

afterAll(async () => {
  await client?.end();
  await database?.drop();
});

test('a version outside the range forbids to start and names both', async () => {
  const [finding] = await checkVersionRange(client, { from: 15, to: 16 });
  expect(finding).toMatchObject({ code: 'version_not_pinned', severity: 'refuse' });
  expect(finding?.found).toMatch(/^Postgres 1[78]$/);
  expect(finding?.wanted).toContain('15 to 16');
});

test('one within it does not, nor does a network that pins none', async () => {
  expect(await checkVersionRange(client, { from: 15, to: 18 })).toEqual([]);
  expect(await checkVersionRange(client, undefined)).toEqual([]);
});
