import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { clientConfig } from '../../packages/node/src/postgres/connection.ts';
import { testServer } from '../../test/support/postgres.ts';
import { ContractSandbox } from '../network/contract-sandbox.ts';
import { contractFolder } from '../network/example-network.ts';
import type { ContractCall } from '../network/submitter.ts';

let sandbox: ContractSandbox;

beforeAll(async () => {
  const server = await clientConfig((await testServer()).connection('postgres', 'postgres'));
  sandbox = await ContractSandbox.open({
    server,
    folder: contractFolder('purchasing'),
    contract: 'purchasing',
  });
  await masterData();
});
afterAll(() => sandbox?.close());

const placer = 'buyer/employee-258';
const approver = 'buyer/employee-250';
const vendor = 'vendors/vendor-1580';
const carrier = 'carriers/carrier-3';

const call = (name: string, args: ContractCall['args']): ContractCall => ({
  contract: 'purchasing',
  function: name,
  args,
});
const run = async (identity: string, name: string, args: ContractCall['args']): Promise<string> =>
  (await sandbox.submit(identity, [call(name, args)])).code;

async function masterData(): Promise<void> {
  const unit = call('add_unit_measure', { unit_code: 'CS ', name: 'Case' });
  const vendors = [1580, 1582].map((vendor_id) =>
    call('add_vendor', {
      vendor_id,
      account_number: `ACCOUNT${vendor_id}`,
      name: 'Litware',
      credit_rating: 1,
      preferred: true,
      active: vendor_id === 1580,
      web_service_url: null,
    }),
  );
  expect(await sandbox.submit(placer, [unit, ...vendors, product(1), product(2)])).toEqual({
    code: '',
    message: '',
  });
  expect(await run(vendor, 'offer_product', offer({}))).toBe('');
  expect(await run(carrier, 'publish_ship_method', shipMethod)).toBe('');
}

const product = (product_id: number): ContractCall =>
  call('add_product', {
    product_id,
    name: "Women's Tights, S",
    product_number: `PR-${product_id}`,
    made: false,
    finished_goods: false,
    color: null,
    safety_stock_level: 4,
    reorder_point: 3,
    standard_cost: '0.0000',
    list_price: '74.9900',
    size: null,
    size_unit_code: null,
    weight_unit_code: null,
    weight: null,
    days_to_manufacture: 0,
    product_line: null,
    product_class: null,
    style: null,
    subcategory_id: null,
    model_id: null,
    sell_start: '2019-04-30',
    sell_end: null,
    discontinued: null,
  });

const shipMethod = { ship_method_id: 3, name: 'SEA', ship_base: '29.9500', ship_rate: '2.9900' };

const offer = (change: ContractCall['args']): ContractCall['args'] => ({
  product_id: 1,
  vendor_id: 1580,
  average_lead_time: 17,
  standard_price: '47.8700',
  last_receipt_cost: '50.2635',
  last_receipt_date: '2022-08-28',
  min_order_qty: 1,
  max_order_qty: 5,
  on_order_qty: null,
  unit_code: 'CS ',
  ...change,
});

let lastOrder = 0;
const nextOrder = (): number => {
  lastOrder += 1;
  return lastOrder;
};

const order = (order_id: number, change: ContractCall['args'] = {}): ContractCall['args'] => ({
  order_id,
  employee_id: 258,
  vendor_id: 1580,
  ship_method_id: 3,
  order_date: '2022-04-15',
  ship_date: '2022-04-24',
  sub_total: '251.3000',
  tax_amt: '20.1040',
  freight: '6.2825',
  total_due: '277.6865',
  line_ids: [1, 2],
  due_dates: ['2022-04-29', '2022-04-01'],
  product_ids: [1, 1],
  order_qtys: [4, 1],
  unit_prices: ['50.2600', '50.2600'],
  line_totals: ['201.0400', '50.2600'],
  ...change,
});

