/**
 * Connections to Postgres: an embedded server through its socket, or the member's own server by an
 * address. Values arrive without loss: whole numbers of eight bytes as bigint, numeric and all
 * dates and times as text, bytea as Buffer.
 */

import { readFile } from 'node:fs/promises';
import pg from 'pg';
import { Fault } from '../fault.ts';
import { guardAnswers } from './guard-answers.ts';
import { SOCKET_PORT } from './settings.ts';

/** What every connection states. */
interface ConnectionBase {
  /** The role to log in as. */
  readonly role: string;
  readonly database: string;
  /** Shown in `pg_stat_activity`; `bucordo` without a choice. */
  readonly applicationName?: string;
  /** How long connecting may take; 10,000 without a choice. */
  readonly connectTimeoutMs?: number;
  /** Called once when the connection ends without having been closed here. */
  readonly onLost?: (fault: Fault) => void;
}

/** Through the socket of an embedded server. */
export interface SocketConnection extends ConnectionBase {
  readonly socketDirectory: string;
  /** The port in the socket's name; {@link SOCKET_PORT} without a choice. */
  readonly port?: number;
}

/**
 * By address, `postgres://host:port/` with the options of libpq (`sslmode`, `host` for a socket).
 * Role and database of the address are replaced. A password comes from `passwordFile` or from the
 * password file of libpq (`PGPASSFILE`, `~/.pgpass`); one inside the address is refused, because
 * addresses end up in argument lists and logs.
 */
export interface AddressConnection extends ConnectionBase {
  readonly url: string;
  /** File with the password as its only line. */
  readonly passwordFile?: string;
}

/** How to reach a server. */
export type ConnectionOptions = SocketConnection | AddressConnection;

const BIGINT_OID = 20;
const BIGINT_ARRAY_OID = 1016;
const TEXT_ARRAY_OID: number = 1009;
/** date, timestamp, timestamptz, time, timetz, interval, numeric. */
const TEXT_OIDS: ReadonlySet<number> = new Set([1082, 1114, 1184, 1083, 1266, 1186, 1700]);
/** Arrays of the same. */
const TEXT_ARRAY_OIDS: ReadonlySet<number> = new Set([1182, 1115, 1185, 1183, 1270, 1187, 1231]);

const asText = (text: string): string => text;
const textArray: (text: string) => (string | null)[] = pg.types.getTypeParser(TEXT_ARRAY_OID);
const asBigints = (text: string): (bigint | null)[] =>
  textArray(text).map((item) => (item === null ? null : BigInt(item)));

/** How values of a result are read; for `types` of a pg client or query. */
export const valueTypes: pg.CustomTypesConfig = {
  getTypeParser: (oid: number, format?: 'text' | 'binary') => {
    if (format === 'binary') return pg.types.getTypeParser(oid, format);
    if (oid === BIGINT_OID) return BigInt;
    if (oid === BIGINT_ARRAY_OID) return asBigints;
    if (TEXT_OIDS.has(oid)) return asText;
    if (TEXT_ARRAY_OIDS.has(oid)) return textArray;
    return pg.types.getTypeParser(oid, format);
  },
};

/** The settings of a pg client for a connection; reads the password file if one is named. */
export async function clientConfig(options: ConnectionOptions): Promise<pg.ClientConfig> {
  const config: pg.ClientConfig = {
    types: valueTypes,
    keepAlive: true,
    keepAliveInitialDelayMillis: 10_000,
    application_name: options.applicationName ?? 'bucordo',
    connectionTimeoutMillis: options.connectTimeoutMs ?? 10_000,
  };
  if ('socketDirectory' in options) {
    const { socketDirectory: host, port = SOCKET_PORT, role: user, database } = options;
    return { ...config, host, port, user, database };
  }
  return { ...config, connectionString: await addressFor(options) };
}

