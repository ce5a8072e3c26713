/**
 * Calls that show each of the good contracts at work: who calls what, and what comes of it. The
 * calls of a contract follow each other, each in a block of its own.
 */

import type { TestIdentity } from '../support/test-chain.ts';

/** One call of a good contract. */
export interface GoodCall {
  readonly by: TestIdentity;
  readonly function: string;
  readonly args: Readonly<Record<string, unknown>>;
  /** The value it answers with; absent where the value is not told beforehand. */
  readonly value?: unknown;
  /** The contract's own refusal; absent where the call is carried out. */
  readonly code?: string;
}

const ANN = 'alpha/ann';
const BOB = 'beta/bob';
const GUEST = 'gamma/guest';
const UUID = '11111111-2222-4333-8444-555555555555';
const DIGEST = 'ab'.repeat(32);

/** By name of the contract, in the order in which they run. */
export const GOOD_CALLS: Readonly<Record<string, readonly GoodCall[]>> = {
  appointments: [
    { by: BOB, function: 'add_room', args: { room_id: 1, name: 'Room 1', services: ['x-ray', 'scan'] } },
    {
      by: ANN,
      function: 'book',
      args: { room_id: 1, starts: '2026-06-01T10:00:00Z', minutes: 45, service: 'scan', patient: 'P-1' },
    },
    {
      by: ANN,
      function: 'book',
      args: { room_id: 1, starts: '2026-06-01T10:30:00Z', minutes: 45, service: 'scan', patient: 'P-2' },
      code: 'BC304',
    },
    {
      by: ANN,
      function: 'free_slot',
      args: { room_id: 1, after: '2026-06-01T10:00:00Z' },
      value: '2026-06-01T11:00:00+00:00',
    },
    {
      by: GUEST,
      function: 'day_plan',
      args: { room_id: 1, day_start: '2026-06-01T00:00:00Z' },
      value: [{ patient: 'P-1', service: 'scan' }],
    },
  ],
  approvals: [
    {
      by: ANN,
      function: 'request',
      args: { document_id: 'D1', digest: DIGEST, approvers: ['beta/bob', 'gamma/guest'], needed: 1 },
    },
    { by: GUEST, function: 'pending_for', args: { approver: 'beta/bob' }, value: ['D1'] },
    {
      by: BOB,
      function: 'decide',
      args: { document_id: 'D1', digest: DIGEST, approves: true, reason: null },
      value: 'approved',
    },
    { by: ANN, function: 'withdraw', args: { document_id: 'D1' }, code: 'BC401' },
  ],
  consent: [
    {
      by: BOB,
      function: 'publish_purpose',
      args: { purpose: 'news', wording: 'We write.', lasts: 30 },
      value: 1,
    },
    {
      by: ANN,
      function: 'give',
      args: { person: UUID, purpose: 'news', version: 1, day: '2026-01-31', channel: 'web' },
      value: '2026-03-02',
    },
    {
      by: GUEST,
      function: 'may_process',
      args: { person: UUID, purposes: ['news', 'ads'], day: '2026-02-01' },
      value: { ads: false, news: true },
    },
    { by: ANN, function: 'revoke', args: { person: UUID, purpose: 'news', channel: 'web' } },
    { by: ANN, function: 'revoke', args: { person: UUID, purpose: 'news', channel: 'web' }, code: 'BC401' },
  ],
  double_entry: [
    { by: ANN, function: 'open_account', args: { number: 1000, name: 'Cash', side: 'debit' } },
    { by: ANN, function: 'open_account', args: { number: 4000, name: 'Sales', side: 'credit' } },
    {
      by: ANN,
      function: 'post',
      args: { booked: '2026-01-02', text: 'till', accounts: [1000, 4000], amounts: ['99.50', '-99.50'] },
    },
    {
      by: ANN,
      function: 'post',
      args: { booked: '2026-01-02', text: 'till', accounts: [1000, 4000], amounts: ['1', '-2'] },
      code: 'BC303',
    },
    { by: GUEST, function: 'balance', args: { account: 4000 }, value: 99.5 },
    { by: GUEST, function: 'trial_balance', args: {}, value: { 1000: 99.5, 4000: -99.5 } },
  ],
  escrow: [
    {
      by: ANN,
      function: 'deposit',
      args: { deal_id: 1, seller: 'beta', arbiter: 'gamma', amount: '50', blocks: 10 },
    },
    { by: BOB, function: 'confirm_delivery', args: { deal_id: 1 }, code: 'BC101' },
    { by: ANN, function: 'confirm_delivery', args: { deal_id: 1 } },
    { by: GUEST, function: 'wallet_of', args: { member: 'beta' }, value: 50.0 },
    { by: GUEST, function: 'sweep', args: { deal_ids: [1, 2] }, value: 0 },
  ],
  framework: [
    {
      by: BOB,
      function: 'conclude',
      args: {
        agreement_id: 1,
        supplier: 'alpha',
        starts: '2026-01-01',
        ends: '2026-12-31',
        value_max: '100',
        items: [{ article: 'nut', price: '0.5', quantity: '100' }],
      },
      value: 1,
    },
    {
      by: ANN,
      function: 'call_off',
      args: { agreement_id: 1, article: 'nut', quantity: 40, wanted_on: '2026-03-01' },
    },
    {
      by: ANN,
      function: 'call_off',
      args: { agreement_id: 1, article: 'nut', quantity: 61, wanted_on: '2026-03-01' },
      code: 'BC304',
    },
    {
      by: GUEST,
      function: 'statement',
      args: { agreement_id: 1 },
      value: [{ article: 'nut', called: 40, delivered: 0, value: 20 }],
    },
  ],
  inventory: [
    { by: ANN, function: 'add_warehouse', args: { code: 'W1', city: 'Linz' } },
    { by: ANN, function: 'add_warehouse', args: { code: 'W1', city: 'Graz' }, code: 'BC201' },
    {
      by: ANN,
      function: 'add_article',
      args: { sku: 'nut', title: 'Nut', unit: 'piece', minimum: '5', attributes: { din: 934 } },
    },
    { by: ANN, function: 'receive', args: { warehouse: 'W1', sku: 'nut', quantity: '20' }, value: 20.0 },
    { by: ANN, function: 'issue', args: { warehouse: 'W1', sku: 'nut', quantity: '25' }, code: 'BC302' },
    { by: BOB, function: 'receive', args: { warehouse: 'W1', sku: 'nut', quantity: '20' }, code: 'BC101' },
    { by: GUEST, function: 'stock_of', args: { sku: 'nut' }, value: 20.0 },
  ],
  invoices: [
    {
      by: ANN,
      function: 'add_customer',
      args: { customer_id: 1, name: 'Mill', vat_number: 'ATU1', terms_days: 14 },
    },
    {
      by: ANN,
      function: 'create_invoice',
      args: {
        number: 'RE2026',
        customer_id: 1,
        issued: '2026-01-02',
        lines: [
          { text: 'Screws', quantity: '10', price: '0.25', vat_rate: '19' },
          { text: 'Book', quantity: '1', price: '20', vat_rate: '7' },
        ],
      },
      value: 24.38,
    },
    { by: ANN, function: 'pay', args: { number: 'RE2026', amount: '24.38' }, value: 'paid' },
    { by: BOB, function: 'cancel', args: { number: 'RE2026' }, code: 'BC401' },
    { by: ANN, function: 'remind', args: { today: '2026-05-01' }, value: 0 },
  ],
  laboratory: [
    {
      by: BOB,
      function: 'define_test',
      args: { code: 'GLU', name: 'Glucose', unit: 'mmol/l', low: '3.9', high: '5.6' },
    },
    {
      by: ANN,
      function: 'order_tests',
      args: { request_id: UUID, patient: 'P-1', priority: 2, codes: ['glu', 'GLU'] },
      value: 1,
    },
    {
      by: ANN,
      function: 'report_result',
      args: { request_id: UUID, code: 'GLU', value: '6.1', details: { comment: 'fasting' } },
      value: 'high',
    },
    {
      by: BOB,
      function: 'release_order',
      args: { request_id: UUID },
      value: [{ flag: 'high', test: 'Glucose', value: '6.1000 mmol/l' }],
    },
  ],
  leases: [
    {
      by: ANN,
      function: 'sign_lease',
      args: {
        lease_id: 1,
        premises: 'Unit 7',
        tenant: 'beta',
        begins: '2026-11-01',
        months: 3,
        rent: '900.50',
      },
      value: 2701.5,
    },
    { by: ANN, function: 'arrears', args: { lease_id: 1, today: '2026-12-31' }, value: 1801.0 },
    { by: ANN, function: 'pay_rent', args: { lease_id: 1, amount: '1000' }, value: 0.0 },
    { by: BOB, function: 'raise_rent', args: { lease_id: 1, percent: '5', from_month: 2 }, code: 'BC101' },
    { by: GUEST, function: 'arrears', args: { lease_id: 1, today: '2026-12-31' }, value: 801.0 },
  ],
  library: [
    { by: BOB, function: 'add_copy', args: { barcode: 1, isbn: '9783161484100', title: 'Examples' } },
    {
      by: BOB,
      function: 'add_copy',
      args: { barcode: 2, isbn: '9783161484101', title: 'Wrong' },
      code: 'BC301',
    },
    { by: ANN, function: 'lend', args: { barcode: 1, reader: 'R1', day: '2026-01-02' }, value: '2026-01-30' },
    { by: ANN, function: 'lend', args: { barcode: 1, reader: 'R2', day: '2026-01-03' }, code: 'BC401' },
    { by: GUEST, function: 'loans_of', args: { reader: 'R1' }, value: 'Examples' },
    { by: ANN, function: 'give_back', args: { barcode: 1, day: '2026-02-02' }, value: 0.75 },
  ],
  loyalty: [
    { by: ANN, function: 'enrol', args: { card_no: '12345678' } },
    {
      by: ANN,
      function: 'earn',
      args: { card_no: '12345678', turnover: '1200.90', day: '2026-01-02' },
      value: 1200,
    },
    {
      by: ANN,
      function: 'earn',
      args: { card_no: '12345678', turnover: '10', day: '2026-02-02' },
      value: 15,
    },
    { by: ANN, function: 'spend', args: { card_no: '12345678', wanted: 1210, day: '2026-03-01' }, value: 5 },
    {
      by: ANN,
      function: 'spend',
      args: { card_no: '12345678', wanted: 6, day: '2026-03-01' },
      code: 'BC302',
    },
  ],
  meters: [
    { by: BOB, function: 'set_tariff', args: { limits: ['100', null], prices: ['0.30', '0.20'] } },
    { by: ANN, function: 'install', args: { meter_no: 'M-1', digits: 5, day: '2026-01-01', value: '10' } },
    {
      by: ANN,
      function: 'read_meter',
      args: { meter_no: 'M-1', day: '2026-02-01', value: '160.5' },
      value: 150.5,
    },
    {
      by: ANN,
      function: 'bill',
      args: { meter_no: 'M-1', from_day: '2026-01-01', to_day: '2026-12-31' },
      value: 40.1,
    },
    {
      by: ANN,
      function: 'read_many',
      args: { meter_nos: ['M-1'], day: '2026-03-01', readings: ['2'] },
      value: 99841.5,
    },
  ],
  open_auction: [
    { by: ANN, function: 'offer', args: { title: 'Lathe', reserve: '100', step: '5', hours: 24 } },
    { by: BOB, function: 'bid', args: { lot_id: UUID, amount: '5' }, code: 'BC202' },
    { by: GUEST, function: 'ranking', args: { lot_id: UUID }, value: [] },
  ],
  price_list: [
    {
      by: ANN,
      function: 'publish',
      args: {
        article: 'nut',
        valid_from: '2026-01-01',
        price: '0.1250',
        currency: 'EUR',
        quantities: [100],
        percents: ['10'],
      },
    },
    {
      by: BOB,
      function: 'import_prices',
      args: { prices: { bolt: '0.5', nut: '0.2' }, valid_from: '2026-06-01', currency: 'EUR' },
      value: 2,
    },
    { by: GUEST, function: 'price_at', args: { article: 'nut', day: '2026-05-31' }, value: 0.125 },
    {
      by: GUEST,
      function: 'quote',
      args: { articles: ['nut', 'bolt'], quantities: [200, 2], day: '2026-07-01' },
      value: {
        lines: [
          { amount: 36, article: 'nut' },
          { amount: 1, article: 'bolt' },
        ],
        total: 37,
      },
    },
    { by: GUEST, function: 'price_at', args: { article: 'nut', day: '2025-05-31' }, code: 'BC202' },
  ],
  recalls: [
    { by: ANN, function: 'make_lot', args: { lot_no: 'flour-1', product: 'flour', made_on: '2026-01-01' } },
    { by: ANN, function: 'make_lot', args: { lot_no: 'bread-1', product: 'bread', made_on: '2026-01-02' } },
    { by: ANN, function: 'use_in', args: { from_lots: ['flour-1', 'flour-1'], into_lot: 'bread-1' } },
    { by: ANN, function: 'deliver', args: { lot_no: 'bread-1', customer: 'gamma', quantity: 7 } },
    { by: BOB, function: 'recall', args: { lot_no: 'flour-1' }, value: ['flour-1', 'bread-1'] },
    {
      by: ANN,
      function: 'deliver',
      args: { lot_no: 'bread-1', customer: 'gamma', quantity: 7 },
      code: 'BC401',
    },
    { by: GUEST, function: 'acknowledge', args: { lot_no: 'bread-1' }, value: 7 },
  ],
  sealed_bid: [
    {
      by: BOB,
      function: 'announce',
      args: { tender_id: 1, subject: 'Roof', submit_blocks: 5, reveal_blocks: 5 },
    },
    {
      by: ANN,
      function: 'submit_bid',
      args: { tender_id: 1, seal: '4fc82b26aecb47d2868c4efbe3581732a3e7cbcc6c2efb32062c08170a05eeb8' },
    },
    { by: BOB, function: 'submit_bid', args: { tender_id: 1, seal: DIGEST }, code: 'BC103' },
    { by: ANN, function: 'reveal', args: { tender_id: 1, price: '12.50', salt: 'salt' }, code: 'BC302' },
    { by: BOB, function: 'award', args: { tender_id: 1 } },
  ],
  shipments: [
    {
      by: ANN,
      function: 'dispatch',
      args: { waybill: 'WB000001', receiver: 'beta', parcels: 2, weight: '3.5' },
    },
    {
      by: ANN,
      function: 'record_event',
      args: { waybill: 'WB000001', kind: 'departed', place: 'Linz', facts: { truck: 'L-1' } },
      value: 2,
    },
    { by: ANN, function: 'hand_over', args: { waybill: 'WB000001', target: 'beta', place: 'Graz' } },
    {
      by: ANN,
      function: 'record_event',
      args: { waybill: 'WB000001', kind: 'delivered', place: 'Graz', facts: null },
      code: 'BC101',
    },
    {
      by: BOB,
      function: 'track',
      args: { waybill: 'WB000001' },
      value: '1 sent in origin; 2 departed in Linz; 3 handed over in Graz',
    },
  ],
  tickets: [
    {
      by: GUEST,
      function: 'open_ticket',
      args: { title: ' It is down ', priority: 1, labels: null, content: 'help' },
    },
    { by: ANN, function: 'comment', args: { ticket_id: UUID, content: 'x' }, code: 'BC202' },
    { by: BOB, function: 'escalate_overdue', args: {}, value: 0 },
    {
      by: ANN,
      function: 'workload',
      args: { assignee: 'beta/bob' },
      value: { closed: 0, oldest: null, open: 0 },
    },
  ],
  time_sheets: [
    { by: BOB, function: 'add_project', args: { code: 'P1', client: 'Mill', rate: '80', budget: '1000' } },
    {
      by: ANN,
      function: 'enter',
      args: { day: '2026-01-07', project: 'P1', hours: '7.5', note: null },
      value: 7.5,
    },
    {
      by: ANN,
      function: 'enter',
      args: { day: '2026-01-07', project: 'P1', hours: '13', note: null },
      code: 'BC301',
    },
    { by: ANN, function: 'submit_week', args: { monday: '2026-01-05' } },
    { by: BOB, function: 'approve_week', args: { person: 'alpha/ann', monday: '2026-01-05' }, value: 600.0 },
    {
      by: GUEST,
      function: 'week',
      args: { person: 'alpha/ann', monday: '2026-01-05' },
      value: [0, 0, 7.5, 0, 0, 0, 0],
    },
  ],
  voting: [
    {
      by: BOB,
      function: 'open_ballot',
      args: {
        ballot_id: 1,
        question: 'Tea?',
        choices: ['yes', 'no'],
        quorum: 2,
        closes: '2026-12-31T00:00:00Z',
      },
    },
    { by: ANN, function: 'cast_vote', args: { ballot_id: 1, choice: 'no' } },
    { by: ANN, function: 'cast_vote', args: { ballot_id: 1, choice: 'yes' } },
    { by: GUEST, function: 'cast_vote', args: { ballot_id: 1, choice: 'no' } },
    { by: BOB, function: 'close_ballot', args: { ballot_id: 1 }, value: 'no' },
    { by: ANN, function: 'cast_vote', args: { ballot_id: 1, choice: 'no' }, code: 'BC401' },
  ],
  warranty: [
    {
      by: ANN,
      function: 'register_device',
      args: { serial: 'S-0001', model: 'Saw', sold_on: '2026-01-01', covered: 365 },
    },
    {
      by: GUEST,
      function: 'claim',
      args: { serial: 'S-0001', fault: 'no spark', claimed_on: '2026-05-01', photos: ['00ff'] },
    },
    {
      by: GUEST,
      function: 'claim',
      args: { serial: 'S-0001', fault: 'late', claimed_on: '2028-05-01', photos: null },
      code: 'BC301',
    },
    { by: BOB, function: 'totals', args: {}, value: { Saw: [1, null] } },
  ],
};
