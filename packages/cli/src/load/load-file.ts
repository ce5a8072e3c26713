/**
 * Submits the units of a load, many at a time, and keeps in the journal how many of them, counted from the
 * beginning, are done.
 */

import type { JudgedRow } from './judge-rows.ts';
import type { LoadJournal } from './load-journal.ts';
import type { LoadOutcome, LoadSubmitter } from './load-submitter.ts';
import { callsOf, type LoadShape, type LoadUnit } from './load-units.ts';
import type { RejectedFile } from './rejected-file.ts';
import { type DigestCounts, DigestWriter } from './row-digests.ts';

/** A load that can begin. */
export interface LoadRunOptions {
  readonly journal: LoadJournal;
  readonly submitter: LoadSubmitter;
  readonly shape: LoadShape;
  readonly rejectedFile: RejectedFile;
  /** Transactions under way at once. */
  readonly inFlight: number;
  /** Aborted when nothing more is to be sent. */
  readonly stop: AbortSignal;
  readonly onProgress: (done: number) => void;
  /** Height of the chain before anything is sent. */
  readonly height: number;
}

/** What a run did. */
export interface LoadCounts {
  /** Units whose fate is known, those of earlier runs among them. */
  readonly done: number;
  /** Committed by this run. */
  readonly committed: number;
  /** Ordered before this run: nothing was changed by them. */
  readonly duplicates: number;
  /** Done according to the journal, and therefore not sent. */
  readonly skipped: number;
  /** Rejected by this and earlier runs, by code. */
  readonly codes: Readonly<Record<string, number>>;
}

/** Milliseconds between two writings of the journal; a crash costs a repetition of that much, and repeating changes nothing. */
const journalMs = 1_000;

/** Leaves out rows that other loads have committed, and counts them. */
export async function* leaveOut(
  rows: AsyncIterable<JudgedRow>,
  earlier: DigestCounts | null,
  onLeft: () => void,
): AsyncGenerator<JudgedRow> {
  for await (const row of rows) {
    if (row.flaw === null && earlier?.take(row.digest) === true) onLeft();
    else yield row;
  }
}

/** The counters of one run, and what it writes. */
export class LoadRun {
  readonly #options: LoadRunOptions;
  readonly #digests: DigestWriter;
  readonly #from: number;
  #done: number;
  #rows: number;
  readonly #codes: Map<string, number>;
  #committed = 0;
  #duplicates = 0;
  #savedAt: number = performance.now();
  /** Highest block that is known. */
  #height: number;
  /** What was sent and not taken yet, in the input's order, with the height that was known then. */
  readonly #underWay: { readonly outcome: Promise<LoadOutcome>; readonly above: number }[] = [];

  constructor(options: LoadRunOptions) {
    const { done, rows, codes } = options.journal.state;
    this.#options = options;
    this.#height = options.height;
    this.#from = done;
    this.#done = done;
    this.#rows = rows;
    this.#codes = new Map(Object.entries(codes));
    this.#digests = new DigestWriter(options.journal.rowsFile, rows);
  }

  get counts(): LoadCounts {
    return {
      done: this.#done,
      committed: this.#committed,
      duplicates: this.#duplicates,
      skipped: this.#from,
      codes: Object.fromEntries([...this.#codes].sort(([one], [two]) => (one < two ? -1 : 1))),
    };
  }

  /**
   * Submits with a window of transactions under way; outcomes are taken in the input's order. When it is stopped it
   * sends nothing more and waits for what is under way. Whatever fails leaves the journal true: the same load goes
   * on from there.
   */
  async submitAll(units: AsyncIterable<LoadUnit>): Promise<void> {
    let isComplete = false;
    try {
      this.#save(false, this.#height);
      isComplete = await this.#submitUnits(units);
    } finally {
      this.#save(isComplete);
      this.#digests.close();
      this.#options.rejectedFile.close();
    }
  }

  async #submitUnits(units: AsyncIterable<LoadUnit>): Promise<boolean> {
    const { stop, inFlight } = this.#options;
    let isComplete = true;
    for await (const unit of units) {
      if (unit.number < this.#from) continue;
      if (stop.aborted) {
        isComplete = false;
        break;
      }
      const outcome = this.#submit(unit);
      // Awaited in order below; until then a failure must not count as unhandled.
      outcome.catch(() => undefined);
      this.#underWay.push({ outcome, above: this.#height });
      if (this.#underWay.length >= inFlight) await this.#takeFirst();
    }
    while (this.#underWay.length > 0) await this.#takeFirst();
    return isComplete;
  }

  async #takeFirst(): Promise<void> {
    const outcome = await this.#underWay[0]?.outcome;
    this.#underWay.shift();
    if (outcome !== undefined) this.#take(outcome);
  }

  async #submit(unit: LoadUnit): Promise<LoadOutcome> {
    const { submitter, shape } = this.#options;
    if (unit.flaw === null) return submitter.submit(unit, callsOf(unit, shape));
    return { unit, height: null, ...unit.flaw, call: null, duplicate: false };
  }

  #take(outcome: LoadOutcome): void {
    this.#height = Math.max(this.#height, outcome.height ?? 0);
    if (outcome.code !== '') this.#reject(outcome);
    else {
      if (outcome.duplicate) this.#duplicates += 1;
      else this.#committed += 1;
      for (const row of outcome.unit.rows) this.#digests.add(row.digest);
      this.#rows += outcome.unit.rows.length;
    }
    this.#done += 1;
    this.#options.onProgress(this.#done);
    if (performance.now() - this.#savedAt >= journalMs)
      this.#save(false, this.#underWay[0]?.above ?? this.#height);
  }

  #reject({ unit, code, message, call }: LoadOutcome): void {
    this.#codes.set(code, (this.#codes.get(code) ?? 0) + 1);
    const flawed = unit.rows.findIndex(({ flaw }) => flaw !== null);
    const at = call ?? Math.max(0, flawed);
    const line = unit.rows[at]?.row.line ?? 0;
    for (const [index, row] of unit.rows.entries())
      this.#options.rejectedFile.add(row, {
        code,
        message: index === at ? message : `in one transaction with line ${line}`,
      });
  }

  #save(complete: boolean, openAbove: number | null = this.#underWay[0]?.above ?? null): void {
    const { journal, rejectedFile } = this.#options;
    rejectedFile.flush();
    this.#digests.flush();
    journal.write({
      ...journal.state,
      done: this.#done,
      codes: this.counts.codes,
      rows: this.#rows,
      rejected: rejectedFile.state,
      openAbove,
      complete,
    });
    this.#savedAt = performance.now();
  }
}
