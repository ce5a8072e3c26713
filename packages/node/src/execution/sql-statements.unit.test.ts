import { expect, test } from 'vitest';
import { firstWords, isExpression, splitStatements } from './sql-statements.ts';

test.for<[sql: string, statements: string[]]>([
  ['', []],
  [' ; ;\n', []],
  ['-- only a comment', []],
  ['SELECT 1; SELECT 2', ['SELECT 1', 'SELECT 2']],
  ['SELECT \';\'; SELECT ";"', ["SELECT ';'", 'SELECT ";"']],
  ["SELECT 'it''s;'; x", ["SELECT 'it''s;'", 'x']],
  ["SELECT E'\\';'; x", ["SELECT E'\\';'", 'x']],
  ["SELECT e'a'';'; x", ["SELECT e'a'';'", 'x']],
  ["SELECT '\\'; x", ["SELECT '\\'", 'x']],
  ['a $$;$$ ; b', ['a $$;$$', 'b']],
  ['a $x$ ; $$ ; $x$ ; b', ['a $x$ ; $$ ; $x$', 'b']],
  ['a$b; c$b', ['a$b', 'c$b']],
  ['a $1; b', ['a $1', 'b']],
  ['a /* ; /* ; */ ; */ ; b', ['a /* ; /* ; */ ; */', 'b']],
  ['a -- ;\n; b', ['a -- ;', 'b']],
  ["a 'never closed ; b", ["a 'never closed ; b"]],
])('statements of %j', ([sql, statements]) => {
  expect(splitStatements(sql)).toEqual(statements);
});

test.for<[statement: string, words: string]>([
  ['create  TABLE x.y (id int)', 'CREATE TABLE X'],
  ['/* a */ create -- b\n function f()', 'CREATE FUNCTION F'],
  ['"create" table', ''],
  ['(select 1)', ''],
])('first words of %j', ([statement, words]) => {
  expect(firstWords(statement, 3)).toBe(words);
});

test.for<[sql: string, is: boolean]>([
  ['vendor = bucordo.reader_member()', true],
  ["(a OR b) AND c <> ')'", true],
  ['a = 1 -- note', true],
  ['a /* ) */ = 1', true],
  ["name = 'select; it''s'", true],
  ['"select" = 1', true],
  ['', false],
  ['true) OR (true', false],
  ['a = 1; DROP TABLE x', false],
  ["a = 'never closed", false],
  ['a /* never closed', false],
  ['a = (1', false],
  ['EXISTS (SELECT FROM other.secret)', false],
  ['a IN (VALUES (1))', false],
  ['EXISTS (TABLE other.secret)', false],
  ["a = '$at$'", false],
])('whether %j is an expression: %j', ([sql, is]) => {
  expect(isExpression(sql)).toBe(is);
});

test('a long text is split in linear time', () => {
  const statement = `CREATE FUNCTION f() RETURNS void LANGUAGE plpgsql AS $$ BEGIN /* ${'x;'.repeat(50)} */ END $$;`;
  const started = performance.now();
  expect(splitStatements(statement.repeat(20_000))).toHaveLength(20_000);
  expect(performance.now() - started).toBeLessThan(5_000);
});
