/** A reader rule's predicate stands in a view of the owner's: it is one expression, or it is refused. */

import { describe, expect, test } from 'vitest';
import { readerPredicate } from './reader-predicate.ts';

test.for<[text: string, sql: string]>([
  ['vendor = bucordo.reader_member()', '(vendor = bucordo . reader_member ( ))'],
  ["(a OR b) AND c <> ')'", "(( a OR b ) AND c <> ')')"],
  ['a = 1 -- note', '(a = 1)'],
  ['-- note\ra = 1', '(a = 1)'],
  ['a /* ) */ = 1', '(a = 1)'],
  ["name = 'select; it''s'", "(name = 'select; it''s')"],
  ['"select" = 1', '("select" = 1)'],
  ["a = '$at$'", "(a = '$at$')"],
])('%j is written anew', async ([text, sql]) => {
  expect((await readerPredicate(text)).sql).toBe(sql);
});

test('tells which built-in functions it calls', async () => {
  const { functions } = await readerPredicate(
    'pg_catalog.upper(lower(a)) = bucordo.reader_class() AND abs(b) > 0',
  );
  expect(functions).toEqual(['abs', 'lower', 'upper']);
});

describe('I12: what is no expression over one row is refused', () => {
  test.for<[text: string, words: string]>([
    ['', 'no expression'],
    ['-- nothing', 'no expression'],
    ['true) OR (true', 'no expression'],
    ['true -- \r) OR true; DROP TABLE x; SELECT (true', 'no expression'],
    ['true, false', 'no expression'],
    ['a AS b', 'no expression'],
    ['true FROM other.secret', 'no expression'],
    ['true UNION SELECT false', 'no expression'],
    ['a = 1; DROP TABLE x', 'no expression'],
    ["a = 'never closed", 'does not end'],
    ["a = 'one'\n-- )\n'two'", 'no expression'],
    ['a /* never closed', 'comment'],
    ['a = (1', 'no expression'],
    ['DISTINCT a', 'no expression'],
    ['true INTO x', 'no expression'],
    ['EXISTS (SELECT FROM other.secret)', 'a query'],
    ['a IN (VALUES (1))', 'a query'],
    ['EXISTS (TABLE other.secret)', 'a query'],
    ['ARRAY(SELECT 1) IS NULL', 'a query'],
    ['a = $1', 'a parameter'],
    ['bucordo.refuse(a, b) IS NULL', 'bucordo.refuse'],
    ['shop.mine(a)', 'shop.mine'],
    ['a OPERATOR(private.=) b', 'private.='],
    ['a::private.evil IS NULL', 'private.evil'],
    ['a COLLATE private.odd = b', 'private.odd'],
    ['a = 1\v', 'vertical tab'],
    ['a = 1\0', 'NUL'],
  ])('%j', async ([text, words]) => {
    await expect(readerPredicate(text)).rejects.toThrow(words);
  });
});
