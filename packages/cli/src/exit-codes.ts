/**
 * The exit codes of `bucordo`: one table, the same for every command, stable across versions.
 * Scripts may rely on the numbers; people read the sentences (at the end of `bucordo --help`).
 */

/** One exit code, its name and what it tells a script. */
export interface ExitCode {
  readonly number: 0 | 1 | 2 | 3 | 4 | 5;
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

/** The table as `bucordo --help` prints it. */
export function describeExitCodes(): string {
  return exitCodes
    .map(({ number, name, meaning }) => `  ${number}  ${name.padEnd(12)} ${meaning}`)
    .join('\n');
}