const received = (
  order_id: number,
  line_id: number,
  change: ContractCall['args'] = {},
): ContractCall['args'] => ({
  order_id,
  line_id,
  received_qty: line_id === 1 ? '3.00' : '1.00',
  rejected_qty: '0.50',
  stocked_qty: line_id === 1 ? '2.50' : '0.50',
  ...change,
});

type State = 'placed' | 'approved' | 'rejected' | 'confirmed' | 'shipped' | 'complete';
type Event = 'approve' | 'reject' | 'confirm' | 'ship' | 'receive' | 'complete';

const events: Readonly<Record<Event, (orderId: number) => Promise<string>>> = {
  approve: (order_id) => run(approver, 'approve_order', { order_id }),
  reject: (order_id) => run(approver, 'reject_order', { order_id }),
  confirm: (order_id) => run(vendor, 'confirm_order', { order_id }),
  ship: (order_id) => run(carrier, 'ship_order', { order_id }),
  receive: (order_id) => run(placer, 'receive_line', received(order_id, 1)),
  complete: (order_id) => run(placer, 'complete_order', { order_id }),
};

const wayTo: Readonly<Record<State, readonly Event[]>> = {
  placed: [],
  approved: ['approve'],
  rejected: ['reject'],
  confirmed: ['approve', 'confirm'],
  shipped: ['approve', 'confirm', 'ship'],
  complete: ['approve', 'confirm', 'ship', 'receive', 'complete'],
};

/** A new order in `state`. A complete one has one line. */
async function orderIn(state: State): Promise<number> {
  const orderId = nextOrder();
  const oneLine = {
    sub_total: '201.0400',
    total_due: '227.4265',
    line_ids: [1],
    due_dates: ['2022-04-29'],
    product_ids: [1],
    order_qtys: [4],
    unit_prices: ['50.2600'],
    line_totals: ['201.0400'],
  };
  expect(await run(placer, 'place_order', order(orderId, state === 'complete' ? oneLine : {}))).toBe('');
  for (const event of wayTo[state]) expect(await events[event](orderId)).toBe('');
  return orderId;
}

async function stateOf(orderId: number): Promise<unknown> {
  const [row] = await sandbox.query(
    `SELECT h.state FROM purchasing.order_header AS h WHERE h.order_id = ${orderId}`,
  );
  return row?.['state'];
}

// Each cell: the state after the event, or the code of the refusal.
const transitions: readonly [State, Readonly<Record<Event, string>>][] = [
  [
    'placed',
    {
      approve: 'approved',
      reject: 'rejected',
      confirm: 'BC401',
      ship: 'BC401',
      receive: 'BC411',
      complete: 'BC401',
    },
  ],
  [
    'approved',
    {
      approve: 'BC401',
      reject: 'BC401',
      confirm: 'confirmed',
      ship: 'BC401',
      receive: 'approved',
      complete: 'BC401',
    },
  ],
  [
    'rejected',
    {
      approve: 'BC401',
      reject: 'BC401',
      confirm: 'BC401',
      ship: 'BC401',
      receive: 'BC412',
      complete: 'BC401',
    },
  ],
  [
    'confirmed',
    {
      approve: 'BC401',
      reject: 'BC401',
      confirm: 'BC401',
      ship: 'shipped',
      receive: 'confirmed',
      complete: 'BC401',
    },
  ],
  [
    'shipped',
    {
      approve: 'BC401',
      reject: 'BC401',
      confirm: 'BC401',
      ship: 'BC401',
      receive: 'shipped',
      complete: 'BC415',
    },
  ],
  [
    'complete',
    {
      approve: 'BC401',
      reject: 'BC401',
      confirm: 'BC401',
      ship: 'BC401',
      receive: 'BC413',
      complete: 'BC401',
    },
  ],
];

