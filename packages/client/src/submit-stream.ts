/** Streams of transactions with a bound on how many are unanswered. */

import { RejectedError } from './errors.ts';
import type { Receipt } from './receipt.ts';

/** Unanswered transactions of a stream when nothing else is said: the load at which a node is fastest. */
export const STREAM_IN_FLIGHT_DEFAULT = 1_000;

/** Bounds of a stream. */
export interface StreamOptions {
  /** Most transactions unanswered at once. */
  readonly inFlightMax?: number;
}

/** What became of one transaction of a stream; `number` counts from 0 in the order of the source. */
export type StreamedReceipt =
  | { readonly number: number; readonly receipt: Receipt; readonly error: null }
  | { readonly number: number; readonly receipt: null; readonly error: RejectedError };

/**
 * Submits what `source` yields and yields the outcomes in the order of the source.
 *
 * The source is read only when there is room. When the consumer stops early, the source is closed;
 * transactions already under way go on.
 */
export async function* streamReceipts<Item>(
  source: AsyncIterable<Item> | Iterable<Item>,
  submit: (item: Item) => Promise<Receipt>,
  options: StreamOptions,
): AsyncGenerator<StreamedReceipt> {
  const inFlightMax = Math.max(1, options.inFlightMax ?? STREAM_IN_FLIGHT_DEFAULT);
  let underWay: Promise<StreamedReceipt>[] = [];
  let oldest = 0;
  let number = 0;
  for await (const item of source) {
    const outcome = outcomeOf(number++, submit(item));
    // Awaited in order below; without this a failure behind a slow one would count as unhandled.
    outcome.catch(() => undefined);
    underWay.push(outcome);
    if (underWay.length - oldest < inFlightMax) continue;
    const next = underWay[oldest++];
    if (next !== undefined) yield await next;
    if (oldest >= inFlightMax) {
      underWay = underWay.slice(oldest);
      oldest = 0;
    }
  }
  for (; oldest < underWay.length; oldest++) {
    const next = underWay[oldest];
    if (next !== undefined) yield await next;
  }
}

async function outcomeOf(number: number, submitted: Promise<Receipt>): Promise<StreamedReceipt> {
  try {
    return { number, receipt: await submitted, error: null };
  } catch (error) {
    if (error instanceof RejectedError) return { number, receipt: null, error };
    throw error;
  }
}
