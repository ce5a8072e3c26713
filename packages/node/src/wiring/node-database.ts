/**
 * The node's database: an embedded server that the node starts and stops, or the operator's own.
 * Set up and founded when it is empty, checked at every start.
 */

import type { PostgresConfig } from '../config.ts';
import { requireNetwork } from '../execution/chain-head.ts';
import { becomeOwner } from '../execution/confined-role.ts';
import { installGenesis } from '../execution/install-genesis.ts';
import { installSchema } from '../execution/install-release.ts';
import { requireAllUntouched } from '../execution/private-objects.ts';
import { RELEASE, type Release } from '../execution/release.ts';
import { Fault } from '../fault.ts';
import type { Enrolment } from '../identity/enrolment.ts';
import { readSecretFile } from '../identity/secret-file.ts';
import type { Log } from '../observe/ports.ts';
import { checkServer, type ServerFinding } from '../postgres/check-server.ts';
import { type ConnectionOptions, connect } from '../postgres/connection.ts';
import { startEmbedded } from '../postgres/embedded.ts';
import { prepareDatabase, ROLES, setUpDatabase } from '../postgres/set-up.ts';
import { checkVersionRange } from '../postgres/version-range.ts';

/** Database of an embedded server, and the role that owns the server. */
const DATABASE = 'bucordo';
const SUPERUSER = 'postgres';
/** The operator cannot install another minor version of it: the remedy of {@link checkServer} is for servers of one's own. */
const EMBEDDED_VERSION_REMEDY =
  'This server came with Bucordo, whose packages have no newer one yet; known holes of its version are open to whoever may run SQL on this node. Where not all of them are trusted, give the node a Postgres of your own with the fixes (`postgres` in its configuration).';

/** How to reach the database, and how to let go of it. */
export interface NodeDatabase {
  /** How to connect as `role`. */
  connection(role: string): ConnectionOptions;
  /** How to connect as a superuser, for the set-up. */
  readonly setUp: ConnectionOptions;
  /** Whether the server is the node's own, with a superuser at hand. */
  readonly isEmbedded: boolean;
  /** Resolves when the server was lost; never for the operator's own, whose loss the connections notice. */
  readonly lost: Promise<Fault>;
  /** Whether the server's disk is full now; absent where it is the operator's, whose disk is out of sight. */
  readonly isDiskFull?: () => Promise<boolean>;
  stop(): Promise<void>;
}

/** What a network is founded with. */
export type Founding = Pick<Enrolment, 'document' | 'genesis' | 'network'>;

/** Starts the embedded server, or finds the operator's. */
export async function openDatabase(config: PostgresConfig): Promise<NodeDatabase> {
  if (config.kind === 'server') return operatorsServer(config);
  const { dataDirectory, reports } = config;
  const server = await startEmbedded({ dataDirectory, ...(reports === null ? {} : { reports }) });
  const atServer = server.connection(SUPERUSER, SUPERUSER);
  try {
    await prepareOnce(atServer, server.connection(SUPERUSER, DATABASE));
    await openReports(atServer, reports?.passwordFile ?? null);
  } catch (error) {
    await server.stop();
    throw error;
  }
  return {
    connection: (role) => server.connection(role, DATABASE),
    setUp: server.connection(SUPERUSER, DATABASE),
    isEmbedded: true,
    lost: server.lost,
    isDiskFull: () => server.isDiskFull(),
    stop: () => server.stop(),
  };
}

/**
 * Checks the server as the node will use it, founds the network where the database is empty, and brings
 * it to the schema of this program where an earlier one has founded it.
 * Throws {@link Fault} `postgres_unsafe` with every finding that forbids to start, `contract_altered`,
 * `network_mismatch`, `contract_refused`, or as `installSchema` does.
 */
export async function prepareLedger(
  database: NodeDatabase,
  enrolment: Founding,
  log: Log,
  release: Release = RELEASE,
): Promise<void> {
  const isFounded = await isNetworkThere(database);
  if (!isFounded && !(await isSetUp(database))) await setUp(database);
  let findings = await findingsOf(database, enrolment);
  if (database.isEmbedded && findings.some(isRefusal)) {
    // A restore or an upgrade brings rights back that the set-up had taken away.
    await setUpAgain(database, log);
    findings = await findingsOf(database, enrolment);
  }
  for (const finding of findings) {
    const { code, setting, found: is, wanted } = finding;
    const isOwn = database.isEmbedded && code === 'version_vulnerable';
    const remedy = isOwn ? EMBEDDED_VERSION_REMEDY : finding.remedy;
    log.warn(
      { finding: code, setting, found: is, wanted, remedy },
      'the database server differs from what a node wants',
    );
  }
  const refused = findings.filter(isRefusal);
  if (refused.length > 0) throw unsafe(refused);
  if (!isFounded) return found(database, enrolment, { log, release });
  await upgrade(database, enrolment, { log, release });
  await requireContractsUntouched(database);
}

async function upgrade(
  database: NodeDatabase,
  { network }: Founding,
  options: { readonly log: Log; readonly release: Release },
): Promise<void> {
  const client = await connect(database.connection(ROLES.node));
  try {
    await requireNetwork(client, network);
    await installSchema(client, { networkId: network, ...options });
  } finally {
    await client.end();
  }
}

// What was changed by hand would answer calls otherwise than all other nodes do.
async function requireContractsUntouched(database: NodeDatabase): Promise<void> {
  const client = await connect(database.connection(ROLES.node));
  try {
    await client.query('BEGIN READ ONLY');
    await becomeOwner(client);
    await requireAllUntouched(client);
  } finally {
    await client.end();
  }
}

