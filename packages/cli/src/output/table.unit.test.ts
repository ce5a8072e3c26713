import { describe, expect, it } from 'vitest';
import { fitText, plainText, textWidth } from './plain-text.ts';
import { formatCsv, formatFields, formatTable } from './table.ts';

describe('formatTable', () => {
  it('aligns text at the left and numbers at the right', () => {
    const text = formatTable({
      columns: ['name', 'n'],
      rows: [
        ['a', 1],
        ['bbb', '10.50'],
        [null, null],
      ],
    });
    expect(text).toBe(['name      n', '────  ─────', 'a         1', 'bbb   10.50', '∅         ∅'].join('\n'));
  });

  it('cuts what is too wide and counts wide characters twice', () => {
    expect(fitText('abcdef', 4)).toBe('abc…');
    expect(textWidth('日本')).toBe(4);
    expect(fitText('日本語', 4)).toBe('日…');
  });

  it('lets no control character of a row reach the terminal', () => {
    const row = '\u001b[31mred\u0007 a\nb \u202etxt';
    expect(plainText(row)).toBe('\\u001b[31mred\\u0007 a\\nb \\u202etxt');
    expect(formatTable({ columns: ['c'], rows: [[row]] })).not.toContain('\u001b');
    expect(formatFields([['c', row]])).not.toContain('\u001b');
  });
});

describe('formatCsv', () => {
  it('quotes what needs it, and tells NULL from the empty text', () => {
    const rows = [['a,b', 'say "x"', null, '', 'line\nend', true]];
    expect(formatCsv({ columns: ['a', 'b', 'c', 'd', 'e', 'f'], rows })).toBe(
      'a,b,c,d,e,f\n"a,b","say ""x""",,"","line\nend",true',
    );
  });
});
