/**
 * The way of messages into a stream that is read slowly or not at all: counts the bytes that wait in it,
 * so that whoever produces them can stop, and whoever answers requests can stop reading them.
 */

/** A stream of messages; the callback of a write is called when the message has left. */
export interface MessageStream {
  write(message: Uint8Array, left: () => void): unknown;
}

/** Writes to one stream. */
export class Outlet {
  readonly #stream: MessageStream;
  readonly #changed: (bytes: number) => void;
  #waiting: { bytesMax: number; resolve: () => void }[] = [];
  #bytes = 0;
  #isClosed = false;

  /** `changed` gets by how much the bytes that wait have grown or, below 0, shrunk. */
  constructor(stream: MessageStream, changed: (bytes: number) => void = () => undefined) {
    this.#stream = stream;
    this.#changed = changed;
  }

  /** Bytes written that have not left. */
  get bytes(): number {
    return this.#bytes;
  }

  /** Writes a message at once; after {@link close} it is dropped. */
  write(message: Uint8Array): void {
    if (this.#isClosed) return;
    this.#bytes += message.length;
    this.#stream.write(message, () => this.#left(message.length));
    this.#changed(message.length);
  }

  /** Resolves when at most so many bytes wait, or the outlet is closed. */
  below(bytesMax: number): Promise<void> {
    if (this.#isClosed || this.#bytes <= bytesMax) return Promise.resolve();
    return new Promise((resolve) => this.#waiting.push({ bytesMax, resolve }));
  }

  /** Whoever waits goes on; nothing is written any more. */
  close(): void {
    this.#isClosed = true;
    for (const { resolve } of this.#waiting.splice(0)) resolve();
  }

  #left(bytes: number): void {
    this.#bytes -= bytes;
    this.#changed(-bytes);
    const ready = this.#waiting.filter(({ bytesMax }) => this.#bytes <= bytesMax);
    if (ready.length === 0) return;
    this.#waiting = this.#waiting.filter(({ bytesMax }) => this.#bytes > bytesMax);
    for (const { resolve } of ready) resolve();
  }
}
