/** `bucordo status`: all members at a glance, and whether their states are equal. */
import { setTimeout as sleep } from 'node:timers/promises';
import type { Status } from '@bucordo/client';
import { Command } from 'commander';
import pc from 'picocolors';
import { identityFor, optionsOf, outputOf, profileFor } from '../command-context.ts';
import { unreachableError } from '../command-error.ts';
import { exitOk, exitRejected, exitUnreachable } from '../exit-codes.ts';
import type { MemberStatus, NetworkStatus } from '../member-status.ts';
import { count } from '../output/progress.ts';
import { formatTable } from '../output/table.ts';

interface StatusOptions {
  readonly watch?: boolean;
}

/** A node on the same machine answers in milliseconds; one that does not within this is down. */
const answerTimeoutMs = 3_000;
const watchIntervalMs = 1_000;
/** Digits of a hash that are shown: enough to see a difference. */
const hashDigits = 16;

/** The command. */
export function statusCommand(): Command {
  return new Command('status')
    .description('all members: height, final height, state, rate')
    .helpGroup('Use the shared database:')
    .option('--watch', 'again every second, until Ctrl-C')
    .addHelpText(
      'after',
      "\nExit code 1 when the members' states differ or a node is in quarantine, 4 when a member does not answer.\n\nExample:\n  bucordo status --watch",
    )
    .action((_options: object, self: Command) => run(self));
}

async function run(command: Command): Promise<void> {
  const options = optionsOf<StatusOptions>(command);
  const output = outputOf(options);
  const loaded = profileFor(options);
  const { askMembers } = await import('../member-status.ts');
  const identity = identityFor(options, loaded);
  for (;;) {
    const status = await askMembers({ loaded, identity, timeoutMs: answerTimeoutMs });
    const clear = options.watch === true && process.stdout.isTTY && !output.json ? '\u001b[2J\u001b[H' : '';
    output.result(status, () => `${clear}${formatStatus(loaded.profile.name, status)}`);
    process.exitCode = exitCodeOf(status);
    if (options.watch !== true) return assertSomebody(status);
    await sleep(watchIntervalMs);
  }
}

/** Members that differ weigh more than one that does not answer. */
function exitCodeOf(status: NetworkStatus): number {
  if (!status.equal || status.members.some((member) => (member.status?.quarantine ?? null) !== null))
    return exitRejected;
  return status.members.every((member) => member.status !== null) ? exitOk : exitUnreachable;
}

function assertSomebody(status: NetworkStatus): void {
  if (status.comparedAt !== null) return;
  throw unreachableError(
    `no member answers (${status.members.map(({ member, reason }) => `${member}: ${reason}`).join('; ')})`,
    'Start the network: bucordo dev',
  );
}

/** The table of the members and one sentence on whether they agree. */
export function formatStatus(name: string, status: NetworkStatus): string {
  const rows = status.members.map(statusRow);
  return [
    `network ${name}`,
    '',
    formatTable({ columns: ['member', 'height', 'final', 'state hash', 'transactions/s', 'state'], rows }),
    '',
    ...status.members.flatMap(quarantineText),
    verdict(status),
  ].join('\n');
}

function statusRow({ member, status }: MemberStatus): (string | number | null)[] {
  if (status === null) return [member, null, null, null, null, 'not reachable'];
  return [
    member,
    status.height,
    status.finalHeight,
    status.stateHash.slice(0, hashDigits),
    Math.round(status.transactionsPerSecond),
    stateOf(status),
  ];
}

function stateOf({ quarantine, divergedAt }: Status): string {
  if (quarantine !== null) return `in quarantine at height ${quarantine.height}`;
  return divergedAt === null ? 'serving' : `differs since height ${divergedAt}`;
}

/** What stands below the table where a node executes nothing: of which transaction it dies and what to do. */
function quarantineText({ member, status }: MemberStatus): string[] {
  const quarantine = status?.quarantine ?? null;
  if (quarantine === null) return [];
  const { height, block, transaction, attempts } = quarantine;
  return [
    pc.red(
      `The node of ${member} died ${attempts} times of block ${height} (${block.slice(0, hashDigits)}) and executes nothing any more.`,
    ),
    transaction === null ? 'Of which transaction is not known.' : `It dies of transaction ${transaction}.`,
    `If it stops every member: bucordo skip propose --node ${member}`,
    '',
  ];
}

function verdict(status: NetworkStatus): string {
  if (status.comparedAt === null) return pc.red('Nobody answers.');
  if (!status.equal) return pc.red(`The members differ at height ${count(status.comparedAt)}.`);
  if (status.stateHashes.length < 2) return 'One member answers: nothing to compare.';
  return pc.green(
    `The states of ${status.stateHashes.length} members are equal at height ${count(status.comparedAt)}.`,
  );
}
