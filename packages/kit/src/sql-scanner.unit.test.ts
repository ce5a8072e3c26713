import { beforeAll, describe, expect, it } from 'vitest';
import { isOneBracket, loadScanner, splitSql, splitTopLevel } from './sql-scanner.ts';

beforeAll(() => loadScanner());

describe('splitSql', () => {
  it('gives comments and statements with their lines', () => {
    const sql =
      "-- one\nSELECT 1;\n\n-- zwö\n/* no\n piece */ SELECT ';', 'it''s' -- inside\n, 2;SELECT $x$;--$x$";
    expect(splitSql(sql)).toEqual([
      { kind: 'comment', text: 'one', line: 1 },
      { kind: 'statement', text: 'SELECT 1', line: 2 },
      { kind: 'comment', text: 'zwö', line: 4 },
      { kind: 'statement', text: "SELECT ';', 'it''s' -- inside\n, 2", line: 6 },
      { kind: 'statement', text: 'SELECT $x$;--$x$', line: 7 },
    ]);
  });

  it('ends a comment where Postgres ends it', () => {
    expect(splitSql('-- as a/b\rSELECT 1; /* /* ; */ ; */ SELECT 2 -- end')).toEqual([
      { kind: 'comment', text: 'as a/b', line: 1 },
      { kind: 'statement', text: 'SELECT 1', line: 1 },
      { kind: 'statement', text: 'SELECT 2', line: 1 },
    ]);
  });

  it.each([
    [`SELECT E'a\\';b'; SELECT 2`, 2],
    ['SELECT "a;b"; SELECT 2', 2],
    ['', 0],
    [';;', 0],
  ])('of %j makes %i statements', (sql, count) => {
    expect(splitSql(sql)?.filter((piece) => piece.kind === 'statement')).toHaveLength(count);
  });

  it.each(["SELECT 'open; -- x", 'SELECT 1 /* open', 'SELECT $a$ open $b$'])(
    'does not guess at %j',
    (sql) => {
      expect(splitSql(sql)).toBeNull();
    },
  );
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

describe('isOneBracket', () => {
  it.each([
    ["(')', (1))", true],
    ['(1) + 2', false],
    ['((1)', false],
    ['1', false],
    ['', false],
  ])('of %j is %s', (text, is) => {
    expect(isOneBracket(text)).toBe(is);
  });
});
