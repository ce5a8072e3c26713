/**
 * `npm run bench -- <name>`: one benchmark; `--list` says what each answers. `--short` shrinks it until it only
 * shows that it runs; without a name it runs all of them so, as CI does.
 */

import { check } from './check.ts';
import { engine } from './engine.ts';
import { growth } from './growth.ts';
import type { Ratios, Size } from './harness/size.ts';
import { kit } from './kit.ts';
import { threeMembers } from './members.ts';
import { memory } from './memory.ts';
import { reading } from './reading.ts';
import { sandbox } from './sandbox.ts';
import { lone, soloInsert, soloInsertBatch, soloJoin, soloTransfer } from './solo.ts';

interface Benchmark {
  readonly question: string;
  readonly run: (size: Size) => Promise<Ratios>;
}

const BENCHMARKS: Readonly<Record<string, Benchmark>> = {
  'engine-insert': {
    question:
      'How many one-row calls a second does the executor run in blocks of 1,000, without signatures, against 16 connections?',
    run: (size) => engine('insert', size),
  },
  'engine-transfer': {
    question: 'The same for two-account transfers.',
    run: (size) => engine('transfer', size),
  },
  sandbox: {
    question:
      'What does the protection of contracts cost: their own role and the budget, against the same functions without both?',
    run: sandbox,
  },
  check: {
    question:
      'How long does the checker take for a contract of 1,000 lines, against the two seconds that it may take?',
    run: check,
  },
  'solo-insert': {
    question:
      'How many signed one-row transactions a second, each awaited, against pg with 16 connections? 1,000, 128 and 16 in flight.',
    run: soloInsert,
  },
  'solo-insert-batch': { question: 'The same with 100 calls under one signature.', run: soloInsertBatch },
  'solo-transfer': {
    question: 'Two-account transfers against BEGIN, SELECT, UPDATE, UPDATE, COMMIT from Node.',
    run: soloTransfer,
  },
  'solo-join': {
    question: 'A contract that joins and inserts, against the same function without Bucordo.',
    run: soloJoin,
  },
  'three-members': {
    question:
      'How many signed transactions a second do three members on two cores commit on all of them, and how long do they take at half load?',
    run: threeMembers,
  },
  growth: {
    question: 'How much longer does a block take with ten million rows, and what does a row cost on disk?',
    run: growth,
  },
  reading: {
    question:
      'How long do the views of the chain and of histories take with a million transactions behind them, against one look at all of them?',
    run: reading,
  },
  memory: {
    question: 'How much memory does the node take under full load, and does it grow within ten minutes?',
    run: memory,
  },
  kit: {
    question: 'How long do 100 tests of a contract take, each run in two databases, the server included?',
    run: kit,
  },
  lone: { question: 'How long does one transaction take until its committed receipt?', run: lone },
};

const args = process.argv.slice(2);
const size: Size = args.includes('--short') ? 'short' : 'full';
const [name = size === 'short' ? '--all' : '--list', ...more] = args.filter((each) => each !== '--short');
const chosen = name === '--all' ? Object.keys(BENCHMARKS) : [name];

if (name === '--list') {
  for (const [key, { question }] of Object.entries(BENCHMARKS)) console.log(`${key.padEnd(20)} ${question}`);
} else if (more.length > 0 || chosen.some((each) => !Object.hasOwn(BENCHMARKS, each))) {
  console.error(`There is no benchmark ${[name, ...more].join(' ')}. See npm run bench -- --list`);
  process.exit(2);
} else {
  const failed: string[] = [];
  for (const each of chosen) {
    if (!(await hasRun(each))) failed.push(each);
  }
  if (failed.length > 0) {
    console.error(`failed: ${failed.join(', ')}`);
    process.exit(1);
  }
}

// One benchmark; its last lines are its ratios. Without one that is a number it has failed.
async function hasRun(name: string): Promise<boolean> {
  const benchmark = BENCHMARKS[name];
  if (benchmark === undefined) return false;
  const started = performance.now();
  console.log(
    `${name}: ${benchmark.question}\nNode ${process.version}, ${new Date().toISOString().slice(0, 10)}`,
  );
  try {
    const ratios = Object.entries(await benchmark.run(size));
    if (size === 'short')
      console.log(`short: ${((performance.now() - started) / 1000).toFixed(1)} s, no figures`);
    for (const [key, ratio] of ratios) console.log(`RATIO ${key} ${ratio.toFixed(2)}`);
    return ratios.length > 0 && ratios.every(([, ratio]) => Number.isFinite(ratio));
  } catch (error) {
    console.error(error);
    return false;
  }
}
