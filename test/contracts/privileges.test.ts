/**
 * Layer A alone: hostile cases and their variants are installed without any checker and called
 * through the real executor. Each that privileges must stop is refused or rejected, and nothing of
 * it stays.
 */

import { readFileSync } from 'node:fs';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { installContract } from '../../packages/node/src/execution/install-contract.ts';
import { connect } from '../../packages/node/src/postgres/connection.ts';
import type { TestDatabase } from '../support/postgres.ts';
import { corpusTable } from './corpus-table.ts';
import { AttackChain, contractOf, foundSecret } from './hostile/attack-chain.ts';
import { HOSTILE } from './hostile/corpus.ts';
import type { AttackKind, HostileCase } from './hostile/hostile-case.ts';
import { variantsOf } from './hostile/variants.ts';

const isThorough = process.env['BUCORDO_THOROUGH'] !== undefined;

const stopped = HOSTILE.filter((each) => each.stoppedBy.includes('A'));
const called = stopped.filter(
  (each) => each.schema === '' && !(['text', 'statement'].includes(each.kind) && each.source !== ''),
);
const installed = stopped.filter((each) => !called.includes(each));
const kinds = [...new Set(called.map((each) => each.kind))];

test('the corpus has at least 200 cases, each with a name of its own and a layer that stops it', () => {
  expect(HOSTILE.length).toBeGreaterThanOrEqual(200);
  expect(new Set(HOSTILE.map((each) => `${each.kind}: ${each.name}`)).size).toBe(HOSTILE.length);
  expect(HOSTILE.filter((each) => each.stoppedBy.length === 0)).toEqual([]);
});

test('the table of counts in README.md is as the corpus is', () => {
  expect(readFileSync(new URL('README.md', import.meta.url), 'utf8')).toContain(corpusTable());
});

describe.each(kinds)('I12: privileges alone stop an attack on: %s', (kind) => {
  const attacks = called.filter((each) => each.kind === kind);
  let chain: AttackChain;
  let before: string;

  beforeAll(async () => {
    chain = await AttackChain.found(attacks);
    before = await chain.state();
  });
  afterAll(() => chain?.close());

  test.each(attacks.map(({ name }, index) => [name, index] as const))('%s', async (_, index) => {
    if (!chain.refused.has(index)) expect((await chain.attack(index)).code).not.toBeNull();
  });

  test('nothing of them stays', async () => {
    expect(await chain.state()).toBe(before);
  });
});

describe('I12: privileges and the rules of installation alone refuse', () => {
  let database: TestDatabase;
  beforeAll(async () => {
    database = await foundSecret();
  });
  afterAll(() => database?.drop());

  test.each(installed)('$kind: $name', async (attacked) => {
    const nothing = { views: {}, uses: {}, readers: [], scans: {}, migrations: [] };
    const client = await connect(database.connection('bucordo_node'));
    await client.query('BEGIN; SET LOCAL search_path = pg_catalog, pg_temp');
    const installation = installContract(client, { ...contractOf(attacked), ...nothing }, 50);
    await expect(installation).rejects.toMatchObject({ code: 'contract_refused' });
    await client.end();
  });
});

describe('I12: privileges alone stop every variant of an attack', () => {
  // All of them are some thousands; without the variable every fifth is tried.
  const variants = called.flatMap(variantsOf).filter((_, index) => isThorough || index % 5 === 0);

  test.each(chunks(variants, 250))('variants %# ', async (...attacks: HostileCase[]) => {
    const chain = await AttackChain.found(attacks);
    try {
      const before = await chain.state();
      const open: [AttackKind, string][] = [];
      for (const [index, { kind, name }] of attacks.entries()) {
        if (chain.refused.has(index)) continue;
        if ((await chain.attack(index)).code === null) open.push([kind, name]);
      }
      expect(open).toEqual([]);
      expect(await chain.state()).toBe(before);
    } finally {
      await chain.close();
    }
  });
});

function chunks<Item>(items: readonly Item[], size: number): Item[][] {
  const count = Math.ceil(items.length / size);
  return Array.from({ length: count }, (_, index) => items.slice(index * size, (index + 1) * size));
}
