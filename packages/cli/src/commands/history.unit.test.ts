import { describe, expect, it } from 'vitest';
import { historyStatement } from './history.ts';

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
