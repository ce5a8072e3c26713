/** How much members used the network, as a value, checked. */

import { Fields } from './answer-fields.ts';

/** Usage of a member in a calendar month of block time (UTC). */
export interface MemberUsage {
  /** `2026-11` */
  readonly month: string;
  readonly member: string;
  /** Identities that signed a transaction. */
  readonly users: number;
  /** Transactions that were ordered, those that were rejected among them. */
  readonly transactions: number;
  readonly rejected: number;
  readonly calls: number;
  /** Of payloads and signatures. */
  readonly bytes: number;
}

/** Which months are wanted; all where neither is given. */
export interface UsageMonths {
  readonly from?: string | undefined;
  readonly to?: string | undefined;
}

/** Path of the request for these months. */
export function usagePath(months: UsageMonths): string {
  const given = Object.entries({ from: months.from, to: months.to }).flatMap(([name, month]) =>
    month === undefined ? [] : [`${name}=${encodeURIComponent(month)}`],
  );
  return given.length === 0 ? '/v1/usage' : `/v1/usage?${given.join('&')}`;
}

/** Reads the answer of `GET /v1/usage`. */
export function parseUsage(value: unknown): readonly MemberUsage[] {
  return new Fields(value, 'usage').list('usage').map((fields) => ({
    month: fields.text('month'),
    member: fields.text('member'),
    users: fields.number('users'),
    transactions: fields.number('transactions'),
    rejected: fields.number('rejected'),
    calls: fields.number('calls'),
    bytes: fields.number('bytes'),
  }));
}
