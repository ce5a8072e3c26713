/**
 * Names of contracts and of their tables. A contract has three schemas, a table has a history with
 * names of its own beside it, and everything fits Postgres's 63 bytes: one rule for all of it, which the
 * checker tells beforehand and every node enforces.
 */

import { contractNameBytesMax, nameBytesMax } from './limits.ts';

/** Names that contracts may not have: schemas of Postgres, of the system, of a member, and of other contracts. */
const RESERVED = /^(bucordo.*|private|public|information_schema|pg_.*|.*_history|.*_read)$/;

/** Names of tables, columns, functions and parameters, so that they are the same word in SQL, in clients and in quotes. */
const OBJECT = /^[a-z_][a-z0-9_]{0,62}$/;

/** The longest of what stands behind a table's name in its history: `_versions`. */
const TABLE_SUFFIX_BYTES_MAX = 9;

/** Bytes of a table's name. */
export const tableNameBytesMax: number = nameBytesMax - TABLE_SUFFIX_BYTES_MAX;

/** What the history writes in front of the name of a column that its table has lost: `_1600_`. */
const COLUMN_PREFIX_BYTES_MAX = 6;

/** Bytes of a column's name. */
export const columnNameBytesMax: number = nameBytesMax - COLUMN_PREFIX_BYTES_MAX;

/** Whether no contract may have this name: it is taken, ends like a schema that contracts have, or is too long. */
export function isReservedContractName(name: string): boolean {
  return name.length > contractNameBytesMax || RESERVED.test(name);
}

/** Whether an object of a contract may have this name. */
export function isObjectName(name: string): boolean {
  return OBJECT.test(name);
}

/** Why a table may not have its name among the tables of its contract, as the end of a sentence; null when it may. */
export function tableNameProblem(name: string, tables: ReadonlySet<string>): string | null {
  if (!isObjectName(name)) return 'has a name with other characters than a-z, 0-9 and _';
  if (name.startsWith('_')) return 'has a name with an underscore in front, which the history uses';
  if (name.length > tableNameBytesMax) {
    return `has a name of more than ${tableNameBytesMax} bytes, behind which those of its history do not fit`;
  }
  if (/_(idx|pkey)[0-9]*$/.test(name)) return 'has a name like those that indexes get by themselves';
  const older = name.endsWith('_versions') ? name.slice(0, -TABLE_SUFFIX_BYTES_MAX) : null;
  if (older !== null && tables.has(older)) {
    return `has the name under which the history of ${older} shows its versions`;
  }
  return null;
}

/** Why a column of a table may not have its name, as the end of a sentence; null when it may. */
export function columnNameProblem(name: string): string | null {
  if (!isObjectName(name)) return 'has a name with other characters than a-z, 0-9 and _';
  if (name.startsWith('_')) return 'has a name with an underscore in front, which the history uses';
  return name.length > columnNameBytesMax
    ? `has a name of more than ${columnNameBytesMax} bytes, in front of which the history writes a number when the table loses it`
    : null;
}
