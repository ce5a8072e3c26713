/**
 * Made-up purchase orders for machines without the published ones: the same shape, and as
 * contradictory: goods received on rejected and on pending orders, orders at inactive vendors, short
 * deliveries, goods sent back. Deterministic: the same seed and size give the same orders everywhere.
 */

import { decimalText, decimalUnits } from './decimal.ts';
import type {
  DateText,
  OrderLine,
  OrderStatus,
  Product,
  ProductVendor,
  PurchaseOrder,
  PurchasingData,
  ShipMethod,
  UnitMeasure,
  Vendor,
} from './purchasing.ts';
import { SeededRandom } from './random.ts';

/** Says what the data is, where the attribution of the published data would stand. */
export const generatedPurchasingNotice: string =
  'purchase orders of a made-up company, the same on every machine.';

/**
 * Generates `orders` orders (at least 20, so that every contradiction occurs) with the master data
 * they need. Defaults: seed `bucordo`, 1,000 orders.
 */
export function generatePurchasing(
  options: { readonly seed?: string; readonly orders?: number } = {},
): PurchasingData {
  const { seed = 'bucordo', orders: orderCount = 1_000 } = options;
  if (!Number.isSafeInteger(orderCount) || orderCount < 20)
    throw new RangeError('at least 20 orders are needed');
  const random = new SeededRandom(`purchasing ${seed} ${orderCount}`);
  const vendors = makeVendors(random, Math.min(104, 10 + Math.floor(orderCount / 40)));
  const products = makeProducts(random, vendors.length * 3);
  const productVendors = makeOffers(random, { vendors, products });
  const orders: PurchaseOrder[] = [];
  let lineId = 1;
  for (let orderId = 1; orderId <= orderCount; orderId += 1) {
    const order = makeOrder(random, { orderId, firstLineId: lineId, productVendors });
    lineId += order.lines.length;
    orders.push(order);
  }
  return { unitMeasures, shipMethods, vendors, products, productVendors, orders };
}

const unitMeasures: readonly UnitMeasure[] = [
  { unitCode: 'CM ', name: 'Centimeter' },
  { unitCode: 'CS ', name: 'Case' },
  { unitCode: 'CTN', name: 'Container' },
  { unitCode: 'DZ ', name: 'Dozen' },
  { unitCode: 'EA ', name: 'Each' },
  { unitCode: 'G  ', name: 'Gram' },
  { unitCode: 'PT ', name: 'Pint, US liquid' },
];

const shipMethods: readonly ShipMethod[] = [
  { shipMethodId: 1, name: 'ROAD', shipBase: '3.9500', shipRate: '0.9900' },
  { shipMethodId: 2, name: 'ROAD - EXPRESS', shipBase: '9.9500', shipRate: '1.9900' },
  { shipMethodId: 3, name: 'SEA', shipBase: '29.9500', shipRate: '2.9900' },
  { shipMethodId: 4, name: 'AIR - OVERNIGHT', shipBase: '21.9500', shipRate: '1.2900' },
  { shipMethodId: 5, name: 'RAIL', shipBase: '8.9900', shipRate: '1.4900' },
];

const firstEmployee = 250;
const lastEmployee = 261;

function makeVendors(random: SeededRandom, count: number): Vendor[] {
  return Array.from({ length: count }, (_, index) => ({
    vendorId: 1492 + 2 * index,
    accountNumber: `${random.pick(['ALPINE', 'COASTAL', 'NORTHERN', 'VALLEY'])}${String(index).padStart(4, '0')}`,
    name: `${random.pick(['Alpine', 'Coastal', 'Northern', 'Valley'])} ${random.pick(['Bikes', 'Parts, Ltd.', "Cyclists' Supply"])} ${index}`,
    creditRating: random.integer(1, 5),
    preferred: random.chance(85),
    // One vendor in eight is inactive, and gets orders all the same.
    active: index % 8 !== 3,
    webServiceUrl: index % 16 === 0 ? `www.vendor-${index}.example/` : null,
  }));
}

function makeProducts(random: SeededRandom, count: number): Product[] {
  return Array.from({ length: count }, (_, index) => {
    const sold = index % 3 === 0;
    return {
      productId: index + 1,
      name: `${random.pick(['Bearing', 'Bolt', 'Chain', 'Fork', 'Hub', 'Saddle', 'Washer'])} ${index + 1}`,
      productNumber: `PR-${String(index + 1).padStart(4, '0')}`,
      made: false,
      finishedGoods: sold,
      color: sold ? random.pick(['Black', 'Red', 'Silver']) : null,
      safetyStockLevel: random.pick([4, 100, 500, 1000]),
      reorderPoint: random.pick([3, 75, 375, 750]),
      standardCost: decimalText(BigInt(random.integer(0, 900_000)), 4),
      listPrice: decimalText(BigInt(random.integer(0, 1_800_000)), 4),
      size: sold ? random.pick(['38', '42', 'M', 'XL']) : null,
      sizeUnitCode: sold ? 'CM ' : null,
      weightUnitCode: sold ? 'G  ' : null,
      weight: sold ? decimalText(BigInt(random.integer(1_000, 99_999)), 2) : null,
      daysToManufacture: random.integer(0, 4),
      productLine: sold ? 'R ' : null,
      productClass: null,
      style: null,
      subcategoryId: sold ? random.integer(1, 37) : null,
      modelId: null,
      sellStart: '2019-04-30',
      sellEnd: index % 10 === 0 ? '2023-05-29' : null,
      discontinued: null,
    };
  });
}

