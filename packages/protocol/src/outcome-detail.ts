/**
 * What the node that answers knows about a rejection beyond its receipt. Nodes may know different things, so it is
 * part of no hash: it is for people who have to find out what was wrong, and no program should decide by it.
 */

import { DecodeError } from './decode-error.ts';
import { messageBytesMax } from './limits.ts';
import { WireReader, WireWriter } from './wire.ts';

/** The particulars of a rejection; every text may be empty. */
export interface OutcomeDetail {
  /** The parameter whose value was refused or is missing. */
  readonly argument: string;
  /** Postgres's code of the error inside the contract. */
  readonly sqlstate: string;
  /** `contract.table` that refused a row. */
  readonly table: string;
  /** The constraint that a row broke. */
  readonly constraint: string;
  readonly column: string;
  /** The words of this node's Postgres. Empty where they could quote rows that not everybody reads. */
  readonly text: string;
}

/** A detail that says nothing. */
export const noDetail: OutcomeDetail = {
  argument: '',
  sqlstate: '',
  table: '',
  constraint: '',
  column: '',
  text: '',
};

const TEXTS = ['argument', 'sqlstate', 'table', 'constraint', 'column', 'text'] as const;

/** The detail as a message; empty when it says nothing. */
export function encodeOutcomeDetail(detail: OutcomeDetail): Uint8Array {
  const writer = new WireWriter(64 + detail.text.length);
  for (const [index, name] of TEXTS.entries()) writer.text(index + 1, detail[name]);
  return writer.finish();
}

/** Decodes a detail. Throws {@link DecodeError}, also for one that says nothing: that is absent. */
export function decodeOutcomeDetail(bytes: Uint8Array): OutcomeDetail {
  const reader = new WireReader(bytes);
  const detail = {
    argument: reader.text(1, 255),
    sqlstate: reader.text(2, 255),
    table: reader.text(3, 255),
    constraint: reader.text(4, 255),
    column: reader.text(5, 255),
    text: reader.text(6, messageBytesMax),
  };
  reader.finish();
  if (bytes.length === 0) throw new DecodeError('a detail is present and says nothing');
  return detail;
}

/** What broke, for the errors that contracts meet most. */
const ERRORS: Readonly<Record<string, string>> = {
  '22001': 'a text is too long for its column',
  '22003': 'a number is out of the range of its type',
  '22008': 'a date or time is out of range',
  '22012': 'something was divided by zero',
  '22P02': 'a text is not written as its type asks',
  '23502': 'a value is missing',
  '23503': 'a row that another one refers to is not there, or would go',
  '23505': 'a row with the same key is there already',
  '23514': 'a row breaks a condition of its table',
  '23P01': 'a row excludes another one',
  P0002: 'a row that must be there is not',
  P0003: 'there are several rows where there must be one',
  P0004: 'an assertion of the contract does not hold',
};

/** The detail in one sentence, without the argument: what broke where; empty when nothing is known. */
export function describeOutcomeDetail({ sqlstate, table, constraint, column, text }: OutcomeDetail): string {
  if (sqlstate === '' && text === '') return '';
  const what = text === '' ? (ERRORS[sqlstate] ?? 'Postgres refused it') : text.replaceAll('\n', '; ');
  const place = [
    ...(constraint === '' ? [] : [`constraint ${constraint}`]),
    ...(column === '' ? [] : [`column ${column}`]),
    ...(table === '' ? [] : [`table ${table}`]),
    ...(sqlstate === '' ? [] : [`SQLSTATE ${sqlstate}`]),
  ].join(', ');
  return place === '' ? what : `${what} (${place})`;
}
