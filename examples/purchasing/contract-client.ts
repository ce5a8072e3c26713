/**
 * The contract `purchasing` 1.0.0: its calls, rejections and rows.
 *
 * Written by `bucordo contract types`; change the contract, not this file.
 */

import type { Client, Receipt, SubmitOptions } from '@bucordo/client';

/** A receipt with the type of what the call returned. */
export type PurchasingReceipt<Result> = Receipt & { readonly result: Result };

/** What the contract refuses: its codes, in the words of its source; `%` stands for what it fills in. */
export const purchasingRejections = {
  BC101: [
    'ship method % is published by %, not by %',
    'products of vendor % are offered by %, not by %',
    'order % of employee % is placed by %, not by %',
    'order % is confirmed by vendors/vendor-%, not by %',
    'order % is shipped by carriers/carrier-%, not by %',
    'goods of order % are received by buyer/employee-%, not by %',
    'order % is completed by buyer/employee-%, not by %',
  ],
  BC102: [
    'order % was placed by %, who cannot approve it',
  ],
  BC201: [
    'unit of measure % exists already',
    'product % exists already',
    'vendor % exists already',
    'ship method % exists already',
    'vendor % offers product % already',
    'order % exists already',
  ],
  BC202: [
    'vendor % does not exist',
    'product % does not exist',
    'ship method % does not exist',
    'order % does not exist',
    'order % has no line %',
  ],
  BC301: [
    'order % has no lines, or lists of different lengths for them',
  ],
  BC302: [
    'order %: vendor % does not offer product %',
  ],
  BC303: [
    'order %: % of product % ordered, vendor % delivers % to %',
  ],
  BC304: [
    'order %: an amount has % decimals, at most 4 are kept',
    'order %: the lines add up to %, the order says %',
    'order %: % + % + % is not the total due of %',
    'order %, line %: % times % is not %',
  ],
  BC305: [
    'order % of % would be shipped before, on %',
  ],
  BC306: [
    'order %, line %: of % ordered, % received, % rejected, % stocked contradict each other',
  ],
  BC401: [
    'order % is %, only a placed order can be approved',
    'order % is %, only a placed order can be rejected',
    'order % is %, only an approved order can be confirmed',
    'order % is %, only a confirmed order can be shipped',
    'order % is %, only a shipped order can be completed',
  ],
  BC411: [
    'order % is not approved yet, line % cannot be received',
  ],
  BC412: [
    'order % was rejected, line % cannot be received',
  ],
  BC413: [
    'order % is complete, line % cannot be received any more',
  ],
  BC414: [
    'order %, line %: % were received before',
  ],
  BC415: [
    'order % has % lines whose goods were not received',
  ],
} as const;

/** A code of the contract. */
export type PurchasingCode = keyof typeof purchasingRejections;

/** Whether an error is a rejection by the contract itself. */
export function isPurchasingRejection(error: unknown): error is Error & { readonly code: PurchasingCode } {
  const code: unknown = error instanceof Error && 'code' in error ? error.code : null;
  return typeof code === 'string' && Object.hasOwn(purchasingRejections, code);
}

/** Arguments of `add_unit_measure`. */
export type AddUnitMeasureArguments = {
  readonly unit_code: string | null;
  readonly name: string | null;
};

/** Arguments of `add_product`. */
export type AddProductArguments = {
  readonly product_id: number | null;
  readonly name: string | null;
  readonly product_number: string | null;
  readonly made: boolean | null;
  readonly finished_goods: boolean | null;
  readonly color: string | null;
  readonly safety_stock_level: number | null;
  readonly reorder_point: number | null;
  readonly standard_cost: string | null;
  readonly list_price: string | null;
  readonly size: string | null;
  readonly size_unit_code: string | null;
  readonly weight_unit_code: string | null;
  readonly weight: string | null;
  readonly days_to_manufacture: number | null;
  readonly product_line: string | null;
  readonly product_class: string | null;
  readonly style: string | null;
  readonly subcategory_id: number | null;
  readonly model_id: number | null;
  readonly sell_start: string | null;
  readonly sell_end: string | null;
  readonly discontinued: string | null;
};

