/**
 * The figures of a set of purchase orders: rows, contradictions, sums. Computed from the data, compared
 * with what is known of the published files, and compared again with what the network holds afterwards.
 */

import { DataError } from './data-error.ts';
import { decimalText, decimalUnits } from './decimal.ts';
import type { OrderStatus, PurchasingData } from './purchasing.ts';

/** Counts by status of the order. */
export type ByStatus = Readonly<Record<OrderStatus, number>>;

/** Figures of one set of orders. Amounts are exact decimals as text. */
export interface PurchasingTotals {
  readonly rows: {
    readonly unitMeasures: number;
    readonly shipMethods: number;
    readonly vendors: number;
    readonly products: number;
    readonly productVendors: number;
    readonly orders: number;
    readonly lines: number;
  };
  readonly ordersByStatus: ByStatus;
  /** Lines for which goods came in, by the status of their order. */
  readonly receivedLinesByStatus: ByStatus;
  readonly ordersToInactiveVendors: number;
  readonly vendorsWithOrders: number;
  /** Lines of which less came than was ordered. */
  readonly shortLines: number;
  /** Lines of which a part was sent back. */
  readonly linesWithRejects: number;
  readonly subTotal: string;
  readonly taxAmt: string;
  readonly freight: string;
  readonly totalDue: string;
  readonly orderQty: number;
  readonly lineTotal: string;
  /** Quantities of the orders on which receiving is allowed: approved and complete ones. */
  readonly received: {
    readonly receivedQty: string;
    readonly rejectedQty: string;
    readonly stockedQty: string;
  };
}

/** Figures of the published files. */
export const publishedPurchasingTotals: PurchasingTotals = {
  rows: {
    unitMeasures: 38,
    shipMethods: 5,
    vendors: 104,
    products: 504,
    productVendors: 460,
    orders: 4012,
    lines: 8845,
  },
  ordersByStatus: { pending: 225, approved: 12, rejected: 86, complete: 3689 },
  receivedLinesByStatus: { pending: 477, approved: 57, rejected: 142, complete: 8169 },
  ordersToInactiveVendors: 203,
  vendorsWithOrders: 86,
  shortLines: 380,
  linesWithRejects: 563,
  subTotal: '63791994.8380',
  taxAmt: '5103359.5740',
  freight: '1583978.2263',
  totalDue: '70479332.6383',
  orderQty: 2348637,
  lineTotal: '63791994.8380',
  received: { receivedQty: '2156016.00', rejectedQty: '24445.00', stockedQty: '2131571.00' },
};

/** Whether goods may be received on an order that ends in this status. */
export function isReceivable(status: OrderStatus): boolean {
  return status === 'approved' || status === 'complete';
}

/** Counts and adds up. */
export function purchasingTotals(data: PurchasingData): PurchasingTotals {
  const lines = data.orders.flatMap((order) => order.lines.map((line) => ({ order, line })));
  const receivable = lines.filter(({ order }) => isReceivable(order.status));
  const inactive = new Set(data.vendors.filter((vendor) => !vendor.active).map((vendor) => vendor.vendorId));
  return {
    rows: {
      unitMeasures: data.unitMeasures.length,
      shipMethods: data.shipMethods.length,
      vendors: data.vendors.length,
      products: data.products.length,
      productVendors: data.productVendors.length,
      orders: data.orders.length,
      lines: lines.length,
    },
    ordersByStatus: countByStatus(data.orders.map((order) => order.status)),
    receivedLinesByStatus: countByStatus(
      lines.filter(({ line }) => isReceived(line)).map(({ order }) => order.status),
    ),
    ordersToInactiveVendors: data.orders.filter((order) => inactive.has(order.vendorId)).length,
    vendorsWithOrders: new Set(data.orders.map((order) => order.vendorId)).size,
    shortLines: lines.filter(({ line }) => decimalUnits(line.receivedQty, 2) < BigInt(line.orderQty) * 100n)
      .length,
    linesWithRejects: lines.filter(({ line }) => decimalUnits(line.rejectedQty, 2) > 0n).length,
    subTotal: sum(
      data.orders.map((order) => order.subTotal),
      4,
    ),
    taxAmt: sum(
      data.orders.map((order) => order.taxAmt),
      4,
    ),
    freight: sum(
      data.orders.map((order) => order.freight),
      4,
    ),
    totalDue: sum(
      data.orders.map((order) => order.totalDue),
      4,
    ),
    orderQty: lines.reduce((total, { line }) => total + line.orderQty, 0),
    lineTotal: sum(
      lines.map(({ line }) => line.lineTotal),
      4,
    ),
    received: {
      receivedQty: sum(
        receivable.map(({ line }) => line.receivedQty),
        2,
      ),
      rejectedQty: sum(
        receivable.map(({ line }) => line.rejectedQty),
        2,
      ),
      stockedQty: sum(
        receivable.map(({ line }) => line.stockedQty),
        2,
      ),
    },
  };
}

/** Whether goods of this line came in at all. */
export function isReceived(line: { readonly receivedQty: string }): boolean {
  return decimalUnits(line.receivedQty, 2) > 0n;
}

/** Throws `DataError` naming the first figure that differs. */
export function assertPurchasingTotals(options: {
  readonly data: PurchasingData;
  readonly expected: PurchasingTotals;
  readonly source: string;
}): void {
  const found = flatten(purchasingTotals(options.data));
  for (const [figure, expected] of flatten(options.expected)) {
    const value = found.get(figure);
    if (value !== expected) {
      const message = `${figure} is ${value}, expected ${expected}: the files are not the published ones`;
      throw new DataError(message, { source: options.source });
    }
  }
}

function countByStatus(statuses: readonly OrderStatus[]): ByStatus {
  const counts = { pending: 0, approved: 0, rejected: 0, complete: 0 };
  for (const status of statuses) counts[status] += 1;
  return counts;
}

function sum(amounts: readonly string[], scale: number): string {
  return decimalText(
    amounts.reduce((total, amount) => total + decimalUnits(amount, scale), 0n),
    scale,
  );
}

/** Every figure by its dotted name. */
function flatten(value: object, prefix = ''): Map<string, string> {
  const figures = new Map<string, string>();
  for (const [name, entry] of Object.entries(value)) {
    const path = prefix === '' ? name : `${prefix}.${name}`;
    if (typeof entry === 'object' && entry !== null) {
      for (const [inner, text] of flatten(entry, path)) figures.set(inner, text);
    } else {
      figures.set(path, String(entry));
    }
  }
  return figures;
}
