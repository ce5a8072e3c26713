import { describe, expect, it } from 'vitest';
import {
  columnNameBytesMax,
  columnNameProblem,
  isObjectName,
  isReservedContractName,
  tableNameBytesMax,
  tableNameProblem,
} from './contract-names.ts';

describe('names of contracts', () => {
  it.each([
    ...['bucordo', 'bucordo_guard', 'private', 'public', 'information_schema', 'pg_catalog', 'pg_x'],
    ...['shop_history', 'shop_read', 'a'.repeat(54)],
  ])('%s is taken', (name) => {
    expect(isReservedContractName(name)).toBe(true);
  });

  it.each(['shop', 'privates', 'history', 'read', 'a'.repeat(53)])('%s is free', (name) => {
    expect(isReservedContractName(name)).toBe(false);
  });
});

describe('names of tables', () => {
  const among = (name: string, ...others: string[]) => tableNameProblem(name, new Set([name, ...others]));

  it.each(['w', 'w_at', 'w_insert', 'w_versions', 'idx', 'a'.repeat(tableNameBytesMax)])(
    '%s may be',
    (name) => {
      expect(among(name, 'v')).toBeNull();
    },
  );

  it.each([
    ['w_versions', 'shows its versions'],
    ['a'.repeat(tableNameBytesMax + 1), 'more than 54 bytes'],
    ['_w', 'underscore'],
    ['W', 'other characters'],
    ['w$at$', 'other characters'],
    ['ä', 'other characters'],
    ['w__position_idx', 'indexes'],
    ['w_pkey1', 'indexes'],
  ])('%s may not be', (name, words) => {
    expect(among(name, 'w')).toContain(words);
  });
});

it('an object has a name that is the same word everywhere', () => {
  expect(['a', '_a', 'a1', 'order', 'a'.repeat(63)].every(isObjectName)).toBe(true);
  expect(['', 'A', '1a', 'a b', 'a"', "a'", 'a$b', 'a\n', 'é', 'a'.repeat(64)].some(isObjectName)).toBe(
    false,
  );
});

it('I8: a name of a column leaves room for what the history writes in front of it', () => {
  expect(`_1600_${'a'.repeat(columnNameBytesMax)}`).toHaveLength(63);
  expect(columnNameProblem('a'.repeat(columnNameBytesMax))).toBeNull();
  expect(columnNameProblem('a'.repeat(columnNameBytesMax + 1))).toContain('more than 57 bytes');
  expect(columnNameProblem('_a')).toContain('underscore');
  expect(columnNameProblem('A')).toContain('characters');
});