/** Arguments of `add_vendor`. */
export type AddVendorArguments = {
  readonly vendor_id: number | null;
  readonly account_number: string | null;
  readonly name: string | null;
  readonly credit_rating: number | null;
  readonly preferred: boolean | null;
  readonly active: boolean | null;
  readonly web_service_url: string | null;
};

/** Arguments of `publish_ship_method`. */
export type PublishShipMethodArguments = {
  readonly ship_method_id: number | null;
  readonly name: string | null;
  readonly ship_base: string | null;
  readonly ship_rate: string | null;
};

/** Arguments of `offer_product`. */
export type OfferProductArguments = {
  readonly product_id: number | null;
  readonly vendor_id: number | null;
  readonly average_lead_time: number | null;
  readonly standard_price: string | null;
  readonly last_receipt_cost: string | null;
  readonly last_receipt_date: string | null;
  readonly min_order_qty: number | null;
  readonly max_order_qty: number | null;
  readonly on_order_qty: number | null;
  readonly unit_code: string | null;
};

/** Arguments of `place_order`. */
export type PlaceOrderArguments = {
  readonly order_id: number | null;
  readonly employee_id: number | null;
  readonly vendor_id: number | null;
  readonly ship_method_id: number | null;
  readonly order_date: string | null;
  readonly ship_date: string | null;
  readonly sub_total: string | null;
  readonly tax_amt: string | null;
  readonly freight: string | null;
  readonly total_due: string | null;
  readonly line_ids: readonly (number | null)[] | null;
  readonly due_dates: readonly (string | null)[] | null;
  readonly product_ids: readonly (number | null)[] | null;
  readonly order_qtys: readonly (number | null)[] | null;
  readonly unit_prices: readonly (string | null)[] | null;
  readonly line_totals: readonly (string | null)[] | null;
};

/** Arguments of `approve_order`. */
export type ApproveOrderArguments = {
  readonly order_id: number | null;
};

/** Arguments of `reject_order`. */
export type RejectOrderArguments = {
  readonly order_id: number | null;
};

/** Arguments of `confirm_order`. */
export type ConfirmOrderArguments = {
  readonly order_id: number | null;
};

/** Arguments of `ship_order`. */
export type ShipOrderArguments = {
  readonly order_id: number | null;
};

/** Arguments of `receive_line`. */
export type ReceiveLineArguments = {
  readonly order_id: number | null;
  readonly line_id: number | null;
  readonly received_qty: string | null;
  readonly rejected_qty: string | null;
  readonly stocked_qty: string | null;
};

/** Arguments of `complete_order`. */
export type CompleteOrderArguments = {
  readonly order_id: number | null;
};

/** A call of `purchasing`. */
export type PurchasingCall<Name extends string = string, Arguments = object> = {
  readonly contract: 'purchasing';
  readonly function: Name;
  readonly args: Arguments;
  readonly returns: string;
};

