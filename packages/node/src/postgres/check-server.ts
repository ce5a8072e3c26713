/**
 * The start-up check: everything about a server that would make a node lose data, disagree with
 * other members, or leave contracts unfenced, is named with its remedy. Restores, upgrades and
 * well-meant tuning bring such things back, so the check runs at every start.
 *
 * Reading ({@link readServerFacts}) and judging ({@link judgeServer}) are apart: the rules are a
 * pure function over facts.
 */

import type pg from 'pg';
import { Fault } from '../fault.ts';
import { type DatabaseLocale, readServerFacts, type ServerFacts } from './server-facts.ts';
import { DATABASE_OPTIONS } from './set-up.ts';

/** One thing found. */
export interface ServerFinding {
  /** What kind of thing; stable. */
  readonly code: string;
  /** The setting, object or right concerned. */
  readonly setting: string;
  readonly found: string;
  readonly wanted: string;
  /** SQL for a superuser, or one sentence. */
  readonly remedy: string;
  /** `refuse`: the node must not start. `warn`: it may, and says so. */
  readonly severity: 'refuse' | 'warn';
}

type Rule = (facts: ServerFacts) => ServerFinding[];

/** Lowest version that a node works with. */
const VERSION_MIN = 150_000;
/** Highest major version that the project tests. */
const MAJOR_TESTED_MAX = 18;
/** First minor versions without the known holes by which an ordinary login runs code of its own (August 2026). */
const VERSION_SAFE: Readonly<Record<number, number>> = { 15: 150_019, 16: 160_015, 17: 170_011, 18: 180_006 };

const SET_UP_REMEDY = 'Run the set-up of this database again as a superuser.';

interface WantedSetting {
  readonly code: string;
  readonly name: string;
  /** Values that are right; the first is the one to set. */
  readonly wanted: readonly [string, ...string[]];
  readonly severity: 'refuse' | 'warn';
  /** Where the remedy sets it: for the whole server, or for the node's login in this database. */
  readonly scope: 'server' | 'login';
}

const DURABILITY = { code: 'durability_off', severity: 'refuse', scope: 'server' } as const;
const DAMAGE = { code: 'damage_ignored', severity: 'refuse', scope: 'server' } as const;
const MEANING = { code: 'setting_differs', severity: 'refuse', scope: 'login' } as const;
const TIMEOUT = { code: 'timeout_set', severity: 'warn', scope: 'login' } as const;
const MAINTENANCE = { code: 'maintenance_off', severity: 'warn', scope: 'server' } as const;

const WANTED_SETTINGS: readonly WantedSetting[] = [
  { name: 'fsync', wanted: ['on'], ...DURABILITY },
  { name: 'full_page_writes', wanted: ['on'], ...DURABILITY },
  {
    name: 'synchronous_commit',
    wanted: ['on', 'local', 'remote_write', 'remote_apply'],
    ...DURABILITY,
    scope: 'login',
  },
  { name: 'data_sync_retry', wanted: ['off'], ...DURABILITY },
  { name: 'zero_damaged_pages', wanted: ['off'], ...DAMAGE },
  { name: 'ignore_checksum_failure', wanted: ['off'], ...DAMAGE },
  { name: 'ignore_system_indexes', wanted: ['off'], ...DAMAGE },
  { name: 'data_checksums', wanted: ['on'], code: 'checksums_off', severity: 'warn', scope: 'server' },
  {
    name: 'event_triggers',
    wanted: ['on'],
    code: 'event_trigger_disabled',
    severity: 'refuse',
    scope: 'server',
  },
  { name: 'session_replication_role', wanted: ['origin'], ...MEANING },
  { name: 'default_toast_compression', wanted: ['pglz'], ...MEANING },
  { name: 'max_stack_depth', wanted: ['2MB'], ...MEANING },
  { name: 'transform_null_equals', wanted: ['off'], ...MEANING },
  { name: 'array_nulls', wanted: ['on'], ...MEANING },
  { name: 'default_transaction_isolation', wanted: ['read committed'], ...MEANING },
  { name: 'default_transaction_read_only', wanted: ['off'], ...MEANING },
  { name: 'statement_timeout', wanted: ['0'], ...TIMEOUT },
  { name: 'lock_timeout', wanted: ['0'], ...TIMEOUT },
  { name: 'transaction_timeout', wanted: ['0'], ...TIMEOUT },
  { name: 'idle_in_transaction_session_timeout', wanted: ['0'], ...TIMEOUT },
  { name: 'idle_session_timeout', wanted: ['0'], ...TIMEOUT },
  { name: 'autovacuum', wanted: ['on'], ...MAINTENANCE },
  { name: 'track_counts', wanted: ['on'], ...MAINTENANCE },
];