async function prepareOnce(atServer: ConnectionOptions, atDatabase: ConnectionOptions): Promise<void> {
  const client = await connect(atServer);
  try {
    const { rowCount } = await client.query('SELECT FROM pg_catalog.pg_database WHERE datname = $1', [
      atDatabase.database,
    ]);
    if (rowCount !== 0) return;
  } finally {
    await client.end();
  }
  await prepareDatabase(atServer, atDatabase.database);
}

// Before the door's password is set nobody comes in by it, and without a door by none.
async function openReports(atServer: ConnectionOptions, passwordFile: string | null): Promise<void> {
  const password = passwordFile === null ? null : readSecretFile(passwordFile).trim();
  if (password !== null && password.length < REPORTS_PASSWORD_MIN) {
    throw new Fault(
      'config_invalid',
      `The password in ${passwordFile} is shorter than ${REPORTS_PASSWORD_MIN} characters`,
      {
        facts: { file: passwordFile, characters: password.length },
        hint: 'Write a long random one into the file: openssl rand -base64 24',
      },
    );
  }
  const client = await connect(atServer);
  try {
    const value = password === null ? 'NULL' : client.escapeLiteral(password);
    const { rowCount } = await client.query('SELECT FROM pg_catalog.pg_roles WHERE rolname = $1', [
      ROLES.memberReader,
    ]);
    // A set-up that was cut short is done again later, and the door opens at the next start.
    if (rowCount === 0) return;
    await client.query(`ALTER ROLE ${ROLES.memberReader} PASSWORD ${value}`);
  } finally {
    await client.end();
  }
}

/** Guessing goes as fast as the server answers: 62^12 tries are out of reach. */
const REPORTS_PASSWORD_MIN = 12;

function operatorsServer(config: Extract<PostgresConfig, { kind: 'server' }>): NodeDatabase {
  const { username, pathname } = new URL(config.url);
  const database = decodeURIComponent(pathname.slice(1));
  const connection = (role: string): ConnectionOptions => ({
    url: config.url,
    role,
    database,
    ...(config.passwordFile === null ? {} : { passwordFile: config.passwordFile }),
  });
  return {
    connection,
    setUp: connection(username === '' ? SUPERUSER : decodeURIComponent(username)),
    isEmbedded: false,
    lost: new Promise(() => {}),
    stop: () => Promise.resolve(),
  };
}

async function isNetworkThere(database: NodeDatabase): Promise<boolean> {
  try {
    const client = await connect(database.connection(ROLES.node));
    try {
      const { rows } = await client.query<{ founded: boolean }>(
        `SELECT pg_catalog.to_regclass('bucordo.network') IS NOT NULL AS founded`,
      );
      return rows[0]?.founded === true;
    } finally {
      await client.end();
    }
  } catch (error) {
    // Without the set-up there is no such login, or it may not look.
    if (error instanceof Fault && error.code !== 'postgres_login_refused') throw error;
    return false;
  }
}

async function found(
  database: NodeDatabase,
  enrolment: Founding,
  { log, release }: { readonly log: Log; readonly release: Release },
): Promise<void> {
  const client = await connect(database.connection(ROLES.node));
  try {
    const { genesis, document, network } = enrolment;
    const isNew = await installGenesis(client, { genesis, document, networkId: network }, release);
    if (isNew)
      log.info({ network: Buffer.from(network).toString('hex') }, 'the network was founded in the database');
  } finally {
    await client.end();
  }
}

// Whether the node's login is there and may become the owner, who founds.
async function isSetUp(database: NodeDatabase): Promise<boolean> {
  try {
    const client = await connect(database.connection(ROLES.node));
    try {
      const { rows } = await client.query<{ is_set_up: boolean }>(
        `SELECT pg_catalog.to_regnamespace('bucordo_guard') IS NOT NULL
                AND EXISTS (SELECT FROM pg_catalog.pg_roles AS r WHERE r.rolname = $1 AND pg_catalog.pg_has_role(r.oid, 'MEMBER')) AS is_set_up`,
        [ROLES.owner],
      );
      return rows[0]?.is_set_up === true;
    } finally {
      await client.end();
    }
  } catch (error) {
    if (error instanceof Fault && error.code !== 'postgres_login_refused') throw error;
    return false;
  }
}

async function setUp(database: NodeDatabase): Promise<void> {
  const client = await connect(database.setUp);
  try {
    await setUpDatabase(client);
  } finally {
    await client.end();
  }
}

async function setUpAgain(database: NodeDatabase, log: Log): Promise<void> {
  await setUp(database);
  log.info({}, 'the rights in the database were set up again');
}

async function findingsOf(database: NodeDatabase, { genesis }: Founding): Promise<ServerFinding[]> {
  const client = await connect(database.connection(ROLES.node));
  try {
    return [...(await checkServer(client)), ...(await checkVersionRange(client, genesis.postgres))];
  } finally {
    await client.end();
  }
}

function isRefusal({ severity }: ServerFinding): boolean {
  return severity === 'refuse';
}

function unsafe(findings: readonly ServerFinding[]): Fault {
  const told = findings.map(
    ({ setting, found: is, wanted, remedy }) => `${setting} is ${is}, must be ${wanted}: ${remedy}`,
  );
  return new Fault('postgres_unsafe', `The database server is not safe for a node:\n${told.join('\n')}`, {
    facts: { count: findings.length },
    hint: 'Apply the remedies above and start the node again.',
  });
}
