import { describe, expect, it } from 'vitest';
import { generatePurchasing } from '../data/generate-purchasing.ts';
import type { OrderStatus, PurchaseOrder } from '../data/purchasing.ts';
import { eventCount, masterDataStages, orderStages } from './events.ts';
import { approversOf, purchasingNetwork } from './members.ts';

const data = generatePurchasing({ orders: 60 });
const approvers = approversOf(data);

function orderWith(status: OrderStatus): PurchaseOrder {
  const order = data.orders.find((candidate) => candidate.status === status);
  if (order === undefined) throw new Error(`no order is ${status}`);
  return order;
}

describe('the events of an order', () => {
  it.each([
    ['pending', ['place_order', 'receive_line BC411']],
    ['approved', ['place_order', 'approve_order', 'receive_line']],
    ['rejected', ['place_order', 'reject_order', 'receive_line BC412']],
    [
      'complete',
      ['place_order', 'approve_order', 'confirm_order', 'ship_order', 'receive_line', 'complete_order'],
    ],
  ] as const)('that is %s', (status, expected) => {
    const order = orderWith(status);
    const stages = orderStages(order, approvers);
    expect(
      stages.map(([event]) => [event?.calls[0]?.function, event?.refusal?.code].filter(Boolean).join(' ')),
    ).toEqual(expected);
    const received = stages.flat().filter((event) => event.calls[0]?.function === 'receive_line');
    expect(received.map((event) => event.calls[0]?.args['line_id'])).toEqual(
      order.lines.map((line) => line.lineId),
    );
  });

  it('are signed by those whom the contract will ask for', () => {
    const order = orderWith('complete');
    expect(orderStages(order, approvers).map(([event]) => event?.identity)).toEqual([
      `buyer/employee-${order.employeeId}`,
      expect.stringMatching(/^buyer\/employee-/),
      `vendors/vendor-${order.vendorId}`,
      `carriers/carrier-${order.shipMethodId}`,
      `buyer/employee-${order.employeeId}`,
      `buyer/employee-${order.employeeId}`,
    ]);
  });

  it('never let anybody approve an order of one’s own', () => {
    for (const order of data.orders) {
      const approval = orderStages(order, approvers)
        .flat()
        .find((event) => /approve_order|reject_order/.test(event.calls[0]?.function ?? ''));
      expect(approval?.identity).not.toBe(`buyer/employee-${order.employeeId}`);
    }
  });

  it('are counted, those of the master data too', () => {
    const stages = [
      ...masterDataStages(data),
      ...data.orders.flatMap((order) => orderStages(order, approvers)),
    ];
    expect(eventCount(data, approvers)).toBe(stages.flat().length);
  });
});

describe('the network', () => {
  it('enrols everybody who signs an event, and nobody twice', () => {
    const enrolled = purchasingNetwork(data).members.flatMap((member) =>
      member.identities.map((identity) => `${member.id}/${identity.name}`),
    );
    const signers = [
      ...masterDataStages(data),
      ...data.orders.flatMap((order) => orderStages(order, approvers)),
    ]
      .flat()
      .map((event) => event.identity);
    expect(new Set(enrolled).size).toBe(enrolled.length);
    expect(signers.filter((signer) => !enrolled.includes(signer))).toEqual([]);
  });
});
