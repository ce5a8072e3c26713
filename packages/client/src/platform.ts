/**
 * What the client needs from the machine it runs on, so that the same code signs and submits in a
 * browser and, faster, in Node.
 */

/** The port to the machine. */
export interface Platform {
  /** A buffer of `length` bytes with any content, in the kind that the other functions like best. */
  allocate(length: number): Uint8Array;
  /** Writes `text` as UTF-8 at `at` and returns the number of bytes; the target is known to have room. */
  writeUtf8(target: Uint8Array, at: number, text: string): number;
  /** SHA-256 of `bytes` as lower-case hex. */
  sha256Hex(bytes: Uint8Array): string;
  /** Writes the bytes that lower-case `hex` stands for. */
  writeHex(target: Uint8Array, at: number, hex: string): void;
  /** Fills `target` with random bytes fit for keys. */
  fillRandom(target: Uint8Array): void;
  /** Runs `task` soon, after input and output that is already waiting had its turn. */
  defer(task: () => void): void;
}
