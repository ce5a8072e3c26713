/**
 * The entry of `bucordo`: parses the command line, runs the command, and turns whatever fails into
 * one message with a remedy and one exit code of the table in `exit-codes.ts`.
 */
import { CommanderError } from 'commander';
import { type CommandError, usageError } from './command-error.ts';
import { commandLine } from './command-line.ts';
import { exitOk } from './exit-codes.ts';
import { explainError } from './explain-error.ts';
import { Output } from './output/output.ts';
import { createProgram } from './program.ts';

await main(process.argv.slice(2));

async function main(words: readonly string[]): Promise<void> {
  // A reader that ends early (`| head`) is no error.
  process.stdout.on('error', (error: NodeJS.ErrnoException) => {
    if (error.code === 'EPIPE') process.exit(exitOk);
  });
  const program = createProgram().exitOverride();
  try {
    // Whoever types the bare name wants to know what there is.
    if (words.length === 0) return program.outputHelp();
    await program.parseAsync(words, { from: 'user' });
  } catch (error) {
    const failure = await toCommandError(error);
    if (failure === null) return;
    new Output({ json: words.includes('--json') }).error(failure);
    process.exitCode = failure.exitCode;
  }
}

/** The failure as a person reads it; null when there was none (help and version end a command early too). */
async function toCommandError(error: unknown): Promise<CommandError | null> {
  if (!(error instanceof CommanderError)) return explainError(error);
  if (error.exitCode === 0) return null;
  const message = error.message.replace(/^error: /, '');
  if (error.code === 'commander.help')
    return usageError('a command is missing', `See them all: ${commandLine('--help')}`);
  return usageError(message, 'See `bucordo --help`, or `bucordo <command> --help`');
}
