/** Documents of decisions as they are typed: what is proposed, and what is no policy. */
import { describe, expect, test } from 'vitest';
import { CommandError } from '../command-error.ts';
import {
  expelDocument,
  limitsDocument,
  parseRule,
  policyDocument,
  retireDocument,
  rulesDocument,
} from './decision-document.ts';

test.for<[document: string, value: object]>([
  [retireDocument('notes', '1.0.0'), { contract: 'notes', version: '1.0.0' }],
  [policyDocument('skip', 'at_least:2'), { decision: 'skip', rule: { kind: 'at_least', count: 2 } }],
  [rulesDocument({ version: 2, hash: 'ab', fromHeight: 9 }), { version: 2, hash: 'ab', from_height: 9 }],
  [limitsDocument({ budget: 1, rows: 2, valueBytes: 3 }), { budget: 1, rows: 2, value_bytes: 3 }],
  [expelDocument('seller', 'gone'), { member: 'seller', reason: 'gone' }],
])('%s', ([document, value]) => {
  expect(document).toBe(`${JSON.stringify(value, null, 2)}\n`);
});

describe('a policy', () => {
  test.for<[typed: string, rule: object]>([
    ['all', { kind: 'all' }],
    ['more_than_two_thirds', { kind: 'more_than_two_thirds' }],
    ['more_than_half', { kind: 'more_than_half' }],
    ['at_least:9999', { kind: 'at_least', count: 9999 }],
    ['classes:buyer', { kind: 'classes', classes: ['buyer'] }],
    ['classes:buyer,small-vendor', { kind: 'classes', classes: ['buyer', 'small-vendor'] }],
  ])('%s', ([typed, rule]) => {
    expect(parseRule(typed)).toEqual(rule);
  });

  test.for([
    '',
    'most',
    'all:1',
    'at_least',
    'at_least:',
    'at_least:0',
    'at_least:10000',
    'at_least:2:3',
    'classes',
    'classes:',
    'classes:buyer,',
    'classes:Buyer',
    'more_than_half:classes',
  ])('is not %j', (typed) => {
    expect(() => parseRule(typed)).toThrow(CommandError);
  });

  test('is for a kind of decision', () => {
    expect(() => policyDocument('party', 'all')).toThrow('no decisions of the kind party');
  });
});
