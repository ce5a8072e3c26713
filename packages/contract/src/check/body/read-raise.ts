/** RAISE: its level, its message with arguments, and the options behind USING. */

import type { BodyNotes } from './body-notes.ts';

const LEVELS: readonly string[] = ['debug', 'log', 'info', 'notice', 'warning', 'exception'];

/**
 * Reads one RAISE. Notes a construct `raise` whose detail is the level, `again` for a bare RAISE,
 * `condition NAME` or `sqlstate CODE`; options become expressions named by the option.
 */
export function readRaise(reader: BodyNotes): void {
  const { cursor } = reader;
  const { start } = cursor.expect('raise');
  if (cursor.take(';')) {
    reader.construct('raise', 'again', start);
    return;
  }
  const level = LEVELS.find((word) => cursor.take(word)) ?? 'exception';
  reader.construct('raise', level, start);
  readMessage(reader, start);
  if (cursor.take('using')) {
    do {
      const option = cursor.next().word;
      cursor.next();
      reader.expression('raise-option', option, ',', ';');
    } while (cursor.take(','));
  }
  cursor.expect(';');
}

function readMessage(reader: BodyNotes, start: number): void {
  const { cursor } = reader;
  if (cursor.peek()?.kind === 'string') {
    reader.construct('raise', `message ${cursor.next().text}`, start);
    while (cursor.take(',')) reader.expression('raise-argument', '', ',', 'using', ';');
  } else if (cursor.take('sqlstate')) {
    reader.construct('raise', `sqlstate ${cursor.next().text}`, start);
  } else if (!cursor.is('using') && !cursor.is(';')) {
    reader.construct('raise', `condition ${cursor.next().word}`, start);
  }
}
