/**
 * How long the checker takes for a contract of 1,000 lines: limits and syntax offline, and the meaning
 * in a scratch database. The contract is made of those that the checker must let pass, each with its
 * own names before all its words, so that they fit into one schema.
 */

import { mkdtempSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import {
  type ContractPackage,
  checkSemantics,
  checkSyntax,
  packageOfContract,
  readPackage,
} from '@bucordo/contract';
import { connect, startEmbedded } from '@bucordo/node/engine';
import { removeFolder } from './harness/folder.ts';
import { waitForQuiet } from './harness/machine.ts';
import type { Ratios, Size } from './harness/size.ts';
import { median } from './harness/statistics.ts';

const AMOUNTS = { full: { lines: 1_000, rounds: 5 }, short: { lines: 100, rounds: 1 } };
const WANTED_MS = 2_000;
const GOOD = join(import.meta.dirname, '../../test/contracts/good');
const PARTS = [
  ...['appointments', 'approvals', 'escrow', 'framework', 'inventory', 'invoices', 'laboratory', 'leases'],
  ...['library', 'loyalty', 'meters', 'open_auction', 'recalls', 'shipments', 'tickets', 'time_sheets'],
];

/** `check`: two seconds divided by the time of one whole check. */
export async function check(size: Size): Promise<Ratios> {
  const { rounds } = AMOUNTS[size];
  const contract = largeContract(AMOUNTS[size].lines);
  const lines = lineCount(contract);
  const directory = mkdtempSync(join(tmpdir(), 'bucordo-bench-'));
  const server = await startEmbedded({ dataDirectory: join(directory, 'postgres') });
  const scratch = await connect(server.connection('postgres', 'postgres'));
  try {
    const totals: number[] = [];
    for (let round = 1; round <= rounds; round++) {
      await waitForQuiet(size);
      const started = performance.now();
      const syntax = await checkSyntax(contract);
      const between = performance.now();
      const meaning = await checkSemantics(contract, scratch);
      const ended = performance.now();
      const [first] = [...syntax, ...meaning];
      if (first !== undefined)
        throw new Error(`${first.file}:${first.line}: ${first.construct}: ${first.message}`);
      totals.push(ended - started);
      const parts = `${Math.round(between - started)} ms syntax, ${Math.round(ended - between)} ms meaning`;
      console.log(`round ${round}: ${lines} lines in ${Math.round(ended - started)} ms: ${parts}`);
    }
    console.log(`median : ${Math.round(median(totals))} ms; wanted are less than ${WANTED_MS} ms`);
    return { check: WANTED_MS / median(totals) };
  } finally {
    await scratch.end();
    await server.stop();
    removeFolder(directory);
  }
}

function lineCount({ schema, functions }: ContractPackage): number {
  return `${schema.text}${functions.text}`.split('\n').length - 1;
}

// As many parts as it takes.
function largeContract(linesMin: number): ContractPackage {
  const parts: Part[] = [];
  for (const name of PARTS) {
    parts.push(partOf(readPackage(join(GOOD, name))));
    const contract = joined(parts);
    if (lineCount(contract) >= linesMin) return contract;
  }
  throw new Error(`the contracts in ${GOOD} have fewer than ${linesMin} lines`);
}

interface Part {
  readonly functions: ContractPackage['manifest']['functions'];
  readonly scans: ContractPackage['manifest']['scans'];
  readonly schema: string;
  readonly source: string;
}

function joined(parts: readonly Part[]): ContractPackage {
  return packageOfContract({
    name: 'large',
    version: '1.0.0',
    functions: Object.assign({}, ...parts.map((part) => part.functions)),
    scans: Object.assign({}, ...parts.map((part) => part.scans)),
    schema: parts.map((part) => part.schema).join('\n'),
    source: parts.map((part) => part.source).join('\n'),
  });
}

// A contract with its name before the names of its tables, their primary keys, indexes and functions.
function partOf({ manifest, schema, functions }: ContractPackage): Part {
  const { name } = manifest;
  const created = [
    ...`${schema.text}\n${functions.text}`.matchAll(
      /^CREATE [A-Z ]*?(?:TABLE|VIEW|INDEX|FUNCTION) ([\w.]+)/gm,
    ),
  ];
  const own = new Set(created.map((match) => (match[1] ?? '').split('.').at(-1)));
  const renamed = (text: string): string =>
    text
      .replace(/(?<!\bbucordo\.)\b[a-z_][a-z0-9_]*\b/g, (word) =>
        own.has(word.replace(/_pkey$/, '')) ? `${name}_${word}` : word,
      )
      .replaceAll(`${name}.`, 'large.');
  const renameKeys = <Value>(values: Readonly<Record<string, Value>>): Record<string, Value> =>
    Object.fromEntries(Object.entries(values).map(([key, value]) => [renamed(key), value]));
  return {
    functions: renameKeys(manifest.functions),
    scans: renameKeys(
      Object.fromEntries(Object.entries(manifest.scans).map(([key, tables]) => [key, renameKeys(tables)])),
    ),
    schema: renamed(schema.text),
    source: renamed(functions.text),
  };
}
