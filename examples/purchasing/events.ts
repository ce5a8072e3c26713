/**
 * From data to events: the signed transactions that lead to the state in which the data shows an
 * order, and those that bring in the master data. Pure: nothing is submitted here.
 *
 * | status in the data | events |
 * | --- | --- |
 * | pending  | placed; each line that was received: refused, the order is not approved yet |
 * | approved | placed, approved; each line received |
 * | rejected | placed, rejected; each line that was received: refused, the order was rejected |
 * | complete | placed, approved, confirmed by the vendor, shipped by the carrier; each line received; completed |
 *
 * An approved order is not confirmed or shipped by anybody in this replay: the data shows no more
 * than the approval, and goods that came in nevertheless.
 */

import type { OrderLine, PurchaseOrder, PurchasingData } from '../data/purchasing.ts';
import { isReceived } from '../data/purchasing-totals.ts';
import type { ContractCall } from '../network/submitter.ts';
import { type PlaceOrderArguments, purchasingCalls } from './contract-client.ts';
import { type Approvers, carrierIdentity, employeeIdentity, employeesOf, vendorIdentity } from './members.ts';

/** A rejection that the contract must answer with. */
export interface ExpectedRefusal {
  readonly code: string;
  readonly message: string;
}

/** One transaction of the replay. */
export interface ReplayEvent {
  readonly identity: string;
  readonly calls: readonly ContractCall[];
  /** Null: it must be committed. */
  readonly refusal: ExpectedRefusal | null;
}

/** Events that may happen at the same time. */
export type Stage = readonly ReplayEvent[];

/** Calls in one transaction of master data; the protocol allows 1,000. */
const callsPerTransaction = 200;

/** The events of one order, stage after stage. */
export function orderStages(order: PurchaseOrder, approvers: Approvers): Stage[] {
  const employee = employeeIdentity(order.employeeId);
  const approver = employeeIdentity(
    order.employeeId === approvers.first ? approvers.second : approvers.first,
  );
  const { approveOrder, rejectOrder, confirmOrder, shipOrder, completeOrder } = purchasingCalls;
  const args = { order_id: order.orderId };
  const received = order.lines.filter(isReceived).map((line) => receiveEvent(order, line));
  const placed: Stage = [event(employee, purchasingCalls.placeOrder(placeArguments(order)))];
  switch (order.status) {
    case 'pending':
      return [placed, received];
    case 'rejected':
      return [placed, [event(approver, rejectOrder(args))], received];
    case 'approved':
      return [placed, [event(approver, approveOrder(args))], received];
    case 'complete':
      return [
        placed,
        [event(approver, approveOrder(args))],
        [event(vendorIdentity(order.vendorId), confirmOrder(args))],
        [event(carrierIdentity(order.shipMethodId), shipOrder(args))],
        received,
        [event(employee, completeOrder(args))],
      ];
    default:
      return order.status satisfies never;
  }
}

/**
 * The events that bring in the master data: units first, then products, vendors and carriers, then
 * what the vendors offer.
 */
export function masterDataStages(data: PurchasingData): Stage[] {
  const [buyer] = employeesOf(data);
  if (buyer === undefined) throw new RangeError('there are no orders');
  const employee = employeeIdentity(buyer);
  return [
    batches(
      employee,
      data.unitMeasures.map((unit) =>
        purchasingCalls.addUnitMeasure({ unit_code: unit.unitCode, name: unit.name }),
      ),
    ),
    [
      ...batches(employee, productCalls(data)),
      ...batches(employee, vendorCalls(data)),
      ...data.shipMethods.map((method) =>
        event(
          carrierIdentity(method.shipMethodId),
          purchasingCalls.publishShipMethod({
            ship_method_id: method.shipMethodId,
            name: method.name,
            ship_base: method.shipBase,
            ship_rate: method.shipRate,
          }),
        ),
      ),
    ],
    data.vendors.flatMap(({ vendorId }) => batches(vendorIdentity(vendorId), offerCalls(data, vendorId))),
  ];
}

/** How many transactions the whole replay has. */
export function eventCount(data: PurchasingData, approvers: Approvers): number {
  const count = (stages: readonly Stage[]): number =>
    stages.reduce((total, stage) => total + stage.length, 0);
  return data.orders.reduce(
    (total, order) => total + count(orderStages(order, approvers)),
    count(masterDataStages(data)),
  );
}

