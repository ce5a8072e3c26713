/**
 * Checks on one member's database that everything of the data is there, and nothing else: rows,
 * states, sums to the last decimal, and the refusals with their codes.
 */

import type { PurchasingData } from '../data/purchasing.ts';
import { type PurchasingTotals, purchasingTotals } from '../data/purchasing-totals.ts';
import { checkFigures, type FigureReport } from '../network/figures.ts';
import type { Query } from '../network/submitter.ts';

/**
 * Computes the figures on the member behind `query` and compares them with those of the data. Units
 * of measure that the data does not have are left out: anybody who plays with the network adds one.
 */
export function verifyPurchasing(options: {
  readonly query: Query;
  readonly data: PurchasingData;
}): Promise<FigureReport> {
  const { query, data } = options;
  const unitCodes = data.unitMeasures.map((unit) => `'${unit.unitCode.replaceAll("'", "''")}'`);
  return checkFigures({
    query,
    statements: [figuresSql(unitCodes.join(', '))],
    expected: expectedFigures(purchasingTotals(data)),
  });
}

/** The figures by name, as the network must hold them after a whole replay. */
function expectedFigures(totals: PurchasingTotals): ReadonlyMap<string, string> {
  const { rows, ordersByStatus, receivedLinesByStatus, received } = totals;
  const figures: [name: string, value: number | string][] = [
    ['rows of unit_measure', rows.unitMeasures],
    ['rows of ship_method', rows.shipMethods],
    ['rows of vendor', rows.vendors],
    ['rows of product', rows.products],
    ['rows of product_vendor', rows.productVendors],
    ['rows of order_header', rows.orders],
    ['rows of order_line', rows.lines],
    ['orders placed', ordersByStatus.pending],
    ['orders approved', ordersByStatus.approved],
    ['orders rejected', ordersByStatus.rejected],
    ['orders complete', ordersByStatus.complete],
    ['orders to inactive vendors', totals.ordersToInactiveVendors],
    ['lines received', receivedLinesByStatus.approved + receivedLinesByStatus.complete],
    ['lines refused with BC411', receivedLinesByStatus.pending],
    ['lines refused with BC412', receivedLinesByStatus.rejected],
    ['sum of sub_total', totals.subTotal],
    ['sum of tax_amt', totals.taxAmt],
    ['sum of freight', totals.freight],
    ['sum of total_due', totals.totalDue],
    ['sum of order_qty', totals.orderQty],
    ['sum of line_total', totals.lineTotal],
    ['sum of received_qty', received.receivedQty],
    ['sum of rejected_qty', received.rejectedQty],
    ['sum of stocked_qty', received.stockedQty],
  ];
  // A count by group has no row for nothing.
  return new Map(figures.filter(([, value]) => value !== 0).map(([name, value]) => [name, String(value)]));
}

const figuresSql = (unitCodes: string): string => `
SELECT f.figure, f.value FROM (
  SELECT 'rows of unit_measure' AS figure, count(*)::text AS value
  FROM purchasing.unit_measure AS u
  WHERE u.unit_code IN (${unitCodes})
  UNION ALL SELECT 'rows of ship_method', count(*)::text FROM purchasing.ship_method
  UNION ALL SELECT 'rows of vendor', count(*)::text FROM purchasing.vendor
  UNION ALL SELECT 'rows of product', count(*)::text FROM purchasing.product
  UNION ALL SELECT 'rows of product_vendor', count(*)::text FROM purchasing.product_vendor
  UNION ALL SELECT 'rows of order_header', count(*)::text FROM purchasing.order_header
  UNION ALL SELECT 'rows of order_line', count(*)::text FROM purchasing.order_line
  UNION ALL SELECT 'orders ' || h.state, count(*)::text FROM purchasing.order_header AS h GROUP BY h.state
  UNION ALL
  SELECT 'orders to inactive vendors', count(*)::text
  FROM purchasing.order_header AS h JOIN purchasing.vendor AS v ON v.vendor_id = h.vendor_id
  WHERE NOT v.active
  HAVING count(*) > 0
  UNION ALL
  SELECT 'lines received', count(*)::text FROM purchasing.order_line AS l WHERE l.received_qty IS NOT NULL
  UNION ALL
  -- The message names order and line: a line that is tried again by hand counts once.
  SELECT 'lines refused with ' || r.code, count(DISTINCT r.message)::text
  FROM bucordo.rejection AS r
  WHERE r.code IN ('BC411', 'BC412')
  GROUP BY r.code
  UNION ALL
  SELECT s.figure, s.value
  FROM (
    SELECT sum(h.sub_total) AS sub_total, sum(h.tax_amt) AS tax_amt, sum(h.freight) AS freight,
           sum(h.total_due) AS total_due
    FROM purchasing.order_header AS h
  ) AS t
  CROSS JOIN LATERAL (
    VALUES ('sum of sub_total', t.sub_total::text), ('sum of tax_amt', t.tax_amt::text),
           ('sum of freight', t.freight::text), ('sum of total_due', t.total_due::text)
  ) AS s (figure, value)
  UNION ALL
  SELECT s.figure, s.value
  FROM (
    SELECT sum(l.order_qty) AS order_qty, sum(l.line_total) AS line_total, sum(l.received_qty) AS received_qty,
           sum(l.rejected_qty) AS rejected_qty, sum(l.stocked_qty) AS stocked_qty
    FROM purchasing.order_line AS l
  ) AS t
  CROSS JOIN LATERAL (
    VALUES ('sum of order_qty', t.order_qty::text), ('sum of line_total', t.line_total::text),
           ('sum of received_qty', t.received_qty::text), ('sum of rejected_qty', t.rejected_qty::text),
           ('sum of stocked_qty', t.stocked_qty::text)
  ) AS s (figure, value)
) AS f
ORDER BY f.figure`;
