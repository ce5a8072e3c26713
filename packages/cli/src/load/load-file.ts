/**
 * Loads a file into the shared database: reads it once to check it, then submits its transactions,
 * many at a time, and keeps in the journal how many of them, counted from the beginning, are done.
 */
import { existsSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { appendFile } from 'node:fs/promises';
import type { LoadJournal, LoadState } from './load-journal.ts';
import { type LoadRow, type RowFormat, readLoadRows } from './load-rows.ts';
import type { LoadOutcome, LoadSubmitter } from './load-submitter.ts';
import { type LoadShape, type LoadTransaction, loadTransactions } from './load-transactions.ts';

/** A load that can begin. */
export interface LoadOptions {
  readonly file: string;
  readonly format: RowFormat;
  readonly shape: LoadShape;
  readonly journal: LoadJournal;
  readonly submitter: LoadSubmitter;
  /** Transactions under way at once. */
  readonly inFlight: number;
  /** Begins with the first transaction even if the journal says that it is done. */
  readonly again: boolean;
  /** Where rejected lines go. */
  readonly rejectedFile: string;
  readonly onProgress: (done: number) => void;
}

/** What a load did. */
export interface LoadReport {
  readonly transactions: number;
  /** Committed by this run. */
  readonly committed: number;
  /** Ordered before this run: nothing was changed by them. */
  readonly duplicates: number;
  /** Done according to the journal, and therefore not sent. */
  readonly skipped: number;
  readonly rejected: number;
}

/** Milliseconds between two writings of the journal; a crash costs a repetition of that much, and repeating changes nothing. */
const journalMs = 1_000;

/** Counts the transactions of a file, and so finds every line that is wrong before anything is sent. */
export async function countTransactions(
  options: Pick<LoadOptions, 'file' | 'format' | 'shape'>,
  onRow: () => void,
): Promise<number> {
  let transactions = 0;
  for await (const _transaction of loadTransactions(
    told(readLoadRows(options.file, options.format), onRow),
    options.shape,
  ))
    transactions += 1;
  return transactions;
}

/** Runs a load to its end. Whatever fails leaves the journal true: the same load goes on from there. */
export async function loadFile(options: LoadOptions): Promise<LoadReport> {
  const { journal, again } = options;
  const from = again ? 0 : journal.state.done;
  const run = new LoadRun(options, from);
  try {
    await run.submitAll(loadTransactions(readLoadRows(options.file, options.format), options.shape));
    run.save({ complete: true });
  } catch (error) {
    run.save({ complete: false });
    throw error;
  }
  return run.report();
}

/** The counters of one run, and what it has written. */
class LoadRun {
  readonly #options: LoadOptions;
  readonly #from: number;
  #done: number;
  #rejected: number;
  #committed = 0;
  #duplicates = 0;
  #savedAt: number = performance.now();
  #rejectedLines: string[] = [];

  constructor(options: LoadOptions, from: number) {
    this.#options = options;
    this.#from = from;
    this.#done = from;
    this.#rejected = from === 0 ? 0 : options.journal.state.rejected;
    keepLines(options.rejectedFile, this.#rejected);
  }

  /** Submits with a window of transactions under way; outcomes are taken in the file's order. */
  async submitAll(transactions: AsyncIterable<LoadTransaction>): Promise<void> {
    const underWay: Promise<LoadOutcome>[] = [];
    for await (const transaction of transactions) {
      if (transaction.number < this.#from) continue;
      const outcome = this.#options.submitter.submit(transaction);
      // Awaited in order below; until then a failure must not count as unhandled.
      outcome.catch(() => undefined);
      underWay.push(outcome);
      if (underWay.length >= this.#options.inFlight) await this.#take(underWay.shift());
    }
    while (underWay.length > 0) await this.#take(underWay.shift());
    await this.#flushRejected();
  }

  save(options: { complete: boolean }): void {
    const { journal } = this.#options;
    const state: LoadState = {
      validUntil: journal.state.validUntil,
      done: this.#done,
      rejected: this.#rejected,
      complete: options.complete,
    };
    journal.write(state);
    this.#savedAt = performance.now();
  }

  report(): LoadReport {
    return {
      transactions: this.#done,
      committed: this.#committed,
      duplicates: this.#duplicates,
      skipped: this.#from,
      rejected: this.#rejected,
    };
  }

  async #take(pending: Promise<LoadOutcome> | undefined): Promise<void> {
    if (pending === undefined) return;
    const outcome = await pending;
    if (outcome.code !== '') this.#reject(outcome);
    else if (outcome.duplicate) this.#duplicates += 1;
    else this.#committed += 1;
    this.#done += 1;
    this.#options.onProgress(this.#done);
    if (performance.now() - this.#savedAt < journalMs) return;
    await this.#flushRejected();
    this.save({ complete: false });
  }

  #reject(outcome: LoadOutcome): void {
    const { transaction, transactionId, height, code, message } = outcome;
    this.#rejected += 1;
    const calls = transaction.calls.map((call) => call.args).join(',');
    const facts = JSON.stringify({ lines: transaction.lines, code, message, height, transactionId });
    // The arguments stand as JSON, not as a text that would have to be unpacked.
    this.#rejectedLines.push(`${facts.slice(0, -1)},"arguments":[${calls}]}\n`);
  }

  async #flushRejected(): Promise<void> {
    const lines = this.#rejectedLines;
    this.#rejectedLines = [];
    if (lines.length > 0) await appendFile(this.#options.rejectedFile, lines.join(''));
  }
}

/** Cuts a file to its first `lines` lines: what a crash wrote after the journal is written again. */
function keepLines(file: string, lines: number): void {
  if (!existsSync(file)) return;
  if (lines === 0) {
    rmSync(file);
    return;
  }
  const kept = readFileSync(file, 'utf8').split('\n').slice(0, lines);
  writeFileSync(file, `${kept.join('\n')}\n`);
}

async function* told(rows: AsyncIterable<LoadRow>, onRow: () => void): AsyncGenerator<LoadRow> {
  for await (const row of rows) {
    onRow();
    yield row;
  }
}