/** Makes calls, to be submitted with `client.submit`: several of them are one transaction. */
export const purchasingCalls = {
  /**
   * Calls `add_unit_measure`.
   *
   * For role purchaser, class buyer. Rejections: BC201.
   */
  addUnitMeasure: (args: AddUnitMeasureArguments): PurchasingCall<'add_unit_measure', AddUnitMeasureArguments> =>
    ({ contract: 'purchasing', function: 'add_unit_measure', args, returns: 'void' }),
  /**
   * Calls `add_product`.
   *
   * For role purchaser, class buyer. Rejections: BC201.
   */
  addProduct: (args: AddProductArguments): PurchasingCall<'add_product', AddProductArguments> =>
    ({ contract: 'purchasing', function: 'add_product', args, returns: 'void' }),
  /**
   * Calls `add_vendor`.
   *
   * For role purchaser, class buyer. Rejections: BC201.
   */
  addVendor: (args: AddVendorArguments): PurchasingCall<'add_vendor', AddVendorArguments> =>
    ({ contract: 'purchasing', function: 'add_vendor', args, returns: 'void' }),
  /**
   * A carrier publishes its own way of shipping: the identity carries its number.
   *
   * For role carrier, class carrier. Rejections: BC101, BC201.
   */
  publishShipMethod: (args: PublishShipMethodArguments): PurchasingCall<'publish_ship_method', PublishShipMethodArguments> =>
    ({ contract: 'purchasing', function: 'publish_ship_method', args, returns: 'void' }),
  /**
   * A vendor offers a product: nobody can offer in another vendor's name.
   *
   * For role vendor, class seller. Rejections: BC101, BC201, BC202.
   */
  offerProduct: (args: OfferProductArguments): PurchasingCall<'offer_product', OfferProductArguments> =>
    ({ contract: 'purchasing', function: 'offer_product', args, returns: 'void' }),
  /**
   * Places an order with all its lines. The lines come as arrays of equal length, one element a line.
   * Answers with the number of lines.
   *
   * For role purchaser, class buyer. Rejections: BC101, BC201, BC202, BC301, BC302, BC303, BC304, BC305.
   */
  placeOrder: (args: PlaceOrderArguments): PurchasingCall<'place_order', PlaceOrderArguments> =>
    ({ contract: 'purchasing', function: 'place_order', args, returns: 'int4' }),
  /**
   * Calls `approve_order`.
   *
   * For role approver, class buyer. Rejections: BC102, BC202, BC401.
   */
  approveOrder: (args: ApproveOrderArguments): PurchasingCall<'approve_order', ApproveOrderArguments> =>
    ({ contract: 'purchasing', function: 'approve_order', args, returns: 'void' }),
  /**
   * Calls `reject_order`.
   *
   * For role approver, class buyer. Rejections: BC202, BC401.
   */
  rejectOrder: (args: RejectOrderArguments): PurchasingCall<'reject_order', RejectOrderArguments> =>
    ({ contract: 'purchasing', function: 'reject_order', args, returns: 'void' }),
  /**
   * The vendor takes the order on. Only the vendor to whom it was given can.
   *
   * For role vendor, class seller. Rejections: BC101, BC202, BC401.
   */
  confirmOrder: (args: ConfirmOrderArguments): PurchasingCall<'confirm_order', ConfirmOrderArguments> =>
    ({ contract: 'purchasing', function: 'confirm_order', args, returns: 'void' }),
  /**
   * The carrier has taken the goods away. Only the carrier of the order's ship method can say so.
   *
   * For role carrier, class carrier. Rejections: BC101, BC202, BC401.
   */
  shipOrder: (args: ShipOrderArguments): PurchasingCall<'ship_order', ShipOrderArguments> =>
    ({ contract: 'purchasing', function: 'ship_order', args, returns: 'void' }),
  /**
   * Goods of one line came in: so many, of which some were sent back, the rest is in stock. Once a line.
   *
   * For role purchaser, class buyer. Rejections: BC101, BC202, BC306, BC411, BC412, BC413, BC414.
   */
  receiveLine: (args: ReceiveLineArguments): PurchasingCall<'receive_line', ReceiveLineArguments> =>
    ({ contract: 'purchasing', function: 'receive_line', args, returns: 'void' }),
  /**
   * Nothing more is expected: every line was received, some perhaps short.
   *
   * For role purchaser, class buyer. Rejections: BC101, BC202, BC401, BC415.
   */
  completeOrder: (args: CompleteOrderArguments): PurchasingCall<'complete_order', CompleteOrderArguments> =>
    ({ contract: 'purchasing', function: 'complete_order', args, returns: 'void' }),
};

/**
 * Calls functions of the contract, each in a transaction of its own.
 *
 * Every method rejects as `client.call` does: with a RejectedError whose code is a {@link PurchasingCode},
 * or one of the protocol.
 */
export class PurchasingClient {
  readonly #client: Client;

  constructor(client: Client) {
    this.#client = client;
  }

  /**
   * Calls `add_unit_measure`.
   *
   * For role purchaser, class buyer. Rejections: BC201.
   */
  addUnitMeasure(args: AddUnitMeasureArguments, options?: SubmitOptions): Promise<PurchasingReceipt<null>> {
    return this.#client.submit([purchasingCalls.addUnitMeasure(args)], options) as Promise<PurchasingReceipt<null>>;
  }

