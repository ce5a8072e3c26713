import { describe, expect, it } from 'vitest';
import { decimalUnits } from './decimal.ts';
import { generatePurchasing } from './generate-purchasing.ts';
import { purchasingTotals } from './purchasing-totals.ts';

describe('generated purchase orders', () => {
  it('are the same for the same seed, on every machine', () => {
    const totals = purchasingTotals(generatePurchasing());
    expect(generatePurchasing()).toEqual(generatePurchasing());
    expect(generatePurchasing({ seed: 'other' })).not.toEqual(generatePurchasing());
    expect(totals.rows).toMatchObject({ orders: 1_000, lines: 2_518, vendors: 35 });
    expect(totals.ordersByStatus).toEqual({ pending: 56, approved: 3, rejected: 21, complete: 920 });
    expect(totals.receivedLinesByStatus).toEqual({
      pending: 143,
      approved: 6,
      rejected: 53,
      complete: 2_316,
    });
    expect(totals.totalDue).toBe('62556847.7682');
  });

  it.each([20, 100, 1_000])('contradict themselves like the published ones, %i of them', (orders) => {
    const totals = purchasingTotals(generatePurchasing({ orders }));
    expect(totals.rows.orders).toBe(orders);
    for (const count of Object.values(totals.receivedLinesByStatus)) expect(count).toBeGreaterThan(0);
    expect(totals.ordersToInactiveVendors).toBeGreaterThan(0);
    expect(totals.shortLines).toBeGreaterThan(0);
    expect(totals.linesWithRejects).toBeGreaterThan(0);
  });

  it('keep the rules that hold on every published row', () => {
    const data = generatePurchasing();
    const offers = new Map(
      data.productVendors.map((offer) => [`${offer.productId} ${offer.vendorId}`, offer]),
    );
    expect(offers.size).toBe(data.productVendors.length);
    for (const order of data.orders) {
      let subTotal = 0n;
      for (const line of order.lines) {
        const offer = offers.get(`${line.productId} ${order.vendorId}`);
        expect(line.orderQty).toBeGreaterThanOrEqual(offer?.minOrderQty ?? Number.NaN);
        expect(line.orderQty).toBeLessThanOrEqual(offer?.maxOrderQty ?? Number.NaN);
        const lineTotal = decimalUnits(line.lineTotal, 4);
        expect(lineTotal).toBe(BigInt(line.orderQty) * decimalUnits(line.unitPrice, 4));
        const received = decimalUnits(line.receivedQty, 2);
        const rejected = decimalUnits(line.rejectedQty, 2);
        expect(decimalUnits(line.stockedQty, 2)).toBe(received - rejected);
        expect(rejected >= 0n && rejected <= received && received <= BigInt(line.orderQty) * 100n).toBe(true);
        subTotal += lineTotal;
      }
      expect(decimalUnits(order.subTotal, 4)).toBe(subTotal);
      const charges = decimalUnits(order.taxAmt, 4) + decimalUnits(order.freight, 4);
      expect(decimalUnits(order.totalDue, 4)).toBe(subTotal + charges);
      expect(order.shipDate >= order.orderDate).toBe(true);
    }
  });

  it('are refused when too few for every contradiction', () => {
    expect(() => generatePurchasing({ orders: 19 })).toThrow(RangeError);
  });
});
