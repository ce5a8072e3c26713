/**
 * What the protection of contracts costs: blocks of calls as they are installed (the contract's own
 * role, the budget) against the same blocks with the author's functions and no change of rights. The
 * same executor, registers, history and hashes on both sides.
 */

import { mkdtempSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Engine, measureBlocks } from './engine.ts';
import { removeFolder } from './harness/folder.ts';
import { runRounds, type Side } from './harness/rounds.ts';
import type { Ratios, Size } from './harness/size.ts';
import type { LoadResult } from './load/measure.ts';
import { contractArguments, POPULATIONS, type Population } from './load/work.ts';

const BLOCK = 1_000;
const BLOCKS = { full: 10, short: 1 };
const ROUNDS = 5;
const LINES = 10;
/** Behind the ids of single inserts. */
const FIRST_LINE = 1_000_000_000_000;

type Work = 'insert' | 'transfer' | 'lines';

/** `sandbox`: inserts, transfers and loops; the ratio is that of the kind of work that loses most. */
export async function sandbox(size: Size): Promise<Ratios> {
  const directory = mkdtempSync(join(tmpdir(), 'bucordo-bench-'));
  const plain = await Engine.start(join(directory, 'plain'), { isProtected: false });
  const guarded = await Engine.start(join(directory, 'guarded'));
  try {
    await plain.fill(POPULATIONS[size], { withPeer: false });
    await guarded.fill(POPULATIONS[size], { withPeer: false });
    const ratios: number[] = [];
    for (const work of ['insert', 'transfer', 'lines'] as const)
      ratios.push(await compare(work, size, { plain, guarded }));
    return { sandbox: Math.min(...ratios) };
  } finally {
    await plain.stop();
    await guarded.stop();
    removeFolder(directory);
  }
}

async function compare(work: Work, size: Size, engines: { plain: Engine; guarded: Engine }): Promise<number> {
  const plain = sideOf(`${work}, unprotected`, engines.plain, { work, size });
  const guarded = sideOf(`${work}, protected`, engines.guarded, { work, size });
  const results = await runRounds([plain, guarded], { rounds: ROUNDS, size });
  const ratio =
    (results.get(guarded.name)?.perSecond ?? Number.NaN) / (results.get(plain.name)?.perSecond ?? Number.NaN);
  console.log(`         ${work}: protected ${ratio.toFixed(2)} of unprotected`);
  return ratio;
}

function sideOf(name: string, engine: Engine, { work, size }: { work: Work; size: Size }): Side {
  const count = BLOCKS[size];
  let first = 1;
  const measure = async (): Promise<LoadResult> => {
    const blocks = Array.from({ length: count }, (_, block) =>
      engine.block(
        Array.from({ length: BLOCK }, (__, n) => callOf(work, first + block * BLOCK + n, POPULATIONS[size])),
      ),
    );
    first += count * BLOCK;
    return measureBlocks(engine, blocks, size);
  };
  return { name, measure };
}

function callOf(
  work: Work,
  n: number,
  population: Population,
): { call: string; args: Record<string, number | string> } {
  if (work !== 'lines') return contractArguments(work, n, population);
  return { call: 'place_lines', args: { p_first: FIRST_LINE + n * LINES, p_count: LINES } };
}