  /**
   * Calls `add_product`.
   *
   * For role purchaser, class buyer. Rejections: BC201.
   */
  addProduct(args: AddProductArguments, options?: SubmitOptions): Promise<PurchasingReceipt<null>> {
    return this.#client.submit([purchasingCalls.addProduct(args)], options) as Promise<PurchasingReceipt<null>>;
  }

  /**
   * Calls `add_vendor`.
   *
   * For role purchaser, class buyer. Rejections: BC201.
   */
  addVendor(args: AddVendorArguments, options?: SubmitOptions): Promise<PurchasingReceipt<null>> {
    return this.#client.submit([purchasingCalls.addVendor(args)], options) as Promise<PurchasingReceipt<null>>;
  }

  /**
   * A carrier publishes its own way of shipping: the identity carries its number.
   *
   * For role carrier, class carrier. Rejections: BC101, BC201.
   */
  publishShipMethod(args: PublishShipMethodArguments, options?: SubmitOptions): Promise<PurchasingReceipt<null>> {
    return this.#client.submit([purchasingCalls.publishShipMethod(args)], options) as Promise<PurchasingReceipt<null>>;
  }

  /**
   * A vendor offers a product: nobody can offer in another vendor's name.
   *
   * For role vendor, class seller. Rejections: BC101, BC201, BC202.
   */
  offerProduct(args: OfferProductArguments, options?: SubmitOptions): Promise<PurchasingReceipt<null>> {
    return this.#client.submit([purchasingCalls.offerProduct(args)], options) as Promise<PurchasingReceipt<null>>;
  }

  /**
   * Places an order with all its lines. The lines come as arrays of equal length, one element a line.
   * Answers with the number of lines.
   *
   * For role purchaser, class buyer. Rejections: BC101, BC201, BC202, BC301, BC302, BC303, BC304, BC305.
   */
  placeOrder(args: PlaceOrderArguments, options?: SubmitOptions): Promise<PurchasingReceipt<number | null>> {
    return this.#client.submit([purchasingCalls.placeOrder(args)], options) as Promise<PurchasingReceipt<number | null>>;
  }

  /**
   * Calls `approve_order`.
   *
   * For role approver, class buyer. Rejections: BC102, BC202, BC401.
   */
  approveOrder(args: ApproveOrderArguments, options?: SubmitOptions): Promise<PurchasingReceipt<null>> {
    return this.#client.submit([purchasingCalls.approveOrder(args)], options) as Promise<PurchasingReceipt<null>>;
  }

  /**
   * Calls `reject_order`.
   *
   * For role approver, class buyer. Rejections: BC202, BC401.
   */
  rejectOrder(args: RejectOrderArguments, options?: SubmitOptions): Promise<PurchasingReceipt<null>> {
    return this.#client.submit([purchasingCalls.rejectOrder(args)], options) as Promise<PurchasingReceipt<null>>;
  }

  /**
   * The vendor takes the order on. Only the vendor to whom it was given can.
   *
   * For role vendor, class seller. Rejections: BC101, BC202, BC401.
   */
  confirmOrder(args: ConfirmOrderArguments, options?: SubmitOptions): Promise<PurchasingReceipt<null>> {
    return this.#client.submit([purchasingCalls.confirmOrder(args)], options) as Promise<PurchasingReceipt<null>>;
  }

  /**
   * The carrier has taken the goods away. Only the carrier of the order's ship method can say so.
   *
   * For role carrier, class carrier. Rejections: BC101, BC202, BC401.
   */
  shipOrder(args: ShipOrderArguments, options?: SubmitOptions): Promise<PurchasingReceipt<null>> {
    return this.#client.submit([purchasingCalls.shipOrder(args)], options) as Promise<PurchasingReceipt<null>>;
  }