describe('the states of an order', () => {
  const cells = transitions.flatMap(([state, row]) =>
    (Object.keys(row) as Event[]).map((event) => [state, event, row[event]] as const),
  );

  it.each(cells)('%s, then %s: %s', async (state, event, expected) => {
    const orderId = await orderIn(state);
    const code = await events[event](orderId);
    if (expected.startsWith('BC')) {
      expect(code).toBe(expected);
      expect(await stateOf(orderId)).toBe(state);
    } else {
      expect(code).toBe('');
      expect(await stateOf(orderId)).toBe(expected);
    }
  });

  it('a shipped order whose lines were all received is completed', async () => {
    const orderId = await orderIn('shipped');
    expect(await run(placer, 'receive_line', received(orderId, 1))).toBe('');
    expect(await run(placer, 'complete_order', { order_id: orderId })).toBe('BC415');
    expect(await run(placer, 'receive_line', received(orderId, 2))).toBe('');
    expect(await run(placer, 'complete_order', { order_id: orderId })).toBe('');
    expect(await stateOf(orderId)).toBe('complete');
  });
});

describe('who may do what', () => {
  it.each([
    ['placed', 'place_order', 'buyer/employee-250', 'BC101'],
    ['placed', 'approve_order', placer, 'BC102'],
    ['approved', 'confirm_order', 'vendors/vendor-1582', 'BC101'],
    ['approved', 'confirm_order', 'buyer/vendor-1580', 'BC101'],
    ['confirmed', 'ship_order', 'carriers/carrier-4', 'BC101'],
    ['approved', 'receive_line', approver, 'BC101'],
    ['shipped', 'complete_order', approver, 'BC101'],
  ] as const)('an order that is %s: %s by %s is refused with %s', async (state, name, identity, code) => {
    const orderId = await orderIn(state);
    const args = name === 'place_order' ? order(nextOrder()) : { order_id: orderId };
    expect(await run(identity, name, name === 'receive_line' ? received(orderId, 1) : args)).toBe(code);
    expect(await stateOf(orderId)).toBe(state);
  });

  it('a vendor offers in its own name only, and a carrier ships in its own', async () => {
    expect(await run('vendors/vendor-1582', 'offer_product', offer({ product_id: 2 }))).toBe('BC101');
    expect(await run('carriers/carrier-4', 'publish_ship_method', shipMethod)).toBe('BC101');
  });
});

describe('what is refused when an order is placed', () => {
  it.each([
    ['an unknown vendor', { vendor_id: 9 }, 'BC202'],
    ['no vendor', { vendor_id: null }, 'BC202'],
    ['an unknown ship method', { ship_method_id: 9 }, 'BC202'],
    ['another employee', { employee_id: 250 }, 'BC101'],
    ['no employee', { employee_id: null }, 'BC101'],
    ['no lines', { line_ids: [] }, 'BC301'],
    ['a list that is too short', { unit_prices: ['50.2600'] }, 'BC301'],
    ['a list that is too long', { due_dates: ['2022-04-29', '2022-04-29', '2022-04-29'] }, 'BC301'],
    ['a product that nobody offers', { product_ids: [1, 2] }, 'BC302'],
    ['a product of another vendor', { vendor_id: 1582 }, 'BC302'],
    [
      'too small a quantity',
      { order_qtys: [4, 0], line_totals: ['201.0400', '0'], sub_total: '201.04', total_due: '227.4265' },
      'BC303',
    ],
    [
      'too large a quantity',
      {
        order_qtys: [6, 1],
        line_totals: ['301.5600', '50.2600'],
        sub_total: '351.82',
        total_due: '378.2065',
      },
      'BC303',
    ],
    ['a line that is not the product of its parts', { unit_prices: ['50.2600', '50.2500'] }, 'BC304'],
    ['lines that do not add up', { sub_total: '251.3001', total_due: '277.6866' }, 'BC304'],
    ['a total that does not add up', { total_due: '277.6864' }, 'BC304'],
    ['more decimals than are kept', { tax_amt: '20.10400' }, 'BC304'],
    ['a price with more decimals than are kept', { unit_prices: ['50.2600', '50.26000'] }, 'BC304'],
    ['a shipping date before the order', { ship_date: '2022-04-14' }, 'BC305'],
    ['the same line twice', { line_ids: [1, 1] }, 'failed'],
    ['a line without a date', { due_dates: ['2022-04-29', null] }, 'failed'],
    ['a sum that is missing', { sub_total: null }, 'failed'],
  ] as const)('%s: %o', async (_, change, code) => {
    const orderId = nextOrder();
    expect(await run(placer, 'place_order', order(orderId, change))).toBe(code);
    expect(await stateOf(orderId)).toBeUndefined();
  });

  it('the number of an order that is there', async () => {
    const orderId = await orderIn('placed');
    expect(await run(placer, 'place_order', order(orderId))).toBe('BC201');
  });

  it('nothing that is due before it was ordered, nor orders to inactive vendors: the data has both', async () => {
    expect(await run('vendors/vendor-1582', 'offer_product', offer({ vendor_id: 1582 }))).toBe('');
    const orderId = nextOrder();
    expect(await run(placer, 'place_order', order(orderId, { vendor_id: 1582 }))).toBe('');
  });
});

