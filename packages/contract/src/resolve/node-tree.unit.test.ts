/** The reader of node trees: what Postgres 15 and 18 write, and that nothing else is read. */

import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { NodeTreeError, readNodeTree, type TreeNode, topNodes } from './node-tree.ts';

/** `SELECT $1 + 1 AS ab, 'x"y z'::text`, as Postgres 18 keeps it, without fields of no interest. */
const QUERY =
  '(({QUERY :commandType 1 :utilityStmt <> :hasAggs false :rtable <> :targetList ({TARGETENTRY :expr {OPEXPR :opno 551 ' +
  ':args ({PARAM :paramid 1 :location -1} {CONST :consttype 23 :constisnull false :constvalue 4 [ 1 0 0 0 0 0 0 0 ]}) ' +
  ':location -1} :resno 1 :resname ab} {TARGETENTRY :expr {CONST :consttype 25 :constvalue 9 [ 36 0 0 0 120 34 121 32 -61 ]} ' +
  ':resno 2 :resname a\\ b\\(c\\)}) :opnos (o 96 97) :colnames ("id" "a\\ b" "") :selectedCols (b)}))';

function first(text: string): TreeNode {
  const node = topNodes(readNodeTree(text))[0];
  if (node === undefined) throw new Error('no node');
  return node;
}

describe('a tree is read', () => {
  const query = first(QUERY);
  const [sum, constant] = query.children('targetList');

  test('with words, numbers and nothing', () => {
    expect([query.tag, query.number('commandType'), query.isTrue('hasAggs')]).toEqual(['QUERY', 1, false]);
    expect([query.fields.get('utilityStmt'), query.word('utilityStmt'), query.child('rtable')]).toEqual([
      null,
      '',
      null,
    ]);
    expect([query.number('absent'), query.children('absent'), query.words('absent')]).toEqual([0, [], []]);
  });

  test('with names that have blanks, quotes and parentheses', () => {
    expect(constant?.word('resname')).toBe('a b(c)');
    expect(query.words('colnames')).toEqual(['id', 'a b', '']);
  });

  test('with lists of numbers without their mark', () => {
    expect(query.words('opnos')).toEqual(['96', '97']);
    expect(query.words('selectedCols')).toEqual([]);
  });

  test('with the bytes of constants', () => {
    expect(sum?.child('expr')?.children('args')[1]?.fields.get('constvalue')).toEqual(
      new Uint8Array([1, 0, 0, 0, 0, 0, 0, 0]),
    );
    expect(constant?.child('expr')?.fields.get('constvalue')).toEqual(
      new Uint8Array([36, 0, 0, 0, 120, 34, 121, 32, 195]),
    );
  });
});

describe('what is no tree is refused', () => {
  test.each([
    '',
    '{',
    '{A',
    '{A :b',
    '{A b 1}',
    '(',
    '{A :b 1} x',
    '{a :b 1}',
    '{A :b 1 2}',
    '{A :b [ 1 }',
    ')',
    '{A :b 4 [ 1 }',
  ])('%s', (text) => {
    expect(() => readNodeTree(text)).toThrow(NodeTreeError);
  });

  test('every cut of a tree', () => {
    for (let length = 0; length < QUERY.length; length++) {
      expect(() => readNodeTree(QUERY.slice(0, length))).toThrow(NodeTreeError);
    }
  });

  test('any text ends in a value or in this error', () => {
    fc.assert(
      fc.property(
        fc.string({
          unit: fc.constantFrom('{', '}', '(', ')', '[', ']', ':', 'A', '1', ' ', '\\', '"', '<>'),
        }),
        (text) => {
          try {
            readNodeTree(text);
          } catch (error) {
            expect(error).toBeInstanceOf(NodeTreeError);
          }
        },
      ),
    );
  });
});
