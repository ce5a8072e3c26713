/**
 * Every code with which this node reports a fault: one sentence for the user of the network, one for
 * the operator of the node. The reference page is made from this table, and a test holds it against
 * the code. What a transaction is refused with is not here but in the protocol's codes.
 */

import type { CodeMeaning } from '@bucordo/protocol';

const NOT_STARTED =
  'The node does not run; use the node of another member until its operator has put it right.';
const STOPPED =
  'The node has stopped; what it acknowledged is safe, send what was not answered to another node.';
const HELD = 'The node executes no new block for now and serves what it had; use another node for new data.';
const DATABASE = 'The node cannot use its database; use the node of another member for now.';

/** The codes of faults with their meaning. */
export const faultCodes: Readonly<Record<string, CodeMeaning>> = {
  // Configuration, keys, certificates, ports.
  config_invalid: {
    user: NOT_STARTED,
    operator: 'The configuration file is missing, no JSON, or a setting in it is unknown or wrong.',
  },
  genesis_invalid: {
    user: NOT_STARTED,
    operator: 'The genesis document cannot be read or is not of this version.',
  },
  contract_refused: {
    user: NOT_STARTED,
    operator:
      'A contract of the genesis breaks a rule for contracts; the message names table, column or function.',
  },
  private_object_in_the_way: {
    user: NOT_STARTED,
    operator:
      'A decision of the members meets something that this member alone has: a schema with the name of a contract, or a view, table, domain, function or key that stands on one. Drop or rename it, start the node, create it anew.',
  },
  contract_altered: {
    user: NOT_STARTED,
    operator:
      'The tables, functions or rights of a contract were changed in this database by hand, or a table or publication beside it decides which rows may change there. Undo what the message names and start the node.',
  },
  database_newer: {
    user: NOT_STARTED,
    operator:
      'A newer release has worked on the database than the one that is started. Start that one, or a newer one.',
  },
  upgrade_failed: {
    user: NOT_STARTED,
    operator:
      'The database could not be brought to the schema or the rules of this release; nothing was changed. The message says what was in the way.',
  },
  network_missing: {
    user: NOT_STARTED,
    operator: 'The database holds no network; its genesis was not installed.',
  },
  member_unknown: {
    user: NOT_STARTED,
    operator: 'The key of the node is enrolled for another member than the one in the configuration.',
  },
  network_mismatch: {
    user: NOT_STARTED,
    operator: 'The database belongs to another network than the genesis of the configuration.',
  },
  peer_missing: {
    user: NOT_STARTED,
    operator:
      'This node does not order, and the configuration names no address for the member whose node does.',
  },
  secret_unreadable: { user: NOT_STARTED, operator: 'A file with a secret cannot be read.' },
  secret_exposed: {
    user: NOT_STARTED,
    operator: 'A file with a secret can be read by other users of the machine; set its mode to 0600.',
  },
  certificate_invalid: {
    user: NOT_STARTED,
    operator: 'A certificate file cannot be read or holds no certificate.',
  },
  key_invalid: { user: NOT_STARTED, operator: 'A key file holds no key of the expected kind.' },
  address_unusable: {
    user: NOT_STARTED,
    operator: 'A port cannot be opened: it is in use, or the host is not an address of this machine.',
  },
  tls_required: {
    user: NOT_STARTED,
    operator: 'The HTTP API would be served without TLS on an address that others can reach.',
  },
  signature_library_unusable: {
    user: NOT_STARTED,
    operator: 'The library that verifies signatures is missing or gives wrong answers on a known vector.',
  },

  stopping: {
    user: STOPPED,
    operator: 'Something was asked of a part of the node that had been closed already.',
  },
  // Postgres.
  postgres_platform_unsupported: {
    user: NOT_STARTED,
    operator: 'There are no embedded binaries of Postgres for this platform; use a server of your own.',
  },
  postgres_binaries_missing: {
    user: NOT_STARTED,
    operator: 'The package with the embedded Postgres is not installed.',
  },
  postgres_cache_unsafe: {
    user: NOT_STARTED,
    operator: 'The folder for copies of the binaries can be written by others.',
  },
  postgres_account_missing: {
    user: NOT_STARTED,
    operator: 'The node runs as root and there is no unprivileged account for Postgres.',
  },
  postgres_directory_foreign: {
    user: NOT_STARTED,
    operator: 'The data directory holds something that is no database of this node.',
  },
  postgres_directory_owned: {
    user: NOT_STARTED,
    operator: 'The data directory belongs to another account of this machine; nothing in it was changed.',
  },
  postgres_directory_unreachable: {
    user: NOT_STARTED,
    operator: 'The account of Postgres cannot reach the data directory.',
  },
  postgres_socket_unsafe: {
    user: NOT_STARTED,
    operator: 'The folder of the socket belongs to somebody else or is open to others.',
  },
  backup_failed: {
    user: 'The node goes on; nothing has changed.',
    operator: 'A backup could not be made; the message names the reason. What was copied so far is removed.',
  },
  backup_damaged: {
    user: NOT_STARTED,
    operator: 'A file of the backup is missing or not what was copied; nothing was restored.',
  },
  postgres_in_use: { user: NOT_STARTED, operator: 'Another node uses the data directory.' },
  postgres_program_failed: {
    user: NOT_STARTED,
    operator: 'A program of Postgres ended with an error; its output is in the message.',
  },
  postgres_start_failed: {
    user: NOT_STARTED,
    operator: 'Postgres did not start; the end of its log is in the message.',
  },
  postgres_stop_failed: {
    user: STOPPED,
    operator: 'Postgres did not stop in time; look at its log before killing it.',
  },
  postgres_lost: { user: STOPPED, operator: 'Postgres ended by itself; the next start recovers.' },
  postgres_address_invalid: {
    user: NOT_STARTED,
    operator: 'The address of Postgres is not of the form postgres://host:port/database.',
  },
  postgres_password_in_address: {
    user: NOT_STARTED,
    operator: 'The address of Postgres holds a password; put it into a file.',
  },
  postgres_password_unreadable: {
    user: NOT_STARTED,
    operator: "The file with Postgres's password cannot be read.",
  },
  postgres_login_refused: { user: DATABASE, operator: 'Postgres refuses the login of a role of the node.' },
  postgres_database_missing: { user: DATABASE, operator: 'Postgres has no database of the configured name.' },
  postgres_unreachable: { user: DATABASE, operator: 'Postgres does not answer or ended the connection.' },
  postgres_failed: {
    user: DATABASE,
    operator: 'Postgres answered with an error that the node cannot handle.',
  },
  postgres_answer_too_large: {
    user: DATABASE,
    operator:
      'Postgres sent a message that is longer than any answer to a node may be; the connection was ended.',
  },
  postgres_superuser_needed: {
    user: NOT_STARTED,
    operator: 'Setting up the database needs a superuser once; or run the printed script.',
  },
  postgres_unsafe: {
    user: NOT_STARTED,
    operator: 'Settings of the server would endanger data or make this node differ from the others.',
  },
  disk_full: { user: STOPPED, operator: 'The disk is full; make room and restart, nothing is damaged.' },

  // Blocks.
  block_invalid: {
    user: HELD,
    operator:
      'The ordering node sent a block that is not the next one of this chain; it was not executed and is asked for again.',
  },
  block_time_ahead: {
    user: HELD,
    operator:
      "The next block is dated further ahead of this node's clock than a node bears; it is executed when the clock has come near.",
  },
  rules_missing: {
    user: STOPPED,
    operator:
      'From the next block on the network goes by rules that this release does not have. Install one that has them and start the node; it goes on where it stopped.',
  },
  rules_differ: {
    user: STOPPED,
    operator:
      'The rules of the next block have another text in this release than the members accepted. Install the release that they decided about.',
  },
  block_not_committed: {
    user: STOPPED,
    operator: 'A block could not be stored and executed here; the chain is whole up to the one before.',
  },
  following_failed: {
    user: STOPPED,
    operator: 'A received block could not be worked through because of an error in this node.',
  },
  ordering_rewound: {
    user: 'The ordering has lost blocks; no new transactions are taken until its operator has restored them.',
    operator: 'The ordering node no longer knows blocks that this node holds; it is asked again.',
  },
  verification_worker_died: { user: STOPPED, operator: 'A thread that verifies signatures died; restart.' },
};

