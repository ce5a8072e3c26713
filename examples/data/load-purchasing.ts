/**
 * Loads the published purchase orders (seven tables of AdventureWorks, a fictitious firm, MIT licence).
 *
 * Values stay as in the source with three exceptions: amounts get their leading zero (`.9900` is
 * `0.9900`), midnight times become dates, an empty field is null where the source's column is
 * nullable. `rowguid`, `ModifiedDate` and `RevisionNumber` are left out: they are the source
 * database's own bookkeeping, which the history of rows replaces.
 */

import { join } from 'node:path';
import { type CsvRecord, readCsvWhole } from './csv.ts';
import { DataError } from './data-error.ts';
import { decimalText, decimalUnits } from './decimal.ts';
import type {
  DateText,
  DecimalText,
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
import { assertPurchasingTotals, publishedPurchasingTotals } from './purchasing-totals.ts';

/** Shown wherever the published data is shown. */
export const purchasingAttribution: string =
  'Data: AdventureWorks sample database (purchasing tables), (c) Microsoft Corporation, MIT licence; ' +
  'github.com/microsoft/sql-server-samples. A fictitious company.';

/**
 * Loads the published tables from `<folder>/purchasing`, and checks every count and sum that is
 * known of them. Fails with `DataError`, which names the file or the figure.
 */
export async function loadPurchasing(folder: string): Promise<PurchasingData> {
  const table = <Row>(name: string, columns: string, read: (field: FieldReader) => Row): Promise<Row[]> =>
    readTable(join(folder, 'purchasing', `${name}.csv`), columns.split(','), read);
  const orders = new Map<number, OrderHeader>();
  for (const header of await table('PurchaseOrderHeader', columnsOf.orderHeader, readOrderHeader)) {
    orders.set(header.orderId, header);
  }
  for (const line of await table('PurchaseOrderDetail', columnsOf.orderLine, readOrderLine)) {
    const order = orders.get(line.orderId);
    if (order === undefined) {
      throw new DataError(`line ${line.lineId} belongs to no order`, { source: 'PurchaseOrderDetail.csv' });
    }
    order.lines.push(withoutOrder(line));
  }
  const data: PurchasingData = {
    unitMeasures: await table('UnitMeasure', columnsOf.unitMeasure, readUnitMeasure),
    shipMethods: await table('ShipMethod', columnsOf.shipMethod, readShipMethod),
    vendors: await table('Vendor', columnsOf.vendor, readVendor),
    products: await table('Product', columnsOf.product, readProduct),
    productVendors: await table('ProductVendor', columnsOf.productVendor, readProductVendor),
    orders: [...orders.values()],
  };
  assertPurchasingTotals({ data, expected: publishedPurchasingTotals, source: 'purchasing' });
  return data;
}

type OrderHeader = Omit<PurchaseOrder, 'lines'> & { readonly lines: OrderLine[] };
type OrderLineOfOrder = OrderLine & { readonly orderId: number };

const columnsOf = {
  unitMeasure: 'UnitMeasureCode,Name,ModifiedDate',
  shipMethod: 'ShipMethodID,Name,ShipBase,ShipRate,rowguid,ModifiedDate',
  vendor:
    'BusinessEntityID,AccountNumber,Name,CreditRating,PreferredVendorStatus,ActiveFlag,PurchasingWebServiceURL,ModifiedDate',
  product:
    'ProductID,Name,ProductNumber,MakeFlag,FinishedGoodsFlag,Color,SafetyStockLevel,ReorderPoint,StandardCost,' +
    'ListPrice,Size,SizeUnitMeasureCode,WeightUnitMeasureCode,Weight,DaysToManufacture,ProductLine,Class,Style,' +
    'ProductSubcategoryID,ProductModelID,SellStartDate,SellEndDate,DiscontinuedDate,rowguid,ModifiedDate',
  productVendor:
    'ProductID,BusinessEntityID,AverageLeadTime,StandardPrice,LastReceiptCost,LastReceiptDate,MinOrderQty,' +
    'MaxOrderQty,OnOrderQty,UnitMeasureCode,ModifiedDate',
  orderHeader:
    'PurchaseOrderID,RevisionNumber,Status,EmployeeID,VendorID,ShipMethodID,OrderDate,ShipDate,SubTotal,TaxAmt,' +
    'Freight,TotalDue,ModifiedDate',
  orderLine:
    'PurchaseOrderID,PurchaseOrderDetailID,DueDate,OrderQty,ProductID,UnitPrice,LineTotal,ReceivedQty,RejectedQty,' +
    'StockedQty,ModifiedDate',
} as const;

const statusOf: ReadonlyMap<string, OrderStatus> = new Map([
  ['1', 'pending'],
  ['2', 'approved'],
  ['3', 'rejected'],
  ['4', 'complete'],
]);

/** Reads one field of a record by its column's name; every method refuses what is not of its kind. */
interface FieldReader {
  text(column: string): string;
  textOrNull(column: string): string | null;
  integer(column: string): number;
  integerOrNull(column: string): number | null;
  flag(column: string): boolean;
  decimal(column: string, scale: number): DecimalText;
  decimalOrNull(column: string, scale: number): DecimalText | null;
  date(column: string): DateText;
  dateOrNull(column: string): DateText | null;
}

async function readTable<Row>(
  path: string,
  columns: readonly string[],
  read: (field: FieldReader) => Row,
): Promise<Row[]> {
  const records = await readCsvWhole(path, { columns });
  return records.map((record, index) => {
    try {
      return read(fieldReader(record, columns));
    } catch (cause) {
      if (!(cause instanceof RangeError)) throw cause;
      throw new DataError(cause.message, { source: path, line: index + 2 }, { cause });
    }
  });
}

function fieldReader(record: CsvRecord, columns: readonly string[]): FieldReader {
  const text = (column: string): string => {
    const value = record[columns.indexOf(column)];
    if (value === undefined) throw new RangeError(`there is no column ${column}`);
    return value;
  };
  const matching = (column: string, pattern: RegExp): string => {
    const match = pattern.exec(text(column));
    if (match === null) throw new RangeError(`"${text(column)}" is no ${column}`);
    return match[1] ?? '';
  };
  const integer = (column: string): number => Number(matching(column, /^(0|[1-9]\d{0,8})$/));
  const decimal = (column: string, scale: number): DecimalText =>
    decimalText(decimalUnits(text(column), scale), scale);
  const date = (column: string): DateText => matching(column, /^(\d{4}-\d{2}-\d{2}) 00:00:00\.000$/);
  const orNull = <Value>(column: string, read: () => Value): Value | null =>
    text(column) === '' ? null : read();
  return {
    text,
    textOrNull: (column) => orNull(column, () => text(column)),
    integer,
    integerOrNull: (column) => orNull(column, () => integer(column)),
    flag: (column) => matching(column, /^([01])$/) === '1',
    decimal,
    decimalOrNull: (column, scale) => orNull(column, () => decimal(column, scale)),
    date,
    dateOrNull: (column) => orNull(column, () => date(column)),
  };
}

function readUnitMeasure(field: FieldReader): UnitMeasure {
  return { unitCode: field.text('UnitMeasureCode'), name: field.text('Name') };
}

function readShipMethod(field: FieldReader): ShipMethod {
  return {
    shipMethodId: field.integer('ShipMethodID'),
    name: field.text('Name'),
    shipBase: field.decimal('ShipBase', 4),
    shipRate: field.decimal('ShipRate', 4),
  };
}

function readVendor(field: FieldReader): Vendor {
  return {
    vendorId: field.integer('BusinessEntityID'),
    accountNumber: field.text('AccountNumber'),
    name: field.text('Name'),
    creditRating: field.integer('CreditRating'),
    preferred: field.flag('PreferredVendorStatus'),
    active: field.flag('ActiveFlag'),
    webServiceUrl: field.textOrNull('PurchasingWebServiceURL'),
  };
}

function readProduct(field: FieldReader): Product {
  return {
    productId: field.integer('ProductID'),
    name: field.text('Name'),
    productNumber: field.text('ProductNumber'),
    made: field.flag('MakeFlag'),
    finishedGoods: field.flag('FinishedGoodsFlag'),
    color: field.textOrNull('Color'),
    safetyStockLevel: field.integer('SafetyStockLevel'),
    reorderPoint: field.integer('ReorderPoint'),
    standardCost: field.decimal('StandardCost', 4),
    listPrice: field.decimal('ListPrice', 4),
    size: field.textOrNull('Size'),
    sizeUnitCode: field.textOrNull('SizeUnitMeasureCode'),
    weightUnitCode: field.textOrNull('WeightUnitMeasureCode'),
    weight: field.decimalOrNull('Weight', 2),
    daysToManufacture: field.integer('DaysToManufacture'),
    productLine: field.textOrNull('ProductLine'),
    productClass: field.textOrNull('Class'),
    style: field.textOrNull('Style'),
    subcategoryId: field.integerOrNull('ProductSubcategoryID'),
    modelId: field.integerOrNull('ProductModelID'),
    sellStart: field.date('SellStartDate'),
    sellEnd: field.dateOrNull('SellEndDate'),
    discontinued: field.dateOrNull('DiscontinuedDate'),
  };
}

function readProductVendor(field: FieldReader): ProductVendor {
  return {
    productId: field.integer('ProductID'),
    vendorId: field.integer('BusinessEntityID'),
    averageLeadTime: field.integer('AverageLeadTime'),
    standardPrice: field.decimal('StandardPrice', 4),
    lastReceiptCost: field.decimalOrNull('LastReceiptCost', 4),
    lastReceiptDate: field.dateOrNull('LastReceiptDate'),
    minOrderQty: field.integer('MinOrderQty'),
    maxOrderQty: field.integer('MaxOrderQty'),
    onOrderQty: field.integerOrNull('OnOrderQty'),
    unitCode: field.text('UnitMeasureCode'),
  };
}

function readOrderHeader(field: FieldReader): OrderHeader {
  const status = statusOf.get(field.text('Status'));
  if (status === undefined) throw new RangeError(`"${field.text('Status')}" is no status of an order`);
  return {
    orderId: field.integer('PurchaseOrderID'),
    status,
    employeeId: field.integer('EmployeeID'),
    vendorId: field.integer('VendorID'),
    shipMethodId: field.integer('ShipMethodID'),
    orderDate: field.date('OrderDate'),
    shipDate: field.date('ShipDate'),
    subTotal: field.decimal('SubTotal', 4),
    taxAmt: field.decimal('TaxAmt', 4),
    freight: field.decimal('Freight', 4),
    totalDue: field.decimal('TotalDue', 4),
    lines: [],
  };
}

function readOrderLine(field: FieldReader): OrderLineOfOrder {
  return {
    orderId: field.integer('PurchaseOrderID'),
    lineId: field.integer('PurchaseOrderDetailID'),
    dueDate: field.date('DueDate'),
    orderQty: field.integer('OrderQty'),
    productId: field.integer('ProductID'),
    unitPrice: field.decimal('UnitPrice', 4),
    lineTotal: field.decimal('LineTotal', 4),
    receivedQty: field.decimal('ReceivedQty', 2),
    rejectedQty: field.decimal('RejectedQty', 2),
    stockedQty: field.decimal('StockedQty', 2),
  };
}

function withoutOrder({ orderId: _orderId, ...line }: OrderLineOfOrder): OrderLine {
  return line;
}
