/** Reads the parts of an answer by name: a node's answer is input like any other. */

import { ClientError } from './errors.ts';

/** An object of an answer; what has not the expected shape is an error of the node. */
export class Fields {
  readonly #value: object;
  readonly #what: string;

  constructor(value: unknown, what: string) {
    if (typeof value !== 'object' || value === null) throw wrongShape(what);
    this.#value = value;
    this.#what = what;
  }

  has(name: string): boolean {
    const value = this.#get(name);
    return value !== undefined && value !== null;
  }

  text(name: string): string {
    const value = this.#get(name);
    if (typeof value !== 'string') throw wrongShape(`${this.#what}.${name}`);
    return value;
  }

  number(name: string): number {
    const value = this.#get(name);
    if (typeof value !== 'number') throw wrongShape(`${this.#what}.${name}`);
    return value;
  }

  integer(name: string): number {
    const value = this.number(name);
    if (!Number.isSafeInteger(value)) throw wrongShape(`${this.#what}.${name}`);
    return value;
  }

  boolean(name: string): boolean {
    const value = this.#get(name);
    if (typeof value !== 'boolean') throw wrongShape(`${this.#what}.${name}`);
    return value;
  }

  object(name: string): Fields {
    return new Fields(this.#get(name), `${this.#what}.${name}`);
  }

  texts(): Record<string, string | null> {
    return Object.fromEntries(
      Object.entries(this.#value).map(([name, value]: [string, unknown]) => [
        name,
        typeof value === 'string' ? value : null,
      ]),
    );
  }

  list(name: string): Fields[] {
    const value = this.#get(name);
    if (!Array.isArray(value)) throw wrongShape(`${this.#what}.${name}`);
    return value.map((entry: unknown) => new Fields(entry, `${this.#what}.${name}`));
  }

  strings(name: string): string[] {
    const value = this.#get(name);
    if (!Array.isArray(value)) throw wrongShape(`${this.#what}.${name}`);
    return value.map((text: unknown) => String(text));
  }

  rows(name: string): (string | null)[][] {
    const value = this.#get(name);
    if (!Array.isArray(value)) throw wrongShape(`${this.#what}.${name}`);
    return value.map((row: unknown) => {
      if (!Array.isArray(row)) throw wrongShape(`${this.#what}.${name}`);
      return row.map((cell: unknown) => (typeof cell === 'string' ? cell : null));
    });
  }

  #get(name: string): unknown {
    return Reflect.get(this.#value, name);
  }
}

/** The error for a part of an answer that is missing or of another kind. */
export function wrongShape(what: string): ClientError {
  return new ClientError('malformed', `the node's answer has no usable ${what}`, {
    hint: 'Check that client and node have the same version.',
  });
}