/**
 * The codes of conditions: what a node says of itself while it runs, besides the faults above that it
 * lives with.
 */
export const conditionCodes: Readonly<Record<string, CodeMeaning>> = {
  starting: { user: 'The node starts; try again in a moment.', operator: 'Nothing to do.' },
  stopping: { user: 'The node stops; use another one.', operator: 'Nothing to do.' },
  diverged: {
    user: 'What this node answers is not what the other members signed; use another node.',
    operator:
      'Rows, functions or the server of this node differ from the others. Find out how (`bucordo report`) and restore the database from a member whose state is right.',
  },
  quarantined: {
    user: HELD,
    operator: 'One block ended this node again and again; see the page on quarantine.',
  },
  postgres_silent: {
    user: 'The node may not answer; use another one.',
    operator: 'The server takes connections and does not answer: look at its log, its disk and its memory.',
  },
  block_long: {
    user: 'New transactions are executed when the block is done; an answer may take long.',
    operator:
      'Nothing, if it ends. If it comes again, look which functions the block calls and with how much.',
  },
  blocks_missing: {
    user: HELD,
    operator:
      'Other nodes have blocks that do not arrive here: look at the ordering node and at the network between.',
  },
  behind: {
    user: 'The node answers with what was true some blocks ago.',
    operator: 'Nothing, while the distance shrinks. If it grows, the machine is slower than the network.',
  },
  ordering_unreachable: {
    user: 'Queries are answered with what the node had; transactions wait here until the ordering node is back.',
    operator:
      'Ask the operator of the ordering node whether it runs; check the address under `peers`, the firewall, and that the certificate there is of that member.',
  },
  two_histories: {
    user: 'The node that orders has signed two histories; this node takes nothing and vouches for nothing that is not final.',
    operator:
      'Compare the hashes of the height that the status names with all members and agree which history holds. Nodes on the other one are restored from a member; then `alarms.forksSettledTo` says that it is settled.',
  },
  fellows_awaited: {
    user: 'Nothing is ordered yet; transactions wait.',
    operator:
      'The ordering node asks its fellows for blocks of its own that it may have lost. Have the named nodes started; `bucordo start --order-alone` goes on without them and may lose what only they have.',
  },
  not_final: {
    user: 'New blocks are committed here and not yet final.',
    operator:
      'The named members have not signed this state: their nodes are down, behind, cut off, or differ. Ask their operators.',
  },
  rules_awaited: {
    user: 'Nothing yet; from the height in the message on this node answers no more until it has a newer release.',
    operator: 'Install a release with these rules before that height and start the node again.',
  },
  member_differs: {
    user: "Another member's state is not the one of this node.",
    operator:
      'Tell the operator of the named member; with few members its signature is missing for finality.',
  },
  time_ahead: {
    user: 'Dates of new rows lie in the future; nothing else is wrong.',
    operator:
      "The ordering node's clock was ahead when it ordered, or this node's is behind: set whichever is wrong. Block time stands nearly still until the clocks have reached it, for it never goes back.",
  },
  clocks_differ: {
    user: 'Nothing, unless the clock of the ordering node is the wrong one: then dates of new rows are.',
    operator: 'This clock and that of another member differ; compare each with the true time (NTP).',
  },
  clock_ahead: {
    user: 'Nothing is wrong: blocks are dated by the clocks of the other members.',
    operator: 'The clock of this machine, which orders, is ahead of most others; set it (NTP).',
  },
  time_behind: {
    user: 'Dates of new rows lie in the past; nothing else is wrong.',
    operator: "The ordering node's clock is behind, or this node's is ahead: set whichever is wrong.",
  },
};

/** True when `code` is one of {@link conditionCodes}. */
export function isConditionCode(code: string): boolean {
  return Object.hasOwn(conditionCodes, code);
}

/** True when `code` is one of {@link faultCodes}. */
export function isFaultCode(code: string): boolean {
  return Object.hasOwn(faultCodes, code);
}
