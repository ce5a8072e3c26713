/** A JSON file as somebody named it on the command line. */
import { readFileSync } from 'node:fs';
import { CommandError, usageError } from './command-error.ts';
import { decodeFile } from './load/decode-text.ts';

/** The value in `file`, or a usage error that says why it cannot be read, with `hint` for what to do. */
export function readJsonFile(file: string, hint: string): unknown {
  try {
    return JSON.parse(decodeFile(file, readFileSync(file)));
  } catch (cause) {
    if (cause instanceof CommandError) throw cause;
    throw usageError(
      `${file} cannot be read: ${cause instanceof Error ? cause.message : String(cause)}`,
      hint,
    );
  }
}
