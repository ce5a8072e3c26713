import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, describe, expect, it } from 'vitest';
import { checkDescription, describeNetwork, readNetworkDescription } from './network-description.ts';

const directory = mkdtempSync(join(tmpdir(), 'bucordo-description-'));
afterAll(() => rmSync(directory, { recursive: true }));

const key = 'ab'.repeat(32);

describe('describeNetwork', () => {
  it('makes members and identities of flags', () => {
    const description = describeNetwork({
      name: 'acme',
      members: ['buyer:client', 'seller'],
      identities: ['buyer/alice:purchaser+admin', `buyer/bob:clerk:${key}`],
      contracts: [],
    });
    expect(description.members).toEqual([
      {
        id: 'buyer',
        class: 'client',
        identities: [
          { name: 'alice', roles: ['purchaser', 'admin'] },
          { name: 'bob', roles: ['clerk'], key },
        ],
      },
      { id: 'seller', identities: [{ name: 'admin', roles: ['admin'] }] },
    ]);
  });

  it.each([
    [{ members: [] }, 'needs a member'],
    [{ members: ['Buyer'] }, 'no name for a member'],
    [{ members: ['a', 'a'] }, 'twice'],
    [{ identities: ['c/x:r'] }, 'belongs to no member'],
    [{ identities: ['a/node:r'] }, "the node's own identity"],
    [{ identities: ['a/x:r:12'] }, 'not 64'],
    [{ identities: ['alice'] }, 'is not member/name'],
    [{ name: 'A' }, 'no name for a network'],
  ])('refuses %j', (changes, reason) => {
    expect(() =>
      describeNetwork({ name: 'acme', members: ['a'], identities: [], contracts: [], ...changes }),
    ).toThrow(reason);
  });
});

describe('readNetworkDescription', () => {
  const read = (value: unknown): unknown => {
    const file = join(directory, 'network.json');
    writeFileSync(file, JSON.stringify(value));
    return readNetworkDescription(file);
  };

  it('reads what describeNetwork makes, contracts relative to the file', () => {
    const member = {
      id: 'buyer',
      name: 'The buyer',
      host: 'buyer.example',
      identities: [{ name: 'alice', roles: ['r'], key }],
    };
    expect(read({ name: 'acme', members: [member], contracts: ['notes'] })).toEqual({
      name: 'acme',
      members: [member],
      contracts: [join(directory, 'notes')],
    });
  });

  it.each([
    [{ name: 'acme' }, 'members is not a list'],
    [{ name: 'acme', members: [{ id: 'a', role: 'x' }] }, 'members[0]: role is not known'],
    [
      { name: 'acme', members: [{ id: 'a', identities: [{ name: 1 }] }] },
      'members[0].identities[0].name is not a text',
    ],
    [{ name: 'acme', members: [], more: 1 }, 'more is not known'],
  ])('refuses %j', (value, reason) => {
    expect(() => read(value)).toThrow(reason);
  });
});

describe('the host of a member', () => {
  const withHost = (host: string) => ({
    ...describeNetwork({ name: 'acme', members: ['buyer'], identities: [], contracts: [] }),
    members: [{ id: 'buyer', host, identities: [] }],
  });

  it.each(['node.buyer.example', 'localhost', '192.0.2.7', '2001:db8::7', '::1', 'xn--bcher-kva.example'])(
    'may be %s',
    (host) => {
      expect(checkDescription(withHost(host)).members[0]?.host).toBe(host);
    },
  );

  it.each(['[::1]', '::1:4711:', 'bücher.example', 'a b', '300.1.2.3', 'host:4711', '-x', ''])(
    'may not be %j',
    (host) => {
      expect(() => checkDescription(withHost(host))).toThrow('neither the name of a host nor an address');
    },
  );
});
