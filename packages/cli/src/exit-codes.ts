/**
 * The exit codes of `bucordo`: one table, the same for every command, stable across versions.
 * Scripts may rely on the numbers; people read the sentences (at the end of `bucordo --help`).
 */

/** One exit code, its name and what it tells a script. */
export interface ExitCode {
  readonly number: 0 | 1 | 2 | 3 | 4 | 5 | 6 | 7 | 8 | 9 | 130;
  readonly name: string;
  readonly meaning: string;
}

/** Every exit code there is, in rising order. */
export const exitCodes: readonly ExitCode[] = [
  { number: 0, name: 'ok', meaning: 'The command did what it was asked.' },
  {
    number: 1,
    name: 'rejected',
    meaning: 'The network rejected a transaction, members differ, or a check or test found something.',
  },
  { number: 2, name: 'usage', meaning: 'The command line, an argument or a file given to it is wrong.' },
  {
    number: 3,
    name: 'not-found',
    meaning: 'What was asked for does not exist: transaction, block, row, profile, key.',
  },
  { number: 4, name: 'unreachable', meaning: 'A node does not answer, or not within the time limit.' },
  {
    number: 5,
    name: 'fault',
    meaning: 'The world around the command failed: disk, port, database, an answer that makes no sense.',
  },
  {
    number: 6,
    name: 'stopped',
    meaning: 'A node executes nothing new until what is in its way has changed; its status says what.',
  },
  {
    number: 7,
    name: 'stuck',
    meaning: 'A node ought to go on and does not: a long block, a silent Postgres, nothing arrives.',
  },
  {
    number: 8,
    name: 'behind',
    meaning: 'A node works and is not where the others are, or waits for them.',
  },
  {
    number: 9,
    name: 'forked',
    meaning: 'There are two histories signed by one hand; the members must decide which one holds.',
  },
  {
    number: 130,
    name: 'interrupted',
    meaning: 'Ctrl-C or a request to end came before the end; the same command goes on.',
  },
];

/** The command did what it was asked. */
export const exitOk = 0;
/** A transaction was rejected, or members differ. */
export const exitRejected = 1;
/** The command line or a file given to it is wrong. */
export const exitUsage = 2;
/** What was asked for does not exist. */
export const exitNotFound = 3;
/** No node answered in time. */
export const exitUnreachable = 4;
/** Disk, port, database, nonsense from a node. */
export const exitFault = 5;

/** A node executes nothing new until something changes. */
export const exitStopped = 6;
/** A node ought to go on and does not. */
export const exitStuck = 7;
/** A node is not where the others are, or waits for them. */
export const exitBehind = 8;
/** Two histories. */
export const exitForked = 9;
/** Ended by Ctrl-C or SIGTERM before its end. */
export const exitInterrupted = 130;

/** The table as `bucordo --help` prints it. */
export function describeExitCodes(): string {
  return exitCodes
    .map(({ number, name, meaning }) => `  ${number}  ${name.padEnd(12)} ${meaning}`)
    .join('\n');
}
