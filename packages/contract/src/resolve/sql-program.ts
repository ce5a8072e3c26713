/** A function in the language SQL as a program: its statements see the parameters only. */

import { parseStatements } from '../check/sql-parser.ts';
import { excerptOf } from './excerpt.ts';
import type { FunctionFacts } from './function-facts.ts';
import type { FunctionProgram, FunctionText } from './function-program.ts';

/** Reads the statements of the body; a body that does not parse has none, and Postgres refuses it. */
export function sqlProgram(text: FunctionText, facts: FunctionFacts): FunctionProgram {
  const parsed = parseStatements(text.body);
  const statements = 'ok' in parsed ? parsed.ok : [];
  const bytes = Buffer.from(text.body);
  return {
    name: text.name,
    variables: facts.parameters.filter((each) => each.isInput).map(({ name, sql }) => ({ name, type: sql })),
    statements: statements.map(({ start, end }, index) => {
      const sql = bytes.toString('utf8', start, end);
      const isLast = index === statements.length - 1;
      return {
        excerpt: excerptOf(text.source, text.bodyStart + bytes.toString('utf8', 0, start).length, sql),
        sql: sql.trim(),
        mayStop: isLast && !facts.returnsSet,
        target: isLast ? { kind: 'result' } : null,
        handlers: [],
        names: [],
      };
    }),
    refuses: false,
    unknown: [],
    deadEnds: [],
  };
}
