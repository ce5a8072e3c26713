import { expect, it } from 'vitest';
import { nearName } from './near-name.ts';

const names = ['add_invoice', 'add_line', 'pay', 'delete_invoice', 'send_invoice'];

it.each([
  ['add_invioce', 'add_invoice'],
  ['addinvoice', 'add_invoice'],
  ['Add_Invoice', 'add_invoice'],
  ['ad_line', 'add_line'],
  ['payy', 'pay'],
  ['pya', 'pay'],
  ['send_invoices', 'send_invoice'],
])('%s is near to %s', (name, near) => {
  expect(nearName(name, names)).toBe(near);
});

it.each(['', 'buy', 'x', 'invoice', 'remove_customer', 'a'.repeat(10_000)])('%s is near to none', (name) => {
  expect(nearName(name, names)).toBeNull();
});

it('takes the nearest, and of equal ones the first', () => {
  expect(nearName('add_lines', ['add_liner', 'add_line', 'add_lined'])).toBe('add_liner');
  expect(nearName('add_line', ['add_liner', 'add_line'])).toBe('add_line');
});
