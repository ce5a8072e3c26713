/**
 * The configuration of an embedded server, written anew at every start.
 *
 * Durability is never traded: fsync, full pages and synchronous commits are on. Memory stays small
 * because several members may share a machine, and write-ahead log is plentiful because full-page
 * images after a checkpoint are what makes updates slow (1.0 to 5.5 KB per transfer measured).
 */

/** What may be chosen per server. */
export interface ServerTuning {
  /** Shared buffers in MiB; 256 without a choice. Taken from the machine only as they fill. */
  readonly sharedBuffersMib?: number;
  /** Write-ahead log between checkpoints in MiB; 4,096 without a choice. Bounds disk use and the time of recovery. */
  readonly maxWalMib?: number;
  /** Where the member's reports read over TCP; nowhere without a choice. */
  readonly reports?: ReportsDoor;
  /** Further settings by name, which win over all others. */
  readonly settings?: Readonly<Record<string, string>>;
}

/** A door for tools that know no sockets: one login, with a password, from this machine. */
export interface ReportsDoor {
  /** `127.0.0.1` or `::1`: the server has no TLS. */
  readonly host: string;
  readonly port: number;
}

/** The port in the name of the socket, where the server has none in the network. */
export const SOCKET_PORT = 5432;

const FIXED_SETTINGS: Readonly<Record<string, string>> = {
  unix_socket_permissions: '0700',
  max_connections: '40',
  // Durability.
  fsync: 'on',
  full_page_writes: 'on',
  synchronous_commit: 'on',
  // pglz halves the log of random updates and makes them five times as slow (0.12 ms for each page image).
  wal_compression: 'off',
  checkpoint_timeout: '15min',
  checkpoint_completion_target: '0.9',
  min_wal_size: '256MB',
  max_wal_senders: '0',
  max_prepared_transactions: '0',
  max_logical_replication_workers: '0',
  // Few processes: a block is executed by one connection, and reads are bounded. Workers for reading
  // made no difference to scans beyond what runs differ among themselves.
  io_method: 'sync',
  max_worker_processes: '4',
  max_parallel_workers: '2',
  autovacuum: 'on',
  autovacuum_max_workers: '2',
  jit: 'off',
  huge_pages: 'try',
  // The largest value that Postgres accepts depends on these two, so every node has the same.
  default_toast_compression: 'pglz',
  max_stack_depth: '2MB',
  timezone: 'UTC',
  log_timezone: 'UTC',
  datestyle: 'ISO, YMD',
  lc_messages: 'C',
  // Statements carry the members' data: they stay out of the log.
  log_min_error_statement: 'panic',
  log_parameter_max_length: '0',
  log_parameter_max_length_on_error: '0',
  log_line_prefix: '%m [%p] ',
  log_checkpoints: 'off',
  update_process_title: 'off',
  cluster_name: 'bucordo',
};

/** The text of `postgresql.conf` for a server whose socket lies in `socketDirectory`. */
export function renderSettings(socketDirectory: string, tuning: ServerTuning): string {
  const settings: Record<string, string> = {
    ...FIXED_SETTINGS,
    // Reached through the socket, whose folder is closed to other accounts, and where the member wants it by its reports.
    listen_addresses: tuning.reports?.host ?? '',
    port: String(tuning.reports?.port ?? SOCKET_PORT),
    password_encryption: 'scram-sha-256',
    unix_socket_directories: socketDirectory,
    shared_buffers: `${tuning.sharedBuffersMib ?? 256}MB`,
    max_wal_size: `${tuning.maxWalMib ?? 4096}MB`,
    ...tuning.settings,
  };
  const lines = Object.entries(settings).map(([name, value]) => `${name} = ${quote(value)}`);
  return `# Written by the node at every start. Settings of your own belong in own.conf beside this file.\n${lines.join('\n')}\ninclude_if_exists = 'own.conf'\n`;
}

/**
 * The text of `pg_hba.conf`: whoever reaches the socket may connect. Only the server's own account
 * and root reach it, because the folder of the socket is closed to all others (mode 0700), and
 * there is no other way in but the one for reports. Whoever acts as that account could read the files of the data
 * directory as well, so a password would protect nothing.
 */
export function renderAccessRules({ reports }: ServerTuning): string {
  const rules = ['# Written by the node at every start.', 'local all all trust'];
  if (reports !== undefined)
    rules.push(`host bucordo bucordo_member_reader ${reports.host} ${wholeMask(reports.host)} scram-sha-256`);
  return `${rules.join('\n')}\n`;
}

function wholeMask(host: string): string {
  return host.includes(':') ? 'ffff:ffff:ffff:ffff:ffff:ffff:ffff:ffff' : '255.255.255.255';
}

function quote(value: string): string {
  return `'${value.replaceAll('\\', '\\\\').replaceAll("'", "''")}'`;
}