  /**
   * Goods of one line came in: so many, of which some were sent back, the rest is in stock. Once a line.
   *
   * For role purchaser, class buyer. Rejections: BC101, BC202, BC306, BC411, BC412, BC413, BC414.
   */
  receiveLine(args: ReceiveLineArguments, options?: SubmitOptions): Promise<PurchasingReceipt<null>> {
    return this.#client.submit([purchasingCalls.receiveLine(args)], options) as Promise<PurchasingReceipt<null>>;
  }

  /**
   * Nothing more is expected: every line was received, some perhaps short.
   *
   * For role purchaser, class buyer. Rejections: BC101, BC202, BC401, BC415.
   */
  completeOrder(args: CompleteOrderArguments, options?: SubmitOptions): Promise<PurchasingReceipt<null>> {
    return this.#client.submit([purchasingCalls.completeOrder(args)], options) as Promise<PurchasingReceipt<null>>;
  }
}

/** A row of `purchasing.unit_measure`, as a query returns it. Key: unit_code. */
export type UnitMeasureRow = {
  readonly unit_code: string;
  readonly name: string;
};

/** A row of `purchasing.ship_method`, as a query returns it. Key: ship_method_id. */
export type ShipMethodRow = {
  readonly ship_method_id: number;
  readonly name: string;
  readonly ship_base: string;
  readonly ship_rate: string;
};

/** A row of `purchasing.vendor`, as a query returns it. Key: vendor_id. */
export type VendorRow = {
  readonly vendor_id: number;
  readonly account_number: string;
  readonly name: string;
  readonly credit_rating: number;
  readonly preferred: boolean;
  readonly active: boolean;
  readonly web_service_url: string | null;
};

/** A row of `purchasing.product`, as a query returns it. Key: product_id. */
export type ProductRow = {
  readonly product_id: number;
  readonly name: string;
  readonly product_number: string;
  readonly made: boolean;
  readonly finished_goods: boolean;
  readonly color: string | null;
  readonly safety_stock_level: number;
  readonly reorder_point: number;
  readonly standard_cost: string;
  readonly list_price: string;
  readonly size: string | null;
  readonly size_unit_code: string | null;
  readonly weight_unit_code: string | null;
  readonly weight: string | null;
  readonly days_to_manufacture: number;
  readonly product_line: string | null;
  readonly product_class: string | null;
  readonly style: string | null;
  readonly subcategory_id: number | null;
  readonly model_id: number | null;
  readonly sell_start: string;
  readonly sell_end: string | null;
  readonly discontinued: string | null;
};

/**
 * A row of `purchasing.product_vendor`, as a query returns it. Key: product_id, vendor_id.
 *
 * What a vendor offers, and in which quantities it can be ordered.
 */
export type ProductVendorRow = {
  readonly product_id: number;
  readonly vendor_id: number;
  readonly average_lead_time: number;
  readonly standard_price: string;
  readonly last_receipt_cost: string | null;
  readonly last_receipt_date: string | null;
  readonly min_order_qty: number;
  readonly max_order_qty: number;
  readonly on_order_qty: number | null;
  readonly unit_code: string;
};

/**
 * A row of `purchasing.order_header`, as a query returns it. Key: order_id.
 *
 * state: placed -> approved -> confirmed -> shipped -> complete, or placed -> rejected.
 */
export type OrderHeaderRow = {
  readonly order_id: number;
  readonly state: string;
  readonly employee_id: number;
  readonly vendor_id: number;
  readonly ship_method_id: number;
  readonly order_date: string;
  readonly ship_date: string;
  readonly sub_total: string;
  readonly tax_amt: string;
  readonly freight: string;
  readonly total_due: string;
};

/**
 * A row of `purchasing.order_line`, as a query returns it. Key: order_id, line_id.
 *
 * The vendor is repeated in each line so that two foreign keys can say: an order's line asks for a
 * product that this order's vendor offers. The three received quantities are null until goods come in.
 */
export type OrderLineRow = {
  readonly order_id: number;
  readonly line_id: number;
  readonly vendor_id: number;
  readonly product_id: number;
  readonly due_date: string;
  readonly order_qty: number;
  readonly unit_price: string;
  readonly line_total: string;
  readonly received_qty: string | null;
  readonly rejected_qty: string | null;
  readonly stocked_qty: string | null;
};
