import { describe, expect, it } from 'vitest';
import { compareReflections, compareWithManifest, type MemberReflection } from './compare-reflections.ts';

const member = (
  name: string,
  objects: readonly (readonly string[])[],
  version = '1.0.0',
): MemberReflection => ({
  member: name,
  reflection: {
    contracts: [{ name: 'shop', version, hash: '00' }],
    objects: objects.map(([kind = '', object = '', definition = '']) => ({ kind, name: object, definition })),
  },
});

const TABLE = ['table', 'shop.item', 'permanent'] as const;
const KEY = ['column', 'shop.item.item_id', 'integer not null'] as const;
const NOTE = ['column', 'shop.item.note', 'text'] as const;
const ADD = ['callable', 'shop.add_item', '(item_id int4, note text) roles {clerk} classes {}'] as const;

describe('compareReflections', () => {
  it('finds nothing where all are equal', () => {
    const objects = [TABLE, KEY, NOTE, ADD];
    expect(compareReflections([member('a', objects), member('b', objects)])).toEqual([]);
  });

  it('names the object and who has which form, the most common first', () => {
    const other = ['column', 'shop.item.note', 'text not null'] as const;
    const differences = compareReflections([
      member('a', [TABLE, other]),
      member('b', [TABLE, NOTE]),
      member('c', [TABLE, NOTE]),
    ]);
    expect(differences).toEqual([
      {
        kind: 'column',
        name: 'shop.item.note',
        sides: [
          { members: ['b', 'c'], definition: 'text' },
          { members: ['a'], definition: 'text not null' },
        ],
      },
    ]);
  });

  it('tells what one does not have, and contracts of other versions', () => {
    const differences = compareReflections([member('a', [TABLE]), member('b', [], '1.1.0')]);
    expect(
      differences.map(({ kind, name, sides }) => [kind, name, sides.map((side) => side.definition)]),
    ).toEqual([
      ['contract', 'shop', ['1.0.0, document 00', '1.1.0, document 00']],
      ['table', 'shop.item', ['permanent', null]],
    ]);
  });
});

describe('compareWithManifest', () => {
  const column = (name: string, type: string) => ({ name, type, isNullable: true, words: '' });
  const contract = {
    name: 'shop',
    version: '1.0.0',
    rejections: [],
    functions: [
      {
        name: 'add_item',
        words: '',
        parameters: [column('item_id', 'int4'), column('note', 'text')],
        result: 'void',
        roles: [],
        classes: [],
        codes: [],
      },
    ],
    tables: [
      {
        name: 'item',
        words: '',
        key: ['item_id'],
        columns: [column('item_id', 'int4'), column('note', 'text')],
      },
    ],
  };

  it('finds nothing where the database keeps what the document says', () => {
    expect(compareWithManifest(member('a', [TABLE, KEY, NOTE, ADD]), contract)).toEqual([]);
  });

  it.each([
    ['a missing column', [TABLE, KEY, ADD], 'column shop.item.note'],
    [
      'a column of another type',
      [TABLE, KEY, ['column', 'shop.item.note', 'bytea'], ADD],
      'column shop.item.note',
    ],
    [
      'a function with other parameters',
      [TABLE, KEY, NOTE, ['callable', 'shop.add_item', '()']],
      'callable shop.add_item',
    ],
    ['a function too many', [TABLE, KEY, NOTE, ADD, ['callable', 'shop.more', '()']], 'callable shop.more'],
    ['a table too many', [TABLE, KEY, NOTE, ADD, ['table', 'shop.more', 'permanent']], 'table shop.more'],
  ])('finds %s', (_name, objects, difference) => {
    const found = compareWithManifest(member('a', objects), contract);
    expect(found.map(({ kind, name }) => `${kind} ${name}`)).toEqual([difference]);
    expect(found[0]?.sides.map((side) => side.members)).toEqual([['the approved document'], ['a']]);
  });
});
