/** What calls returned, as values: by the type that is told, else by what JSON says of itself. */

import { jsonElements, parseExactJson } from '@bucordo/protocol';

/** Types of Postgres by name, one per call; undefined where the caller does not know it. */
export type ResultTypes = readonly (string | undefined)[];

const UNKNOWN_TYPES: ResultTypes = [];

/** What the calls say that they return. */
export function returnsOf(calls: readonly { readonly returns?: string }[]): ResultTypes {
  // Mostly nobody says: then nothing is allocated.
  for (const call of calls) if (call.returns !== undefined) return calls.map(({ returns }) => returns);
  return UNKNOWN_TYPES;
}

/** The value of a result: of one call by itself, of several as an array. `text` is not empty. */
export function resultOf(text: string, types: ResultTypes): unknown {
  if (types.every((type) => type === undefined)) return parseExactJson(text);
  if (types.length === 1) return valueOfType(text, types[0]);
  return jsonElements(text).map((element, index) => valueOfType(element, types[index]));
}

// Of int8 and numeric every number is text, so that the type does not change with the value.
function valueOfType(text: string, type: string | undefined): unknown {
  const scalar = type?.replace(/\[\]$/, '');
  return parseExactJson(text, scalar === 'int8' || scalar === 'numeric' ? 'text' : 'exact');
}
