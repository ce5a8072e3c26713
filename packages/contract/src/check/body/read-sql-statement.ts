/**
 * An SQL statement in a body, PERFORM included. PL/pgSQL takes an INTO clause out of the statement
 * before Postgres reads it; blanks in its place keep all positions.
 */

import type { Token } from '../sql-parser.ts';
import type { BodyNotes } from './body-notes.ts';
import type { IntoClause } from './function-body.ts';
import { BodyError } from './function-body.ts';

/** Reads up to and including the semicolon. */
export function readSqlStatement(reader: BodyNotes): void {
  const { cursor } = reader;
  const start = cursor.offset;
  const isPerform = cursor.is('perform');
  const tokens = cursor.upTo(';');
  const end = tokens[tokens.length - 1]?.end ?? start;
  cursor.expect(';');
  if (isPerform) {
    // PERFORM has one letter more than SELECT.
    const sql = `SELECT${cursor.source.slice(start + 'PERFORM'.length, end)}`;
    reader.addStatement({ role: 'perform', sql, base: start + 1, start, end, into: null });
    return;
  }
  const found = findInto(tokens);
  if (found === null) {
    const sql = cursor.source.slice(start, end);
    reader.addStatement({ role: 'statement', sql, base: start, start, end, into: null });
    return;
  }
  const { source } = cursor;
  const blanks = ' '.repeat(found.end - found.start);
  const sql = `${source.slice(start, found.start)}${blanks}${source.slice(found.end, end)}`;
  reader.addStatement({ role: 'statement', sql, base: start, start, end, into: found.clause });
}

interface FoundInto {
  readonly clause: IntoClause;
  readonly start: number;
  readonly end: number;
}

// The word INTO that does not follow INSERT or MERGE, as PL/pgSQL looks for it.
function findInto(tokens: readonly Token[]): FoundInto | null {
  const isWord = (token: Token | undefined, word: string): boolean =>
    token !== undefined && token.kind !== 'string' && token.text.toLowerCase() === word;
  const at = tokens.findIndex(
    (token, index) =>
      isWord(token, 'into') && !isWord(tokens[index - 1], 'insert') && !isWord(tokens[index - 1], 'merge'),
  );
  const into = tokens[at];
  if (into === undefined) return null;
  let next = at + 1;
  const isStrict = isWord(tokens[next], 'strict');
  if (isStrict) next++;
  const targets: string[] = [];
  let end = into.end;
  for (;;) {
    const target = readTarget(tokens, next);
    if (target === null)
      throw new BodyError('a variable is expected behind INTO', tokens[next]?.start ?? into.end);
    targets.push(target.name);
    end = target.end;
    next = target.next;
    if (tokens[next]?.text !== ',') break;
    next++;
  }
  // The blanks reach to what follows, as in PL/pgSQL.
  return {
    clause: { isStrict, targets, start: into.start },
    start: into.start,
    end: tokens[next]?.start ?? end,
  };
}

// name[.field]…
function readTarget(
  tokens: readonly Token[],
  from: number,
): { name: string; end: number; next: number } | null {
  const first = tokens[from];
  if (first === undefined || first.kind === 'string' || first.kind === 'symbol') return null;
  let name = first.word;
  let { end } = first;
  let next = from + 1;
  while (tokens[next]?.text === '.' && tokens[next + 1] !== undefined) {
    const field = tokens[next + 1];
    name += `.${field?.word ?? ''}`;
    end = field?.end ?? end;
    next += 2;
  }
  return { name, end, next };
}
