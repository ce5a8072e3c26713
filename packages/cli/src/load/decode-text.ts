/**
 * From bytes to text without a guess: UTF-8 unless another encoding is named, and what is not in it is refused with
 * its line. What is signed stays for ever, and a replacement character cannot be taken back.
 */
import { usageError } from '../command-error.ts';

/** Text of `chunks`, a mark at its beginning left out. A usage error names the line of what is not in the encoding; null is UTF-8. */
export function decodeText(
  chunks: AsyncIterable<Uint8Array>,
  encoding: string | null,
): AsyncGenerator<string> {
  return encoding === null ? decodeUtf8(chunks) : decodeNamed(chunks, encoding);
}

/** The text of a small file that goes onto the chain. A usage error names the place of what is no UTF-8. */
export function decodeFile(file: string, bytes: Uint8Array): string {
  try {
    return new TextDecoder('utf-8', { fatal: true }).decode(bytes);
  } catch {
    const at = invalidUtf8At(bytes);
    const place = new LinePlace();
    const line = place.lineAt(bytes, at);
    const { byte } = place.inLine(bytes, at);
    throw usageError(`${file}, line ${line}, byte ${byte}: no UTF-8`, 'Save the file as UTF-8.', {
      line,
      byte,
    });
  }
}

/** The platform's name of an encoding, null for UTF-8. A usage error where it has none. */
export function encodingOf(label: string | undefined): string | null {
  if (label === undefined) return null;
  try {
    const name = new TextDecoder(label).encoding;
    return name === 'utf-8' ? null : name;
  } catch {
    throw usageError(
      `${label} is no encoding`,
      'Known are windows-1252 (also called latin1), utf-16le, utf-16be, iso-8859-15, shift_jis, gb18030 and others of the Encoding Standard.',
    );
  }
}

/** Bytes of a line that an error shows. */
const shownBytes = 60;

async function* decodeUtf8(chunks: AsyncIterable<Uint8Array>): AsyncGenerator<string> {
  const decoder = new TextDecoder('utf-8', { fatal: true, ignoreBOM: true });
  const place = new LinePlace();
  let rest: Uint8Array = new Uint8Array();
  let isFirst = true;
  const textOf = (bytes: Uint8Array): string => {
    if (isFirst) refuseUtf16(bytes);
    const start = isFirst && bytes[0] === 0xef && bytes[1] === 0xbb && bytes[2] === 0xbf ? 3 : 0;
    isFirst = false;
    const body = bytes.subarray(start);
    let text: string;
    try {
      text = decoder.decode(body);
    } catch {
      throw noUtf8(body, invalidUtf8At(body), place);
    }
    if (body.includes(0)) throw nul(place.lineAt(body, body.indexOf(0)));
    place.pass(body);
    return text;
  };
  for await (const chunk of chunks) {
    const bytes = rest.length === 0 ? chunk : Buffer.concat([rest, chunk]);
    // The first bytes tell the kind of file; a character that is cut waits for its rest.
    const end = isFirst && bytes.length < 4 ? 0 : bytes.length - cutBytes(bytes);
    rest = bytes.subarray(end);
    if (end > 0) yield textOf(bytes.subarray(0, end));
  }
  if (rest.length > 0) yield textOf(rest);
}

async function* decodeNamed(chunks: AsyncIterable<Uint8Array>, encoding: string): AsyncGenerator<string> {
  const decoder = new TextDecoder(encoding, { fatal: true });
  const seemsUtf8 = encoding.startsWith('utf-16') ? null : new Utf8Suspicion();
  let line = 1;
  const textOf = (decode: () => string): string => {
    let text: string;
    try {
      text = decode();
    } catch {
      throw usageError(
        `line ${line} or soon after: bytes that are not ${encoding}`,
        'Name the encoding that the file is in: --encoding.',
        { line },
      );
    }
    const strange = /[\0\u0080-\u009f]/.exec(text);
    if (strange !== null) {
      const at = line + linesIn(text.slice(0, strange.index));
      if (strange[0] === '\0') throw nul(at);
      const byte = strange[0].charCodeAt(0).toString(16);
      throw usageError(
        `line ${at}: the byte 0x${byte} stands for no letter in ${encoding}`,
        'Name the encoding that the file is in: --encoding.',
        { line: at },
      );
    }
    line += linesIn(text);
    return text;
  };
  for await (const chunk of chunks) {
    seemsUtf8?.push(chunk);
    // Small pieces, so that an error knows its line.
    for (let at = 0; at < chunk.length; at += 4_096)
      yield textOf(() => decoder.decode(chunk.subarray(at, at + 4_096), { stream: true }));
  }
  yield textOf(() => decoder.decode());
  if (seemsUtf8?.holds === true)
    throw usageError(
      `the file is UTF-8, with letters beyond ASCII; read as ${encoding} each of them would become two or three others`,
      'Leave out --encoding.',
    );
}

/** Counts lines over chunks. */
class LinePlace {
  #line = 1;
  #head: Uint8Array = new Uint8Array();
  #lineBytes = 0;

