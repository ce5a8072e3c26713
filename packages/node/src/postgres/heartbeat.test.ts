import { createServer, type Socket } from 'node:net';
import { expect, test } from 'vitest';

import { freshDatabase } from '../../../../test/support/postgres.ts';
import { connect } from './connection.ts';
import { Heartbeat } from './heartbeat.ts';

test('I15: a server that answers is not silent, one that takes connections and says nothing is', async () => {
  const database = await freshDatabase();
  const sockets: Socket[] = [];
  const mute = createServer((socket) => {
    sockets.push(socket.on('error', () => undefined));
  });
  await new Promise<void>((resolve) => mute.listen(0, '127.0.0.1', resolve));
  const address = mute.address();
  const port = typeof address === 'object' ? (address?.port ?? 0) : 0;
  let asked = 0;
  const answering = new Heartbeat(() => {
    asked += 1;
    return connect(database.connection('bucordo_node'));
  }, 5);
  const silent = new Heartbeat(
    () =>
      connect({ url: `postgres://bucordo_node@127.0.0.1:${port}/x`, role: 'bucordo_node', database: 'x' }),
    5,
  );
  await expect.poll(() => silent.silentForMs, { timeout: 30_000 }).toBeGreaterThan(300);
  await expect.poll(() => answering.silentForMs, { timeout: 30_000 }).toBe(0);
  expect(asked).toBe(1);
  for (const socket of sockets) socket.destroy();
  await silent.stop();
  await answering.stop();
  await new Promise((resolve) => mute.close(resolve));
  await database.drop();
});

test('a connection that is refused or lost is no silence, and is made again', async () => {
  const database = await freshDatabase();
  let opened = 0;
  const heartbeat = new Heartbeat(async () => {
    opened += 1;
    if (opened === 1) throw new Error('refused');
    const client = await connect(database.connection('bucordo_node'));
    if (opened === 2) setTimeout(() => void client.end(), 20);
    return client;
  }, 5);
  await expect.poll(() => opened, { timeout: 30_000 }).toBeGreaterThanOrEqual(3);
  await expect.poll(() => heartbeat.silentForMs, { timeout: 30_000 }).toBe(0);
  await heartbeat.stop();
  await database.drop();
});
