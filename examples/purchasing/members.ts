/**
 * Who takes part: the buyer with the employees that occur in the data, the vendors and the carriers.
 *
 * 104 vendors and 5 carriers are identities of two members, because three nodes fit on one machine
 * and 110 do not; the contract tells them apart by identity, so nothing changes for it when each
 * gets a member and a node of its own.
 */

import type { PurchasingData } from '../data/purchasing.ts';
import { administrator, contractFolder, type ExampleNetwork } from '../network/example-network.ts';

/**
 * The employees who approve orders. Nobody approves an order of one's own, so there are two; the
 * data does not say who they were, its smallest two numbers are taken.
 */
export interface Approvers {
  readonly first: number;
  readonly second: number;
}

/** The network for a set of orders: its vendors, its carriers, and the employees who ordered. */
export function purchasingNetwork(data: PurchasingData): ExampleNetwork {
  const approvers = approversOf(data);
  return {
    name: 'purchasing-demo',
    members: [
      {
        id: 'buyer',
        name: 'The buyer',
        class: 'buyer',
        identities: [
          administrator,
          ...employeesOf(data).map((employeeId) => ({
            name: `employee-${employeeId}`,
            roles:
              employeeId === approvers.first || employeeId === approvers.second
                ? ['purchaser', 'approver']
                : ['purchaser'],
          })),
        ],
      },
      {
        id: 'vendors',
        name: 'The vendors',
        class: 'seller',
        identities: [
          administrator,
          ...data.vendors.map(({ vendorId }) => ({ name: `vendor-${vendorId}`, roles: ['vendor'] })),
        ],
      },
      {
        id: 'carriers',
        name: 'The carriers',
        class: 'carrier',
        identities: [
          administrator,
          ...data.shipMethods.map(({ shipMethodId }) => ({
            name: `carrier-${shipMethodId}`,
            roles: ['carrier'],
          })),
        ],
      },
    ],
    contracts: [contractFolder('purchasing')],
  };
}

/** Numbers of the employees who placed orders, rising. */
export function employeesOf(data: PurchasingData): number[] {
  return [...new Set(data.orders.map((order) => order.employeeId))].sort((a, b) => a - b);
}

/** The two employees who approve. Fails when fewer than two employees ordered. */
export function approversOf(data: PurchasingData): Approvers {
  const [first, second] = employeesOf(data);
  if (first === undefined || second === undefined)
    throw new RangeError('orders of at least two employees are needed');
  return { first, second };
}

/** Qualified name of an employee's identity, as the contract builds it. */
export function employeeIdentity(employeeId: number): string {
  return `buyer/employee-${employeeId}`;
}

/** Qualified name of a vendor's identity. */
export function vendorIdentity(vendorId: number): string {
  return `vendors/vendor-${vendorId}`;
}

/** Qualified name of a carrier's identity: one carrier for each ship method. */
export function carrierIdentity(shipMethodId: number): string {
  return `carriers/carrier-${shipMethodId}`;
}
