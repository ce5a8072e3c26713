/**
 * The configuration of a node: one JSON file, read strictly.
 *
 * An unknown key is refused with its path, so that a misspelt setting cannot be silently ignored.
 * Relative paths are relative to the file. Secrets are never in it, only the names of files that
 * hold them. Everything listens on the loopback address unless the file says otherwise.
 */

import { readFileSync } from 'node:fs';
import { dirname, resolve } from 'node:path';

import { heightMax } from '@bucordo/protocol';

import { Fault } from './fault.ts';
import { blockTimeAheadMs } from './limits.ts';

/** Where something listens or is reached; port 0 = any free one. */
export interface Endpoint {
  readonly host: string;
  readonly port: number;
}

/** Where the node's Postgres is. */
export type PostgresConfig =
  /** The node starts and stops a server of its own in this folder. */
  | {
      readonly kind: 'embedded';
      readonly dataDirectory: string;
      /** Where the member's reports read over TCP, and the file with their password; null where they do not. */
      readonly reports: (Endpoint & { readonly passwordFile: string }) | null;
    }
  /** A server of the operator: `postgres://user@host:port/database` of the user who may set it up, the password in a file. */
  | { readonly kind: 'server'; readonly url: string; readonly passwordFile: string | null };

/** Files of the node's TLS, PEM. */
export interface TlsConfig {
  /** The authorities of all members, one after the other. */
  readonly ca: string;
  readonly cert: string;
  /** A secret. */
  readonly key: string;
}

/** Another member's node. */
export interface PeerConfig {
  readonly member: string;
  /** `host:port` of its peer port. */
  readonly address: string;
}

/** Least severe kind of message that is logged. */
export type LogLevel = (typeof LOG_LEVELS)[number];

/** Everything a node needs to know to start; all paths absolute. */
export interface NodeConfig {
  /** File of the genesis document. */
  readonly network: string;
  /** Id of the network that the genesis must found, hex; absent where the file names none. */
  readonly networkId?: string;
  /** Id of the member whose node this is. */
  readonly member: string;
  /** File of the node's Ed25519 key, a secret. */
  readonly nodeKey: string;
  readonly postgres: PostgresConfig;
  /** gRPC for clients. */
  readonly client: Endpoint;
  /** gRPC for the nodes of the other members. */
  readonly peer: Endpoint;
  /** HTTP JSON API. */
  readonly http: Endpoint;
  readonly tls: TlsConfig;
  readonly peers: readonly PeerConfig[];
  readonly log: { readonly level: LogLevel };
  readonly clock: {
    /** How far ahead of this node's clock a block may be dated, in milliseconds; it is executed later otherwise. */
    readonly aheadMaxMs: number;
  };
  /** Whether the node signs what its checker says about proposed contracts, so that all members see it. */
  readonly advice: { readonly report: boolean };
  readonly alarms: AlarmConfig;
}

/** When the node raises an alarm in its status and log. */
export interface AlarmConfig {
  /** Milliseconds after which a block that was committed here should be final. */
  readonly finalWithinMs: number;
  /** Two histories that part at this height or below it have been settled between the members; 0 = none. */
  readonly forksSettledTo: number;
}

/** Ports of a node that names none. */
export const DEFAULT_PORTS = { client: 4710, peer: 4711, http: 4712 } as const;

/** A minute: members that run sign several times a second while there is something to sign. */
const FINAL_WITHIN_MS = 60_000;
const DAY_MS = 86_400_000;
const LOG_LEVELS = ['silent', 'error', 'warn', 'info', 'debug'] as const;
/** Ten years: whoever takes a block as it is may have to wait no longer for any date that is a mistake. */
const SECONDS_AHEAD_MAX = 315_360_000;
const LOOPBACK = '127.0.0.1';
const NETWORK_ID = /^[0-9a-f]{64}$/;
const NAME = /^[a-z][a-z0-9_-]{0,62}$/;
const ADDRESS = /^(\[[0-9a-f:]+\]|[^\s:/]+):([0-9]{1,5})$/i;

/** Reads a configuration file. Throws {@link Fault} `config_invalid` with file and path of what is wrong. */
export function readConfig(file: string): NodeConfig {
  let text: string;
  try {
    text = readFileSync(file, 'utf8');
  } catch (cause) {
    throw new Fault('config_invalid', `The configuration file ${file} cannot be read.`, {
      facts: { file },
      hint: 'Make one with `bucordo network new`, or check the path.',
      cause,
    });
  }
  return parseConfig(text, file);
}

/** Reads a configuration from text as if it stood in `file`. */
export function parseConfig(text: string, file: string): NodeConfig {
  let value: unknown;
  try {
    value = JSON.parse(text);
  } catch (cause) {
    throw invalid(file, '', `is no JSON: ${cause instanceof Error ? cause.message : 'unreadable'}`);
  }
  return configOf(new Section(value, { file, path: '' }));
}

