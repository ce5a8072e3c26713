/** Types of Postgres as types of TypeScript, three ways: going in as arguments, coming out as results and as rows. */

const ARGUMENTS: ReadonlyMap<string, string> = new Map([
  ['bool', 'boolean'],
  ['int2', 'number'],
  ['int4', 'number'],
  ['int8', 'number | bigint | string'],
  ['bytea', 'Uint8Array | string'],
  ['jsonb', 'ArgumentValue'],
]);

const RESULTS: ReadonlyMap<string, string> = new Map([
  ['void', 'null'],
  ['bool', 'boolean'],
  ['int2', 'number'],
  ['int4', 'number'],
  ['jsonb', 'unknown'],
]);

const ROWS: ReadonlyMap<string, string> = new Map([
  ['bool', 'boolean'],
  ['int2', 'number'],
  ['int4', 'number'],
  ['jsonb', 'unknown'],
]);

/** What the client takes for a parameter, without null. Decimals, dates, times and identifiers go as text. */
export function argumentType(type: string): string {
  if (type.endsWith('[]')) return listOf(`${argumentType(type.slice(0, -2))} | null`);
  return ARGUMENTS.get(type) ?? 'string';
}

/** What `receipt.result` holds of a call that says what it returns: int8 and numeric are text, as in rows. */
export function resultType(type: string): string {
  if (type === 'void') return 'null';
  if (type.endsWith('[]')) return `${listOf(`${resultType(type.slice(0, -2))} | null`)} | null`;
  const plain = RESULTS.get(type) ?? 'string';
  return plain === 'unknown' ? plain : `${plain} | null`;
}

/** What a query of the client holds, without null: arrays and whatever would lose digits is Postgres's text. */
export function rowType(type: string): string {
  return ROWS.get(type) ?? 'string';
}

function listOf(type: string): string {
  return `readonly (${type})[]`;
}
