/** Every finding of the start-up check, produced on a real server and taken back. */

import { rm } from 'node:fs/promises';
import path from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { temporaryDirectory } from '../../../../test/support/postgres.ts';
import { checkServer, judgeServer, refuseUnsafeServer, type ServerFinding } from './check-server.ts';
import { connect } from './connection.ts';
import { type PostgresServer, startEmbedded } from './embedded.ts';
import type { ServerFacts } from './server-facts.ts';
import { prepareDatabase, setUpDatabase } from './set-up.ts';

// A server of its own: much of this is set for a whole server.
let directory: string;
let server: PostgresServer;

beforeAll(async () => {
  directory = await temporaryDirectory('bucordo-check-');
  server = await startEmbedded({ dataDirectory: path.join(directory, 'data'), sharedBuffersMib: 32 });
  await prepareDatabase(server.connection('postgres', 'postgres'), 'shop');
  await asSuperuser('CREATE ROLE bucordo_c_shop NOLOGIN; GRANT bucordo_contract TO bucordo_c_shop');
});

afterAll(async () => {
  await server?.stop();
  await rm(directory, { recursive: true, force: true });
});

async function asSuperuser(sql: string, database = 'shop'): Promise<void> {
  const client = await connect(server.connection('postgres', database));
  try {
    // One by one: ALTER SYSTEM and CREATE DATABASE refuse to share a transaction.
    for (const statement of sql.split(';').filter((text) => text.trim() !== ''))
      await client.query(statement);
  } finally {
    await client.end();
  }
}

async function check(role = 'bucordo_node', database = 'shop'): Promise<ServerFinding[]> {
  const client = await connect(server.connection(role, database));
  try {
    return await checkServer(client);
  } finally {
    await client.end();
  }
}

/** The server takes reloaded settings a moment later. */
async function settle(isDone: () => Promise<boolean>): Promise<void> {
  for (let attempt = 0; attempt < 200; attempt++) {
    if (await isDone()) return;
    await delay(10);
  }
  throw new Error('the server did not take the change within 2 s');
}

const RELOAD = '; SELECT pg_reload_conf()';
const inSystem = (name: string, value: string): readonly [string, string] => [
  `ALTER SYSTEM SET ${name} = ${value}${RELOAD}`,
  `ALTER SYSTEM RESET ${name}${RELOAD}`,
];
const inLogin = (name: string, value: string): readonly [string, string] => [
  `ALTER ROLE bucordo_node IN DATABASE shop SET ${name} = ${value}`,
  `ALTER ROLE bucordo_node IN DATABASE shop RESET ${name}`,
];

interface Case {
  readonly code: string;
  readonly setting: string;
  readonly severity?: 'warn';
  /** What is done to the server and what undoes it; `set-up` runs the set-up again. */
  readonly change: readonly [string, string];
}

