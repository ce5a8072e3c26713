/**
 * Reads one object of a parsed genesis or contract document, key by key, and names the place of
 * whatever is not as the specification says. The document has passed the strict scanner, so there are neither
 * duplicate keys nor broken texts left.
 */

import type { PublicKey } from './brands.ts';
import { DecodeError } from './decode-error.ts';
import { admitKey } from './ed25519.ts';
import { fromHex } from './hex.ts';
import { isTimestamp } from './scalar.ts';
import { toUtf8, utf8Length } from './text.ts';

const LABEL = /^[a-z][a-z0-9_-]{0,62}$/;
const IDENTIFIER = /^[a-z][a-z0-9_]{0,62}$/;
const KEY = /^[0-9a-f]{64}$/;

/** One object of the document and where it is. */
export class GenesisReader {
  readonly #values: ReadonlyMap<string, unknown>;
  readonly #path: string;

  private constructor(values: ReadonlyMap<string, unknown>, path: string) {
    this.#values = values;
    this.#path = path;
  }

  /** A reader of `value`, which must be an object. */
  static of(value: unknown, path: string = 'genesis'): GenesisReader {
    if (typeof value !== 'object' || value === null || Array.isArray(value)) {
      throw new DecodeError(`${path} is not an object`);
    }
    return new GenesisReader(new Map(Object.entries(value)), path);
  }

  /** Requires that the object has no other keys than these. */
  onlyKeys(...keys: readonly string[]): void {
    for (const key of this.#values.keys()) {
      if (!keys.includes(key)) {
        throw new DecodeError(`${this.#path} has an unknown key "${key.slice(0, 80)}"`);
      }
    }
  }

  /** Whether the object has the key. */
  has(key: string): boolean {
    return this.#values.has(key);
  }

  /** The keys, which must be identifiers; at most `max`. */
  keys(max: number): string[] {
    if (this.#values.size > max) {
      throw new DecodeError(`${this.#path} has ${this.#values.size} entries, above ${max}`, 'too_large');
    }
    const keys = [...this.#values.keys()];
    const wrong = keys.find((key) => !IDENTIFIER.test(key));
    if (wrong !== undefined) {
      throw new DecodeError(
        `${this.#path} has the key "${wrong.slice(0, 80)}": a-z, then up to 62 of a-z 0-9 _`,
      );
    }
    return keys;
  }

  /** The objects by key, whose keys are identifiers; at most `max`. */
  entries(max: number): [string, GenesisReader][] {
    return this.keys(max).map((key) => [key, this.object(key)]);
  }

  /** An object. */
  object(key: string): GenesisReader {
    return GenesisReader.of(this.#values.get(key), this.#at(key));
  }

  /** A list of `min` to `max` objects. */
  objects(key: string, min: number, max: number): GenesisReader[] {
    return this.#list(key, min, max).map((value, index) =>
      GenesisReader.of(value, `${this.#at(key)}[${index}]`),
    );
  }

  /** A text of `min` to `max` bytes without NUL. */
  text(key: string, min: number, max: number): string {
    const value = this.#values.get(key);
    if (typeof value !== 'string') {
      throw new DecodeError(`${this.#at(key)} is not a text`);
    }
    const length = utf8Length(value);
    if (length < min || length > max) {
      throw new DecodeError(`${this.#at(key)} has ${length} bytes, not ${min} to ${max}`);
    }
    return value;
  }

  /** An id or name: a-z, then up to 62 of a-z 0-9 _ -. */
  label(key: string): string {
    return requirePattern(this.#values.get(key), LABEL, this.#at(key));
  }

  /** A name that SQL uses: a-z, then up to 62 of a-z 0-9 _. */
  identifier(key: string): string {
    return requirePattern(this.#values.get(key), IDENTIFIER, this.#at(key));
  }

  /** A list of up to `max` different labels; absent is empty. */
  labels(key: string, max: number): string[] {
    return this.#values.has(key) ? this.#distinct(key, 0, max, LABEL) : [];
  }

  /** A list of `min` to `max` different identifiers, among which `wildcard` may be, too. */
  identifiers(key: string, min: number, max: number, wildcard?: string): string[] {
    return this.#distinct(key, min, max, IDENTIFIER, wildcard);
  }

  /** An integer from `min` to `max`. */
  integer(key: string, min: number, max: number): number {
    const value = this.#values.get(key);
    if (typeof value !== 'number' || !Number.isInteger(value) || value < min || value > max) {
      throw new DecodeError(`${this.#at(key)} is not an integer from ${min} to ${max}`);
    }
    return value;
  }

  /** Exactly `word`. */
  word<Word extends string>(key: string, word: Word): Word {
    if (this.#values.get(key) !== word) {
      throw new DecodeError(`${this.#at(key)} is not "${word}"`);
    }
    return word;
  }

  /** `YYYY-MM-DDThh:mm:ss[.f]Z`. */
  timestamp(key: string): string {
    const text = this.text(key, 20, 27);
    const bytes = toUtf8(text);
    if (!isTimestamp(bytes, 0, bytes.length)) {
      throw new DecodeError(`${this.#at(key)} is not a time like 2026-01-31T12:00:00Z`);
    }
    return text;
  }

  /** A public key that may be enrolled. */
  key(key: string): PublicKey {
    const bytes = fromHex(requirePattern(this.#values.get(key), KEY, this.#at(key)));
    if (!admitKey(bytes)) {
      throw new DecodeError(`${this.#at(key)} is not a key that may be enrolled`);
    }
    return bytes as PublicKey;
  }

  #distinct(key: string, min: number, max: number, pattern: RegExp, wildcard?: string): string[] {
    const names = this.#list(key, min, max).map((value, index) =>
      value !== undefined && value === wildcard
        ? wildcard
        : requirePattern(value, pattern, `${this.#at(key)}[${index}]`),
    );
    if (new Set(names).size !== names.length) {
      throw new DecodeError(`${this.#at(key)} names something twice`);
    }
    return names;
  }

  #list(key: string, min: number, max: number): unknown[] {
    const value = this.#values.get(key);
    if (!Array.isArray(value)) {
      throw new DecodeError(`${this.#at(key)} is not a list`);
    }
    if (value.length < min || value.length > max) {
      throw new DecodeError(`${this.#at(key)} has ${value.length} elements, not ${min} to ${max}`);
    }
    return value;
  }

  #at(key: string): string {
    return `${this.#path}.${key}`;
  }
}

function requirePattern(value: unknown, pattern: RegExp, place: string): string {
  if (typeof value !== 'string' || !pattern.test(value)) {
    throw new DecodeError(`${place} is not of the form ${pattern.source}`);
  }
  return value;
}