const RULES: readonly Rule[] = [
  checkVersion,
  checkSettings,
  checkLocale,
  checkConnection,
  checkLogin,
  checkRoles,
  checkPublic,
  checkEventTrigger,
  checkRights,
  checkFence,
];

/**
 * Checks the server through a connection of the node's login, as the node will use it. Empty when
 * all is well. A login that may not even look is a finding too.
 */
export async function checkServer(client: pg.ClientBase): Promise<ServerFinding[]> {
  const names = WANTED_SETTINGS.map((setting) => setting.name);
  try {
    return judgeServer(await readServerFacts(client, names));
  } catch (error) {
    if (!(error instanceof Error) || !('code' in error) || error.code !== '42501') throw error;
    return [
      {
        code: 'grant_missing',
        setting: 'catalogue',
        found: error.message,
        wanted: 'the node may read the catalogue',
        remedy: SET_UP_REMEDY,
        severity: 'refuse',
      },
    ];
  }
}

/** The findings that facts lead to; pure. */
export function judgeServer(facts: ServerFacts): ServerFinding[] {
  return RULES.flatMap((rule) => rule(facts));
}

/** Throws the fault `postgres_unsafe`, which names all findings that refuse; does nothing without one. */
export function refuseUnsafeServer(findings: readonly ServerFinding[]): void {
  const refusals = findings.filter((finding) => finding.severity === 'refuse');
  if (refusals.length === 0) return;
  const lines = refusals.map(({ code, setting, found, wanted, remedy }) => {
    return `- ${code}: ${setting} is ${found}, wanted ${wanted}. ${remedy}`;
  });
  throw new Fault('postgres_unsafe', `Postgres is not safe to run on:\n${lines.join('\n')}`, {
    facts: {
      count: refusals.length,
      codes: [...new Set(refusals.map((finding) => finding.code))].join(', '),
    },
    hint: 'Each line above ends with its remedy.',
  });
}

function checkVersion(facts: ServerFacts): ServerFinding[] {
  const major = Math.floor(facts.version / 10_000);
  const found = `${major}.${facts.version % 10_000}`;
  const about = { setting: 'version', found };
  if (facts.version < VERSION_MIN) {
    const remedy = 'Upgrade Postgres to 15 or later.';
    return [{ ...about, code: 'version_below_minimum', wanted: '15 or later', remedy, severity: 'refuse' }];
  }
  const safe = VERSION_SAFE[major];
  if (safe === undefined || major > MAJOR_TESTED_MAX) {
    const wanted = `15 to ${MAJOR_TESTED_MAX}`;
    const remedy = 'Use a version that all members of the network have tried.';
    return [{ ...about, code: 'version_untested', wanted, remedy, severity: 'warn' }];
  }
  if (facts.version >= safe) return [];
  const wanted = `${major}.${safe % 10_000} or later`;
  const remedy = 'Install the newest minor version: this one has known holes for whoever may run SQL.';
  return [{ ...about, code: 'version_vulnerable', wanted, remedy, severity: 'warn' }];
}

function checkSettings(facts: ServerFacts): ServerFinding[] {
  return WANTED_SETTINGS.flatMap(({ code, name, wanted, severity, scope }) => {
    const found = facts.settings[name];
    if (found === undefined || wanted.includes(found)) return [];
    const remedy = name === 'data_checksums' ? CHECKSUM_REMEDY : settingRemedy(facts, scope, name, wanted[0]);
    return [{ code, setting: name, found, wanted: wanted[0], remedy, severity }];
  });
}

