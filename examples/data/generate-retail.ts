/**
 * Made-up invoices for machines without the published ones, with the same oddities: cancellations,
 * adjustments, lines that repeat each other, stock corrections at price 0, invoices with two times,
 * descriptions with blanks, quotation marks and remarks. Deterministic for a seed and a size.
 */

import { SeededRandom } from './random.ts';
import type { Invoice, InvoiceLine, RetailSource } from './retail.ts';
import { RetailCounter } from './retail-totals.ts';

/** Says what the data is, where the attribution of the published data would stand. */
export const generatedRetailNotice: string = 'invoices of a made-up wholesaler, the same on every machine.';

/**
 * Generates `invoices` invoices (at least 50, so that every oddity occurs), about 15 lines each.
 * Defaults: seed `bucordo`, 1,000 invoices. Nothing is kept: every reading generates them again.
 */
export function generateRetail(
  options: { readonly seed?: string; readonly invoices?: number } = {},
): RetailSource {
  const { seed = 'bucordo', invoices: count = 1_000 } = options;
  if (!Number.isSafeInteger(count) || count < 50) throw new RangeError('at least 50 invoices are needed');
  const counter = new RetailCounter();
  for (const { lines, ...invoice } of makeInvoices(seed, count)) {
    for (const line of lines) counter.add({ ...invoice, ...line });
  }
  return {
    attribution: generatedRetailNotice,
    totals: counter.totals(),
    invoices: async function* () {
      yield* makeInvoices(seed, count);
    },
  };
}

const countries = ['EIRE', 'France', 'Germany', 'Norway', 'United Arab Emirates'];

const articles = [
  ['85123A', 'WHITE HANGING HEART T-LIGHT HOLDER'],
  ['85123a', 'WHITE HANGING HEART T-LIGHT HOLDER'],
  ['22423', 'REGENCY CAKESTAND 3 TIER'],
  ['20725', ' LUNCH BAG RED RETROSPOT '],
  ['22041', 'RECORD FRAME 7" SINGLE SIZE '],
  ['82567', 'AIRLINE LOUNGE,METAL SIGN'],
  ['84029G', 'KNITTED UNION FLAG HOT WATER BOTTLE'],
  ['gift_0001_20', 'Dotcomgiftshop Gift Voucher £20.00'],
  ['POST', 'POSTAGE'],
  ['D', 'Discount'],
] as const;

const remarks = ['', 'damaged', 'lost??', 'wrong barcode (22467)', "can't find", 'thrown away-rusty'];
const prices = ['2.55', '3.39', '0.85', '12.75', '1.655', '0.001', '7.95', '165', '4.25'];

function* makeInvoices(seed: string, count: number): Generator<Invoice> {
  const random = new SeededRandom(`retail ${seed} ${count}`);
  for (let index = 0; index < count; index += 1) yield makeInvoice(random, index);
}

function makeInvoice(random: SeededRandom, index: number): Invoice {
  const digits = String(536_365 + index);
  const country = random.chance(90) ? 'United Kingdom' : random.pick(countries);
  const customerId = random.chance(75) ? String(random.integer(12_346, 18_287)) : null;
  const localTime = timeOf(index);
  if (index % 25 === 24) {
    return {
      invoiceNo: digits,
      customerId: null,
      country: 'United Kingdom',
      lines: [correction(random, localTime)],
    };
  }
  if (index === 40) {
    const line = {
      stockCode: 'B',
      description: 'Adjust bad debt',
      quantity: 1,
      localTime,
      unitPrice: '-11062.06',
    };
    return { invoiceNo: `A${digits}`, customerId: null, country: 'United Kingdom', lines: [line] };
  }
  if (index % 7 === 6) {
    const lines = sale(random, { count: random.integer(1, 4), localTime });
    const returned = lines.map((line) => ({ ...line, quantity: -line.quantity }));
    return { invoiceNo: `C${digits}`, customerId, country, lines: returned };
  }
  const lines = sale(random, { count: random.integer(1, 36), localTime });
  const [first] = lines;
  // The same article keyed twice, and, now and then, a last line that was keyed a minute later.
  if (first !== undefined && index % 5 === 0) lines.push(first);
  if (first !== undefined && index % 50 === 1) lines.push({ ...first, localTime: timeOf(index + 1) });
  return { invoiceNo: digits, customerId, country, lines };
}

function sale(
  random: SeededRandom,
  options: { readonly count: number; readonly localTime: string },
): InvoiceLine[] {
  return Array.from({ length: options.count }, () => {
    const [stockCode, description] = random.pick(articles);
    const quantity = random.pick([1, 2, 6, 12, 24, 144]);
    return { stockCode, description, quantity, localTime: options.localTime, unitPrice: random.pick(prices) };
  });
}

/** Goods that are gone, written off at price 0 by a storekeeper. */
function correction(random: SeededRandom, localTime: string): InvoiceLine {
  const [stockCode] = random.pick(articles);
  return {
    stockCode,
    description: random.pick(remarks),
    quantity: -random.integer(1, 900),
    localTime,
    unitPrice: '0',
  };
}

/** Ten invoices an hour in a shop that opens at eight and closes at six. */
function timeOf(index: number): string {
  const day = new Date(Date.UTC(2010, 11, 1 + Math.floor(index / 100))).toISOString().slice(0, 10);
  const hour = 8 + Math.floor((index % 100) / 10);
  return `${day} ${String(hour).padStart(2, '0')}:${String((index % 10) * 6).padStart(2, '0')}:00`;
}
