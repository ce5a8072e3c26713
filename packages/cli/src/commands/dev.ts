/** `bucordo dev`: a network of several members on this machine, with an example if wanted. */
import { existsSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { fileURLToPath } from 'node:url';
import { shellWord } from '@bucordo/node/shell-word';
import { Command, Option } from 'commander';
import pc from 'picocolors';
import { optionsOf, outputOf, type SharedOptions, wholeNumber } from '../command-context.ts';
import { usageError } from '../command-error.ts';
import { commandLine, nearPath, typedCommand } from '../command-line.ts';
import type { DevReport } from '../dev/dev-session.ts';
import { type Example, exampleNames, openExample } from '../dev/example.ts';
import { formatSummaries } from '../dev/member-table.ts';
import { exitRejected } from '../exit-codes.ts';
import { environmentDirectory, isNear, networkDirectoryName, profileFileName } from '../find-network.ts';
import { devCommandLine } from '../how-to-start.ts';
import type { NetworkDescription } from '../network/network-description.ts';
import type { Output } from '../output/output.ts';
import { type DevOrigin, loadProfile } from '../profile.ts';

interface DevOptions {
  readonly members: number;
  readonly example: 'purchasing' | 'retail' | 'none';
  readonly data?: string;
  readonly dir?: string;
  readonly exit?: boolean;
  readonly fresh?: boolean;
  readonly port: number;
}

const help = `
Every member is a process of its own with its own keys and its own Postgres. The state stays in the
folder; the next run goes on with it, with the same members, example and data. Ctrl-C stops all members.

The examples run on real data where it is: --data DIR or the environment's BUCORDO_DATA; else on data
that is generated and the same every time.

Examples:
  bucordo dev                                # three members and a contract for notes
  bucordo dev --example purchasing --exit    # replay the orders, compare the members, end with 0 or 1
  bucordo dev --members 5 --dir .bucordo/five --fresh`;

/** The command. */
export function devCommand(): Command {
  return new Command('dev')
    .description('run a network of several members on this machine')
    .helpGroup('On this machine:')
    .option(
      '--members <number>',
      'how many members, without an example',
      wholeNumber({ name: '--members', min: 1, max: 16 }),
      3,
    )
    .addOption(
      new Option('--example <name>', 'data and contract to run')
        .choices([...exampleNames, 'none'])
        .default('none'),
    )
    .option('--data <dir>', 'folder of the real data (default: BUCORDO_DATA)')
    .option('--dir <dir>', `folder of the network (default: BUCORDO_DIR, else ${networkDirectoryName})`)
    .option('--exit', 'stop when all is done: exit code 0, or 1 if the members differ')
    .option('--fresh', 'delete the network that is in the folder first')
    .option(
      '--port <number>',
      'first port to try',
      wholeNumber({ name: '--port', min: 1024, max: 65_000 }),
      7480,
    )
    .addHelpText('after', help)
    .action((_options: object, self: Command) => run(self));
}

async function run(command: Command): Promise<void> {
  const options = optionsOf<DevOptions>(command);
  const output = outputOf(options);
  const directory = directoryOf(options);
  const kept = options.fresh === true ? null : keptNetwork(directory);
  const origin = originOf(command, options, { directory, kept });
  const example =
    origin.example === 'none' ? null : await openExample(origin.example, { dataDirectory: origin.data });
  if (example !== null) output.note(dataSentence(example));
  const members = isChosen(command, 'members') ? options.members : (kept?.members ?? options.members);
  const stopped = stopRequest();
  const { DevSession } = await import('../dev/dev-session.ts');
  const session = await DevSession.start({
    directory,
    description: example === null ? notesNetwork(members) : { ...example.network, contracts: [] },
    origin,
    goOn: kept !== null && !isChosen(command, 'example'),
    fresh: options.fresh ?? false,
    firstPort: options.port,
    as: example?.as ?? 'member1/writer',
    onLost: (member, reason) =>
      output.note(
        `The node of ${member} ended: ${reason}. More: node.log in its folder. Start it again: ${typedCommand(`member start ${member}${where(directory)}`)}`,
      ),
  });
  try {
    // Ctrl-C in the middle of a replay ends it; the next run goes on from there.
    const report = await Promise.race([session.runExample(example, (line) => output.note(line)), stopped]);
    if (report === undefined) return;
    output.result(report, () => formatReport(report));
    if (!report.equal || (report.example?.wrong.length ?? 0) > 0) process.exitCode = exitRejected;
    if (options.exit === true) return;
    output.note(howToGoOn(session.network.members, example, directory));
    await stopped;
  } finally {
    await stopSession(session, output);
  }
}

/** The folder: that of `--dir`, else what the other options and the environment name, as for every command. */
function directoryOf({ dir, networkDir }: DevOptions & SharedOptions): string {
  return dir ?? networkDir ?? environmentDirectory() ?? networkDirectoryName;
}

/** A network that is in the folder already. */
interface KeptNetwork {
  readonly origin: DevOrigin | null;
  readonly members: number;
}

function keptNetwork(directory: string): KeptNetwork | null {
  if (!existsSync(join(directory, profileFileName))) return null;
  const { profile } = loadProfile({ profile: join(directory, profileFileName) });
  return { origin: profile.dev ?? null, members: profile.members.length };
}

/** What the options ask for; where they ask for nothing, what the network in the folder was begun with. */
function originOf(
  command: Command,
  options: DevOptions,
  { directory, kept }: { directory: string; kept: KeptNetwork | null },
): DevOrigin {
  const before = kept?.origin ?? null;
  const example = isChosen(command, 'example') ? options.example : (before?.example ?? options.example);
  const environment = process.env['BUCORDO_DATA'] ?? '';
  if (before === null) {
    const data = options.data ?? (environment === '' ? null : environment);
    return { example, data: data === null || example === 'none' ? null : resolve(data) };
  }
  const goOn = `Go on with it: ${devCommandLine(directory)}; or choose another folder for the other: --dir DIR`;
  if (example !== before.example)
    throw usageError(
      `${directory} holds a network ${before.example === 'none' ? 'without an example' : `of the example ${before.example}`}`,
      goOn,
      { directory },
    );
  if (options.data !== undefined && resolve(options.data) !== before.data)
    throw usageError(
      `the network in ${directory} was begun on ${before.data === null ? 'generated data' : `the data in ${before.data}`}`,
      goOn,
      { directory },
    );
  return before;
}

function isChosen(command: Command, option: string): boolean {
  return command.getOptionValueSource(option) !== 'default';
}

/** What a command needs beside its words to find the network from the current folder. */
function where(directory: string): string {
  return isNear(directory) ? '' : ` --network-dir ${shellWord(nearPath(directory, process.cwd()))}`;
}

/** Signals that come twice within this are one request: npm passes on what the terminal sent already. */
const sameRequestMs = 1_500;

/** Resolves at the first request to end. A later one does not wait for the members: they notice and stop by themselves. */
function stopRequest(): Promise<void> {
  return new Promise((resolve) => {
    let askedAt: number | null = null;
    for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const) {
      process.on(signal, () => {
        if (askedAt !== null && performance.now() - askedAt > sameRequestMs) process.exit(exitRejected);
        askedAt ??= performance.now();
        resolve();
      });
    }
  });
}

