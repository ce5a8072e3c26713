/** `bucordo status`: all members at a glance, and whether their states are equal. */
import { setTimeout as sleep } from 'node:timers/promises';
import type { Status } from '@bucordo/client';
import { Command } from 'commander';
import pc from 'picocolors';
import { identityFor, optionsOf, outputOf, profileFor } from '../command-context.ts';
import { unreachableError } from '../command-error.ts';
import { asCalled, commandLine } from '../command-line.ts';
import { clockHint, isOfAnotherTime } from '../explain-error.ts';
import { isGone, type MemberStatus, type NetworkStatus } from '../member-status.ts';
import { judgeNetwork } from '../network-verdict.ts';
import { plainText } from '../output/plain-text.ts';
import { formatTable } from '../output/table.ts';
import { rulesLines } from '../rules-lines.ts';

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
    .description('all members: height, final height, state, rate, and what is not as it should be')
    .helpGroup('Use the shared database:')
    .option('--watch', 'again every second, until Ctrl-C')
    .addHelpText(
      'after',
      `
Exit code 9 when there are two histories, 1 when the members' states differ or a node is in quarantine,
6 when a node has stopped, 7 when one is stuck, 4 when a member does not answer, 8 when one is behind or waits.

Example:
  bucordo status --watch`,
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
    const status = await withEnds(
      loaded.directory,
      await askMembers({ loaded, identity, timeoutMs: answerTimeoutMs }),
    );
    const clear = options.watch === true && process.stdout.isTTY && !output.json ? '\u001b[2J\u001b[H' : '';
    const { exitCode, text } = judgeNetwork(status);
    output.result({ ...status, verdict: text, exitCode }, () => {
      return `${clear}${formatStatus(loaded.profile.name, status)}`;
    });
    process.exitCode = exitCode;
    if (options.watch !== true) return assertSomebody(status);
    await sleep(watchIntervalMs);
  }
}

/** Whoever runs the nodes of this folder knows more of one that does not answer than its silence tells. */
async function withEnds(directory: string, status: NetworkStatus): Promise<NetworkStatus> {
  if (status.members.every((member) => member.status !== null)) return status;
  const { askControl, controlSocketPath } = await import('../dev/control.ts');
  const processes = await askControl(controlSocketPath(directory), { command: 'list' }).catch(() => []);
  const members = status.members.map((answer) => {
    const process = processes.find(({ member }) => member === answer.member);
    if (answer.status !== null || process === undefined || process.running) return answer;
    const why = process.ended === null ? 'was stopped' : `ended: ${process.ended}`;
    return {
      ...answer,
      reason: `its node ${why}. Start it again: ${commandLine('member', 'start', answer.member)}`,
    };
  });
  return { ...status, members };
}

async function assertSomebody(status: NetworkStatus): Promise<void> {
  if (status.comparedAt !== null) return;
  const { howToStart } = await import('../how-to-start.ts');
  const isClock = status.members.every(({ reason }) => isOfAnotherTime(reason));
  throw unreachableError(
    `no member answers (${status.members.map(({ member, reason }) => `${member}: ${reason}`).join('; ')})`,
    isClock ? clockHint : await howToStart(),
  );
}

/** The table of the members and one sentence on whether they agree. */
export function formatStatus(name: string, status: NetworkStatus): string {
  const rows = status.members.map(statusRow);
  const columns = ['member', 'height', 'final', 'state hash', 'transactions/s', 'ordered by', 'state'];
  const orders = status.ordering === null ? '' : `, ordered by ${plainText(status.ordering)}`;
  return [
    `network ${name}${orders}`,
    '',
    formatTable({ columns, rows }),
    '',
    ...rulesLines(status.members),
    ...status.members.flatMap(conditionLines),
    verdict(status),
  ].join('\n');
}

function statusRow(answer: MemberStatus): (string | number | null)[] {
  const { member, status } = answer;
  if (status === null) return [member, null, null, null, null, null, silentText(answer)];
  return [
    member,
    status.height,
    status.finalHeight,
    status.stateHash.slice(0, hashDigits),
    Math.round(status.transactionsPerSecond),
    status.ordering?.member ?? null,
    isGone(answer) ? (answer.standing ?? '') : stateText(status),
  ];
}

/** Why there is no answer, in a word or two. */
function silentText(answer: MemberStatus): string {
  if (isGone(answer)) return answer.standing ?? '';
  return answer.isKnown ? 'not reachable' : 'not asked';
}

function stateText(answer: Status): string {
  const { health, quarantine, divergedAt } = answer;
  if (health.state === 'quarantined' && quarantine !== null)
    return `in quarantine at height ${quarantine.height}`;
  if (health.state === 'diverged' && divergedAt !== null) return `differs since height ${divergedAt}`;
  return health.state;
}

/** What stands below the table for a member that is not well: what, since when, and what to do. */
function conditionLines(answer: MemberStatus): string[] {
  const { member, status, reason } = answer;
  if (isGone(answer)) return [];
  if (!answer.isKnown)
    return [
      pc.yellow(
        `${member} ${answer.standing === 'active' ? 'takes part' : 'is invited'}; ${plainText(reason)}.`,
      ),
      `  Tell it: ${commandLine('network', 'node', member, '--http', 'URL', '--grpc', 'HOST:PORT')}`,
      '',
    ];
  if (status === null) return [pc.red(`${member} does not answer: ${plainText(reason)}`), ''];
  const { conditions } = status.health;
  const lines = conditions.flatMap(({ state, code, message, hint, sinceMs }) => [
    paint(state)(
      `${member}${state === 'serving' ? ',' : ` is ${plainText(state)}`} since ${momentText(sinceMs)}: ${plainText(message)} [${plainText(code)}]`,
    ),
    ...(hint === '' ? [] : [`  ${plainText(asCalled(hint))}`]),
    ...quarantineLines(code, member, status),
  ]);
  return lines.length === 0 ? [] : [...lines, ''];
}

/** Of which transaction a node dies and what its members can do. */
function quarantineLines(code: string, member: string, { quarantine }: Status): string[] {
  if (code !== 'quarantined' || quarantine === null) return [];
  const { transaction } = quarantine;
  return [
    transaction === null
      ? '  Of which transaction is not known.'
      : `  It dies of transaction ${plainText(transaction)}.`,
    `  If it stops every member: ${commandLine('skip', 'propose', '--node', member)}`,
  ];
}

function paint(state: string): (text: string) => string {
  if (state === 'serving') return pc.yellow;
  return state === 'behind' || state === 'waiting' || state === 'starting' ? pc.yellow : pc.red;
}

/** A moment by the node's clock; UTC, because members are everywhere. */
function momentText(ms: number): string {
  return Number.isFinite(ms) && Math.abs(ms) <= 8.64e15 ? new Date(ms).toISOString() : 'an unknown time';
}

function verdict(status: NetworkStatus): string {
  const { tone, text } = judgeNetwork(status);
  switch (tone) {
    case 'good':
      return pc.green(text);
    case 'bad':
      return pc.red(text);
    case 'plain':
      return text;
    default:
      return tone satisfies never;
  }
}
