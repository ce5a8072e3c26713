/**
 * A network of real nodes for tests: genesis, keys, certificates and configurations in a temporary
 * folder, each member's node in this process on a database of its own.
 */

import { randomBytes } from 'node:crypto';
import { mkdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import {
  encodeGenesis,
  type Genesis,
  type GenesisContract,
  type MemberId,
  networkId,
  type PublicKey,
  parseMemberId,
  parsePublicKey,
} from '@bucordo/protocol';

import { readConfig } from '../../../packages/node/src/config.ts';
import { RELEASE, type Release } from '../../../packages/node/src/execution/release.ts';
import { createAuthority, issueCertificate } from '../../../packages/node/src/identity/certificates.ts';
import { createNodeKey } from '../../../packages/node/src/identity/node-key.ts';
import { writeSecretFile } from '../../../packages/node/src/identity/secret-file.ts';
import { type RunningNode, startNode } from '../../../packages/node/src/main.ts';
import type { NodeDatabase } from '../../../packages/node/src/wiring/node-database.ts';
import {
  copyDatabase,
  freshDatabase,
  type TestDatabase,
  temporaryDirectory,
} from '../../support/postgres.ts';
import { newIdentity, type TestIdentity } from './chain-builder.ts';

/** Members of test networks; the first one's node orders. */
export const MEMBERS = ['buyer', 'seller', 'carrier'] as const;
export type Member = (typeof MEMBERS)[number];

/** A contract small enough to see through: entries that are added and changed, and refusals on demand. */
export const LEDGER_CONTRACT: GenesisContract = {
  name: 'ledger',
  version: '1.0.0',
  functions: {
    put: { roles: [], classes: [] },
    add: { roles: ['clerk'], classes: [] },
    refuse: { roles: [], classes: [] },
  },
  schema: `
    CREATE TABLE ledger.entry (
      id int4 PRIMARY KEY,
      amount int8 NOT NULL CHECK (amount >= 0),
      author text NOT NULL CHECK (octet_length(author) <= 200)
    );`,
  source: `
    CREATE FUNCTION ledger.put(id int4, amount int8) RETURNS void LANGUAGE plpgsql AS $$
    BEGIN
      INSERT INTO ledger.entry (id, amount, author) VALUES (put.id, put.amount, bucordo.caller());
    END $$;
    CREATE FUNCTION ledger.add(id int4, amount int8) RETURNS int8 LANGUAGE plpgsql AS $$
    DECLARE
      total int8;
    BEGIN
      UPDATE ledger.entry SET amount = entry.amount + add.amount WHERE entry.id = add.id RETURNING entry.amount INTO total;
      IF NOT FOUND THEN
        RAISE EXCEPTION USING ERRCODE = 'BC001', MESSAGE = 'no entry ' || id;
      END IF;
      RETURN total;
    END $$;
    CREATE FUNCTION ledger.refuse(reason text) RETURNS void LANGUAGE plpgsql AS $$
    BEGIN
      RAISE EXCEPTION USING ERRCODE = 'BC002', MESSAGE = reason;
    END $$;`,
};

/** A member's node and what belongs to it. */
export interface TestMember {
  readonly member: Member;
  readonly configFile: string;
  readonly database: TestDatabase;
  /** An identity with the roles `clerk` and `admin`. */
  readonly clerk: TestIdentity;
  node: RunningNode | null;
}

/** A network under test. */
export interface TestNetwork {
  readonly network: Uint8Array;
  readonly directory: string;
  /** Authorities of all members, PEM. */
  readonly ca: string;
  readonly members: ReadonlyMap<Member, TestMember>;
  of(member: Member): TestMember;
  /** The member's node; it must run. */
  node(member: Member): RunningNode;
  /** Starts the node; with `orderAlone` it orders without asking its fellows first. */
  start(member: Member, options?: { orderAlone?: boolean; release?: Release }): Promise<RunningNode>;
  /** Puts these settings into the member's configuration; they hold from its next start on. */
  configure(member: Member, settings: object): void;
  stop(member: Member): Promise<void>;
  /** A copy of the member's database as it is now; its node must be stopped. */
  snapshot(member: Member): Promise<TestDatabase>;
  /** Starts the node on another database than its own: an old copy, or an empty one. */
  startOn(member: Member, database: TestDatabase, options?: { release?: Release }): Promise<RunningNode>;
  /** Stops everything and removes everything. */
  end(): Promise<void>;
}

/** Makes a network of the first `count` members; starts no node. */
export async function createTestNetwork(
  options: {
    count?: number;
    checkpointBlocks?: number;
    checkpointMs?: number;
    /** Besides {@link LEDGER_CONTRACT}. */
    contracts?: readonly GenesisContract[];
    governance?: NonNullable<Genesis['governance']>;
  } = {},
): Promise<TestNetwork> {
  const members = MEMBERS.slice(0, options.count ?? MEMBERS.length);
  const directory = await temporaryDirectory('bucordo-network-');
  const clerks = new Map(members.map((member) => [member, newIdentity()]));
  const keys = new Map<Member, PublicKey>();
  for (const member of members) {
    mkdirSync(join(directory, member), { mode: 0o700 });
    keys.set(member, parsePublicKey(createNodeKey(join(directory, member, 'node.pem')).publicKey));
  }
  const document = encodeGenesis({
    name: 'test',
    created: '2026-01-01T00:00:00Z',
    ordering: { kind: 'solo', node: must(keys.get(MEMBERS[0])) },
    finalQuorum: 'more_than_two_thirds',
    checkpointBlocks: options.checkpointBlocks ?? 64,
    checkpointMs: options.checkpointMs ?? 50,
    members: members.map((member, index) => ({
      id: memberId(member),
      name: member,
      class: member,
      number: index + 1,
      identities: [
        { name: 'node', key: must(keys.get(member)), roles: ['node'] },
        { name: 'clerk', key: parsePublicKey(must(clerks.get(member)).key), roles: ['clerk', 'admin'] },
      ],
    })),
    contracts: [LEDGER_CONTRACT, ...(options.contracts ?? [])],
    ...(options.governance === undefined ? {} : { governance: options.governance }),
  });
  return openTestNetwork({ document, directory, clerks });
}

/**
 * A network of a genesis that is there already. `directory` holds a folder for each member with the key of
 * its node; certificates and configurations are made.
 */
export async function openTestNetwork(parts: {
  document: Uint8Array;
  directory: string;
  clerks: ReadonlyMap<Member, TestIdentity>;
}): Promise<TestNetwork> {
  const { document, directory, clerks } = parts;
  const members = [...clerks.keys()];
  const ports = await freePorts(members.length * 3);
  writeFileSync(join(directory, 'genesis.json'), document);
  const ca = await writeCertificates(directory, members);
  const all = new Map<Member, TestMember>();
  for (const member of members) {
    const configFile = writeConfig({ directory, member, members, ports });
    const database = await freshDatabase();
    all.set(member, { member, configFile, database, clerk: must(clerks.get(member)), node: null });
  }
  return networkOf({ network: networkId(document), directory, ca, members: all });
}

function networkOf(parts: Pick<TestNetwork, 'network' | 'directory' | 'ca' | 'members'>): TestNetwork {
  const of = (member: Member): TestMember => must(parts.members.get(member));
  const copies: TestDatabase[] = [];
  const stop = async (member: Member): Promise<void> => {
    await of(member).node?.stop();
    of(member).node = null;
  };
  return {
    ...parts,
    of,
    node: (member) => must(of(member).node),
    start: async (member, { orderAlone = false, release = RELEASE } = {}) => {
      const one = of(member);
      const database = sharedServer(one.database);
      one.node = await startNode(readConfig(one.configFile), { database, orderAlone, release });
      return one.node;
    },
    configure: (member, settings) => {
      const { configFile } = of(member);
      const config = JSON.parse(readFileSync(configFile, 'utf8'));
      writeFileSync(configFile, JSON.stringify({ ...config, ...settings }));
    },
    stop,
    snapshot: async (member) => {
      const copy = await copyDatabase(of(member).database);
      copies.push(copy);
      return copy;
    },
    startOn: async (member, database, { release = RELEASE } = {}) => {
      of(member).node = await startNode(readConfig(of(member).configFile), {
        database: sharedServer(database),
        release,
      });
      return must(of(member).node);
    },
    end: async () => {
      for (const member of [...parts.members.keys()].reverse()) await stop(member);
      for (const { database } of parts.members.values()) await database.drop();
      for (const database of copies) await database.drop();
      rmSync(parts.directory, { recursive: true, force: true });
    },
  };
}

function logLevel(): 'warn' | 'silent' | 'debug' {
  const level = process.env['BUCORDO_TEST_LOG'];
  return level === 'warn' || level === 'debug' ? level : 'silent';
}

/** A database of the test server, as a node takes it. */
export function sharedServer(database: TestDatabase): NodeDatabase {
  return {
    connection: (role) => database.connection(role),
    setUp: database.connection('postgres'),
    isEmbedded: false,
    lost: new Promise(() => {}),
    stop: () => Promise.resolve(),
  };
}

async function writeCertificates(directory: string, members: readonly Member[]): Promise<string> {
  const authorities = await Promise.all(members.map((member) => createAuthority(member)));
  const ca = authorities.map(({ certificate }) => certificate).join('');
  writeFileSync(join(directory, 'ca.pem'), ca);
  for (const [index, member] of members.entries()) {
    const { certificate, privateKey } = await issueCertificate(must(authorities[index]), {
      member,
      node: `${member}-node`,
    });
    writeFileSync(join(directory, member, 'tls.pem'), certificate);
    writeSecretFile(join(directory, member, 'tls.key.pem'), privateKey);
  }
  return ca;
}

function writeConfig(options: {
  directory: string;
  member: Member;
  members: readonly Member[];
  ports: readonly number[];
}): string {
  const { directory, member, members, ports } = options;
  const file = join(directory, member, 'node.json');
  const portsOf = (other: Member): number[] => ports.slice(members.indexOf(other) * 3);
  const [client, peer, http] = portsOf(member);
  const config = {
    network: '../genesis.json',
    member,
    nodeKey: 'node.pem',
    dataDirectory: 'postgres',
    client: { port: client },
    peer: { port: peer },
    http: { port: http },
    tls: { ca: '../ca.pem', cert: 'tls.pem', key: 'tls.key.pem' },
    peers: members
      .filter((other) => other !== member)
      .map((other) => ({ member: other, address: `127.0.0.1:${portsOf(other)[1] ?? 0}` })),
    log: { level: logLevel() },
  };
  writeFileSync(file, JSON.stringify(config));
  return file;
}

// Peers must know each other's ports beforehand. A random range keeps test files that run at once apart.
// Test files that run at the same time take their ports from ranges of their own: a port is not in use
// while its node is down, and another file must not take it meanwhile.
const PORTS_FIRST = 20_000 + 1_000 * (Number(process.env['VITEST_POOL_ID'] ?? 0) % 10);
const taken = new Set<number>();

async function freePorts(count: number): Promise<number[]> {
  const { createServer } = await import('node:net');
  const isFree = (port: number): Promise<boolean> =>
    new Promise((resolve) => {
      const server = createServer();
      server.once('error', () => resolve(false));
      server.listen(port, '127.0.0.1', () => server.close(() => resolve(true)));
    });
  const ports: number[] = [];
  while (ports.length < count) {
    const port = PORTS_FIRST + (randomBytes(2).readUInt16BE() % 1_000);
    if (taken.has(port) || !(await isFree(port))) continue;
    taken.add(port);
    ports.push(port);
  }
  return ports;
}

function memberId(member: Member): MemberId {
  return parseMemberId(member);
}

/** The value, which a test knows to be there. */
export function must<Value>(value: Value | null | undefined): Value {
  if (value === null || value === undefined) throw new Error('missing in the test');
  return value;
}
