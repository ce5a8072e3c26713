/**
 * Tests in SQL: `tests/*.test.sql`. Comments at the beginning of a line are directives, statements are
 * calls or assertions.
 *
 * ```sql
 * -- identity buyer/alice class buyer roles purchaser, approver
 *
 * -- test: an order is placed once
 * -- at 2026-03-01T09:00:00Z
 * -- as buyer/alice
 * SELECT shop.place_order(1, 'pens', 12.50);
 * -- expect BC201 exists already
 * SELECT shop.place_order(1, 'pens', 12.50);
 * SELECT count(*) = 1 FROM shop.purchase;
 * -- expect no rows
 * SELECT * FROM shop.purchase AS p WHERE p.total < 0;
 * ```
 *
 * A statement that selects nothing but functions of contracts is a transaction with these calls, signed
 * by the identity of the last `as`. Arguments stand in the order of the parameters or by name
 * (`name => value`); they may be any expression, also one that reads. Every other statement is an
 * assertion: it returns at least one row, and true in every column, unless `expect` says otherwise.
 * Statements before the first test are the beginning of every test of the file.
 *
 * Directives: `test: NAME`, `identity MEMBER/NAME class CLASS [roles ROLE, …]`, `as MEMBER/NAME`,
 * `at TIME`, `advance N blocks`, `advance N seconds`, and in front of one statement `expect CODE [WORDS]`,
 * `upgrade` (the test begins on the version before, and the members decide on the tested one here),
 * `expect no rows`, `expect N rows`, `expect value TEXT`; `seen by MEMBER/NAME` in front of an assertion that is to
 * see what this identity sees through the query door, and `expect denied` where that is nothing. Other comments are
 * comments.
 */

import type { NetworkPlan } from './network-description.ts';
import { isOneBracket, splitSql, splitTopLevel } from './sql-scanner.ts';
import { TestError, type TestPlace } from './test-error.ts';

/** A call as written: the argument expressions by name, or in order. */
export interface WrittenCall {
  readonly contract: string;
  readonly function: string;
  readonly args: readonly { readonly name: string | null; readonly sql: string }[];
}

/** What a statement is expected to come to. */
export type Expectation =
  | { readonly kind: 'default' }
  | { readonly kind: 'rejection'; readonly code: string; readonly words: string }
  | { readonly kind: 'denied' }
  | { readonly kind: 'rows'; readonly count: number }
  | { readonly kind: 'value'; readonly text: string };

/** One step of a test. */
export type SqlStep =
  | { readonly kind: 'at'; readonly time: string; readonly place: TestPlace }
  | { readonly kind: 'advance'; readonly blocks: number; readonly seconds: number; readonly place: TestPlace }
  | { readonly kind: 'upgrade'; readonly place: TestPlace }
  | {
      readonly kind: 'calls';
      readonly identity: string;
      readonly calls: readonly WrittenCall[];
      readonly expected: Expectation;
      readonly place: TestPlace;
    }
  | {
      readonly kind: 'assertion';
      readonly sql: string;
      /** Whose eyes see the rows; null for all rows. */
      readonly seenBy: string | null;
      readonly expected: Expectation;
      readonly place: TestPlace;
    };

/** A test with the steps that lie before it in the file. */
export interface SqlTest {
  readonly name: string;
  readonly place: TestPlace;
  readonly steps: readonly SqlStep[];
}

/** What reading needs to know besides the text. */
export interface SqlTestContext {
  /** Gets the identities that the file declares. */
  readonly plan: NetworkPlan;
  /** Whether transactions can call `contract.function`. */
  readonly isCallable: (contract: string, name: string) => boolean;
}

/** Reads a file of tests, when the scanner is loaded. Throws a {@link TestError} with the line. */
export function parseSqlTests(sql: string, file: string, context: SqlTestContext): SqlTest[] {
  const reader = new Reader(file, context);
  const pieces = splitSql(sql);
  if (pieces === null) {
    throw new TestError('a quoted text or a comment does not end', { place: { file, line: 1 } });
  }
  for (const piece of pieces) {
    const place = { file, line: piece.line };
    if (piece.kind === 'comment') reader.comment(piece.text, place);
    else reader.statement(piece.text, place);
  }
  return reader.end();
}

