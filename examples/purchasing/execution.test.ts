import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { ChainSubmitter } from '../../test/support/chain-submitter.ts';
import { dataVariable, findData } from '../data/find-data.ts';
import { generatePurchasing } from '../data/generate-purchasing.ts';
import { loadPurchasing } from '../data/load-purchasing.ts';
import { purchasingTotals } from '../data/purchasing-totals.ts';
import { purchasingNetwork } from './members.ts';
import { readReplayedSoFar, replayPurchasing } from './replay.ts';
import { verifyPurchasing } from './verify.ts';

const folder = findData({ environment: process.env[dataVariable] });
const data = generatePurchasing({ orders: 200 });

describe('the contract, executed in blocks as a node does', () => {
  let network: ChainSubmitter;
  beforeAll(async () => {
    network = await ChainSubmitter.found(purchasingNetwork(data));
    await replayPurchasing({ submitter: network, data });
  });
  afterAll(() => network?.close());
  const query = (sql: string): ReturnType<ChainSubmitter['query']> => network.query(sql);

  it('gives the expected figures, read with the rights of a reader', async () => {
    const report = await verifyPurchasing({ query, data });
    expect(report.figures.filter((figure) => figure.found !== figure.expected)).toEqual([]);
  });

  it('finds everything done when it is asked how far it is', async () => {
    const soFar = await readReplayedSoFar(query);
    const report = await replayPurchasing({ submitter: network, data, soFar });
    expect(report).toMatchObject({ committed: 0, refused: new Map() });
  });

  it('I6: a refused receipt of goods changes no row, and its receipt says why', async () => {
    const order = data.orders.find((candidate) => candidate.status === 'rejected');
    const [line] = order?.lines ?? [];
    const lines = 'SELECT l.* FROM purchasing.order_line AS l ORDER BY l.order_id, l.line_id';
    const before = await query(lines);
    const args = {
      order_id: order?.orderId ?? 0,
      line_id: line?.lineId ?? 0,
      received_qty: '1.00',
      rejected_qty: '0.00',
      stocked_qty: '1.00',
    };
    const call = { contract: 'purchasing', function: 'receive_line', args };
    expect(await network.submit(`buyer/employee-${order?.employeeId}`, [call])).toEqual({
      code: 'BC412',
      message: `order ${order?.orderId} was rejected, line ${line?.lineId} cannot be received`,
    });
    expect(await query(lines)).toEqual(before);
  });

  it.each([
    ['a vendor places an order', 'vendors/vendor-1492', 'place_order'],
    ['an employee without the role approves', 'buyer/employee-261', 'approve_order'],
    ['the buyer confirms', 'buyer/employee-250', 'confirm_order'],
    ['a vendor ships', 'vendors/vendor-1492', 'ship_order'],
    ['a carrier receives', 'carriers/carrier-1', 'receive_line'],
  ])('I7: it is not permitted that %s', async (_, identity, name) => {
    const before = data.orders.find((order) => order.status === 'pending')?.orderId ?? 0;
    const wanted =
      name === 'receive_line' ? { line_id: 1, received_qty: '1', rejected_qty: '0', stocked_qty: '1' } : {};
    const args = { order_id: before, ...wanted, ...(name === 'place_order' ? placeArguments : {}) };
    expect((await network.submit(identity, [{ contract: 'purchasing', function: name, args }])).code).toBe(
      'not_permitted',
    );
  });

  it('I8: keeps every version of an order with who made it and by which call', async () => {
    const order = data.orders.find((candidate) => candidate.status === 'complete');
    const versions = await query(`
      SELECT v.state, v.identity, v.function
      FROM purchasing_history.order_header_versions AS v
      WHERE v.order_id = ${order?.orderId} ORDER BY v.position, v.ordinal`);
    expect(versions.map(({ state, function: name }) => [state, name])).toEqual([
      ['placed', 'purchasing.place_order'],
      ['approved', 'purchasing.approve_order'],
      ['confirmed', 'purchasing.confirm_order'],
      ['shipped', 'purchasing.ship_order'],
      ['complete', 'purchasing.complete_order'],
    ]);
    expect(versions[2]).toMatchObject({ identity: `vendors/vendor-${order?.vendorId}` });
    expect(versions[3]).toMatchObject({ identity: `carriers/carrier-${order?.shipMethodId}` });
  });
});

describe.skipIf(folder === null)(
  'the published orders (skipped unless BUCORDO_DATA names their folder)',
  () => {
    it('give their figures, the first 300 of them', async () => {
      const whole = await loadPurchasing(folder ?? '');
      const published = { ...whole, orders: whole.orders.slice(0, 300) };
      const expected = purchasingTotals(published);
      const network = await ChainSubmitter.found(purchasingNetwork(published));
      try {
        const report = await replayPurchasing({ submitter: network, data: published });
        expect(report.refused.get('BC411')).toBe(expected.receivedLinesByStatus.pending);
        expect(report.refused.get('BC412')).toBe(expected.receivedLinesByStatus.rejected);
        const verified = await verifyPurchasing({ query: (sql) => network.query(sql), data: published });
        expect(verified.figures.filter((figure) => figure.found !== figure.expected)).toEqual([]);
      } finally {
        await network.close();
      }
    });
  },
);

const placeArguments = {
  employee_id: 250,
  vendor_id: 1492,
  ship_method_id: 1,
  order_date: '2022-04-15',
  ship_date: '2022-04-24',
  sub_total: '0.0000',
  tax_amt: '0.0000',
  freight: '0.0000',
  total_due: '0.0000',
  line_ids: [],
  due_dates: [],
  product_ids: [],
  order_qtys: [],
  unit_prices: [],
  line_totals: [],
};
