/** `bucordo report`: what each member's database holds of the contracts, and where they differ. */
import type { Reflection } from '@bucordo/client';
import { Command } from 'commander';
import pc from 'picocolors';
import { identityFor, optionsOf, outputOf, profileFor, timeoutSecondsDefault } from '../command-context.ts';
import { unreachableError } from '../command-error.ts';
import { commandLine } from '../command-line.ts';
import { exitOk, exitRejected, exitUnreachable } from '../exit-codes.ts';
import { plainText } from '../output/plain-text.ts';
import { count } from '../output/progress.ts';
import { formatTable } from '../output/table.ts';
import { knownEndpoints, type MemberEndpoint } from '../profile.ts';
import { compareReflections, compareWithManifest, type Difference } from '../report/compare-reflections.ts';

const help = `
Compares what is in the shared schemas of all members (contracts, tables, columns, constraints, indexes, triggers,
rules, policies, views, functions, types), to whom it belongs, who has rights on it, and the system's roles; and
that of each member with what the approved documents promise. Private schemas and publications are not looked at.
Members on different major versions of Postgres may word the same view or constraint in two ways.

Exit code 1 when something differs, 4 when a member does not answer.

Examples:
  bucordo report
  bucordo report --json`;

/** A node that does not answer within this is down. */
const ANSWER_SECONDS_MAX = 5;

/** What one member's node told, or why it did not. */
interface Answer {
  readonly member: string;
  readonly reflection: Reflection | null;
  readonly reason: string;
}

/** The command. */
export function reportCommand(): Command {
  return new Command('report')
    .description('tables, columns and functions of all members, and where they differ')
    .helpGroup('Use the shared database:')
    .addHelpText('after', help)
    .action((_options: object, self: Command) => run(self));
}

async function run(command: Command): Promise<void> {
  const options = optionsOf(command);
  const loaded = profileFor(options);
  const identity = identityFor(options, loaded);
  const timeoutMs = Math.min(options.timeout ?? timeoutSecondsDefault, ANSWER_SECONDS_MAX) * 1000;
  const { openConnection } = await import('../connection.ts');
  const ask = async (endpoint: MemberEndpoint): Promise<Answer & { differences: Difference[] }> => {
    const { client } = openConnection({ loaded, identity, endpoint, timeoutMs });
    const member = endpoint.id;
    try {
      const reflection = await client.reflection();
      return { member, reflection, reason: '', differences: await withManifests(client, member, reflection) };
    } catch (error) {
      const reason = error instanceof Error ? error.message : String(error);
      return { member, reflection: null, reason, differences: [] };
    } finally {
      client.close();
    }
  };
  const answers = await Promise.all(knownEndpoints(loaded.profile).map(ask));
  const told = answers.flatMap(({ member, reflection }) =>
    reflection === null ? [] : [{ member, reflection }],
  );
  if (told.length === 0) {
    const reasons = answers.map(({ member, reason }) => `${member}: ${reason}`).join('; ');
    throw unreachableError(
      `no member answers (${reasons})`,
      `See which nodes answer: ${commandLine('status')}`,
    );
  }
  const differences = [...compareReflections(told), ...answers.flatMap((answer) => answer.differences)];
  outputOf(options).result(
    {
      members: answers.map(({ member, reflection, reason }) => ({ member, reason, reflection })),
      differences,
    },
    () => formatReport(loaded.profile.name, answers, differences),
  );
  if (differences.length > 0) process.exitCode = exitRejected;
  else process.exitCode = told.length === answers.length ? exitOk : exitUnreachable;
}

// A node's documents against its own database: both come from it, and the hashes are compared between members.
async function withManifests(
  client: { contract(name: string): Promise<{ readonly document: string } | null> },
  member: string,
  reflection: Reflection,
): Promise<Difference[]> {
  const { readInterface } = await import('@bucordo/contract');
  const { decodeContractDocument, toUtf8 } = await import('@bucordo/protocol');
  const found: Difference[] = [];
  for (const { name } of reflection.contracts.filter((each) => !each.isRetired)) {
    const stored = await client.contract(name);
    if (stored === null) continue;
    const contract = await readInterface(decodeContractDocument(toUtf8(stored.document)));
    found.push(...compareWithManifest({ member, reflection }, contract));
  }
  return found;
}

function formatReport(
  network: string,
  answers: readonly Answer[],
  differences: readonly Difference[],
): string {
  const columns = ['member', 'height', 'Postgres', 'contracts', 'tables', 'columns', 'functions'];
  return [
    `network ${network}`,
    '',
    formatTable({ columns, rows: answers.map(memberRow) }),
    '',
    ...differences.flatMap(formatDifference),
    differences.length === 0
      ? pc.green('Nothing differs.')
      : pc.red(
          `${count(differences.length)} ${differences.length === 1 ? 'object differs' : 'objects differ'}.`,
        ),
  ].join('\n');
}

function memberRow({ member, reflection, reason }: Answer): (string | number | null)[] {
  if (reflection === null) return [member, null, null, `not reachable: ${reason}`, null, null, null];
  const { height, postgres, contracts, objects } = reflection;
  // The numbers are those of the contracts; what the system and the history have is compared, not counted.
  const isOwn = (name: string): boolean => contracts.some((each) => name.startsWith(`${each.name}.`));
  const ofKind = (kind: string): number =>
    objects.filter((each) => each.kind === kind && isOwn(each.name)).length;
  const names = contracts.map((each) => `${each.name} ${each.version}${each.isRetired ? ' (retired)' : ''}`);
  return [
    member,
    height,
    `${Math.floor(postgres / 10_000)}.${postgres % 10_000}`,
    names.join(', '),
    ofKind('table'),
    ofKind('column'),
    ofKind('callable'),
  ];
}

function formatDifference({ kind, name, sides }: Difference): string[] {
  const lines = sides.map(
    ({ members, definition }) => `  ${members.join(', ')}: ${plainText(definition ?? 'not there')}`,
  );
  return [`${kind} ${plainText(name)}`, ...lines, ''];
}
