/**
 * The shape of a wholesaler's invoices. The published file and the generator both give a
 * `RetailSource`, which can be read any number of times and never holds all of it in memory.
 */

/** One line of an invoice, text as in the source. */
export interface InvoiceLine {
  readonly stockCode: string;
  /** May be empty, may have blanks around it, may be a storekeeper's remark. */
  readonly description: string;
  /** Never 0; negative in cancellations and stock corrections. */
  readonly quantity: number;
  /** `YYYY-MM-DD hh:mm:ss`, local time of a zone that the source does not name. */
  readonly localTime: string;
  /** Pounds, up to 3 decimals, as the source writes it; may be negative. */
  readonly unitPrice: string;
}

/** An invoice with all its lines in the order of the source. */
export interface Invoice {
  /** Six digits, with `C` (cancellation) or `A` (adjustment) in front of some. */
  readonly invoiceNo: string;
  /** Null where the source does not know the customer. */
  readonly customerId: string | null;
  readonly country: string;
  readonly lines: readonly InvoiceLine[];
}

/** Figures of a set of invoices. Money is exact, with 3 decimals. */
export interface RetailTotals {
  readonly invoices: number;
  readonly lines: number;
  readonly cancellations: number;
  readonly adjustments: number;
  /** Σ quantity. */
  readonly quantity: number;
  /** Σ quantity × unit price. */
  readonly value: string;
  /** Σ quantity × unit price of the country `EIRE`, the largest foreign market. */
  readonly eireValue: string;
  /** Lines that repeat an earlier line of their invoice in everything. */
  readonly twins: number;
  readonly largestInvoiceLines: number;
}

/** Where invoices come from. */
export interface RetailSource {
  /** Shown wherever the data is shown. */
  readonly attribution: string;
  readonly totals: RetailTotals;
  /** Every invoice once, in the order in which their last lines stand in the source. */
  invoices(): AsyncIterable<Invoice>;
}
