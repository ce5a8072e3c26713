/** Steps through the tokens of a function's body. */

import type { SourceText } from '../source-text.ts';
import type { Token } from '../sql-parser.ts';
import { BodyError } from './function-body.ts';

/** A place among the tokens; offsets are those of the file. */
export class TokenCursor {
  readonly source: SourceText;
  readonly #tokens: readonly Token[];
  readonly #end: number;
  #at = 0;

  /** `tokens` have offsets of the file and end before the byte `end`. */
  constructor(source: SourceText, tokens: readonly Token[], end: number) {
    this.source = source;
    this.#tokens = tokens;
    this.#end = end;
  }

  /** The token that comes, or the one `ahead` of it; null at the end. */
  peek(ahead: number = 0): Token | null {
    return this.#tokens[this.#at + ahead] ?? null;
  }

  /** Offset of the token that comes. */
  get offset(): number {
    return this.peek()?.start ?? this.#end;
  }

  /** Offset just behind the token that was taken last. */
  get lastEnd(): number {
    return this.#tokens[this.#at - 1]?.end ?? 0;
  }

  /** Takes the token that comes. */
  next(): Token {
    const token = this.peek();
    if (token === null) throw new BodyError('the body ends in the middle of a statement', this.#end);
    this.#at++;
    return token;
  }

  /** Whether the token `ahead` is this word or symbol, unquoted. */
  is(text: string, ahead: number = 0): boolean {
    const token = this.peek(ahead);
    return token !== null && token.kind !== 'string' && !token.text.startsWith('"') && token.word === text;
  }

  /** Takes the token if it is this word or symbol. */
  take(text: string): boolean {
    if (!this.is(text)) return false;
    this.#at++;
    return true;
  }

  /** Takes this word or symbol, or fails. */
  expect(text: string): Token {
    if (this.is(text)) return this.next();
    const found = this.peek()?.text ?? 'the end of the body';
    throw new BodyError(`${text.toUpperCase()} is expected, not ${found}`, this.offset);
  }

  /** Whether an assignment sign comes. */
  isAssignment(ahead: number = 0): boolean {
    return this.is(':=', ahead) || this.is('=', ahead);
  }

  /**
   * Steps up to the first of these words or symbols outside brackets, without taking it, and answers
   * with the tokens passed. Fails at the end of a statement, unless `;` is among them.
   */
  upTo(...stops: readonly string[]): readonly Token[] {
    const from = this.#at;
    let depth = 0;
    for (;;) {
      const token = this.peek();
      if (token === null) throw new BodyError(`${stops.join(' or ')} is missing`, this.#end);
      if (depth === 0 && stops.some((stop) => this.is(stop))) return this.#tokens.slice(from, this.#at);
      if (token.kind === 'symbol') {
        if (token.text === '(' || token.text === '[') depth++;
        if (token.text === ')' || token.text === ']') depth--;
        if (token.text === ';') {
          throw new BodyError(`${stops.join(' or ').toUpperCase()} is missing before ;`, token.start);
        }
      }
      this.#at++;
    }
  }
}
