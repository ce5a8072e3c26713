/**
 * Progress of something that may take longer than two seconds: a bar that redraws itself on a
 * terminal, a plain line now and then where there is none. It writes to standard error, so that
 * standard output stays the command's result.
 */

/** Where progress goes; `process.stderr` fits. */
export interface ProgressStream {
  readonly isTTY?: boolean | undefined;
  readonly columns?: number | undefined;
  write(text: string): unknown;
}

/** What is counted. `total` in `unit`s; absent where nobody knows it. */
export interface ProgressOptions {
  readonly label: string;
  readonly unit: string;
  readonly total?: number;
  /** How much was done before: it counts in the bar, not in the rate. */
  readonly from?: number;
  readonly stream?: ProgressStream;
  /** Milliseconds, never going back. */
  readonly now?: () => number;
}

const redrawMs = 100;
const plainLineMs = 2_000;
const rateWindowMs = 5_000;
const barWidth = 24;

/** A running display. Call `update` as often as you like, `finish` once. */
export class Progress {
  readonly #options: ProgressOptions;
  readonly #stream: ProgressStream;
  readonly #now: () => number;
  readonly #startedAt: number;
  /** The rate is that of the last seconds, not of the whole, so that it follows a change. */
  #samples: { at: number; done: number }[];
  #drawnAt: number;

  constructor(options: ProgressOptions) {
    this.#options = options;
    this.#stream = options.stream ?? process.stderr;
    this.#now = options.now ?? (() => performance.now());
    this.#startedAt = this.#now();
    this.#samples = [{ at: this.#startedAt, done: options.from ?? 0 }];
    this.#drawnAt = this.#stream.isTTY ? Number.NEGATIVE_INFINITY : this.#startedAt;
  }

  /** Tells how much is done, with an optional remark; draws only when it is time to. */
  update(done: number, remark = ''): void {
    const at = this.#now();
    if (at - this.#drawnAt < (this.#stream.isTTY ? redrawMs : plainLineMs)) return;
    this.#drawnAt = at;
    this.#samples = [...this.#samples.filter((sample) => at - sample.at <= rateWindowMs), { at, done }];
    this.#write(this.#line(done, this.#rate(), remark), false);
  }

  /** The last line, with the time and the rate of the whole. */
  finish(done: number, remark = ''): void {
    const seconds = (this.#now() - this.#startedAt) / 1000;
    const { label, unit, from = 0 } = this.#options;
    const rate = seconds > 0 ? (done - from) / seconds : 0;
    const parts = [`${label}: ${count(done - from)} ${unit} in ${seconds.toFixed(1)} s`];
    // A rate of three members per five seconds tells nobody anything.
    if (rate >= 10) parts.push(`${count(Math.round(rate))}/s`);
    if (remark !== '') parts.push(remark);
    this.#write(parts.join(', '), true);
  }

  #rate(): number {
    const first = this.#samples[0];
    const last = this.#samples.at(-1);
    if (first === undefined || last === undefined || last.at <= first.at) return 0;
    return ((last.done - first.done) * 1000) / (last.at - first.at);
  }

  #line(done: number, rate: number, remark: string): string {
    const { label, unit, total } = this.#options;
    const parts = [
      total === undefined ? `${count(done)} ${unit}` : `${count(done)} of ${count(total)} ${unit}`,
    ];
    // Below one a second neither the rate nor what follows from it tells anything.
    if (rate >= 1) parts.push(`${count(Math.round(rate))}/s`);
    if (total !== undefined && rate >= 1 && done < total)
      parts.push(`${duration((total - done) / rate)} left`);
    if (remark !== '') parts.push(remark);
    const bar = this.#stream.isTTY && total !== undefined && total > 0 ? `${drawBar(done / total)} ` : '';
    return `${label}: ${bar}${parts.join(', ')}`;
  }

  #write(line: string, last: boolean): void {
    if (!this.#stream.isTTY) this.#stream.write(`${line}\n`);
    else
      this.#stream.write(`\r\u001b[2K${line.slice(0, (this.#stream.columns ?? 80) - 1)}${last ? '\n' : ''}`);
  }
}

/** Seconds as a person says them: `0.4 s`, `12 s`, `3 min 5 s`, `2 h 4 min`. */
export function duration(seconds: number): string {
  if (seconds < 10) return `${seconds.toFixed(1)} s`;
  const whole = Math.round(seconds);
  if (whole < 60) return `${whole} s`;
  if (whole < 3600) return `${Math.floor(whole / 60)} min ${whole % 60} s`;
  return `${Math.floor(whole / 3600)} h ${Math.floor((whole % 3600) / 60)} min`;
}

/** A count with separators between the thousands. */
export function count(value: number): string {
  return value.toLocaleString('en-US');
}

function drawBar(share: number): string {
  const full = Math.round(Math.min(1, Math.max(0, share)) * barWidth);
  return `[${'█'.repeat(full)}${'·'.repeat(barWidth - full)}]`;
}
