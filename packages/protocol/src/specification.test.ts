/** The specification in `docs/spec` against the code: examples, limits, and tests that it names. */

import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import * as sample from '../test/samples.ts';
import { blockHash } from './block.ts';
import { contractHash } from './contract-document.ts';
import { toDidKey } from './did-key.ts';
import { toHex } from './hex.ts';
import * as limits from './limits.ts';
import { stateHash } from './state-header.ts';
import { transactionId } from './transaction.ts';

const root = join(import.meta.dirname, '../../..');
const page = (name: string): string => readFileSync(join(root, 'docs/spec', name), 'utf8');

describe('formats.md', () => {
  const formats = page('formats.md');

  it('shows the golden vectors', () => {
    const unbroken = formats.replaceAll('\n', '');
    const hashes = [
      transactionId(sample.payload),
      blockHash(sample.headerBytes),
      stateHash(sample.stateHeaderBytes),
      sample.network,
      contractHash(sample.contractBytes),
    ];
    for (const bytes of [
      ...hashes,
      sample.headerBytes,
      sample.checkpointBytes,
      sample.receiptBytes[1] ?? sample.network,
    ]) {
      expect(unbroken).toContain(toHex(bytes));
    }
    expect(unbroken).toContain(toDidKey(sample.aliceKey));
  });

  it('has the limits of the code', () => {
    const rows = [...formats.matchAll(/^\| `(\w+Max\w*|\w+Window)` \| ([\d,]+) \|$/gm)];
    const shown = Object.fromEntries(
      rows.map(([, name = '', value = '']) => [name, Number(value.replaceAll(',', ''))]),
    );
    expect(shown).toEqual({ ...limits });
  });
});

describe('invariants.md', () => {
  const rows = page('invariants.md')
    .split('\n')
    .filter((line) => /^\| I\d+ \|/.test(line));

  it('has every invariant with what enforces it, or says that nothing does', () => {
    expect(rows.map((row) => row.split(' | ')[0])).toEqual(
      Array.from({ length: 16 }, (_, index) => `| I${index + 1}`),
    );
    expect(rows.filter((row) => !row.includes('.test.ts`') && !row.includes('**not yet enforced**'))).toEqual(
      [],
    );
  });

  it('names files that exist', () => {
    const named = rows.flatMap((row) =>
      [...row.matchAll(/`([\w./-]+\.(?:ts|sql))`/g)].map((match) => match[1] ?? ''),
    );
    expect(named.length).toBeGreaterThan(20);
    expect(named.filter((path) => !existsSync(join(root, path)))).toEqual([]);
  });
});