const CHECKSUM_REMEDY = 'Stop the server and run: pg_checksums --enable -D <data directory>';

function settingRemedy(facts: ServerFacts, scope: 'server' | 'login', name: string, value: string): string {
  if (scope === 'server') return `ALTER SYSTEM SET ${name} = '${value}'; SELECT pg_reload_conf();`;
  return `ALTER ROLE ${quote(facts.login)} IN DATABASE ${quote(facts.database)} SET ${name} = '${value}';`;
}

// A database keeps for ever what it was made with, so the way out is another database.
const NEW_DATABASE_REMEDY = `A database keeps what it was made with. Make another one, CREATE DATABASE <name> ${DATABASE_OPTIONS}; name it in the node's configuration (for the embedded server: an empty data directory) and start the node: it fetches its blocks from other members.`;

/** Words for the provider of a locale, by its letter in `pg_database`. */
const PROVIDERS: Readonly<Record<string, string>> = { b: 'builtin', c: 'libc', i: 'icu' };

// Where a library, or another version's table of letters, is asked what a letter is, lower(), ILIKE
// and patterns differ from node to node.
function checkLocale({ locale }: ServerFacts): ServerFinding[] {
  const remedy = NEW_DATABASE_REMEDY;
  const findings: ServerFinding[] = [];
  if (locale.encoding !== 'UTF8') {
    const about = { setting: 'encoding', found: locale.encoding, wanted: 'UTF8' };
    findings.push({ ...about, code: 'encoding_wrong', remedy, severity: 'refuse' });
  }
  if (locale.provider !== 'c' || locale.collate !== 'C' || locale.ctype !== 'C') {
    const about = { setting: 'locale', found: localeName(locale), wanted: 'libc C and C' };
    findings.push({ ...about, code: 'locale_wrong', remedy, severity: 'refuse' });
  }
  return findings;
}

function localeName({ provider, collate, ctype, locale }: DatabaseLocale): string {
  const name = locale === null ? '' : ` ${locale}, with`;
  return `${PROVIDERS[provider] ?? provider}${name} ${collate} and ${ctype}`;
}

function checkConnection(facts: ServerFacts): ServerFinding[] {
  const findings: ServerFinding[] = [];
  if (facts.isStandby) {
    const remedy = 'Name the primary server; a standby takes no blocks.';
    const about = { setting: 'server', found: 'a standby', wanted: 'a primary' };
    findings.push({ ...about, code: 'standby', remedy, severity: 'refuse' });
  }
  if (facts.isPlaintext) {
    const remedy = 'Add sslmode=verify-full to the address.';
    const about = { setting: 'connection', found: 'a network without encryption', wanted: 'TLS' };
    findings.push({ ...about, code: 'connection_plaintext', remedy, severity: 'warn' });
  }
  return findings;
}

/** Membership in one of these lets the login act outside the database. */
const POWERFUL_ROLES: ReadonlySet<string> = new Set([
  'pg_execute_server_program',
  'pg_read_server_files',
  'pg_write_server_files',
  'pg_write_all_data',
  'pg_maintain',
]);

function checkLogin(facts: ServerFacts): ServerFinding[] {
  const wanted = 'bucordo_node, no superuser, member of bucordo_owner only';
  if (facts.isSuperuser) {
    const remedy = 'Let the node connect as bucordo_node.';
    const found = `${facts.login}, a superuser`;
    return [{ code: 'login_superuser', setting: 'login', found, wanted, remedy, severity: 'refuse' }];
  }
  return facts.memberships.map((role) => {
    const remedy = `REVOKE ${quote(role)} FROM ${quote(facts.login)};`;
    const severity = POWERFUL_ROLES.has(role) ? 'refuse' : 'warn';
    return { code: 'login_powerful', setting: 'login', found: `member of ${role}`, wanted, remedy, severity };
  });
}

