/**
 * The checker alone: it lets the good contracts pass, refuses every hostile case in each layer that
 * the case names, and every variant of it.
 */

import type { Finding } from '@bucordo/contract';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { batchOf, Checker, unseen } from './checking.ts';
import { goodContract, goodContracts } from './contract-folder.ts';
import { attackContract } from './hostile/attack-chain.ts';
import { HOSTILE } from './hostile/corpus.ts';
import type { HostileCase, Layer } from './hostile/hostile-case.ts';
import { variantsOf } from './hostile/variants.ts';

const isThorough = process.env['BUCORDO_THOROUGH'] !== undefined;

const isPlain = (each: HostileCase): boolean => each.source === '' && each.schema === '';
const stoppedBy = (layers: readonly Layer[]): readonly HostileCase[] =>
  HOSTILE.filter((each) => layers.some((layer) => each.stoppedBy.includes(layer)));

let checker: Checker;
beforeAll(async () => {
  checker = await Checker.open();
});
afterAll(() => checker?.close());

describe('a good contract passes', () => {
  test.each(goodContracts())('%s', async (name) => {
    expect(await checker.syntax(goodContract(name))).toEqual([]);
    expect(await checker.semantics(goodContract(name))).toEqual([]);
  });
});

describe('I12: syntax alone refuses', () => {
  test.each([...stoppedBy(['B0', 'B1'])])('$kind: $name', async (attacked) => {
    const findings = await checker.syntax(attackContract(attacked));
    const layers = new Set(findings.map((finding) => finding.layer));
    expect(findings.every(isComplete)).toBe(true);
    expect(attacked.stoppedBy.some((layer) => layer !== 'A' && layer !== 'budget' && layers.has(layer))).toBe(
      true,
    );
  });
});

describe('I12: semantics alone refuse', () => {
  test.each(chunks(stoppedBy(['B2']).filter(isPlain), 25))('functions %#', async (...attacks) => {
    const batch = batchOf(attacks);
    const findings = await checker.semantics(batch.contract);
    expect(unseen(batch, findings).map((each) => each.name)).toEqual([]);
    expect(findings.every(isComplete)).toBe(true);
  });

  test.each([...stoppedBy(['B2']).filter((each) => !isPlain(each))])('$kind: $name', async (attacked) => {
    expect(await checker.semantics(attackContract(attacked))).not.toEqual([]);
  });
});

describe('I12: every variant is refused', () => {
  const isEscaped = (each: HostileCase): boolean =>
    each.name.endsWith('(escaped names)') || each.stoppedBy.includes('B0');
  const offline = stoppedBy(['B0', 'B1']).flatMap(variantsOf);

  test.each(
    chunks(
      offline.filter((each) => !isEscaped(each)),
      250,
    ),
  )('by syntax %#', async (...variants) => {
    const open: string[] = [];
    for (const attacks of chunks(variants, 25)) {
      const batch = batchOf(attacks);
      open.push(...unseen(batch, await checker.syntax(batch.contract)).map((each) => each.name));
    }
    expect(open).toEqual([]);
  });

  // The first limit that is broken ends the check, so these are asked one by one.
  test.each(chunks(offline.filter(isEscaped), 100))('by limits %#', async (...variants) => {
    for (const attacked of variants) {
      const findings = await checker.syntax(attackContract(attacked));
      expect([attacked.name, findings.length > 0]).toEqual([attacked.name, true]);
    }
  });

  const resolved = stoppedBy(['B2'])
    .flatMap(variantsOf)
    .filter((_, index) => isThorough || index % 10 === 0);

  test.each(chunks(resolved, 100))('by semantics %#', async (...variants) => {
    const open: string[] = [];
    for (const attacks of chunks(variants, 25)) {
      const batch = batchOf(attacks);
      open.push(...unseen(batch, await checker.semantics(batch.contract)).map((each) => each.name));
    }
    expect(open).toEqual([]);
  });
});

function isComplete(finding: Finding): boolean {
  const { rule, file, line, column, construct, message, remedy } = finding;
  const texts = [rule, file, construct, message, remedy];
  return (
    texts.every((text) => typeof text === 'string' && text !== '') && Number(line) >= 1 && Number(column) >= 1
  );
}

function chunks<Item>(items: readonly Item[], size: number): Item[][] {
  const count = Math.ceil(items.length / size);
  return Array.from({ length: count }, (_, index) => items.slice(index * size, (index + 1) * size));
}
