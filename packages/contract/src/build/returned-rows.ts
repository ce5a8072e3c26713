/**
 * Rows that a function hands back in a loop, with RETURN NEXT or RETURN QUERY: they are kept until it
 * ends, in files when there are many, so each pays for its size.
 */

import type { Token } from '../check/sql-parser.ts';
import type { BodyLoop } from './body-loops.ts';
import { type Insertion, inserted } from './insertion.ts';

/** Bytes of a row for one unit: a budget of 100,000 units keeps 100 MB. */
const BYTES_PER_UNIT = 1_000;

/** Units for a row or a query whose size is not known beforehand: that of a row of 100 KB. */
const UNITS_UNKNOWN = 100;

/** The charges behind the statements that hand rows back, in the order of the text. */
export function returnedRows(tokens: readonly Token[], loops: readonly BodyLoop[]): readonly Insertion[] {
  return tokens.flatMap((token, index) => {
    const word = tokens[index + 1]?.text.toLowerCase();
    const isReturn =
      token.kind === 'keyword' && token.word === 'return' && (word === 'next' || word === 'query');
    if (!isReturn || !loops.some((loop) => loop.turn <= token.start && token.start < loop.end)) return [];
    const end = tokens.findIndex((each, at) => at > index && each.text === ';');
    const semicolon = tokens[end];
    if (semicolon === undefined) return [];
    const units = word === 'next' ? unitsOf(tokens.slice(index + 2, end)) : `${UNITS_UNKNOWN}`;
    return inserted(semicolon.end, `__units := bucordo.charge(${units});`);
  });
}

// A variable or a field of one can be measured; anything else would be computed twice.
function unitsOf(value: readonly Token[]): string {
  const isPath =
    value.length % 2 === 1 &&
    value.every((token, at) => (at % 2 === 1 ? token.text === '.' : token.kind === 'identifier'));
  if (!isPath) return `${UNITS_UNKNOWN}`;
  const variable = value.map(({ text }) => text).join('');
  return `1 + coalesce(pg_catalog.octet_length(${variable}::text), 0) / ${BYTES_PER_UNIT}`;
}
