/**
 * Reads the body of a PL/pgSQL function from Postgres' own tokens. Postgres' reader of PL/pgSQL
 * tells neither positions nor all expressions; this one tells both, and `agreesWithPostgres`
 * compares what the two have found.
 */

import { statementDepthMax } from '../../limits.ts';
import type { SourceText } from '../source-text.ts';
import { scanTokens, type Token } from '../sql-parser.ts';
import { BodyNotes } from './body-notes.ts';
import { BodyError, type ConstructKind, type FunctionBody } from './function-body.ts';
import { readDeclarations } from './read-declarations.ts';
import { readRaise } from './read-raise.ts';
import { readSqlStatement } from './read-sql-statement.ts';
import { TokenCursor } from './token-cursor.ts';

/** Reads the body between two offsets of the file. Throws a `BodyError` where it cannot go on. */
export function readBody(source: SourceText, start: number, end: number): FunctionBody {
  const scanned = scanTokens(source.slice(start, end));
  if (scanned === null) throw new BodyError('a string or comment is not closed', start);
  const tokens = scanned.map((token) => ({
    ...token,
    start: token.start + start,
    end: token.end + start,
  }));
  return new BodyReader(new TokenCursor(source, tokens, end)).read();
}

/** Words with which a statement begins that is refused as a whole. */
const REFUSED_STATEMENTS: ReadonlyMap<string, ConstructKind> = new Map([
  ['execute', 'execute'],
  ['open', 'cursor'],
  ['fetch', 'cursor'],
  ['move', 'cursor'],
  ['close', 'cursor'],
  ['call', 'call'],
  ['do', 'call'],
  ['commit', 'transaction'],
  ['rollback', 'transaction'],
]);

/** Words that end a list of statements. */
const LIST_ENDS: readonly string[] = ['end', 'else', 'elsif', 'elseif', 'when', 'exception'];

/** Reads blocks and control statements; declarations, RAISE and SQL are read by functions of their own. */
class BodyReader {
  readonly notes: BodyNotes;
  readonly cursor: TokenCursor;
  #depth = 0;
  #deepest = 0;

  constructor(cursor: TokenCursor) {
    this.cursor = cursor;
    this.notes = new BodyNotes(cursor);
  }

  /** Reads the whole body. */
  read(): FunctionBody {
    while (this.cursor.is('#')) {
      const { start } = this.cursor.next();
      const name = this.cursor.next().word;
      this.cursor.next();
      this.notes.construct('option', name, start);
    }
    this.#block();
    this.cursor.take(';');
    const rest = this.cursor.peek();
    if (rest !== null) throw new BodyError(`${rest.text} follows the end of the body`, rest.start);
    return this.notes.body(this.#deepest);
  }

  // [<<label>>] [DECLARE …] BEGIN … [EXCEPTION WHEN … THEN …] END [label]
  #block(): void {
    this.#label();
    if (this.cursor.take('declare')) readDeclarations(this.notes);
    this.cursor.expect('begin');
    this.#statements();
    if (this.cursor.take('exception')) {
      while (this.cursor.is('when')) this.#handler();
    }
    this.cursor.expect('end');
    if (!this.cursor.is(';') && this.cursor.peek() !== null) this.cursor.next();
  }

