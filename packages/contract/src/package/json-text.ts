/** JSON with the places of its parts: what a message about a manifest must name. Keys stand once. */

/** A value of a JSON text and where it begins, as an index of UTF-16 code units. */
export type JsonValue =
  | { readonly kind: 'text'; readonly text: string; readonly at: number }
  | { readonly kind: 'number'; readonly number: number; readonly at: number }
  | { readonly kind: 'word'; readonly word: 'true' | 'false' | 'null'; readonly at: number }
  | { readonly kind: 'list'; readonly items: readonly JsonValue[]; readonly at: number }
  | { readonly kind: 'object'; readonly entries: readonly JsonEntry[]; readonly at: number };

/** A key with its value. */
export interface JsonEntry {
  readonly key: string;
  readonly at: number;
  readonly value: JsonValue;
}

/** The text is no JSON, or a key stands twice. */
export class JsonTextError extends Error {
  readonly at: number;

  constructor(message: string, at: number) {
    super(message);
    this.name = 'JsonTextError';
    this.at = at;
  }
}

/** How deep lists and objects may stand in one another. */
const depthMax = 20;

/** Reads a JSON text. Throws a {@link JsonTextError} at the first place that is wrong. */
export function readJson(text: string): JsonValue {
  const reader = new JsonReader(text);
  const value = reader.value(0);
  reader.end();
  return value;
}

class JsonReader {
  readonly #text: string;
  #at = 0;

  constructor(text: string) {
    this.#text = text;
  }

  value(depth: number): JsonValue {
    if (depth > depthMax) throw this.#error(`values stand more than ${depthMax} deep in one another`);
    this.#blanks();
    const at = this.#at;
    const first = this.#text[at];
    if (first === '{') return { kind: 'object', entries: this.#entries(depth), at };
    if (first === '[') return { kind: 'list', items: this.#items(depth), at };
    if (first === '"') return { kind: 'text', text: this.#string(), at };
    const word = /^(true|false|null)\b/.exec(this.#text.slice(at, at + 6))?.[1];
    if (word === 'true' || word === 'false' || word === 'null') {
      this.#at += word.length;
      return { kind: 'word', word, at };
    }
    const number = /^-?(0|[1-9]\d*)(\.\d+)?([eE][+-]?\d+)?/.exec(this.#text.slice(at, at + 40))?.[0];
    if (number === undefined) throw this.#error('a value is expected');
    this.#at += number.length;
    return { kind: 'number', number: Number(number), at };
  }

  end(): void {
    this.#blanks();
    if (this.#at < this.#text.length) throw this.#error('nothing may follow the value');
  }

  #entries(depth: number): readonly JsonEntry[] {
    const entries: JsonEntry[] = [];
    const keys = new Set<string>();
    this.#list('}', () => {
      this.#blanks();
      const at = this.#at;
      if (this.#text[at] !== '"') throw this.#error('a key in double quotes is expected');
      const key = this.#string();
      if (keys.has(key)) throw new JsonTextError(`the key "${key}" stands twice`, at);
      keys.add(key);
      this.#blanks();
      this.#expect(':');
      entries.push({ key, at, value: this.value(depth + 1) });
    });
    return entries;
  }

  #items(depth: number): readonly JsonValue[] {
    const items: JsonValue[] = [];
    this.#list(']', () => items.push(this.value(depth + 1)));
    return items;
  }

  // Behind the opening bracket: parts with commas between them, up to the closing one.
  #list(close: string, part: () => void): void {
    this.#at++;
    this.#blanks();
    if (this.#text[this.#at] === close) {
      this.#at++;
      return;
    }
    for (;;) {
      part();
      this.#blanks();
      if (this.#text[this.#at] === close) break;
      this.#expect(',');
    }
    this.#at++;
  }

  #string(): string {
    const match = /"(?:[^"\\\u0000-\u001f]|\\.)*"/y;
    match.lastIndex = this.#at;
    const written = match.exec(this.#text)?.[0];
    if (written === undefined) throw this.#error('a text is not closed, or holds a line break');
    let value: unknown;
    try {
      value = JSON.parse(written);
    } catch {
      throw this.#error('a text has an escape that JSON does not know');
    }
    this.#at += written.length;
    return String(value);
  }

  #expect(sign: string): void {
    if (this.#text[this.#at] !== sign) throw this.#error(`${sign} is expected`);
    this.#at++;
  }

  #blanks(): void {
    while (/[ \t\r\n]/.test(this.#text[this.#at] ?? '')) this.#at++;
  }

  #error(message: string): JsonTextError {
    const found = this.#text[this.#at];
    return new JsonTextError(`${message}, not ${found === undefined ? 'the end' : `"${found}"`}`, this.#at);
  }
}
