/**
 * Reads the body of a request within the limit of its route, counting every byte as it comes: a body
 * that is announced or grows too large is refused, and one that is cut to make room for others ends.
 */

import type { Readable } from 'node:stream';

import type { Holding } from '../held-bytes.ts';
import { HttpRefusal } from './refusal.ts';

/** What bounds a body. */
export interface BodyBounds {
  /** The length that the request announces, if it does. */
  readonly announced: string | undefined;
  readonly bytesMax: number;
  /** Counts the bytes until the request is answered. */
  readonly holding: Holding;
}

/** The bytes of the body. Rejects with {@link HttpRefusal} `too_large` or `malformed`. */
export function readBody(stream: Readable, bounds: BodyBounds): Promise<Buffer> {
  const { announced, bytesMax, holding } = bounds;
  return new Promise((resolve, reject) => {
    const chunks: Buffer[] = [];
    let bytes = 0;
    const end = (settle: () => void): void => {
      stream.off('data', onData).off('end', onEnd).off('error', onBroken).off('close', onBroken);
      settle();
    };
    const refuse = (refusal: HttpRefusal): void =>
      end(() => {
        // What still comes is read and forgotten, so that the answer arrives.
        stream.resume();
        reject(refusal);
      });
    const onData = (chunk: Buffer): void => {
      bytes += chunk.length;
      if (bytes > bytesMax) {
        refuse(new HttpRefusal('too_large'));
        return;
      }
      chunks.push(chunk);
      holding.add(chunk.length);
    };
    const onEnd = (): void => {
      if (announced !== undefined && Number(announced) !== bytes) onBroken();
      else end(() => resolve(Buffer.concat(chunks, bytes)));
    };
    const onBroken = (): void =>
      refuse(new HttpRefusal('malformed', 'The body is not as long as announced.'));
    stream.on('data', onData).on('end', onEnd).on('error', onBroken).on('close', onBroken);
    if (announced !== undefined && Number(announced) > bytesMax) refuse(new HttpRefusal('too_large'));
  });
}