const DEFAULT: Expectation = { kind: 'default' };

class Reader {
  readonly #file: string;
  readonly #context: SqlTestContext;
  readonly #first: SqlStep[] = [];
  readonly #tests: { name: string; place: TestPlace; steps: SqlStep[] }[] = [];
  #firstIdentity: string | null = null;
  #identity: string | null = null;
  #expected: { expectation: Expectation; place: TestPlace } | null = null;
  #seenBy: string | null = null;

  constructor(file: string, context: SqlTestContext) {
    this.#file = file;
    this.#context = context;
  }

  comment(text: string, place: TestPlace): void {
    const [, word = '', rest = text === 'upgrade' ? '' : undefined] =
      /^([a-z]+)(?::?\s+(.*))?$/s.exec(text) ?? [];
    if (rest === undefined) return;
    const value = rest.trim();
    switch (word) {
      case 'test':
        this.#beginTest(value, place);
        break;
      case 'identity':
        this.#declare(value, place);
        break;
      case 'as':
        this.#setIdentity(value, place);
        break;
      case 'at':
        this.#setTime(value, place);
        break;
      case 'advance':
        this.#advance(value, place);
        break;
      case 'expect':
        this.#expect(value, place);
        break;
      case 'seen':
        this.#setReader(value, place);
        break;
      case 'upgrade':
        this.#upgrade(value, place);
        break;
      default:
    }
  }

  statement(sql: string, place: TestPlace): void {
    const expected = this.#expected?.expectation ?? DEFAULT;
    this.#expected = null;
    const calls = callsOf(sql, this.#context.isCallable);
    if (calls === null) {
      if (expected.kind === 'rejection') {
        throw new TestError(`${expected.code} is expected of a statement that calls no contract function`, {
          place,
          hint: 'A call is SELECT contract.function(…) with a function of the manifest and nothing else.',
        });
      }
      this.#steps.push({ kind: 'assertion', sql, seenBy: this.#seenBy, expected, place });
      this.#seenBy = null;
      return;
    }
    if (this.#seenBy !== null) {
      throw new TestError('a call is signed, not seen: write -- as in front of it', { place });
    }
    if (this.#identity === null) {
      throw new TestError('a call that nobody signs', {
        place,
        hint: 'Write -- as member/name in front of it.',
      });
    }
    this.#steps.push({ kind: 'calls', identity: this.#identity, calls, expected, place });
  }

  end(): SqlTest[] {
    this.#requireUsed();
    if (this.#tests.length === 0) {
      const place = { file: this.#file, line: 1 };
      throw new TestError('the file has no test', {
        place,
        hint: 'Begin one with a line -- test: what it shows',
      });
    }
    return this.#tests.map((test) => ({ ...test, steps: [...this.#first, ...test.steps] }));
  }

  get #steps(): SqlStep[] {
    return this.#tests.at(-1)?.steps ?? this.#first;
  }

  #beginTest(name: string, place: TestPlace): void {
    this.#requireUsed();
    if (this.#tests.length === 0) this.#firstIdentity = this.#identity;
    this.#identity = this.#firstIdentity;
    this.#tests.push({ name, place, steps: [] });
  }

  #declare(text: string, place: TestPlace): void {
    const match = /^(\S+)\s+class\s+(\S+?)(?:\s+roles?\s+(.+))?$/.exec(text);
    if (match === null) {
      throw new TestError(`-- identity ${text}: not in the form MEMBER/NAME class CLASS roles ROLE, …`, {
        place,
      });
    }
    const [, identity = '', memberClass = '', roles = ''] = match;
    const list = roles.split(/[\s,]+/).filter((role) => role !== '');
    this.#context.plan.addIdentity({ identity, memberClass, roles: list }, place);
  }

