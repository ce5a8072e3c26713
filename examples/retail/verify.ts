/** Checks on one member's database that all invoices are there with all their lines, to the last tenth of a penny. */

import type { RetailTotals } from '../data/retail.ts';
import { checkFigures, type FigureReport } from '../network/figures.ts';
import type { Query } from '../network/submitter.ts';

/** Computes the figures on the member behind `query` and compares them with those of the source. */
export function verifyRetail(options: {
  readonly query: Query;
  readonly totals: RetailTotals;
}): Promise<FigureReport> {
  return checkFigures({
    query: options.query,
    statements: figureStatements,
    expected: expectedFigures(options.totals),
  });
}

/** The figures by name, as the network must hold them after a whole load. */
function expectedFigures(totals: RetailTotals): ReadonlyMap<string, string> {
  return new Map([
    ['rows of invoice', String(totals.invoices)],
    ['rows of invoice_line', String(totals.lines)],
    ['cancellations', String(totals.cancellations)],
    ['adjustments', String(totals.adjustments)],
    ['lines of the largest invoice', String(totals.largestInvoiceLines)],
    ['sum of quantity', String(totals.quantity)],
    ['sum of quantity * unit_price', totals.value],
    ['sum of quantity * unit_price, EIRE', totals.eireValue],
    ['lines that repeat another', String(totals.twins)],
  ]);
}

const figureStatements: readonly string[] = [
  `SELECT f.figure, f.value
   FROM (
     SELECT 'rows of invoice' AS figure, count(*)::text AS value FROM retail.invoice
     UNION ALL
     SELECT 'cancellations', count(*)::text FROM retail.invoice AS i WHERE i.invoice_no LIKE 'C%'
     UNION ALL
     SELECT 'adjustments', count(*)::text FROM retail.invoice AS i WHERE i.invoice_no LIKE 'A%'
     UNION ALL
     SELECT 'lines of the largest invoice', coalesce(max(i.line_count), 0)::text FROM retail.invoice AS i
   ) AS f
   ORDER BY f.figure`,
  `SELECT s.figure, s.value
   FROM (
     SELECT count(*) AS line_count, sum(l.quantity) AS quantity, sum(l.quantity * l.unit_price) AS value
     FROM retail.invoice_line AS l
   ) AS t
   CROSS JOIN LATERAL (
     VALUES ('rows of invoice_line', t.line_count::text), ('sum of quantity', t.quantity::text),
            ('sum of quantity * unit_price', t.value::text)
   ) AS s (figure, value)
   ORDER BY s.figure`,
  `SELECT 'sum of quantity * unit_price, EIRE' AS figure,
          coalesce(sum(l.quantity * l.unit_price), 0.000)::text AS value
   FROM retail.invoice AS i JOIN retail.invoice_line AS l ON l.invoice_no = i.invoice_no
   WHERE i.country = 'EIRE'`,
  `SELECT 'lines that repeat another' AS figure, coalesce(sum(g.line_count - 1), 0)::text AS value
   FROM (
     SELECT count(*) AS line_count
     FROM retail.invoice_line AS l
     GROUP BY l.invoice_no, l.stock_code, l.description, l.quantity, l.local_time, l.unit_price
     HAVING count(*) > 1
   ) AS g`,
];
