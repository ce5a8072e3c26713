/**
 * The pieces of work that a benchmark gives to both sides: the same arguments to the same function,
 * once as a signed transaction and once as a plain statement.
 */

import type { Size } from '../harness/size.ts';

/** Kinds of work; see bench/contract/functions.sql. */
export type WorkKind = 'insert' | 'transfer' | 'join';

/** How many accounts transfers choose from, and how many customers joins. */
export interface Population {
  readonly accounts: number;
  readonly customers: number;
}

/** How many there are. */
export const POPULATIONS: Readonly<Record<Size, Population>> = {
  full: { accounts: 100_000, customers: 10_000 },
  short: { accounts: 1_000, customers: 100 },
};

/** The n-th piece of work as arguments of the contract function. */
export function contractArguments(
  kind: WorkKind,
  n: number,
  population: Population,
): { call: string; args: Record<string, number | string> } {
  switch (kind) {
    case 'insert':
      return {
        call: 'place_invoice',
        args: { p_id: n, p_supplier: n % 1000, p_amount: (n * 37) % 100_000, p_note: note(n) },
      };
    case 'transfer':
      return {
        call: 'transfer',
        args: { p_from: payer(n, population), p_to: payee(n, population), p_amount: 1 },
      };
    case 'join':
      return { call: 'order_of_customer', args: { p_id: n, p_customer: customer(n, population) } };
    default:
      return kind satisfies never;
  }
}

/** The n-th piece of work as a prepared statement with its values. */
export function plainStatement(
  kind: WorkKind,
  n: number,
  population: Population,
): { name: string; text: string; values: unknown[] } {
  switch (kind) {
    case 'insert':
      return {
        name: 'i',
        text: 'SELECT plain.place_invoice($1,$2,$3,$4)',
        values: [n, n % 1000, (n * 37) % 100_000, note(n)],
      };
    case 'transfer':
      return {
        name: 't',
        text: 'SELECT plain.transfer($1,$2,$3)',
        values: [payer(n, population), payee(n, population), 1],
      };
    case 'join':
      return {
        name: 'j',
        text: 'SELECT plain.order_of_customer($1,$2)',
        values: [n, customer(n, population)],
      };
    default:
      return kind satisfies never;
  }
}

/** The accounts of the n-th transfer, for the user's own BEGIN … COMMIT. */
export function transferAccounts(n: number, population: Population): { from: number; to: number } {
  return { from: payer(n, population), to: payee(n, population) };
}

function note(n: number): string {
  return `invoice ${n} for three pallets of paving stones, dock 7, Tuesday morning`;
}

function payer(n: number, { accounts }: Population): number {
  return 1 + ((n * 7919) % accounts);
}

function payee(n: number, { accounts }: Population): number {
  return 1 + ((n * 104_729 + 1) % accounts);
}

function customer(n: number, { customers }: Population): number {
  return 1 + ((n * 7919) % customers);
}
