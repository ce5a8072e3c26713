import { expect, test } from 'vitest';

import { addressText, addressUnusable, parseConfig } from './config.ts';

const FILE = '/etc/bucordo/node.json';
const SMALL = {
  network: 'genesis.json',
  member: 'buyer',
  nodeKey: 'node.key',
  dataDirectory: 'postgres',
  tls: { ca: 'ca.pem', cert: 'node.pem', key: '/secrets/tls.key' },
};

test('a small configuration gets loopback addresses, absolute paths and defaults', () => {
  expect(parseConfig(JSON.stringify(SMALL), FILE)).toEqual({
    network: '/etc/bucordo/genesis.json',
    member: 'buyer',
    nodeKey: '/etc/bucordo/node.key',
    postgres: { kind: 'embedded', dataDirectory: '/etc/bucordo/postgres', reports: null },
    client: { host: '127.0.0.1', port: 4710 },
    peer: { host: '127.0.0.1', port: 4711 },
    http: { host: '127.0.0.1', port: 4712 },
    tls: { ca: '/etc/bucordo/ca.pem', cert: '/etc/bucordo/node.pem', key: '/secrets/tls.key' },
    peers: [],
    log: { level: 'info' },
    clock: { aheadMaxMs: 60_000 },
    advice: { report: false },
    alarms: { finalWithinMs: 60_000, forksSettledTo: 0 },
  });
});

test('everything can be said', () => {
  const { dataDirectory: _, ...rest } = SMALL;
  const config = parseConfig(
    JSON.stringify({
      ...rest,
      postgres: { url: 'postgres://admin@db.example:5433/shared', passwordFile: 'pg.password' },
      client: { host: '0.0.0.0', port: 0 },
      http: { port: 8080 },
      peers: [{ member: 'seller', address: '[::1]:4711' }],
      log: { level: 'debug' },
      clock: { aheadSecondsMax: 86_400 },
      advice: { report: true },
    }),
    FILE,
  );
  expect(config.postgres).toEqual({
    kind: 'server',
    url: 'postgres://admin@db.example:5433/shared',
    passwordFile: '/etc/bucordo/pg.password',
  });
  expect(config.client).toEqual({ host: '0.0.0.0', port: 0 });
  expect(config.http).toEqual({ host: '127.0.0.1', port: 8080 });
  expect(config.peers).toEqual([{ member: 'seller', address: '[::1]:4711' }]);
  expect(config.clock).toEqual({ aheadMaxMs: 86_400_000 });
});

test.each([
  ['no JSON', '{', ''],
  ['no object', '[]', ''],
  ['a clock without a bound', { ...SMALL, clock: { aheadSecondsMax: 0 } }, 'clock.aheadSecondsMax'],
  ['an unknown key', { ...SMALL, colour: 'red' }, 'colour'],
  ['an unknown key inside', { ...SMALL, tls: { ...SMALL.tls, passphrase: 'x' } }, 'tls.passphrase'],
  [
    'an unknown key in a list',
    { ...SMALL, peers: [{ member: 'a', address: 'b:1', via: 'c' }] },
    'peers[0].via',
  ],
  ['a missing key', { ...SMALL, member: undefined }, 'member'],
  ['a member id that is none', { ...SMALL, member: 'Buyer Ltd' }, 'member'],
  ['a port that is a text', { ...SMALL, http: { port: '80' } }, 'http.port'],
  ['a port out of range', { ...SMALL, http: { port: 65_536 } }, 'http.port'],
  ['two databases', { ...SMALL, postgres: { url: 'postgres://a@b/c' } }, 'dataDirectory'],
  ['no database', { ...SMALL, dataDirectory: undefined }, 'dataDirectory'],
  [
    'reports from anywhere',
    { ...SMALL, reports: { host: '0.0.0.0', port: 5433, passwordFile: 'p' } },
    'reports.host',
  ],
  ['reports without a password', { ...SMALL, reports: { port: 5433 } }, 'reports.passwordFile'],
  ['an address without port', { ...SMALL, peers: [{ member: 'a', address: 'b' }] }, 'peers[0].address'],
  ['peers that are no list', { ...SMALL, peers: {} }, 'peers'],
  ['an unknown level', { ...SMALL, log: { level: 'loud' } }, 'log.level'],
  ['a report that is neither', { ...SMALL, advice: { report: 'yes' } }, 'advice.report'],
  ['a time that is none', { ...SMALL, alarms: { finalWithinMs: 0 } }, 'alarms.finalWithinMs'],
  ['advice about something else', { ...SMALL, advice: { report: true, on: true } }, 'advice.on'],
])('%s is refused by its path', (_, value, path) => {
  const text = typeof value === 'string' ? value : JSON.stringify(value);
  expect(() => parseConfig(text, FILE)).toThrow(
    expect.objectContaining({ code: 'config_invalid', facts: { file: FILE, path } }),
  );
});

test('a password in the address of the database is refused and not repeated', () => {
  const { dataDirectory: _, ...rest } = SMALL;
  const text = JSON.stringify({ ...rest, postgres: { url: 'postgres://admin:opensesame@db/shared' } });
  expect(() => parseConfig(text, FILE)).toThrow(/must hold no password/);
  expect(() => parseConfig(text, FILE)).not.toThrow(/opensesame/);
});

test('an address has an IPv6 host in brackets, and the fault of one that is taken names port and section', () => {
  expect(addressText({ host: '::1', port: 7 })).toBe('[::1]:7');
  expect(addressText({ host: 'localhost', port: 7 })).toBe('localhost:7');
  const taken = addressUnusable(
    'http',
    { host: '::', port: 4712 },
    new Error('listen EADDRINUSE: [::]:4712'),
  );
  expect([taken.code, taken.message]).toEqual([
    'address_unusable',
    'The node cannot listen on [::]:4712 (`http`): another program listens there.',
  ]);
  expect(taken.hint).toContain("ss -ltnp 'sport = :4712'");
  const absent = addressUnusable('peer', { host: '192.0.2.1', port: 1 }, new Error('listen EADDRNOTAVAIL'));
  expect(absent.message).toContain('this machine has no such address');
});

test('a configuration may name the id of its network', () => {
  const id = 'ab'.repeat(32);
  expect(parseConfig(JSON.stringify({ ...SMALL, networkId: id }), FILE).networkId).toBe(id);
  expect(() => parseConfig(JSON.stringify({ ...SMALL, networkId: 'AB' }), FILE)).toThrow('a network id');
});