  pass(bytes: Uint8Array): void {
    const last = bytes.lastIndexOf(LF);
    for (let at = bytes.indexOf(LF); at >= 0; at = bytes.indexOf(LF, at + 1)) this.#line += 1;
    if (last >= 0) this.#head = new Uint8Array();
    if (last >= 0) this.#lineBytes = 0;
    const own = bytes.subarray(last + 1);
    this.#lineBytes += own.length;
    this.#head = Buffer.concat([this.#head, own.subarray(0, shownBytes)]).subarray(0, shownBytes);
  }

  lineAt(bytes: Uint8Array, at: number): number {
    let line = this.#line;
    for (let r = bytes.indexOf(LF); r >= 0 && r < at; r = bytes.indexOf(LF, r + 1)) line += 1;
    return line;
  }

  /** Which byte of its line stands at `at`, from 1, and how the line begins. */
  inLine(bytes: Uint8Array, at: number): { readonly byte: number; readonly head: Uint8Array } {
    const start = bytes.subarray(0, at).lastIndexOf(LF) + 1;
    const before = start === 0 ? this.#head : new Uint8Array();
    const end = bytes.indexOf(LF, at);
    const own = bytes.subarray(start, end < 0 ? bytes.length : end);
    return {
      byte: at - start + 1 + (start === 0 ? this.#lineBytes : 0),
      head: Buffer.concat([before, own]).subarray(0, shownBytes),
    };
  }
}

/** Whether bytes are UTF-8 with more than ASCII in them. */
class Utf8Suspicion {
  readonly #decoder = new TextDecoder('utf-8', { fatal: true });
  #hasLetters = false;
  #isUtf8 = true;

  push(bytes: Uint8Array): void {
    if (!this.#isUtf8) return;
    try {
      this.#decoder.decode(bytes, { stream: true });
    } catch {
      this.#isUtf8 = false;
    }
    this.#hasLetters ||= bytes.some((byte) => byte > 0x7f);
  }

  get holds(): boolean {
    if (!this.#isUtf8 || !this.#hasLetters) return false;
    try {
      this.#decoder.decode();
      return true;
    } catch {
      return false;
    }
  }
}

const LF = 10;

function noUtf8(bytes: Uint8Array, at: number, place: LinePlace): Error {
  const line = place.lineAt(bytes, at);
  const { byte, head } = place.inLine(bytes, at);
  const value = (bytes[at] ?? 0).toString(16).padStart(2, '0');
  const reading = new TextDecoder('windows-1252').decode(head).replace(/[\0-\x1f\x7f-\x9f]/g, ' ');
  return usageError(
    `line ${line}, byte ${byte}: 0x${value} is no UTF-8`,
    `Name the encoding of the file. As windows-1252 the line reads "${reading}${head.length === shownBytes ? '…' : ''}"; if that is right: --encoding windows-1252`,
    { line, byte },
  );
}

function nul(line: number): Error {
  return usageError(
    `line ${line}: the character NUL`,
    'No text of Postgres holds it. If every second byte is one, the file is UTF-16: --encoding utf-16le',
    { line },
  );
}

// UTF-16 by its mark, or by every second byte of the beginning being 0.
function refuseUtf16(bytes: Uint8Array): void {
  const isMarked = (one: number, two: number): boolean => bytes[0] === one && bytes[1] === two;
  const isEmpty = (from: number): boolean =>
    bytes.length >= 4 && bytes[from] === 0 && bytes[from + 2] === 0 && bytes[1 - from] !== 0;
  const isLittle = isMarked(0xff, 0xfe) || isEmpty(1);
  if (!isLittle && !isMarked(0xfe, 0xff) && !isEmpty(0)) return;
  throw usageError(
    `the file is UTF-16 (${isLittle ? 'little' : 'big'} endian), not UTF-8`,
    `Name it: --encoding utf-16${isLittle ? 'le' : 'be'}`,
  );
}

// Bytes at the end that begin a character and do not finish it.
function cutBytes(bytes: Uint8Array): number {
  for (let back = 1; back <= Math.min(3, bytes.length); back++) {
    const byte = bytes[bytes.length - back] ?? 0;
    if ((byte & 0xc0) === 0x80) continue;
    // The leading ones of the first byte say how many bytes the character has.
    const needed = [0xf0, 0xe0, 0xc0].findIndex((least) => byte >= least);
    return needed >= 0 && 4 - needed > back ? back : 0;
  }
  return 0;
}

// Where the first bytes stand that are no UTF-8: the longest beginning that can be read ends there.
function invalidUtf8At(bytes: Uint8Array): number {
  const isWhole = (end: number): boolean => {
    try {
      new TextDecoder('utf-8', { fatal: true }).decode(bytes.subarray(0, end), { stream: true });
      return true;
    } catch {
      return false;
    }
  };
  let good = 0;
  let bad = bytes.length + 1;
  while (bad - good > 1) {
    const middle = (good + bad) >>> 1;
    if (middle <= bytes.length && isWhole(middle)) good = middle;
    else bad = middle;
  }
  return beginOf(bytes, good);
}

// The byte that begins the character in which the reading ended.
function beginOf(bytes: Uint8Array, end: number): number {
  const open = cutBytes(bytes.subarray(0, end));
  return open > 0 ? end - open : Math.min(end, bytes.length - 1);
}

function linesIn(text: string): number {
  let lines = 0;
  for (let at = text.indexOf('\n'); at >= 0; at = text.indexOf('\n', at + 1)) lines += 1;
  return lines;
}
