/**
 * How a command speaks: its one result on standard output (text for people, or one JSON document
 * with `--json`), everything beside the result on standard error.
 */
import pc from 'picocolors';
import type { CommandError } from '../command-error.ts';
import { asCalled } from '../command-line.ts';
import { plainText } from './plain-text.ts';

/** The two ways a command speaks, fixed once per run. */
export class Output {
  readonly json: boolean;

  constructor(options: { json: boolean }) {
    this.json = options.json;
  }

  /** The result: `value` with `--json` (one document on one line), otherwise what `human` makes of it. */
  result(value: unknown, human: () => string): void {
    process.stdout.write(`${this.json ? JSON.stringify(value) : human()}\n`);
  }

  /** A remark for people, beside the result; silent with `--json`. */
  note(text: string): void {
    if (!this.json) process.stderr.write(`${asCalled(text)}\n`);
  }

  /** What went wrong and what to do next. With `--json` one document on standard error. */
  error(error: CommandError): void {
    const { code, message, facts } = error;
    const hint = asCalled(error.hint);
    if (this.json) {
      process.stderr.write(
        `${JSON.stringify({ error: { code, message, ...facts, ...(hint === '' ? {} : { hint }) } })}\n`,
      );
      return;
    }
    process.stderr.write(`${pc.red(pc.bold('error'))} ${safeLines(message)} ${pc.dim(`[${code}]`)}\n`);
    if (hint !== '') process.stderr.write(`${pc.cyan('next ')} ${safeLines(hint)}\n`);
  }
}

/** Text of several lines whose lines are each made safe for a terminal. */
function safeLines(text: string): string {
  return text.split('\n').map(plainText).join('\n      ');
}