/** The address for the driver, which lets nothing beside an address count; kept in memory only. */
async function addressFor(options: AddressConnection): Promise<string> {
  const url = parseAddress(options.url);
  if (url.password !== '' || url.searchParams.has('password')) {
    throw new Fault('postgres_password_in_address', 'The address of Postgres contains a password', {
      hint: 'Remove it and name a file with the password, or use the password file of libpq (PGPASSFILE).',
    });
  }
  url.username = '';
  url.searchParams.set('user', options.role);
  url.pathname = `/${encodeURIComponent(options.database)}`;
  if (options.passwordFile !== undefined) {
    url.searchParams.set('password', await readPassword(options.passwordFile));
  }
  return url.href;
}

function parseAddress(address: string): URL {
  const url = URL.canParse(address) ? new URL(address) : null;
  if (url === null || !['postgres:', 'postgresql:'].includes(url.protocol)) {
    throw new Fault(
      'postgres_address_invalid',
      'The address of Postgres is not of the form postgres://host:port/',
      {
        hint: 'For a socket write postgres:///?host=/folder/of/the/socket.',
      },
    );
  }
  return url;
}

async function readPassword(file: string): Promise<string> {
  const text = await readFile(file, 'utf8').catch((cause: unknown) => {
    throw new Fault('postgres_password_unreadable', `The password file ${file} cannot be read`, {
      cause,
      facts: { file },
      hint: 'Make a file with the password as its only line, readable by the node alone (mode 0600).',
    });
  });
  return text.replace(/\r?\n$/, '');
}

/**
 * Connects. The client is the caller's to end. Fails with a fault of {@link connectionFault}; when
 * the connection is lost later, running queries reject, and `onLost` is called.
 */
export async function connect(options: ConnectionOptions): Promise<pg.Client> {
  const client = new pg.Client(await clientConfig(options));
  let isOpen = false;
  let isTold = false;
  const tell = (error: Error): void => {
    if (!isOpen || isTold) return;
    isTold = true;
    options.onLost?.(connectionFault(error, options));
  };
  // Without a listener the loss of an idle connection would end the process.
  client.on('error', tell);
  try {
    await client.connect();
  } catch (error) {
    await client.end().catch(() => undefined);
    throw connectionFault(error, options);
  }
  isOpen = true;
  guardAnswers(client.connection.stream);
  return client;
}

const LOST_CODES = /^(08|57P0[1-5]|ECONN|EPIPE|ETIMEDOUT|ENOTFOUND|ENOENT|EACCES|EHOSTUNREACH)/;

/** Words an error of connecting, or of a connection that ended, as a fault. */
export function connectionFault(error: unknown, options: ConnectionOptions): Fault {
  if (error instanceof Fault) return error;
  const place = 'url' in options ? safeAddress(options.url) : options.socketDirectory;
  const facts = { place, role: options.role, database: options.database };
  const sqlstate = error instanceof Error && 'code' in error ? String(error.code) : '';
  const reason = error instanceof Error ? error.message : String(error);
  if (sqlstate === '28P01' || sqlstate === '28000' || reason.startsWith('SASL')) {
    const hint = 'Set the role’s password in the server and name it in the password file.';
    return new Fault('postgres_login_refused', `Postgres refuses the login of ${options.role}: ${reason}`, {
      cause: error,
      facts,
      hint,
    });
  }
  if (sqlstate === '3D000') {
    const hint = 'Create the database with the set-up command.';
    return new Fault('postgres_database_missing', `Postgres has no database ${options.database}`, {
      cause: error,
      facts,
      hint,
    });
  }
  if (sqlstate === '53100') {
    const hint = 'Make room on the server’s disk and start again; nothing is damaged.';
    return new Fault('disk_full', `The disk of Postgres is full: ${reason}`, { cause: error, facts, hint });
  }
  if (LOST_CODES.test(sqlstate) || /terminated|timeout/i.test(reason)) {
    const hint = 'See that the server runs and that this machine reaches it.';
    return new Fault('postgres_unreachable', `Postgres at ${place} cannot be reached: ${reason}`, {
      cause: error,
      facts,
      hint,
    });
  }
  return new Fault('postgres_failed', `Postgres: ${reason}`, { cause: error, facts: { ...facts, sqlstate } });
}

function safeAddress(address: string): string {
  const url = URL.canParse(address) ? new URL(address) : null;
  return url === null ? 'unknown' : `${url.protocol}//${url.host}${url.pathname}`;
}
