/**
 * The pieces of work that a benchmark gives to both sides: the same arguments to the same function,
 * once as a signed transaction and once as a plain statement.
 */

/** Kinds of work; see bench/contract/functions.sql. */
export type WorkKind = 'insert' | 'transfer' | 'join';

/** How many accounts transfers choose from. */
export const ACCOUNTS = 100_000;
/** How many customers joins choose from. */
export const CUSTOMERS = 10_000;

/** The n-th piece of work as arguments of the contract function. */
export function contractArguments(
  kind: WorkKind,
  n: number,
): { call: string; args: Record<string, number | string> } {
  switch (kind) {
    case 'insert':
      return {
        call: 'place_invoice',
        args: { p_id: n, p_supplier: n % 1000, p_amount: (n * 37) % 100_000, p_note: note(n) },
      };
    case 'transfer':
      return { call: 'transfer', args: { p_from: payer(n), p_to: payee(n), p_amount: 1 } };
    case 'join':
      return { call: 'order_of_customer', args: { p_id: n, p_customer: customer(n) } };
    default:
      return kind satisfies never;
  }
}

/** The n-th piece of work as a prepared statement with its values. */
export function plainStatement(kind: WorkKind, n: number): { name: string; text: string; values: unknown[] } {
  switch (kind) {
    case 'insert':
      return {
        name: 'i',
        text: 'SELECT plain.place_invoice($1,$2,$3,$4)',
        values: [n, n % 1000, (n * 37) % 100_000, note(n)],
      };
    case 'transfer':
      return { name: 't', text: 'SELECT plain.transfer($1,$2,$3)', values: [payer(n), payee(n), 1] };
    case 'join':
      return { name: 'j', text: 'SELECT plain.order_of_customer($1,$2)', values: [n, customer(n)] };
    default:
      return kind satisfies never;
  }
}

/** The accounts of the n-th transfer, for the user's own BEGIN … COMMIT. */
export function transferAccounts(n: number): { from: number; to: number } {
  return { from: payer(n), to: payee(n) };
}

function note(n: number): string {
  return `invoice ${n} for three pallets of paving stones, dock 7, Tuesday morning`;
}

function payer(n: number): number {
  return 1 + ((n * 7919) % ACCOUNTS);
}

function payee(n: number): number {
  return 1 + ((n * 104_729 + 1) % ACCOUNTS);
}

function customer(n: number): number {
  return 1 + ((n * 7919) % CUSTOMERS);
}
