/** Counts and adds up invoices: money as whole tenths of a penny in a `bigint`, never as floating point. */

import { decimalText, decimalUnits } from './decimal.ts';
import type { InvoiceLine, RetailTotals } from './retail.ts';

/** Collects the figures of a set of invoices, line by line. */
export class RetailCounter {
  readonly #linesOf: Map<string, number> = new Map();
  readonly #seen: Map<string, Set<string>> = new Map();
  readonly #unitsOf: Map<string, bigint> = new Map();
  #lines = 0;
  #quantity = 0;
  #value = 0n;
  #eireValue = 0n;
  #twins = 0;

  /** Counts one line. Throws `RangeError` for a price that is not a decimal of at most 3 places. */
  add(line: InvoiceLine & { readonly invoiceNo: string; readonly country: string }): void {
    const value = BigInt(line.quantity) * this.#priceUnits(line.unitPrice);
    this.#lines += 1;
    this.#quantity += line.quantity;
    this.#value += value;
    if (line.country === 'EIRE') this.#eireValue += value;
    this.#linesOf.set(line.invoiceNo, (this.#linesOf.get(line.invoiceNo) ?? 0) + 1);
    if (this.#isTwin(line)) this.#twins += 1;
  }

  /** Lines counted so far for each invoice. */
  get linesOfInvoice(): ReadonlyMap<string, number> {
    return this.#linesOf;
  }

  /** The figures so far. */
  totals(): RetailTotals {
    const numbers = [...this.#linesOf.keys()];
    return {
      invoices: this.#linesOf.size,
      lines: this.#lines,
      cancellations: numbers.filter((invoiceNo) => invoiceNo.startsWith('C')).length,
      adjustments: numbers.filter((invoiceNo) => invoiceNo.startsWith('A')).length,
      quantity: this.#quantity,
      value: decimalText(this.#value, 3),
      eireValue: decimalText(this.#eireValue, 3),
      twins: this.#twins,
      largestInvoiceLines: Math.max(0, ...this.#linesOf.values()),
    };
  }

  // The same few thousand prices occur half a million times.
  #priceUnits(text: string): bigint {
    const known = this.#unitsOf.get(text);
    if (known !== undefined) return known;
    const units = decimalUnits(text, 3);
    this.#unitsOf.set(text, units);
    return units;
  }

  #isTwin(line: InvoiceLine & { readonly invoiceNo: string }): boolean {
    const { stockCode, description, quantity, localTime, unitPrice } = line;
    const key = `${stockCode}\n${description}\n${quantity}\n${localTime}\n${unitPrice}`;
    let seen = this.#seen.get(line.invoiceNo);
    if (seen === undefined) {
      seen = new Set();
      this.#seen.set(line.invoiceNo, seen);
    }
    const twin = seen.has(key);
    seen.add(key);
    return twin;
  }
}
