/** Hashes of decisions: what an administrator signs for. */

import { expect, test } from 'vitest';
import { contractHash } from './contract-document.ts';
import { checkReportHash, decisionHash } from './decision.ts';
import { decisionKinds } from './genesis.ts';
import { taggedHash } from './hash.ts';
import { toUtf8 } from './text.ts';

const document = toUtf8('{}\n');

test('a deploy is approved by the hash of its contract', () => {
  expect(decisionHash('deploy', document)).toEqual(contractHash(document));
});

test.for(decisionKinds.filter((kind) => kind !== 'deploy'))(
  'a decision of the kind %s has a hash of its own',
  (kind) => {
    expect(decisionHash(kind, document)).toEqual(taggedHash('decision', document));
    expect(decisionHash(kind, document)).not.toEqual(contractHash(document));
  },
);

test('a report is no decision', () => {
  expect(checkReportHash(document)).not.toEqual(decisionHash('policy', document));
});
