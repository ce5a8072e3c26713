/**
 * The file of rejected rows: in the form of the input, so that it can be corrected and loaded, with remarks behind
 * each row that a load leaves out. It is UTF-8. What somebody else has written is never written over.
 */
import { createHash, type Hash } from 'node:crypto';
import {
  closeSync,
  existsSync,
  fsyncSync,
  openSync,
  readFileSync,
  statSync,
  truncateSync,
  writeSync,
} from 'node:fs';
import { basename, dirname, join, resolve } from 'node:path';
import { usageError } from '../command-error.ts';
import { type CsvForm, remarkSign } from './csv-form.ts';
import type { JudgedRow } from './judge-rows.ts';
import type { RejectedState } from './load-journal.ts';

/** Why a row was rejected. */
export interface RowRemark {
  readonly code: string;
  readonly message: string;
}

/** Names of the remarks: where the row stood, why it was rejected. */
const remarks = ['line', 'code', 'message'].map((name) => `${remarkSign}${name}`);

/** Where rejected rows go when nothing else is said: beside the input, under a name that is free. */
export function rejectedFileOf(input: string, ending: string): string {
  const directory = input === '-' ? '.' : dirname(input);
  const name = input === '-' ? 'stdin' : basename(input).replace(/\.gz$/i, '');
  const stem = inputOfRejected(name) ?? name;
  for (let number = 1; ; number++) {
    const file = join(directory, `${stem}.rejected${number === 1 ? '' : `-${number}`}.${ending}`);
    if (!existsSync(file)) return resolve(file);
  }
}

/** The input whose rejected rows a file of that name holds; null when the name does not say so. */
export function inputOfRejected(name: string): string | null {
  return /^(.*)\.rejected(?:-\d+)?\.\w+$/.exec(name)?.[1] ?? null;
}

/** Writes rejected rows; the file is made with the first one. */
export class RejectedFile {
  readonly #csv: CsvForm | null;
  readonly #choose: () => string;
  #hash: Hash = createHash('sha256');
  #bytes = 0;
  #file = '';
  #descriptor = -1;
  #pending: string[] = [];

  /**
   * `choose` names the file when one is needed; `state` is what an earlier run has written, and what stands behind
   * it was written by one that was cut. If that is not there any more as it was, another file takes the next rows.
   */
  constructor(options: { csv: CsvForm | null; choose: () => string; state: RejectedState | null }) {
    this.#csv = options.csv;
    this.#choose = options.choose;
    const { state } = options;
    if (state === null || !existsSync(state.file) || statSync(state.file).size < state.bytes) return;
    const kept = readFileSync(state.file).subarray(0, state.bytes);
    const hash = createHash('sha256').update(kept);
    if (hash.copy().digest('hex') !== state.hash) return;
    truncateSync(state.file, state.bytes);
    this.#hash = hash;
    this.#bytes = state.bytes;
    this.#file = state.file;
  }

  /** What is on disk; null for nothing. */
  get state(): RejectedState | null {
    if (this.#file === '') return null;
    return { file: this.#file, bytes: this.#bytes, hash: this.#hash.copy().digest('hex') };
  }

  add(row: JudgedRow, remark: RowRemark): void {
    this.#pending.push(this.#csv === null ? jsonLine(row, remark) : csvLine(row, remark, this.#csv));
  }

  /** Everything that was added is in the file afterwards. */
  flush(): void {
    if (this.#pending.length === 0) return;
    if (this.#file === '') this.#begin();
    if (this.#descriptor < 0) this.#descriptor = openSync(this.#file, 'a', 0o600);
    const bytes = Buffer.from(this.#pending.join(''));
    this.#pending = [];
    writeSync(this.#descriptor, bytes);
    fsyncSync(this.#descriptor);
    this.#hash.update(bytes);
    this.#bytes += bytes.length;
  }

  close(): void {
    if (this.#descriptor >= 0) closeSync(this.#descriptor);
    this.#descriptor = -1;
  }

  #begin(): void {
    this.#file = this.#choose();
    try {
      this.#descriptor = openSync(this.#file, 'ax', 0o600);
    } catch (cause) {
      const reason = cause instanceof Error ? cause.message : String(cause);
      throw usageError(
        `the file of rejected lines cannot be made: ${reason}`,
        'Name another: --rejected FILE',
      );
    }
    if (this.#csv === null) return;
    const { columns, delimiter } = this.#csv;
    const names = [...columns.filter((name) => !name.startsWith(remarkSign)), ...remarks];
    this.#pending.unshift(cells(names, delimiter));
  }
}

function csvLine({ row }: JudgedRow, { code, message }: RowRemark, { columns, delimiter }: CsvForm): string {
  const own = columns.filter((name) => !name.startsWith(remarkSign));
  return cells(
    [...own.map((name) => row.values.get(name) ?? null), String(row.line), code, message],
    delimiter,
  );
}

function cells(values: readonly (string | null)[], delimiter: string): string {
  const written = values.map((value) => {
    if (value === null) return '';
    const needsQuotes = value === '' || value.includes(delimiter) || /["\r\n]/.test(value);
    return needsQuotes ? `"${value.replaceAll('"', '""')}"` : value;
  });
  return `${written.join(delimiter)}\n`;
}

function jsonLine({ row }: JudgedRow, { code, message }: RowRemark): string {
  const own = [...row.values].map(([name, json]) => `${JSON.stringify(name)}:${json ?? 'null'}`);
  const remarked = Object.entries({
    [remarks[0] ?? '']: row.line,
    [remarks[1] ?? '']: code,
    [remarks[2] ?? '']: message,
  });
  return `{${[...own, ...remarked.map(([name, value]) => `${JSON.stringify(name)}:${JSON.stringify(value)}`)].join(',')}}\n`;
}