/** Five vendors of six offer something; a product may be offered by several. */
function makeOffers(
  random: SeededRandom,
  options: { readonly vendors: readonly Vendor[]; readonly products: readonly Product[] },
): ProductVendor[] {
  const { vendors, products } = options;
  return vendors
    .filter((_, index) => index % 6 !== 5)
    .flatMap(({ vendorId }) => {
      const offered = new Set(
        Array.from({ length: random.integer(1, 8) }, () => random.pick(products).productId),
      );
      return [...offered]
        .sort((a, b) => a - b)
        .map((productId) => makeOffer(random, { productId, vendorId }));
    });
}

function makeOffer(
  random: SeededRandom,
  options: { readonly productId: number; readonly vendorId: number },
): ProductVendor {
  const price = BigInt(random.integer(2_000, 900_000));
  const minOrderQty = random.pick([1, 3, 20, 100, 500]);
  return {
    ...options,
    averageLeadTime: random.pick([10, 15, 17, 19, 45, 60]),
    standardPrice: decimalText(price, 4),
    lastReceiptCost: decimalText((price * 105n) / 100n, 4),
    lastReceiptDate: dayAfter('2022-07-01', random.integer(0, 900)),
    minOrderQty,
    maxOrderQty: minOrderQty * random.integer(2, 10),
    onOrderQty: random.chance(33) ? random.integer(1, 1_000) : null,
    unitCode: random.pick(['CS ', 'CTN', 'DZ ', 'EA ']),
  };
}

function makeOrder(
  random: SeededRandom,
  options: {
    readonly orderId: number;
    readonly firstLineId: number;
    readonly productVendors: readonly ProductVendor[];
  },
): PurchaseOrder {
  const { orderId, firstLineId, productVendors } = options;
  const { vendorId } = random.pick(productVendors);
  const offers = productVendors.filter((offer) => offer.vendorId === vendorId);
  const orderDate = dayAfter('2022-04-15', Math.floor(orderId / 4));
  const lines = Array.from({ length: random.integer(1, 4) }, (_, index) =>
    makeLine(random, { lineId: firstLineId + index, offer: random.pick(offers), orderDate }),
  );
  const subTotal = lines.reduce((total, line) => total + decimalUnits(line.lineTotal, 4), 0n);
  const taxAmt = (subTotal * 8n) / 100n;
  const freight = (subTotal * 25n) / 1000n;
  return {
    orderId,
    status: statusOf(orderId),
    employeeId: random.integer(firstEmployee, lastEmployee),
    vendorId,
    shipMethodId: random.pick(shipMethods).shipMethodId,
    orderDate,
    shipDate: dayAfter(orderDate, random.pick([9, 9, 9, 25])),
    subTotal: decimalText(subTotal, 4),
    taxAmt: decimalText(taxAmt, 4),
    freight: decimalText(freight, 4),
    totalDue: decimalText(subTotal + taxAmt + freight, 4),
    lines,
  };
}

/** About the shares of the published orders, at fixed places, so that a small set has them all. */
function statusOf(orderId: number): OrderStatus {
  if (orderId % 18 === 2) return 'pending';
  if (orderId % 47 === 4) return 'rejected';
  if (orderId % 330 === 12) return 'approved';
  return 'complete';
}

function makeLine(
  random: SeededRandom,
  options: { readonly lineId: number; readonly offer: ProductVendor; readonly orderDate: DateText },
): OrderLine {
  const { lineId, offer, orderDate } = options;
  const orderQty = random.integer(offer.minOrderQty, offer.maxOrderQty);
  const unitPrice = (decimalUnits(offer.standardPrice, 4) * BigInt(random.integer(95, 105))) / 100n;
  // Quantities in hundredths: some deliveries come short, of some a part is sent back.
  const ordered = BigInt(orderQty) * 100n;
  const received = lineId % 23 === 7 && orderQty > 1 ? ordered - 100n : ordered;
  const rejected = lineId % 16 === 5 ? received / 10n : 0n;
  return {
    lineId,
    // The published data has a few lines that are due before they were ordered.
    dueDate: dayAfter(orderDate, lineId % 1_200 === 600 ? -3 : 14),
    orderQty,
    productId: offer.productId,
    unitPrice: decimalText(unitPrice, 4),
    lineTotal: decimalText(BigInt(orderQty) * unitPrice, 4),
    receivedQty: decimalText(received, 2),
    rejectedQty: decimalText(rejected, 2),
    stockedQty: decimalText(received - rejected, 2),
  };
}

function dayAfter(date: DateText, days: number): DateText {
  const moment = new Date(`${date}T00:00:00Z`);
  moment.setUTCDate(moment.getUTCDate() + days);
  return moment.toISOString().slice(0, 10);
}