function configOf(root: Section): NodeConfig {
  const config: NodeConfig = {
    network: root.file('network'),
    ...(root.has('networkId')
      ? { networkId: root.matching('networkId', NETWORK_ID, 'a network id, 64 lower-case hex digits') }
      : {}),
    member: root.matching('member', NAME, 'a member id'),
    nodeKey: root.file('nodeKey'),
    postgres: postgresOf(root),
    client: endpointOf(root, 'client'),
    peer: endpointOf(root, 'peer'),
    http: endpointOf(root, 'http'),
    tls: tlsOf(root.section('tls')),
    peers: root.sections('peers').map(peerOf),
    log: logOf(root.optionalSection('log')),
    clock: clockOf(root.optionalSection('clock')),
    advice: adviceOf(root.optionalSection('advice')),
    alarms: alarmsOf(root.optionalSection('alarms')),
  };
  root.end();
  return config;
}

function postgresOf(root: Section): PostgresConfig {
  if (root.has('dataDirectory') === root.has('postgres')) {
    throw root.refuse('dataDirectory', 'or `postgres` must be given, and only one of them');
  }
  if (root.has('dataDirectory')) {
    const reports = reportsOf(root.optionalSection('reports'));
    return { kind: 'embedded', dataDirectory: root.file('dataDirectory'), reports };
  }
  const section = root.section('postgres');
  const url = section.text('url');
  const passwordFile = section.has('passwordFile') ? section.file('passwordFile') : null;
  section.end();
  const parsed = URL.canParse(url) ? new URL(url) : null;
  if (parsed === null || !/^postgres(ql)?:$/.test(parsed.protocol) || parsed.pathname.length < 2) {
    throw section.refuse('url', 'must look like postgres://user@host:port/database');
  }
  if (parsed.password !== '')
    throw section.refuse('url', 'must hold no password: put it into `passwordFile`');
  return { kind: 'server', url, passwordFile };
}

function reportsOf(section: Section | null): (Endpoint & { passwordFile: string }) | null {
  if (section === null) return null;
  const host = section.has('host') ? section.text('host') : LOOPBACK;
  // The embedded server has no TLS.
  if (host !== LOOPBACK && host !== '::1')
    throw section.refuse('host', 'must be 127.0.0.1 or ::1; from another machine through a tunnel (ssh -L)');
  const reports = { host, port: section.port('port'), passwordFile: section.file('passwordFile') };
  if (reports.port === 0) throw section.refuse('port', 'must be a port that tools can name, not 0');
  section.end();
  return reports;
}

function endpointOf(root: Section, key: keyof typeof DEFAULT_PORTS): Endpoint {
  const section = root.optionalSection(key);
  if (section === null) return { host: LOOPBACK, port: DEFAULT_PORTS[key] };
  const endpoint = {
    host: section.has('host') ? section.text('host') : LOOPBACK,
    port: section.has('port') ? section.port('port') : DEFAULT_PORTS[key],
  };
  section.end();
  return endpoint;
}

function tlsOf(section: Section): TlsConfig {
  const tls = { ca: section.file('ca'), cert: section.file('cert'), key: section.file('key') };
  section.end();
  return tls;
}

function peerOf(section: Section): PeerConfig {
  const peer = {
    member: section.matching('member', NAME, 'a member id'),
    address: section.matching('address', ADDRESS, '`host:port`'),
  };
  section.end();
  return peer;
}

function logOf(section: Section | null): { level: LogLevel } {
  if (section === null) return { level: 'info' };
  const text = section.text('level');
  const level = LOG_LEVELS.find((known) => known === text);
  if (level === undefined) throw section.refuse('level', `must be one of ${LOG_LEVELS.join(', ')}`);
  section.end();
  return { level };
}

function clockOf(section: Section | null): { aheadMaxMs: number } {
  if (section === null) return { aheadMaxMs: blockTimeAheadMs };
  const seconds = section.number('aheadSecondsMax', { min: 1, max: SECONDS_AHEAD_MAX });
  section.end();
  return { aheadMaxMs: seconds * 1_000 };
}

function adviceOf(section: Section | null): { report: boolean } {
  if (section === null) return { report: false };
  const report = section.flag('report');
  section.end();
  return { report };
}

function alarmsOf(section: Section | null): AlarmConfig {
  if (section === null) return { finalWithinMs: FINAL_WITHIN_MS, forksSettledTo: 0 };
  const alarms = {
    finalWithinMs: section.has('finalWithinMs')
      ? section.number('finalWithinMs', { min: 1, max: DAY_MS })
      : FINAL_WITHIN_MS,
    forksSettledTo: section.has('forksSettledTo')
      ? section.number('forksSettledTo', { min: 0, max: heightMax })
      : 0,
  };
  section.end();
  return alarms;
}

/** One object of the file; remembers what was asked for, so that the rest can be refused. */
class Section {
  readonly #fields: ReadonlyMap<string, unknown>;
  readonly #asked = new Set<string>();
  readonly #file: string;
  readonly #path: string;

