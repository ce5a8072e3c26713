/** The DECLARE part of a block: variables, their types and first values. */

import type { BodyNotes } from './body-notes.ts';
import { BodyError } from './function-body.ts';

/** What may follow the type of a variable. */
const TYPE_ENDS: readonly string[] = ['not', 'collate', 'default', ':=', '=', ';'];

/** Reads declarations up to BEGIN, which is not taken. */
export function readDeclarations(reader: BodyNotes): void {
  const { cursor } = reader;
  while (!cursor.is('begin')) {
    if (cursor.take('declare')) continue;
    readDeclaration(reader);
  }
}

function readDeclaration(reader: BodyNotes): void {
  const { cursor } = reader;
  const name = cursor.next();
  if (name.kind !== 'identifier' && name.kind !== 'keyword') {
    throw new BodyError(`a variable's name is expected, not ${name.text}`, name.start);
  }
  if (cursor.is('alias')) {
    cursor.upTo(';');
    reader.construct('alias', name.word, name.start);
    cursor.expect(';');
    return;
  }
  cursor.take('constant');
  if (cursor.is('cursor') || cursor.is('scroll') || (cursor.is('no') && cursor.is('scroll', 1))) {
    cursor.upTo(';');
    reader.construct('cursor', 'cursor', name.start);
    cursor.expect(';');
    return;
  }
  const type = cursor.upTo(...TYPE_ENDS);
  const [first] = type;
  const last = type[type.length - 1];
  if (first === undefined || last === undefined) throw new BodyError('a type is missing', cursor.offset);
  reader.variable({
    name: name.word,
    type: cursor.source.slice(first.start, last.end),
    start: name.start,
    typeStart: first.start,
  });
  readRest(reader, name.word);
  cursor.expect(';');
}

// [COLLATE c] [NOT NULL] [DEFAULT | := | = expression]
function readRest(reader: BodyNotes, name: string): void {
  const { cursor } = reader;
  if (cursor.is('collate')) {
    const { start } = cursor.next();
    cursor.upTo('not', 'default', ':=', '=', ';');
    reader.construct('option', 'collate', start);
  }
  if (cursor.take('not')) cursor.expect('null');
  if (cursor.take('default') || cursor.take(':=') || cursor.take('=')) {
    reader.expression('initial', name, ';');
  }
}
