/**
 * Digests of rows, by which a load knows rows again that another load has brought: 16 bytes for each row, one after
 * the other in a file.
 */
import {
  closeSync,
  createReadStream,
  existsSync,
  fsyncSync,
  ftruncateSync,
  openSync,
  writeSync,
} from 'node:fs';

/** Bytes of a digest. */
export const digestBytes = 16;

/** The first `rows` digests of a file. */
export async function* readDigests(file: string, rows: number): AsyncGenerator<Buffer> {
  if (rows === 0 || !existsSync(file)) return;
  let rest: Buffer = Buffer.alloc(0);
  for await (const chunk of createReadStream(file, { end: rows * digestBytes - 1, highWaterMark: 1 << 16 })) {
    const bytes: Buffer = Buffer.concat([rest, chunk]);
    const end = bytes.length - (bytes.length % digestBytes);
    for (let at = 0; at < end; at += digestBytes) yield bytes.subarray(at, at + digestBytes);
    rest = bytes.subarray(end);
  }
}

/** Appends to a file of digests. */
export class DigestWriter {
  readonly #file: number;
  #pending: Buffer[] = [];

  /** Opens the file and forgets what it has behind the first `rows`. */
  constructor(file: string, rows: number) {
    this.#file = openSync(file, existsSync(file) ? 'r+' : 'w+', 0o600);
    ftruncateSync(this.#file, rows * digestBytes);
    this.#at = rows * digestBytes;
  }
  #at: number;

  add(digest: Buffer): void {
    this.#pending.push(digest);
  }

  /** Everything that was added is on disk afterwards. */
  flush(): void {
    if (this.#pending.length === 0) return;
    const bytes = Buffer.concat(this.#pending);
    this.#pending = [];
    writeSync(this.#file, bytes, 0, bytes.length, this.#at);
    this.#at += bytes.length;
    fsyncSync(this.#file);
  }

  close(): void {
    closeSync(this.#file);
  }
}

/** A sample of a set of digests that is the same for the same rows in any order: those that are small as numbers. */
export class DigestSample {
  #limit = 2 ** 32;
  #kept: Set<string> = new Set();

  add(digest: Buffer): void {
    if (digest.readUInt32BE(0) >= this.#limit) return;
    this.#kept.add(digest.toString('latin1'));
    if (this.#kept.size <= sampleMax) return;
    this.#limit /= 2;
    this.#kept = new Set(
      [...this.#kept].filter((each) => Buffer.from(each, 'latin1').readUInt32BE(0) < this.#limit),
    );
  }

  get size(): number {
    return this.#kept.size;
  }

  /** How many of the sample are among `digests`. */
  async countIn(digests: AsyncIterable<Buffer>): Promise<number> {
    const found = new Set<string>();
    for await (const digest of digests) {
      if (digest.readUInt32BE(0) >= this.#limit) continue;
      const text = digest.toString('latin1');
      if (this.#kept.has(text)) found.add(text);
    }
    return found.size;
  }
}

/** Digests of a sample: files up to this many rows are compared whole. */
const sampleMax = 20_000;

/** How often each of many digests is there, in 40 bytes for each. */
export class DigestCounts {
  readonly #keys: Buffer;
  readonly #counts: Uint32Array;
  readonly #mask: number;

  /** Room for up to `rows` digests. */
  constructor(rows: number) {
    const slots = 2 ** Math.ceil(Math.log2(Math.max(2, rows * 2)));
    this.#keys = Buffer.alloc(slots * digestBytes);
    this.#counts = new Uint32Array(slots);
    this.#mask = slots - 1;
  }

  add(digest: Buffer): void {
    const slot = this.#slotOf(digest);
    digest.copy(this.#keys, slot * digestBytes);
    this.#counts[slot] = (this.#counts[slot] ?? 0) + 1;
  }

  /** Takes one away, if there is one. */
  take(digest: Buffer): boolean {
    const slot = this.#slotOf(digest);
    const count = this.#counts[slot] ?? 0;
    // A slot that is emptied keeps its key; what lies behind it is still found.
    if (
      count === 0 ||
      this.#keys.compare(digest, 0, digestBytes, slot * digestBytes, (slot + 1) * digestBytes) !== 0
    )
      return false;
    this.#counts[slot] = count - 1;
    return true;
  }

  // The slot with the digest, or the free one where it would stand. Taking never frees a slot: its key stays.
  #slotOf(digest: Buffer): number {
    for (let slot = digest.readUInt32LE(4) & this.#mask; ; slot = (slot + 1) & this.#mask) {
      const at = slot * digestBytes;
      if (this.#keys.compare(digest, 0, digestBytes, at, at + digestBytes) === 0) return slot;
      if (this.#counts[slot] === 0 && isZero(this.#keys, at)) return slot;
    }
  }
}

function isZero(bytes: Buffer, at: number): boolean {
  for (let r = at; r < at + digestBytes; r++) if (bytes[r] !== 0) return false;
  return true;
}