  #handler(): void {
    const { start } = this.cursor.expect('when');
    for (const token of this.cursor.upTo('then')) {
      if (!['or', 'sqlstate'].includes(token.word)) {
        this.notes.construct('handler', token.word, token.start, token.end);
      }
    }
    this.cursor.expect('then');
    if (this.cursor.lastEnd === start) throw new BodyError('a condition is missing', start);
    this.#statements();
  }

  #statements(): void {
    this.notes.branch();
    this.#depth++;
    this.#deepest = Math.max(this.#deepest, this.#depth);
    if (this.#depth > statementDepthMax) {
      throw new BodyError(
        `statements stand more than ${statementDepthMax} deep in one another`,
        this.cursor.offset,
      );
    }
    while (!LIST_ENDS.some((word) => this.cursor.is(word) && !this.cursor.isAssignment(1))) {
      this.notes.beginStatement();
      this.#statement();
      this.notes.endStatement();
    }
    this.#depth--;
  }

  #statement(): void {
    const word = this.cursor.peek()?.word ?? '';
    const refused = REFUSED_STATEMENTS.get(word);
    if (this.#isAssignment()) this.#assignment();
    else if (refused !== undefined) this.#skip(refused, word);
    else this.#byWord(word);
  }

  #byWord(word: string): void {
    switch (word) {
      case '<<':
      case 'declare':
      case 'begin':
      case 'loop':
      case 'while':
      case 'for':
      case 'foreach':
        this.#labelled();
        break;
      case 'if':
        this.#if();
        break;
      case 'case':
        this.#case();
        break;
      case 'exit':
      case 'continue':
        this.#exit();
        break;
      case 'return':
        this.#return();
        break;
      case 'raise':
        readRaise(this.notes);
        break;
      case 'assert':
        this.#assert();
        break;
      case 'get':
        this.#diagnostics();
        break;
      case 'null':
        this.cursor.next();
        this.cursor.expect(';');
        break;
      default:
        readSqlStatement(this.notes);
        break;
    }
  }

  // name[.field | [subscript]]… := or =
  #isAssignment(): boolean {
    const first = this.cursor.peek();
    if (first === null || (first.kind !== 'identifier' && first.kind !== 'keyword')) return false;
    let ahead = 1;
    for (;;) {
      if (this.cursor.isAssignment(ahead)) return true;
      if (this.cursor.is('.', ahead)) ahead += 2;
      else if (this.cursor.is('[', ahead)) ahead = this.#behindBracket(ahead);
      else return false;
    }
  }

  #behindBracket(from: number): number {
    let depth = 0;
    for (let ahead = from; this.cursor.peek(ahead) !== null && !this.cursor.is(';', ahead); ahead++) {
      if (this.cursor.is('[', ahead)) depth++;
      if (this.cursor.is(']', ahead)) depth--;
      if (depth === 0) return ahead + 1;
    }
    return from + 1;
  }

  #assignment(): void {
    const { cursor } = this;
    const start = cursor.offset;
    let target = cursor.upTo(':=', '=');
    const targetEnd = cursor.lastEnd;
    cursor.next();
    this.notes.expression('assignment-value', cursor.source.slice(start, targetEnd), ';');
    target = target.slice(1);
    if (target.some((token) => token.text === '[')) {
      this.notes.addExpression('assignment-target', '', start, targetEnd);
    }
    cursor.expect(';');
  }

  #skip(kind: ConstructKind, word: string): void {
    const start = this.cursor.offset;
    this.cursor.upTo(';');
    this.notes.construct(kind, word, start);
    this.cursor.expect(';');
  }

  #label(): void {
    if (!this.cursor.take('<<')) return;
    this.cursor.next();
    this.cursor.expect('>>');
  }

  #labelled(): void {
    const { cursor } = this;
    this.#label();
    const start = cursor.offset;
    if (cursor.is('declare') || cursor.is('begin')) this.#block();
    else if (cursor.take('loop')) this.#loopBody('loop', start);
    else if (cursor.take('while')) {
      this.notes.expression('condition', '', 'loop');
      cursor.expect('loop');
      this.#loopBody('while', start);
    } else if (cursor.take('for')) this.#for(start);
    else if (cursor.take('foreach')) this.#foreach(start);
    else throw new BodyError('a label stands before a block or a loop', start);
    cursor.expect(';');
  }

  // Behind LOOP.
  #loopBody(kind: ConstructKind, start: number): void {
    this.notes.construct(kind, '', start);
    this.#statements();
    this.cursor.expect('end');
    this.cursor.expect('loop');
    if (!this.cursor.is(';')) this.cursor.next();
  }

  #for(start: number): void {
    const { cursor } = this;
    const target = cursor.upTo('in');
    cursor.expect('in');
    const isRange = this.#isRange();
    if (cursor.is('execute')) {
      const from = cursor.offset;
      cursor.upTo('loop');
      this.notes.construct('execute', 'execute', from);
    } else if (isRange) this.#range(target);
    else this.notes.query('for-query', 'loop');
    cursor.expect('loop');
    this.#loopBody(isRange ? 'for-integer' : 'for-query', start);
  }

  #isRange(): boolean {
    let depth = 0;
    for (let ahead = 0; this.cursor.peek(ahead) !== null; ahead++) {
      if (this.cursor.is('(', ahead) || this.cursor.is('[', ahead)) depth++;
      if (this.cursor.is(')', ahead) || this.cursor.is(']', ahead)) depth--;
      if (depth === 0 && this.cursor.is('..', ahead)) return true;
      if (depth === 0 && (this.cursor.is('loop', ahead) || this.cursor.is(';', ahead))) return false;
    }
    return false;
  }

  #range(target: readonly Token[]): void {
    const { cursor } = this;
    const [name] = target;
    if (name !== undefined) {
      this.notes.variable({ name: name.word, type: 'integer', start: name.start, typeStart: name.start });
    }
    cursor.take('reverse');
    this.notes.expression('bound', '', '..');
    cursor.expect('..');
    this.notes.expression('bound', '', 'loop', 'by');
    if (cursor.take('by')) this.notes.expression('bound', '', 'loop');
  }

  // FOREACH x [SLICE n] IN ARRAY expression LOOP
  #foreach(start: number): void {
    this.cursor.upTo('in');
    this.cursor.expect('in');
    this.cursor.expect('array');
    this.notes.expression('array', '', 'loop');
    this.cursor.expect('loop');
    this.#loopBody('foreach', start);
  }

  #if(): void {
    const { cursor } = this;
    cursor.expect('if');
    this.notes.expression('condition', '', 'then');
    cursor.expect('then');
    this.#statements();
    while (cursor.take('elsif') || cursor.take('elseif')) {
      this.notes.expression('condition', '', 'then');
      cursor.expect('then');
      this.#statements();
    }
    if (cursor.take('else')) this.#statements();
    cursor.expect('end');
    cursor.expect('if');
    cursor.expect(';');
  }

  #case(): void {
    const { cursor } = this;
    cursor.expect('case');
    const isSimple = !cursor.is('when');
    if (isSimple) this.notes.expression('case', '', 'when');
    while (cursor.take('when')) {
      this.notes.expression(isSimple ? 'case' : 'condition', isSimple ? 'when' : '', 'then');
      cursor.expect('then');
      this.#statements();
    }
    if (cursor.take('else')) this.#statements();
    cursor.expect('end');
    cursor.expect('case');
    cursor.expect(';');
  }

  #exit(): void {
    this.cursor.next();
    if (!this.cursor.is('when') && !this.cursor.is(';')) this.cursor.next();
    if (this.cursor.take('when')) this.notes.expression('condition', '', ';');
    this.cursor.expect(';');
  }

  #return(): void {
    const { cursor } = this;
    const start = cursor.next().start;
    if (cursor.take('next')) {
      if (!cursor.is(';')) this.notes.expression('return-next', '', ';');
    } else if (cursor.take('query')) {
      if (cursor.is('execute')) {
        cursor.upTo(';');
        this.notes.construct('execute', 'execute', start);
      } else this.notes.query('return-query', ';');
    } else if (!cursor.is(';')) this.notes.expression('return', '', ';');
    cursor.expect(';');
  }

  #assert(): void {
    this.cursor.next();
    this.notes.expression('assert', '', ',', ';');
    if (this.cursor.take(',')) this.notes.expression('assert', '', ';');
    this.cursor.expect(';');
  }

  // GET [CURRENT | STACKED] DIAGNOSTICS target = item, …
  #diagnostics(): void {
    const { cursor } = this;
    const start = cursor.next().start;
    const stacked = cursor.take('stacked');
    if (!stacked) cursor.take('current');
    cursor.expect('diagnostics');
    do {
      cursor.upTo(':=', '=');
      cursor.next();
      const item = cursor.next().word;
      this.notes.construct('diagnostics', stacked ? `stacked ${item}` : item, start);
    } while (cursor.take(','));
    cursor.expect(';');
  }
}