  #setIdentity(text: string, place: TestPlace): void {
    if (!/^[a-z][a-z0-9-]*\/[a-z][a-z0-9-]*$/.test(text)) throw notUnderstood(`as ${text}`, place);
    this.#identity = text;
  }

  #setReader(text: string, place: TestPlace): void {
    const [, identity] = /^by\s+([a-z][a-z0-9-]*\/[a-z][a-z0-9-]*)$/.exec(text) ?? [];
    if (identity === undefined) throw notUnderstood(`seen ${text}`, place);
    this.#seenBy = identity;
  }

  #upgrade(text: string, place: TestPlace): void {
    if (text !== '') throw notUnderstood(`upgrade ${text}`, place);
    this.#steps.push({ kind: 'upgrade', place });
  }

  #setTime(text: string, place: TestPlace): void {
    if (!/^\d{4}-\d\d-\d\dT[\d:.]+Z$/.test(text)) throw notUnderstood(`at ${text}`, place);
    this.#steps.push({ kind: 'at', time: text, place });
  }

  #advance(text: string, place: TestPlace): void {
    const match = /^(\d+)\s+(blocks?|seconds?)$/.exec(text);
    if (match === null) throw notUnderstood(`advance ${text}`, place);
    const count = Number(match[1]);
    const isBlocks = match[2]?.startsWith('block') === true;
    const step = { blocks: isBlocks ? count : 0, seconds: isBlocks ? 0 : count };
    this.#steps.push({ kind: 'advance', ...step, place });
  }

  #expect(text: string, place: TestPlace): void {
    this.#requireUsed();
    const expectation = expectationOf(text);
    if (expectation === null) throw notUnderstood(`expect ${text}`, place);
    this.#expected = { expectation, place };
  }

  // An expectation that no statement follows would never fail.
  #requireUsed(): void {
    if (this.#expected === null) return;
    throw new TestError('an expectation with no statement behind it', { place: this.#expected.place });
  }
}

function notUnderstood(text: string, place: TestPlace): TestError {
  return new TestError(`-- ${text}: not understood`, {
    place,
    hint: 'As in: -- as buyer/alice, -- at 2026-03-01T09:00:00Z, -- advance 3 blocks, -- expect BC201, -- expect no rows.',
  });
}

function expectationOf(text: string): Expectation | null {
  const rows = /^(no|\d+) rows?$/.exec(text);
  if (rows !== null) return { kind: 'rows', count: rows[1] === 'no' ? 0 : Number(rows[1]) };
  if (text === 'true') return DEFAULT;
  if (text === 'denied') return { kind: 'denied' };
  const value = /^value\s+(.*)$/s.exec(text);
  if (value !== null) return { kind: 'value', text: value[1] ?? '' };
  const code = /^(BC\d{3}|[a-z]+(?:_[a-z]+)*)(?:\s+(.*))?$/s.exec(text);
  return code === null ? null : { kind: 'rejection', code: code[1] ?? '', words: code[2] ?? '' };
}

const CALL = /^([a-z_][a-z0-9_]*)\.([a-z_][a-z0-9_]*)\s*(?=\()/;

// The calls of a statement that consists of calls alone, otherwise null.
function callsOf(sql: string, isCallable: SqlTestContext['isCallable']): WrittenCall[] | null {
  const list = /^select\s+(.*)$/is.exec(sql)?.[1];
  if (list === undefined) return null;
  const calls: WrittenCall[] = [];
  for (const item of splitTopLevel(list, ',')) {
    const match = CALL.exec(item);
    if (match === null || !isOneBracket(item.slice(match[0].length))) return null;
    const [head, contract = '', name = ''] = match;
    if (!isCallable(contract, name)) return null;
    calls.push({ contract, function: name, args: argumentsOf(item.slice(head.length + 1, -1)) });
  }
  return calls;
}

function argumentsOf(text: string): WrittenCall['args'] {
  if (text.trim() === '') return [];
  return splitTopLevel(text, ',').map((sql) => {
    const named = /^([a-z_][a-z0-9_]*)\s*(?:=>|:=)\s*(.*)$/s.exec(sql);
    return named === null ? { name: null, sql } : { name: named[1] ?? '', sql: named[2] ?? '' };
  });
}
