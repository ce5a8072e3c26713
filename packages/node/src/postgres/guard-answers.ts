/**
 * Keeps a connection to Postgres from ending the process: what the driver throws while it reads an
 * answer (a message too long for a string, a value that a parser does not take, an error in a query's
 * own code) would be thrown out of the event loop. Here it ends the connection instead, which every
 * user of a connection expects: queries under way reject, and the owner is notified.
 *
 * A message is refused by its length, before it is gathered in memory.
 */

import type { Duplex } from 'node:stream';
import { Fault } from '../fault.ts';
import { answerMessageBytesMax } from '../limits.ts';

/** Type and length of a message. */
const HEAD_BYTES = 5;

/** Guards the connection of `stream`, on which the driver listens already. */
export function guardAnswers(stream: Duplex, bytesMax: number = answerMessageBytesMax): void {
  const lengths = new MessageLengths(bytesMax);
  const readers = stream.listeners('data');
  stream.removeAllListeners('data');
  stream.on('data', (chunk: Buffer) => {
    try {
      lengths.check(chunk);
      for (const read of readers) read.call(stream, chunk);
    } catch (error) {
      stream.destroy(error instanceof Error ? error : new Error(String(error)));
    }
  });
}

/** Follows a stream of messages, of which chunks hold parts, and refuses one that is too long. */
class MessageLengths {
  readonly #bytesMax: number;
  /** Bytes of the message that are still to come; 0 = a head follows. */
  #rest = 0;
  /** What has come of a head. */
  readonly #head = Buffer.alloc(HEAD_BYTES);
  #headBytes = 0;

  constructor(bytesMax: number) {
    this.#bytesMax = bytesMax;
  }

  /** Throws a fault when a message of more bytes than allowed begins in `chunk`. */
  check(chunk: Buffer): void {
    let at = 0;
    while (at < chunk.length) {
      if (this.#rest > 0) {
        const skipped = Math.min(this.#rest, chunk.length - at);
        this.#rest -= skipped;
        at += skipped;
        continue;
      }
      const copied = chunk.copy(this.#head, this.#headBytes, at);
      at += copied;
      this.#headBytes += copied;
      if (this.#headBytes < HEAD_BYTES) return;
      this.#headBytes = 0;
      // The length counts itself, not the type.
      this.#rest = Math.max(0, this.#head.readUInt32BE(1) - 4);
      if (this.#rest > this.#bytesMax) throw tooLarge(this.#rest, this.#bytesMax);
    }
  }
}

function tooLarge(bytes: number, bytesMax: number): Fault {
  return new Fault('postgres_answer_too_large', `Postgres sends ${bytes} bytes in one message.`, {
    facts: { bytes, bytesMax },
    hint: 'Something asks the database for more than this node holds in memory at once; the log names the query or block.',
  });
}