const CASES: readonly Case[] = [
  // Postgres has no command for it: what a database was made with stays.
  {
    code: 'locale_wrong',
    setting: 'locale',
    change: [
      `UPDATE pg_database SET datlocprovider = 'b', datlocale = 'C.UTF-8' WHERE datname = 'shop'`,
      `UPDATE pg_database SET datlocprovider = 'c', datlocale = NULL WHERE datname = 'shop'`,
    ],
  },
  { code: 'durability_off', setting: 'fsync', change: inSystem('fsync', 'off') },
  { code: 'durability_off', setting: 'full_page_writes', change: inSystem('full_page_writes', 'off') },
  { code: 'durability_off', setting: 'synchronous_commit', change: inLogin('synchronous_commit', 'off') },
  { code: 'damage_ignored', setting: 'zero_damaged_pages', change: inLogin('zero_damaged_pages', 'on') },
  {
    code: 'damage_ignored',
    setting: 'ignore_checksum_failure',
    change: inLogin('ignore_checksum_failure', 'on'),
  },
  { code: 'event_trigger_disabled', setting: 'event_triggers', change: inLogin('event_triggers', 'off') },
  {
    code: 'setting_differs',
    setting: 'session_replication_role',
    change: inLogin('session_replication_role', 'replica'),
  },
  { code: 'setting_differs', setting: 'max_stack_depth', change: inLogin('max_stack_depth', "'1MB'") },
  {
    code: 'setting_differs',
    setting: 'transform_null_equals',
    change: inLogin('transform_null_equals', 'on'),
  },
  { code: 'setting_differs', setting: 'array_nulls', change: inLogin('array_nulls', 'off') },
  {
    code: 'setting_differs',
    setting: 'default_transaction_isolation',
    change: inLogin('default_transaction_isolation', 'serializable'),
  },
  {
    code: 'setting_differs',
    setting: 'default_transaction_read_only',
    change: inLogin('default_transaction_read_only', 'on'),
  },
  {
    code: 'timeout_set',
    setting: 'statement_timeout',
    severity: 'warn',
    change: inLogin('statement_timeout', "'9s'"),
  },
  { code: 'timeout_set', setting: 'lock_timeout', severity: 'warn', change: inLogin('lock_timeout', "'9s'") },
  { code: 'maintenance_off', setting: 'autovacuum', severity: 'warn', change: inSystem('autovacuum', 'off') },
  {
    code: 'maintenance_off',
    setting: 'track_counts',
    severity: 'warn',
    change: inLogin('track_counts', 'off'),
  },
  {
    code: 'catalogue_public',
    setting: 'functions of the catalogue',
    change: ['GRANT EXECUTE ON FUNCTION pg_catalog.random() TO PUBLIC', 'set-up'],
  },
  {
    code: 'catalogue_table_public',
    setting: 'tables of the catalogue',
    change: ['GRANT SELECT ON pg_catalog.pg_stats TO PUBLIC', 'set-up'],
  },
  {
    code: 'language_public',
    setting: 'languages',
    change: ['GRANT USAGE ON LANGUAGE plpgsql TO PUBLIC', 'set-up'],
  },
  {
    code: 'database_public',
    setting: 'rights on the database',
    change: ['GRANT TEMP ON DATABASE shop TO PUBLIC', 'set-up'],
  },
  {
    code: 'schema_public',
    setting: 'schemas to create in',
    change: ['GRANT CREATE ON SCHEMA public TO PUBLIC', 'set-up'],
  },
  {
    code: 'event_trigger_missing',
    setting: 'event trigger bucordo_refuse_ddl',
    change: ['DROP EVENT TRIGGER bucordo_refuse_ddl', 'set-up'],
  },
  {
    code: 'event_trigger_disabled',
    setting: 'event trigger bucordo_refuse_ddl',
    change: ['ALTER EVENT TRIGGER bucordo_refuse_ddl DISABLE', 'set-up'],
  },
  {
    code: 'grant_missing',
    setting: 'role bucordo_reader',
    change: ['REVOKE EXECUTE ON FUNCTION pg_catalog.now() FROM bucordo_reader', 'set-up'],
  },
  {
    code: 'grant_missing',
    setting: 'role bucordo_contract',
    change: ['REVOKE EXECUTE ON FUNCTION pg_catalog.int4eq(int, int) FROM bucordo_contract', 'set-up'],
  },
  {
    code: 'grant_missing',
    setting: 'catalogue',
    change: ['REVOKE SELECT ON pg_catalog.pg_proc FROM bucordo_node', 'set-up'],
  },
  {
    code: 'grant_excess',
    setting: 'role bucordo_contract',
    change: ['GRANT EXECUTE ON FUNCTION pg_catalog.pg_sleep(float8) TO bucordo_contract', 'set-up'],
  },
  {
    code: 'grant_excess',
    setting: 'role bucordo_c_shop',
    change: [
      'GRANT EXECUTE ON FUNCTION pg_catalog.random() TO bucordo_c_shop',
      'REVOKE EXECUTE ON FUNCTION pg_catalog.random() FROM bucordo_c_shop',
    ],
  },
  {
    code: 'grant_excess',
    setting: 'role bucordo_node',
    change: [
      'GRANT EXECUTE ON FUNCTION pg_catalog.pg_read_file(text) TO bucordo_node',
      'REVOKE EXECUTE ON FUNCTION pg_catalog.pg_read_file(text) FROM bucordo_node',
    ],
  },
  {
    code: 'login_powerful',
    setting: 'login',
    change: ['GRANT pg_read_server_files TO bucordo_node', 'REVOKE pg_read_server_files FROM bucordo_node'],
  },
  {
    code: 'login_powerful',
    setting: 'login',
    severity: 'warn',
    change: ['GRANT pg_monitor TO bucordo_node', 'REVOKE pg_monitor FROM bucordo_node'],
  },
  {
    code: 'login_superuser',
    setting: 'login',
    change: ['ALTER ROLE bucordo_node SUPERUSER', 'ALTER ROLE bucordo_node NOSUPERUSER'],
  },
  {
    code: 'role_powerful',
    setting: 'role bucordo_reader',
    change: ['ALTER ROLE bucordo_reader CREATEROLE', 'set-up'],
  },
  {
    code: 'role_powerful',
    setting: 'role bucordo_c_shop',
    change: ['ALTER ROLE bucordo_c_shop LOGIN', 'set-up'],
  },
  {
    code: 'role_powerful',
    setting: 'role bucordo_c_005',
    change: ["ALTER ROLE bucordo_c_005 LOGIN SUPERUSER BYPASSRLS PASSWORD 'known'", 'set-up'],
  },
  {
    code: 'role_powerful',
    setting: 'role bucordo_deploy',
    change: ['ALTER ROLE bucordo_deploy LOGIN CREATEDB', 'set-up'],
  },
  {
    code: 'role_powerful',
    setting: 'role bucordo_owner',
    change: ['ALTER ROLE bucordo_owner LOGIN', 'set-up'],
  },
  {
    code: 'grant_missing',
    setting: 'USAGE on language plpgsql for bucordo_deploy',
    change: ['REVOKE USAGE ON LANGUAGE plpgsql FROM bucordo_deploy', 'set-up'],
  },
  {
    code: 'grant_missing',
    setting: 'membership of bucordo_c_009 in bucordo_contract',
    change: ['REVOKE bucordo_contract FROM bucordo_c_009', 'set-up'],
  },
  {
    code: 'grant_missing',
    setting: 'CREATE on the database for bucordo_owner',
    change: ['ALTER DATABASE shop OWNER TO postgres', 'set-up'],
  },
  {
    code: 'role_unsafe',
    setting: 'role bucordo_reader',
    change: ['GRANT bucordo_owner TO bucordo_reader', 'set-up'],
  },
  {
    code: 'role_unsafe',
    setting: 'role bucordo_member',
    change: ['GRANT pg_write_all_data TO bucordo_member', 'REVOKE pg_write_all_data FROM bucordo_member'],
  },
  {
    code: 'role_unsafe',
    setting: 'role bucordo_owner',
    change: ['GRANT pg_monitor TO bucordo_owner', 'set-up'],
  },
  {
    code: 'role_unsafe',
    setting: 'role bucordo_c_006',
    change: ['GRANT bucordo_c_007 TO bucordo_c_006', 'set-up'],
  },
  {
    code: 'role_missing',
    setting: 'role bucordo_contract',
    change: ['ALTER ROLE bucordo_contract RENAME TO other', 'ALTER ROLE other RENAME TO bucordo_contract'],
  },
  {
    code: 'role_unsafe',
    setting: 'role bucordo_c_shop',
    change: ['GRANT pg_read_all_data TO bucordo_c_shop', 'REVOKE pg_read_all_data FROM bucordo_c_shop'],
  },
  {
    code: 'contract_unfenced',
    setting: 'role bucordo_c_001',
    change: [
      'GRANT TEMPORARY ON DATABASE shop TO bucordo_c_001',
      'REVOKE TEMPORARY ON DATABASE shop FROM bucordo_c_001',
    ],
  },
  {
    code: 'contract_unfenced',
    setting: 'role bucordo_contract',
    change: [
      'GRANT USAGE ON LANGUAGE plpgsql TO bucordo_contract',
      'REVOKE USAGE ON LANGUAGE plpgsql FROM bucordo_contract',
    ],
  },
  {
    code: 'contract_unfenced',
    setting: 'role bucordo_c_002',
    change: [
      'GRANT USAGE ON SCHEMA private TO bucordo_c_002',
      'REVOKE USAGE ON SCHEMA private FROM bucordo_c_002',
    ],
  },
  {
    code: 'contract_unfenced',
    setting: 'role bucordo_deploy',
    change: ['CREATE SCHEMA left_over AUTHORIZATION bucordo_deploy', 'DROP SCHEMA left_over'],
  },
  {
    code: 'contract_unfenced',
    setting: 'role bucordo_c_003',
    change: [
      'CREATE TABLE private.wages (id int); GRANT SELECT ON private.wages TO bucordo_c_003',
      'DROP TABLE private.wages',
    ],
  },
  {
    code: 'contract_unfenced',
    setting: 'role bucordo_c_004',
    change: [
      'GRANT SET ON PARAMETER session_replication_role TO bucordo_c_004',
      'REVOKE SET ON PARAMETER session_replication_role FROM bucordo_c_004',
    ],
  },
  {
    code: 'set_up_missing',
    setting: 'schema bucordo_guard',
    change: ['DROP SCHEMA bucordo_guard CASCADE', 'set-up'],
  },
];