  constructor(value: unknown, at: { readonly file: string; readonly path: string }) {
    this.#file = at.file;
    this.#path = at.path;
    if (typeof value !== 'object' || value === null || Array.isArray(value)) {
      throw invalid(at.file, at.path, 'must be an object');
    }
    this.#fields = new Map(Object.entries(value));
  }

  has(key: string): boolean {
    return this.#fields.has(key);
  }

  text(key: string): string {
    const value = this.#take(key);
    if (typeof value !== 'string' || value === '') throw this.refuse(key, 'must be a text that is not empty');
    return value;
  }

  matching(key: string, pattern: RegExp, what: string): string {
    const value = this.text(key);
    if (!pattern.test(value)) throw this.refuse(key, `must be ${what}, not ${JSON.stringify(value)}`);
    return value;
  }

  /** A path, made absolute. */
  file(key: string): string {
    return resolve(dirname(resolve(this.#file)), this.text(key));
  }

  port(key: string): number {
    const value = this.#take(key);
    if (typeof value !== 'number' || !Number.isInteger(value) || value < 0 || value > 65_535) {
      throw this.refuse(key, 'must be a port, 0 to 65535');
    }
    return value;
  }

  number(key: string, { min, max }: { readonly min: number; readonly max: number }): number {
    const value = this.#take(key);
    if (typeof value !== 'number' || !Number.isInteger(value) || value < min || value > max)
      throw this.refuse(key, `must be a whole number, ${min} to ${max}`);
    return value;
  }

  flag(key: string): boolean {
    const value = this.#take(key);
    if (typeof value !== 'boolean') throw this.refuse(key, 'must be true or false');
    return value;
  }

  section(key: string): Section {
    return new Section(this.#take(key), { file: this.#file, path: this.#join(key) });
  }

  optionalSection(key: string): Section | null {
    return this.has(key) ? this.section(key) : null;
  }

  sections(key: string): Section[] {
    return this.#list(key).map(
      (value, index) => new Section(value, { file: this.#file, path: this.#join(`${key}[${index}]`) }),
    );
  }

  /** Refuses what nobody asked for. */
  end(): void {
    for (const key of this.#fields.keys()) {
      if (!this.#asked.has(key)) throw this.refuse(key, 'is not a known setting');
    }
  }

  refuse(key: string, reason: string): Fault {
    return invalid(this.#file, this.#join(key), reason);
  }

  #take(key: string): unknown {
    this.#asked.add(key);
    return this.#fields.get(key);
  }

  #list(key: string): unknown[] {
    const value = this.#take(key);
    if (value === undefined) return [];
    if (!Array.isArray(value)) throw this.refuse(key, 'must be a list');
    return value;
  }

  #join(key: string): string {
    return this.#path === '' ? key : `${this.#path}.${key}`;
  }
}

function invalid(file: string, path: string, reason: string): Fault {
  return new Fault('config_invalid', `${file}: ${path === '' ? 'the file' : `\`${path}\``} ${reason}.`, {
    facts: { file, path },
    hint: 'Correct the file; docs/guides/node-configuration.md says what each setting means.',
  });
}

/** `host:port` as programs take it: an IPv6 address stands in brackets. */
export function addressText({ host, port }: Endpoint): string {
  return host.includes(':') && !host.startsWith('[') ? `[${host}]:${port}` : `${host}:${port}`;
}

/** Why a system does not let a program listen, by its code. */
const LISTEN_REASONS: readonly (readonly [code: string, reason: string])[] = [
  ['EADDRINUSE', 'another program listens there'],
  ['EADDRNOTAVAIL', 'this machine has no such address'],
  ['EAFNOSUPPORT', 'this machine does not know this kind of address'],
  ['EACCES', 'this account may not listen there (ports below 1024 need a privilege)'],
  ['ENOTFOUND', 'nothing is known under this host name'],
  ['EAI_AGAIN', 'nothing is known under this host name now'],
];

/** The fault of a door that cannot be opened; `section` is that of the configuration which names its address. */
export function addressUnusable(
  section: keyof typeof DEFAULT_PORTS,
  endpoint: Endpoint,
  cause: unknown,
): Fault {
  const told = cause instanceof Error ? `${cause.message} ${'code' in cause ? String(cause.code) : ''}` : '';
  const [code, reason] = LISTEN_REASONS.find(([known]) => told.includes(known)) ?? ['', told.trim()];
  const { host, port } = endpoint;
  const which =
    code === 'EADDRINUSE' ? `Which program it is: ss -ltnp 'sport = :${port}'. Stop it, or give` : 'Give';
  return new Fault(
    'address_unusable',
    `The node cannot listen on ${addressText(endpoint)} (\`${section}\`): ${reason}.`,
    {
      facts: { host, port, section },
      hint: `${which} the node another address under \`${section}\` in its configuration, and tell it to those who use it.`,
      cause,
    },
  );
}
