/**
 * The log of a node for somebody who watches it on a terminal: a line for each message, its facts behind
 * it, what to do next below it. Programs read JSON instead (`logger.ts` of the node).
 */
import type { Log, LogFacts } from '@bucordo/node';
import pc from 'picocolors';
import { asCalled } from '../command-line.ts';
import { plainText } from './plain-text.ts';

/** How much is written. */
export interface PlainLogOptions {
  readonly level: 'silent' | 'error' | 'warn' | 'info' | 'debug';
  write(line: string): void;
  /** Milliseconds since the epoch. */
  now(): number;
}

const levels = ['silent', 'error', 'warn', 'info', 'debug'] as const;
type Level = Exclude<(typeof levels)[number], 'silent'>;

const paint: Readonly<Record<Level, (text: string) => string>> = {
  error: (text) => pc.red(text),
  warn: (text) => pc.yellow(text),
  info: (text) => text,
  debug: (text) => pc.dim(text),
};
/** Said elsewhere in the line, or nothing for people. */
const unsaid: ReadonlySet<string> = new Set(['hint', 'remedy', 'member', 'since', 'state', 'stack']);
/** Digits of a hash or an id that are shown. */
const hashDigits = 12;

/** A log whose lines people read. */
export function plainLog(options: PlainLogOptions): Log {
  const limit = levels.indexOf(options.level);
  const log =
    (level: Level) =>
    (facts: LogFacts, message: string): void => {
      if (levels.indexOf(level) > limit) return;
      const time = new Date(options.now()).toTimeString().slice(0, 8);
      options.write(`${pc.dim(time)}  ${paint[level](plainText(asCalled(message)))}${factsText(facts)}\n`);
      for (const next of [facts['remedy'], facts['hint']])
        if (typeof next === 'string' && next !== '')
          options.write(`          ${plainText(asCalled(next))}\n`);
    };
  return { error: log('error'), warn: log('warn'), info: log('info'), debug: log('debug') };
}

function factsText(facts: LogFacts): string {
  const shown = Object.entries(facts)
    .filter(([name, value]) => !unsaid.has(name) && value !== undefined && value !== null && value !== '')
    .map(([name, value]) => `${name} ${shortened(plainText(String(value)))}`);
  return shown.length === 0 ? '' : pc.dim(`  (${shown.join(', ')})`);
}

function shortened(text: string): string {
  return /^[0-9a-f]{32,}$/.test(text) ? `${text.slice(0, hashDigits)}…` : text;
}