function receiveEvent(order: PurchaseOrder, line: OrderLine): ReplayEvent {
  const received = purchasingCalls.receiveLine({
    order_id: order.orderId,
    line_id: line.lineId,
    received_qty: line.receivedQty,
    rejected_qty: line.rejectedQty,
    stocked_qty: line.stockedQty,
  });
  return {
    ...event(employeeIdentity(order.employeeId), received),
    refusal: expectedRefusal(order, line),
  };
}

function expectedRefusal(order: PurchaseOrder, line: OrderLine): ExpectedRefusal | null {
  const { orderId, status } = order;
  const { lineId } = line;
  switch (status) {
    case 'pending':
      return {
        code: 'BC411',
        message: `order ${orderId} is not approved yet, line ${lineId} cannot be received`,
      };
    case 'rejected':
      return { code: 'BC412', message: `order ${orderId} was rejected, line ${lineId} cannot be received` };
    case 'approved':
    case 'complete':
      return null;
    default:
      return status satisfies never;
  }
}

function placeArguments(order: PurchaseOrder): PlaceOrderArguments {
  const { lines } = order;
  return {
    order_id: order.orderId,
    employee_id: order.employeeId,
    vendor_id: order.vendorId,
    ship_method_id: order.shipMethodId,
    order_date: order.orderDate,
    ship_date: order.shipDate,
    sub_total: order.subTotal,
    tax_amt: order.taxAmt,
    freight: order.freight,
    total_due: order.totalDue,
    line_ids: lines.map((line) => line.lineId),
    due_dates: lines.map((line) => line.dueDate),
    product_ids: lines.map((line) => line.productId),
    order_qtys: lines.map((line) => line.orderQty),
    unit_prices: lines.map((line) => line.unitPrice),
    line_totals: lines.map((line) => line.lineTotal),
  };
}

function productCalls(data: PurchasingData): ContractCall[] {
  return data.products.map((product) =>
    purchasingCalls.addProduct({
      product_id: product.productId,
      name: product.name,
      product_number: product.productNumber,
      made: product.made,
      finished_goods: product.finishedGoods,
      color: product.color,
      safety_stock_level: product.safetyStockLevel,
      reorder_point: product.reorderPoint,
      standard_cost: product.standardCost,
      list_price: product.listPrice,
      size: product.size,
      size_unit_code: product.sizeUnitCode,
      weight_unit_code: product.weightUnitCode,
      weight: product.weight,
      days_to_manufacture: product.daysToManufacture,
      product_line: product.productLine,
      product_class: product.productClass,
      style: product.style,
      subcategory_id: product.subcategoryId,
      model_id: product.modelId,
      sell_start: product.sellStart,
      sell_end: product.sellEnd,
      discontinued: product.discontinued,
    }),
  );
}

function vendorCalls(data: PurchasingData): ContractCall[] {
  return data.vendors.map((vendor) =>
    purchasingCalls.addVendor({
      vendor_id: vendor.vendorId,
      account_number: vendor.accountNumber,
      name: vendor.name,
      credit_rating: vendor.creditRating,
      preferred: vendor.preferred,
      active: vendor.active,
      web_service_url: vendor.webServiceUrl,
    }),
  );
}

function offerCalls(data: PurchasingData, vendorId: number): ContractCall[] {
  const offers = data.productVendors.filter((offer) => offer.vendorId === vendorId);
  return offers.map((offer) =>
    purchasingCalls.offerProduct({
      product_id: offer.productId,
      vendor_id: offer.vendorId,
      average_lead_time: offer.averageLeadTime,
      standard_price: offer.standardPrice,
      last_receipt_cost: offer.lastReceiptCost,
      last_receipt_date: offer.lastReceiptDate,
      min_order_qty: offer.minOrderQty,
      max_order_qty: offer.maxOrderQty,
      on_order_qty: offer.onOrderQty,
      unit_code: offer.unitCode,
    }),
  );
}

function batches(identity: string, calls: readonly ContractCall[]): ReplayEvent[] {
  const events: ReplayEvent[] = [];
  for (let at = 0; at < calls.length; at += callsPerTransaction) {
    events.push({ identity, calls: calls.slice(at, at + callsPerTransaction), refusal: null });
  }
  return events;
}

function event(identity: string, call: ContractCall): ReplayEvent {
  return { identity, calls: [call], refusal: null };
}