async function stopSession(session: { stop(): Promise<void> }, output: Output): Promise<void> {
  output.note('Stopping the members.');
  await session.stop();
}

/** The network without an example: equal members, a writer and an administrator each, a contract for notes. */
function notesNetwork(members: number): NetworkDescription {
  return {
    name: 'dev',
    members: Array.from({ length: members }, (_, index) => ({
      id: `member${index + 1}`,
      class: 'member',
      identities: [
        { name: 'writer', roles: ['writer'] },
        { name: 'admin', roles: ['admin'] },
      ],
    })),
    contracts: [fileURLToPath(new URL('../../contracts/notes', import.meta.url))],
  };
}

function dataSentence(example: Example): string {
  const { kind, description } = example.data;
  if (kind === 'real') return `Real data. ${description}`;
  return `Generated data: ${description} The real data is used with --data DIR or BUCORDO_DATA=DIR.`;
}

function formatReport(report: DevReport): string {
  return [
    ...(report.example === null ? [] : figureLines(report.example)),
    membersTable(report),
    '',
    verdict(report),
  ].join('\n');
}

function figureLines({ wrong, checked }: NonNullable<DevReport['example']>): string[] {
  if (wrong.length === 0)
    return [pc.green(`All ${checked} figures are as they should be, on all members.`), ''];
  return [
    ...wrong.map(({ member, name, expected, found }) =>
      pc.red(`${member}: ${name} is ${found ?? 'missing'}, should be ${expected}`),
    ),
    '',
  ];
}

function membersTable(report: DevReport): string {
  return formatSummaries(report.members);
}

function verdict(report: DevReport): string {
  return report.equal
    ? pc.green('All members have the same state.')
    : pc.red(`The members differ. See: ${commandLine('status')}`);
}

function howToGoOn(members: readonly string[], example: Example | null, directory: string): string {
  const last = members.at(-1) ?? '';
  const tour = example?.tour ?? notesTour;
  const catchUp = [
    { command: `member stop ${last}`, shows: `stop the node of ${last}` },
    { command: 'status', shows: 'the others go on' },
    { command: `member start ${last}`, shows: 'it catches up' },
    { command: 'status', shows: 'and is equal again' },
  ];
  const lines = [...tour, ...catchUp].map(
    ({ command, shows }) => `  ${pc.bold(typedCommand(`${command}${where(directory)}`))}\n      ${shows}`,
  );
  return [
    '',
    'The members run. In a second terminal, in this folder:',
    ...lines,
    '',
    'Ctrl-C stops them; the next start goes on with the same state.',
  ].join('\n');
}

const notesTour: Example['tour'] = [
  {
    command: 'call notes.add_note \'{"note_id":1,"body":"hello"}\'',
    shows: 'a signed transaction, with its receipt',
  },
  {
    command: 'call notes.change_note --arg note_id=1 --arg body=mine --as member2/writer',
    shows: 'the contract refuses: somebody else wrote it',
  },
  {
    command: 'query "select * from notes.note order by note_id" --node member3',
    shows: 'the row on another member',
  },
  { command: 'history notes.note note_id=1', shows: 'who changed it, when, by which call' },
];
