/**
 * The shape of the purchase orders of a manufacturer at its vendors. The field names are those of the
 * published tables (AdventureWorks), in camel case; the loader and the generator both make it.
 */

/** An exact decimal as text with all decimals of its column: `'50.2600'`. */
export type DecimalText = string;
/** A calendar day, `YYYY-MM-DD`. */
export type DateText = string;

/** The four states of an order in the source. */
export type OrderStatus = 'pending' | 'approved' | 'rejected' | 'complete';

export interface UnitMeasure {
  /** Three characters, padded with blanks as in the source: `'CS '`. */
  readonly unitCode: string;
  readonly name: string;
}

export interface ShipMethod {
  readonly shipMethodId: number;
  readonly name: string;
  /** Least charge and charge per pound, 4 decimals. */
  readonly shipBase: DecimalText;
  readonly shipRate: DecimalText;
}

export interface Vendor {
  readonly vendorId: number;
  readonly accountNumber: string;
  readonly name: string;
  /** 1 (superior) to 5 (below average). */
  readonly creditRating: number;
  readonly preferred: boolean;
  readonly active: boolean;
  readonly webServiceUrl: string | null;
}

export interface Product {
  readonly productId: number;
  readonly name: string;
  readonly productNumber: string;
  readonly made: boolean;
  readonly finishedGoods: boolean;
  readonly color: string | null;
  readonly safetyStockLevel: number;
  readonly reorderPoint: number;
  readonly standardCost: DecimalText;
  readonly listPrice: DecimalText;
  readonly size: string | null;
  readonly sizeUnitCode: string | null;
  readonly weightUnitCode: string | null;
  /** 2 decimals. */
  readonly weight: DecimalText | null;
  readonly daysToManufacture: number;
  readonly productLine: string | null;
  readonly productClass: string | null;
  readonly style: string | null;
  readonly subcategoryId: number | null;
  readonly modelId: number | null;
  readonly sellStart: DateText;
  readonly sellEnd: DateText | null;
  readonly discontinued: DateText | null;
}

/** What a vendor offers: one product at its price, within least and largest order quantity. */
export interface ProductVendor {
  readonly productId: number;
  readonly vendorId: number;
  /** Days. */
  readonly averageLeadTime: number;
  readonly standardPrice: DecimalText;
  readonly lastReceiptCost: DecimalText | null;
  readonly lastReceiptDate: DateText | null;
  readonly minOrderQty: number;
  readonly maxOrderQty: number;
  readonly onOrderQty: number | null;
  readonly unitCode: string;
}

export interface OrderLine {
  /** Unique over all orders. */
  readonly lineId: number;
  readonly dueDate: DateText;
  readonly orderQty: number;
  readonly productId: number;
  readonly unitPrice: DecimalText;
  readonly lineTotal: DecimalText;
  /** 2 decimals, like the next two. */
  readonly receivedQty: DecimalText;
  readonly rejectedQty: DecimalText;
  readonly stockedQty: DecimalText;
}

export interface PurchaseOrder {
  readonly orderId: number;
  readonly status: OrderStatus;
  readonly employeeId: number;
  readonly vendorId: number;
  readonly shipMethodId: number;
  readonly orderDate: DateText;
  readonly shipDate: DateText;
  readonly subTotal: DecimalText;
  readonly taxAmt: DecimalText;
  readonly freight: DecimalText;
  readonly totalDue: DecimalText;
  /** At least one, in the order of the source. */
  readonly lines: readonly OrderLine[];
}

/** Everything the example works on. */
export interface PurchasingData {
  readonly unitMeasures: readonly UnitMeasure[];
  readonly shipMethods: readonly ShipMethod[];
  readonly vendors: readonly Vendor[];
  readonly products: readonly Product[];
  readonly productVendors: readonly ProductVendor[];
  readonly orders: readonly PurchaseOrder[];
}