describe('the check names, with a remedy,', () => {
  test.each(CASES)(
    '$code: $setting',
    async ({ code, setting, severity = 'refuse', change: [change, undo] }) => {
      let finding: ServerFinding | undefined;
      const isFound = async (): Promise<boolean> => {
        finding = (await check()).find((found) => found.code === code && found.setting === setting);
        return finding !== undefined;
      };
      await asSuperuser(change);
      await settle(isFound);
      expect(finding).toMatchObject({ severity, remedy: expect.stringMatching(/\S/) });
      // What the finding tells is done where it can be done as told; otherwise what undoes the change.
      const told = finding?.remedy ?? '';
      if (isComplete(told)) await asSuperuser(told);
      else if (undo !== 'set-up') await asSuperuser(undo);
      else {
        expect(told).toContain('Run the set-up');
        await runSetUp();
      }
      await settle(async () => !(await isFound()));
      if (isComplete(told) && undo !== 'set-up') await asSuperuser(undo);
    },
  );
});

function isComplete(remedy: string): boolean {
  return /^(ALTER ROLE|REVOKE) /.test(remedy) && !remedy.includes('…');
}

async function runSetUp(): Promise<void> {
  const client = await connect(server.connection('postgres', 'shop'));
  try {
    await setUpDatabase(client);
  } finally {
    await client.end();
  }
}

