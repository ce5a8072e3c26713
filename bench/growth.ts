/**
 * What becomes of the executor's time per block when there are ten million rows in table, history
 * and log, and what a row costs on disk. The peer is the same executor on the empty table.
 */

import { mkdtempSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { connect } from '@bucordo/node/engine';
import { Engine } from './engine.ts';
import { removeFolder } from './harness/folder.ts';
import { waitForQuiet } from './harness/machine.ts';
import type { Ratios, Size } from './harness/size.ts';
import { median } from './harness/statistics.ts';
import { POPULATIONS } from './load/work.ts';

const BLOCK = 1_000;
const REPORT_ROWS = 1_000_000;
/** Bytes of the values of one row of the work, as a user would count them. */
const ROW_BYTES = 150;

/** Rows before the second measurement (`BUCORDO_BENCH_ROWS` for fewer), blocks between and in a measurement. */
const AMOUNTS = {
  full: {
    rowsMin: Number(process.env['BUCORDO_BENCH_ROWS'] ?? 10_000_000),
    blocksBetween: 100,
    sampleBlocks: 40,
  },
  short: { rowsMin: 5_000, blocksBetween: 1, sampleBlocks: 2 },
};

/** Grows the table to ten million rows by blocks and compares the time per block. */
export async function growth(size: Size): Promise<Ratios> {
  const { rowsMin, blocksBetween, sampleBlocks } = AMOUNTS[size];
  const population = POPULATIONS[size];
  const directory = mkdtempSync(join(tmpdir(), 'bucordo-bench-'));
  const engine = await Engine.start(directory);
  try {
    let first = 1;
    const run = async (count: number): Promise<number[]> => {
      const times: number[] = [];
      const blocks = engine.blocks({ kind: 'insert', first, count, size: BLOCK, population });
      first += count * BLOCK;
      for (const block of blocks) {
        const started = performance.now();
        await engine.executor.run(block);
        times.push(performance.now() - started);
      }
      return times;
    };
    await run(sampleBlocks);
    await waitForQuiet(size);
    const empty = median(await run(sampleBlocks));
    console.log(`empty: ${empty.toFixed(1)} ms a block of ${BLOCK}`);
    while (first < rowsMin) {
      const before = first;
      const times = await run(blocksBetween);
      if (Math.floor(first / REPORT_ROWS) > Math.floor(before / REPORT_ROWS))
        console.log(`${(first / 1e6).toFixed(1)} million rows: ${median(times).toFixed(1)} ms a block`);
    }
    await waitForQuiet(size);
    const full = median(await run(sampleBlocks));
    console.log(`${(first / 1e6).toFixed(1)} million rows: ${full.toFixed(1)} ms a block of ${BLOCK}`);
    await printSizes(engine, first);
    return { growth: full / empty };
  } finally {
    await engine.stop();
    removeFolder(directory);
  }
}

async function printSizes(engine: Engine, rows: number): Promise<void> {
  const client = await connect(engine.server.connection('postgres', 'bucordo'));
  const { rows: tables } = await client.query(
    `SELECT n.nspname || '.' || c.relname AS name,
            pg_table_size(c.oid)::float8 AS heap, pg_indexes_size(c.oid)::float8 AS indexes
       FROM pg_class AS c JOIN pg_namespace AS n ON n.oid = c.relnamespace
      WHERE c.relkind = 'r' AND n.nspname IN ('bucordo', 'shop', 'shop_history')
      ORDER BY pg_total_relation_size(c.oid) DESC LIMIT 6`,
  );
  await client.end();
  for (const table of tables) {
    console.log(
      `${table.name}: ${(table.heap / rows).toFixed(0)} + ${(table.indexes / rows).toFixed(0)} bytes a row (table + indexes)`,
    );
  }
  const all = tables.reduce((sum, table) => sum + table.heap + table.indexes, 0) / rows;
  console.log(
    `together ${all.toFixed(0)} bytes on each member's disk for a row of ${ROW_BYTES} bytes, its history and its signed transaction`,
  );
}
