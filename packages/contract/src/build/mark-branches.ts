/**
 * A source that says which of its branches were entered: for tests that count, never for a network.
 * Behind every BEGIN, THEN, ELSE and LOOP of PL/pgSQL stands an assertion that calls
 * `bucordo_kit.reach(number)`, which is always true. An assertion, because PERFORM would set FOUND.
 */

import { readBody } from '../check/body/read-body.ts';
import { SourceText } from '../check/source-text.ts';
import { loadParser } from '../check/sql-parser.ts';
import { insertAll, inserted } from './insertion.ts';
import { readFunctions } from './source-function.ts';

/** The source with its marks. */
export interface MarkedSource {
  readonly source: string;
  /** The line of each branch; that of number 1 comes first. Marks move no line. */
  readonly lines: readonly number[];
}

/** Marks the branches of `source`, which is a contract's own or a built one. Throws a `BuildError` where it is no SQL. */
export async function markBranches(source: string): Promise<MarkedSource> {
  await loadParser();
  const text = new SourceText('functions.sql', source);
  const offsets = readFunctions(text)
    .filter(({ language, body }) => language === 'plpgsql' && body.form === 'dollar')
    .flatMap(({ body }) => readBody(text, body.start, body.end).branches);
  const marks = offsets.map((at, index) => inserted(at, `ASSERT bucordo_kit.reach(${index + 1});`));
  return { source: insertAll(source, marks), lines: offsets.map((at) => text.place(at).line) };
}