test('I12: the set-up leaves no role of a contract a password', async () => {
  await asSuperuser("ALTER ROLE bucordo_c_008 PASSWORD 'known'");
  await runSetUp();
  const client = await connect(server.connection('postgres', 'shop'));
  const { rows } = await client.query(
    `SELECT rolname FROM pg_authid WHERE rolname ~ '^bucordo_(c_|contract|deploy|owner)' AND rolpassword IS NOT NULL`,
  );
  await client.end();
  expect(rows).toEqual([]);
});

test('with every remedy applied the server passes; only its minor version is warned of', async () => {
  let findings = await check();
  await settle(async () => {
    findings = await check();
    return findings.length === 1;
  });
  expect(findings.map((finding) => [finding.code, finding.severity])).toEqual([
    ['version_vulnerable', 'warn'],
  ]);
  expect(() => refuseUnsafeServer(findings)).not.toThrow();
});

test('a remedy for a setting is SQL that cures it', async () => {
  await asSuperuser(inLogin('transform_null_equals', 'on')[0]);
  const finding = (await check()).find((found) => found.setting === 'transform_null_equals');
  await asSuperuser(finding?.remedy ?? '');
  expect((await check()).map((found) => found.setting)).not.toContain('transform_null_equals');
});

const SOUND: ServerFacts = {
  version: 180_006,
  database: 'shop',
  login: 'bucordo_node',
  isStandby: false,
  settings: {},
  locale: { encoding: 'UTF8', provider: 'c', collate: 'C', ctype: 'C', locale: null },
  isPlaintext: false,
  isSuperuser: false,
  memberships: [],
  missingRoles: [],
  powerfulRoles: [],
  unsafeMemberships: [],
  missingRights: [],
  publicRoutines: [],
  publicTables: [],
  publicLanguages: [],
  publicDatabaseRights: [],
  publicSchemas: [],
  eventTrigger: 'A',
  isSetUp: true,
  rights: [],
  outsideFence: [],
};

describe('rules on facts that one server cannot show', () => {
  test.each([
    ['nothing', {}, []],
    ['14.22', { version: 140_022 }, ['version_below_minimum refuse']],
    ['15.18', { version: 150_018 }, ['version_vulnerable warn']],
    ['15.19', { version: 150_019 }, []],
    ['16.14', { version: 160_014 }, ['version_vulnerable warn']],
    ['17.11', { version: 170_011 }, []],
    ['19.0', { version: 190_000 }, ['version_untested warn']],
    ['no checksums', { settings: { data_checksums: 'off' } }, ['checksums_off warn']],
    ['retried fsync', { settings: { data_sync_retry: 'on' } }, ['durability_off refuse']],
    ['lz4', { settings: { default_toast_compression: 'lz4' } }, ['setting_differs refuse']],
    ['a standby', { isStandby: true }, ['standby refuse']],
    ['an open network', { isPlaintext: true }, ['connection_plaintext warn']],
    ['latin letters', { locale: { ...SOUND.locale, encoding: 'LATIN1' } }, ['encoding_wrong refuse']],
    ...[
      { collate: 'en_US.UTF-8', ctype: 'en_US.UTF-8' },
      { ctype: 'C.UTF-8' },
      { collate: 'C.UTF-8' },
      { provider: 'b', locale: 'C.UTF-8' },
      { provider: 'b', locale: 'PG_UNICODE_FAST' },
      { provider: 'i', locale: 'und' },
    ].map(
      (locale) =>
        [
          JSON.stringify(locale),
          { locale: { ...SOUND.locale, ...locale } },
          ['locale_wrong refuse'],
        ] as const,
    ),
    ['a replaced trigger', { eventTrigger: 'changed' }, ['event_trigger_disabled refuse']],
  ] as const)('%s', (_, facts, expected) => {
    const found = judgeServer({ ...SOUND, ...facts });
    expect(found.map(({ code, severity }) => `${code} ${severity}`)).toEqual(expected);
  });

  test('the fault names each refusal with its remedy, and no warning', () => {
    const findings = judgeServer({ ...SOUND, version: 150_018, settings: { fsync: 'off' } });
    expect(() => refuseUnsafeServer(findings)).toThrow(
      /durability_off: fsync is off, wanted on\. ALTER SYSTEM/,
    );
    expect(() => refuseUnsafeServer(findings)).not.toThrow(/version/);
  });
});