describe('what is refused when goods come in', () => {
  it.each([
    ['more than ordered', { received_qty: '4.01', stocked_qty: '3.51' }, 'BC306'],
    ['more sent back than came', { rejected_qty: '3.01', stocked_qty: '-0.01' }, 'BC306'],
    ['a negative quantity', { rejected_qty: '-0.50', stocked_qty: '3.50' }, 'BC306'],
    ['a stock that is not the rest', { stocked_qty: '3.00' }, 'BC306'],
    ['parts smaller than a hundredth', { received_qty: '3.001', stocked_qty: '2.501' }, 'BC306'],
    ['no quantity', { stocked_qty: null }, 'BC306'],
    ['an unknown line', { line_id: 3 }, 'BC202'],
    ['an unknown order', { order_id: 1_000_000 }, 'BC202'],
  ] as const)('%s: %o', async (_, change, code) => {
    const orderId = await orderIn('approved');
    expect(await run(placer, 'receive_line', received(orderId, 1, change))).toBe(code);
    const [row] = await sandbox.query(
      `SELECT count(l.received_qty)::text AS lines FROM purchasing.order_line AS l WHERE l.order_id = ${orderId}`,
    );
    expect(row).toEqual({ lines: '0' });
  });

  it('the same line a second time', async () => {
    const orderId = await orderIn('approved');
    expect(await run(placer, 'receive_line', received(orderId, 1))).toBe('');
    expect(await run(placer, 'receive_line', received(orderId, 1))).toBe('BC414');
  });

  it('says why, naming order and line', async () => {
    const orderId = await orderIn('rejected');
    expect(await sandbox.submit(placer, [call('receive_line', received(orderId, 2))])).toEqual({
      code: 'BC412',
      message: `order ${orderId} was rejected, line 2 cannot be received`,
    });
  });
});

describe('master data', () => {
  it.each([
    ['add_unit_measure', placer, { unit_code: 'CS ', name: 'Case' }, 'BC201'],
    ['add_product', placer, product(1).args, 'BC201'],
    ['publish_ship_method', carrier, shipMethod, 'BC201'],
    ['offer_product', vendor, offer({}), 'BC201'],
    ['offer_product', vendor, offer({ product_id: 9 }), 'BC202'],
    ['offer_product', 'vendors/vendor-9', offer({ vendor_id: 9 }), 'BC202'],
    ['offer_product', vendor, offer({ product_id: 2, max_order_qty: 0 }), 'failed'],
    ['offer_product', vendor, offer({ product_id: 2, unit_code: 'XX ' }), 'failed'],
  ] as const)('%s by %s: %o', async (name, identity, args, code) => {
    expect(await run(identity, name, args)).toBe(code);
  });

  it('comes in whole batches: one bad call and none of them counts', async () => {
    const units = ['A  ', 'B  ', 'A  '].map((unit_code) =>
      call('add_unit_measure', { unit_code, name: 'x' }),
    );
    expect((await sandbox.submit(placer, units)).code).toBe('BC201');
    const [row] = await sandbox.query('SELECT count(*)::text AS rows FROM purchasing.unit_measure');
    expect(row).toEqual({ rows: '1' });
  });
});