function checkRoles(facts: ServerFacts): ServerFinding[] {
  const missing = facts.missingRoles.map((role) =>
    setUpFinding('role_missing', `role ${role}`, 'missing', 'as set up'),
  );
  const powerful = facts.powerfulRoles.map((role) =>
    setUpFinding('role_powerful', `role ${role}`, 'with attributes of its own', 'as set up'),
  );
  const unsafe = facts.unsafeMemberships.map((membership) => {
    const [role = '', group = ''] = membership.split(' in ');
    return setUpFinding('role_unsafe', `role ${role}`, `member of ${group}`, 'as set up');
  });
  const taken = facts.missingRights.map((right) =>
    setUpFinding('grant_missing', right, 'missing', 'as set up'),
  );
  return [...missing, ...powerful, ...unsafe, ...taken];
}

function checkPublic(facts: ServerFacts): ServerFinding[] {
  const opened: readonly [string, string, readonly string[]][] = [
    ['catalogue_public', 'functions of the catalogue', facts.publicRoutines],
    ['catalogue_table_public', 'tables of the catalogue', facts.publicTables],
    ['language_public', 'languages', facts.publicLanguages],
    ['database_public', 'rights on the database', facts.publicDatabaseRights],
    ['schema_public', 'schemas to create in', facts.publicSchemas],
  ];
  return opened
    .filter(([, , names]) => names.length > 0)
    .map(([code, setting, names]) =>
      setUpFinding(code, setting, `open to everybody: ${listed(names)}`, 'none'),
    );
}

function checkEventTrigger(facts: ServerFacts): ServerFinding[] {
  const setting = 'event trigger bucordo_refuse_ddl';
  if (facts.eventTrigger === 'A') return [];
  if (facts.eventTrigger === null)
    return [setUpFinding('event_trigger_missing', setting, 'missing', 'as set up')];
  const found = facts.eventTrigger === 'changed' ? 'changed' : 'not always enabled';
  return [setUpFinding('event_trigger_disabled', setting, found, 'enabled always')];
}

function checkRights(facts: ServerFacts): ServerFinding[] {
  if (!facts.isSetUp) return [setUpFinding('set_up_missing', 'schema bucordo_guard', 'missing', 'as set up')];
  return facts.rights.map(({ role, isMissing, count, routines }) => {
    const names =
      count > routines.length
        ? `${routines.join(', ')} and ${count - routines.length} more`
        : routines.join(', ');
    if (isMissing) return setUpFinding('grant_missing', `role ${role}`, `without ${names}`, 'as set up');
    return {
      ...setUpFinding('grant_excess', `role ${role}`, `may also execute ${names}`, 'as set up'),
      remedy: `REVOKE EXECUTE ON ROUTINE ${routines.join(', ')} FROM ${quote(role)};`,
    };
  });
}

function checkFence(facts: ServerFacts): ServerFinding[] {
  const roles = [...new Set(facts.outsideFence.map((held) => held.role))];
  return roles.map((role) => {
    const objects = facts.outsideFence.filter((held) => held.role === role).map((held) => held.object);
    return {
      code: 'contract_unfenced',
      setting: `role ${role}`,
      found: `with rights on ${listed(objects)}`,
      wanted: 'rights on its own contract only',
      remedy: `Take these rights back: REVOKE ALL ON … FROM ${quote(role)};`,
      severity: 'refuse',
    };
  });
}

function setUpFinding(code: string, setting: string, found: string, wanted: string): ServerFinding {
  return { code, setting, found, wanted, remedy: SET_UP_REMEDY, severity: 'refuse' };
}

/** The first five names and how many more there are. */
function listed(names: readonly string[]): string {
  const shown = names.slice(0, 5).join(', ');
  return names.length > 5 ? `${shown} and ${names.length - 5} more` : shown;
}

function quote(name: string): string {
  return /^[a-z_][a-z0-9_]*$/.test(name) ? name : `"${name.replaceAll('"', '""')}"`;
}
