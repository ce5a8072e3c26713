import { describe, expect, it } from 'vitest';
import { endOfBracket, splitSql, splitTopLevel } from './sql-scanner.ts';

describe('splitSql', () => {
  it('gives comments and statements with their lines', () => {
    const sql =
      "-- one\nSELECT 1;\n\n-- two\n/* no\n piece */ SELECT ';', 'it''s' -- inside\n, 2;SELECT $x$;--$x$";
    expect(splitSql(sql)).toEqual([
      { kind: 'comment', text: 'one', line: 1 },
      { kind: 'statement', text: 'SELECT 1', line: 2 },
      { kind: 'comment', text: 'two', line: 4 },
      { kind: 'statement', text: "SELECT ';', 'it''s' -- inside\n, 2", line: 6 },
      { kind: 'statement', text: 'SELECT $x$;--$x$', line: 7 },
    ]);
  });

  it.each([
    ["SELECT 'open; -- x", 1],
    [`SELECT E'a\\';b'; SELECT 2`, 2],
    ['SELECT "a;b"; SELECT 2', 2],
    ['', 0],
    [';;', 0],
  ])('of %j makes %i statements', (sql, count) => {
    expect(splitSql(sql).filter((piece) => piece.kind === 'statement')).toHaveLength(count);
  });
});

describe('splitTopLevel', () => {
  it('leaves quotes and brackets whole', () => {
    expect(splitTopLevel("a(1, 2), '3,4', ARRAY[5, 6], $$7,8$$", ',')).toEqual([
      'a(1, 2)',
      "'3,4'",
      'ARRAY[5, 6]',
      '$$7,8$$',
    ]);
  });
});

describe('endOfBracket', () => {
  it('is behind the bracket that closes', () => {
    expect(endOfBracket("f(')', (1)) + 2", 1)).toBe(11);
    expect(endOfBracket('f((1)', 1)).toBe(-1);
  });
});
