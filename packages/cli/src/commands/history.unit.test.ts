import { describe, expect, it } from 'vitest';
import { formatVersions, historyStatement } from './history.ts';

describe('historyStatement', () => {
  it('asks for the newest versions, values as parameters', () => {
    expect(historyStatement('notes.note', ['note_id=1', "owner=o'x=y"], 10)).toEqual({
      sql: 'select v.* from "notes_history"."note_versions" as v where v."note_id" = $1 and v."owner" = $2 order by 8 desc, 9 desc limit 10',
      parameters: ['1', "o'x=y"],
    });
  });

  it.each(['note_id', '=1', 'a"b=1', 'a b=1'])('refuses the condition %s', (condition) => {
    expect(() => historyStatement('notes.note', [condition], 1)).toThrow('is not column=value');
  });
});

describe('the versions of a row', () => {
  const head = [
    'member',
    'identity',
    'transaction',
    'height',
    'time',
    'function',
    'operation',
    'position',
    'ordinal',
  ];
  const id = '6b9622ff10497bf2a896c0e5014280d7e57f464fce65a6a7ab1f3ac7d0b0fa44';
  const version = (operation: string, ...row: (string | null)[]): (string | null)[] => [
    ...[
      'member1',
      'member1/writer',
      id,
      '5',
      '2026-11-30 19:26:40.123+00',
      'notes.add_note',
      operation,
      '7',
      '0',
    ],
    ...row,
  ];
  const widest = (text: string): number => Math.max(...text.split('\n').map((line) => line.length));

  it('stand in one table where they fit 100 columns, with ids that can be pasted', () => {
    const text = formatVersions(
      [...head, 'note_id', 'owner', 'body'],
      [version('I', '1', 'member1', 'hello')],
    );
    expect(text.split('\n')[0]).toBe(
      'height  time                 identity        function        op  note_id  owner    body   tx',
    );
    expect(text).toMatch(
      /2026-11-30 19:26:40 {2}member1\/writer {2}notes.add_note {2}I +1 {2}member1 {2}hello {2}6b9622ff10$/,
    );
    expect(widest(text)).toBeLessThanOrEqual(100);
  });

  it('cut the long cells of the row, and nothing that tells who and when', () => {
    const text = formatVersions([...head, 'id', 'body'], [version('I', '1', 'x'.repeat(500))]);
    expect(widest(text)).toBe(100);
    expect(text).toMatch(/member1\/writer {2}notes.add_note {2}I {4}1 {2}x+… {2}6b9622ff10$/);
  });

  it('stand one below the other where the row has many columns', () => {
    const columns = Array.from({ length: 20 }, (_, index) => `column_${index}`);
    const row = columns.map((name, index) => (index === 3 ? null : `${name} ${'y'.repeat(200)}`));
    const text = formatVersions([...head, ...columns], [version('I', ...row), version('U', ...row)]);
    expect(widest(text)).toBe(100);
    expect(text).toContain(
      'height 5, 2026-11-30 19:26:40, updated\n  by           member1/writer, notes.add_note\n',
    );
    expect(text).toContain('  transaction  6b9622ff10\n');
    expect(text).toContain('  column_3     ∅\n');
    expect(text.split('\n\n')).toHaveLength(2);
  });
});
