import { describe, expect, it } from 'vitest';
import { formatDryRun } from './dry-run-text.ts';

const tried = {
  height: 7,
  status: 'committed',
  code: '',
  message: '',
  call: null,
  detail: '',
  resultText: '{"line":1}',
  changes: [],
  truncated: false,
  effect: 'ab'.repeat(32),
  budgetUsed: 120,
} as const;

describe('a dry run as text', () => {
  it('shows every column of a new row and only the changed ones of an old row', () => {
    const place = { contract: 'notes', table: 'note', key: { note_id: '1' }, withheld: false };
    const text = formatDryRun({
      ...tried,
      changes: [
        { ...place, operation: 'insert', before: null, after: { note_id: '1', body: null } },
        {
          ...place,
          operation: 'update',
          before: { note_id: '1', body: 'a' },
          after: { note_id: '1', body: 'b' },
        },
        { ...place, operation: 'delete', before: { note_id: '1', body: 'b' }, after: null },
        { ...place, operation: 'update', before: null, after: null, withheld: true },
      ],
    });
    const lines = text.split('\n').map((line) => line.trim().split(/ {2,}/).join('|'));
    expect(lines).toContain('insert|notes.note|note_id=1|note_id||1'.replace('||', '|'));
    expect(lines).toContain('update|notes.note|note_id=1|body|a|b');
    expect(lines).toContain('delete|notes.note|note_id=1|note_id|1');
    expect(lines).toContain('update|notes.note|note_id=1|(not shown)');
    expect(lines).toContain('body|∅');
    expect(text).toContain('would change 4 rows');
    expect(text).toContain('120 units used');
    expect(text).toContain('ab'.repeat(32));
  });

  it('says why a transaction would be rejected', () => {
    const text = formatDryRun({
      ...tried,
      status: 'rejected',
      code: 'BC101',
      message: 'too late',
      effect: null,
    });
    expect(text).toContain('would be rejected: BC101 (too late)');
    expect(text).not.toContain('effect');
  });

  it('lets nothing of the data reach the terminal as a command', () => {
    const text = formatDryRun({ ...tried, status: 'rejected', code: 'BC101', message: '\u001b[2Jgone' });
    expect(text).not.toContain('\u001b[2J');
  });
});
