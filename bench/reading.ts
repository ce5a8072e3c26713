/**
 * How long the views and functions take that people are told to ask, with a million transactions
 * behind them. The peer is the same question to the plain tables behind the view, which somebody who
 * knows them would write.
 */

import { mkdtempSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { connect } from '@bucordo/node/engine';
import type pg from 'pg';
import { Engine } from './engine.ts';
import { removeFolder } from './harness/folder.ts';
import type { Ratios, Size } from './harness/size.ts';

/** Transactions in the chain; `BUCORDO_BENCH_ROWS` for fewer. */
const TRANSACTIONS = { full: Number(process.env['BUCORDO_BENCH_ROWS'] ?? 1_000_000), short: 2_000 };
const BLOCK = 200;

/** Asks each question three times and prints the shortest. */
export async function reading(size: Size): Promise<Ratios> {
  const directory = mkdtempSync(join(tmpdir(), 'bucordo-bench-'));
  const engine = await Engine.start(directory);
  try {
    await engine.executor.run(engine.block([{ call: 'open_accounts', args: { p_from: 1, p_to: 1 } }]));
    const height = Math.floor(TRANSACTIONS[size] / BLOCK);
    await fillChain(engine, height);
    const reader = await connect(engine.server.connection('bucordo_reader', 'bucordo'));
    let sum = 0;
    for (const [name, sql] of Object.entries(questions(height))) {
      const times: number[] = [];
      let rows = 0;
      for (let round = 0; round < 3; round++) {
        const started = performance.now();
        rows = (await reader.query(sql)).rows.length;
        times.push(performance.now() - started);
      }
      const shortest = Math.min(...times);
      sum += shortest;
      console.log(`${name}: ${shortest.toFixed(1)} ms, ${rows} rows`);
    }
    const started = performance.now();
    await reader.query('SELECT count(*), min(t.id), max(t.payload) FROM bucordo.transaction AS t');
    const plainMs = performance.now() - started;
    await reader.end();
    return { reading: sum / plainMs };
  } finally {
    await engine.stop();
    removeFolder(directory);
  }
}

function questions(height: number): Record<string, string> {
  const half = Math.floor(height / 2);
  return {
    'receipts by function': 'SELECT r.function, r.status, count(*) FROM bucordo.receipts AS r GROUP BY 1, 2',
    'receipts of a block': `SELECT * FROM bucordo.receipts AS r WHERE r.height = ${half}`,
    'the newest receipts': 'SELECT * FROM bucordo.receipts AS r ORDER BY r.position DESC LIMIT 100',
    'the newest receipts by height':
      'SELECT * FROM bucordo.receipts AS r ORDER BY r.height DESC, r.index DESC LIMIT 100',
    'all receipts': 'SELECT count(r), count(r.message), count(r.result) FROM bucordo.receipts AS r',
    'the newest transactions':
      'SELECT t.block_id, t.client_uname, t.proc_and_args FROM bucordo.transactions AS t ORDER BY t.block_id DESC LIMIT 3',
    'transactions of a block': `SELECT * FROM bucordo.transactions AS t WHERE t.block_id = ${half}`,
    'all transactions': 'SELECT count(t.proc_and_args) FROM bucordo.transactions AS t',
    'the newest blocks': 'SELECT * FROM bucordo.blocks AS b ORDER BY b.id DESC LIMIT 10',
    'rejections by code': 'SELECT r.code, count(*) FROM bucordo.rejection AS r GROUP BY 1',
    'versions of a row': 'SELECT * FROM shop_history.account_versions AS v WHERE v.id = 77',
    'the newest versions':
      'SELECT v.* FROM shop_history.account_versions AS v ORDER BY v.position DESC, v.ordinal DESC LIMIT 100',
    'versions of a block': `SELECT * FROM shop_history.account_versions AS v WHERE v.height = ${half}`,
    'versions by function':
      'SELECT v.function, v.member, count(*) FROM shop_history.account_versions AS v GROUP BY 1, 2',
    'a row as of a height': `SELECT * FROM shop_history.account_at(${half}) AS a WHERE a.id = 77`,
    'a table as of now': `SELECT count(*), sum(a.balance) FROM shop_history.account_at(${height}) AS a`,
    'a table as of half the chain': `SELECT count(*), sum(a.balance) FROM shop_history.account_at(${half}) AS a`,
    usage: 'SELECT * FROM bucordo.usage AS u',
  };
}

// One signed transaction stands for all: views do not look at signatures. Every tenth account changes often.
async function fillChain(engine: Engine, height: number): Promise<void> {
  const client: pg.Client = await connect(engine.server.connection('postgres', 'bucordo'));
  await client.query('SET session_replication_role = replica');
  await client.query(
    `INSERT INTO bucordo.block (height, time, hash, previous_hash, header, evidence, signature, transaction_count)
     SELECT h, b.time + h * 1000, sha256(int8send(h)), sha256(int8send(h - 1)), b.header, b.evidence, b.signature, ${BLOCK}
       FROM bucordo.block AS b CROSS JOIN generate_series(2::int8, ${height}) AS h
      WHERE b.height = 1`,
  );
  await client.query(
    `INSERT INTO bucordo.state (height, block_time, block_hash, state_hash, receipts_root, changes_root)
     SELECT b.height, b.time, b.hash, s.state_hash, s.receipts_root, s.changes_root
       FROM bucordo.block AS b CROSS JOIN bucordo.state AS s
      WHERE b.height > 1 AND s.height = 1`,
  );
  await client.query(
    `INSERT INTO bucordo.transaction (position, id, payload, signature, calls, refusal, effect)
     SELECT bucordo.first_position(b.height) + i, sha256(int8send(bucordo.first_position(b.height) + i)), t.payload, t.signature, t.calls, NULL, NULL
       FROM bucordo.block AS b CROSS JOIN generate_series(0, ${BLOCK - 1}) AS i CROSS JOIN bucordo.transaction AS t
      WHERE b.height > 1 AND t.position = bucordo.first_position(1)`,
  );
  await client.query(
    `INSERT INTO bucordo.rejection (position, code, message)
     SELECT t.position, 'BC001', 'no' FROM bucordo.transaction AS t WHERE t.position % 97 = 3`,
  );
  await client.query(
    `INSERT INTO bucordo.result (position, value)
     SELECT t.position, '1' FROM bucordo.transaction AS t WHERE t.position % 10 = 3`,
  );
  await client.query(
    `INSERT INTO shop_history.account (_position, _ordinal, _operation, id, owner, balance)
     SELECT t.position, 1, 'U', (bucordo.height_of(t.position) * 7919 + t.position * 31) % 100000,
            repeat('somebody who owns an account ', 8), t.position % 1000
       FROM bucordo.transaction AS t WHERE t.position > bucordo.first_position(2)`,
  );
  await client.query('VACUUM ANALYZE');
  await client.end();
}
