import { createHash } from 'node:crypto';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { countEarlierRows, findEarlierVersions } from './earlier-loads.ts';
import { type EarlierRows, type LoadIdentity, LoadJournal, type LoadState } from './load-journal.ts';
import { DigestCounts, DigestSample, DigestWriter, readDigests } from './row-digests.ts';

let directory: string;
beforeEach(() => {
  directory = mkdtempSync(join(tmpdir(), 'bucordo-loads-'));
});
afterEach(() => rmSync(directory, { recursive: true }));

const identity: LoadIdentity = {
  network: 'n',
  identity: 'a/b',
  function: 'links.pay',
  fileHash: '',
  columnMap: '',
  groupBy: '',
  callsPerTransaction: 1,
  encoding: '',
  isAgain: false,
};
const digest = (row: string | number): Buffer =>
  createHash('sha256').update(String(row)).digest().subarray(0, 16);

let loads = 0;
const files = new Map<string, string>();

/** An earlier load of a file with these rows. */
function loaded(
  file: string,
  rows: readonly (string | number)[],
  changes: Partial<LoadState & LoadIdentity> = {},
): string {
  const journal = new LoadJournal(directory, { ...identity, fileHash: `${file} ${loads++}`, ...changes });
  journal.write({
    file,
    begun: `2026-01-01T00:00:${String(loads).padStart(2, '0')}Z`,
    family: journal.key,
    parameters: [],
    earlier: [],
    validUntil: [],
    done: rows.length,
    codes: {},
    rows: rows.length,
    rejected: null,
    openAbove: null,
    complete: true,
    ...changes,
  });
  const writer = new DigestWriter(journal.rowsFile, 0);
  for (const row of rows) writer.add(digest(row));
  writer.flush();
  writer.close();
  files.set(journal.key, file);
  return journal.key;
}

const nothingOpen = async (): Promise<null> => null;

/** Rows that a load of `file` leaves out. */
async function earlierRows(
  file: string,
  rows: readonly (string | number)[],
): Promise<readonly EarlierRows[]> {
  const load = { ...identity, file, key: 'own' };
  return (await findEarlierVersions(directory, load, sampleOf(...rows), nothingOpen)).rows;
}

/** Files of the earlier loads whose rows a load of `file` leaves out. */
async function earlierOf(file: string, rows: readonly (string | number)[]): Promise<readonly string[]> {
  return (await earlierRows(file, rows)).map(({ load }) => files.get(load) ?? '');
}

describe('findEarlierVersions', () => {
  it('finds another version by its path, or by half of its rows', async () => {
    loaded('/a.csv', ['A', 'B', 'D', 'E', 'F']);
    expect(await earlierOf('/a.csv', ['A', 'X', 'Y', 'Z'])).toEqual(['/a.csv']);
    expect(await earlierOf('/b.csv', ['A', 'X', 'Y', 'Z'])).toEqual([]);
    expect(await earlierOf('/b.csv', ['D', 'A', 'X', 'Y'])).toEqual(['/a.csv']);
    expect(await earlierOf('/a.csv', ['X'])).toEqual([]);
    expect(await earlierOf('-', ['A'])).toEqual(['/a.csv']);
  });

  it('looks only at the same network and function, whoever signed', async () => {
    loaded('/a.csv', ['A'], { function: 'links.other' });
    loaded('/a.csv', ['A'], { network: 'm' });
    expect(await earlierOf('/a.csv', ['A'])).toEqual([]);
    loaded('/a.csv', ['A'], { identity: 'c/d' });
    expect(await earlierOf('/a.csv', ['A'])).toEqual(['/a.csv']);
  });

  it('takes all of a family: versions, and what was rejected and corrected', async () => {
    const first = loaded('/a.csv', ['A', 'B', 'D'], {
      rejected: { file: '/mine.csv', bytes: 0, hash: '' },
    });
    expect(await earlierOf('/mine.csv', ['C'])).toEqual(['/a.csv']);
    expect(await earlierOf('/a.csv.rejected-2.csv', ['C'])).toEqual(['/a.csv']);
    expect(await earlierOf('/b.csv.rejected.csv', ['C'])).toEqual([]);
    loaded('/a.csv.rejected.csv', ['C'], { family: first });
    expect(await earlierOf('/renamed.csv', ['A', 'B', 'C', 'D'])).toEqual(['/a.csv', '/a.csv.rejected.csv']);
  });

  it('compares files of many rows by a sample that the order does not change', async () => {
    const rows = Array.from({ length: 25_000 }, (_, row) => row);
    loaded('/a.csv', rows);
    expect(await earlierOf('/b.csv', rows.toReversed())).toEqual(['/a.csv']);
    expect(
      await earlierOf(
        '/b.csv',
        rows.map((row) => row + 12_000),
      ),
    ).toEqual(['/a.csv']);
    expect(
      await earlierOf(
        '/b.csv',
        rows.map((row) => row + 20_000),
      ),
    ).toEqual([]);
  });
});

describe('digests', () => {
  it('are counted, and taken as often as they are there', async () => {
    loaded('/a.csv', ['A', 'B', 'A']);
    loaded('/b.csv', ['A']);
    const counts = await countEarlierRows(directory, await earlierRows('/c.csv', ['A', 'B']));
    const taken = ['A', 'A', 'B', 'A', 'A', 'B', 'C'].map((row) => counts?.take(digest(row)));
    expect(taken).toEqual([true, true, true, true, false, false, false]);
  });

  it('are found among a hundred thousand', () => {
    const counts = new DigestCounts(20_000);
    for (let row = 0; row < 20_000; row++) counts.add(digest(row % 12_000));
    let taken = 0;
    for (let row = 0; row < 40_000; row++) if (counts.take(digest(row % 20_000))) taken++;
    expect(taken).toBe(12_000 + 8_000);
  });

  it('behind what the journal answers for are forgotten', async () => {
    const key = loaded('/a.csv', ['A', 'B', 'C']);
    const file = join(directory, `${key}.rows`);
    const writer = new DigestWriter(file, 1);
    writer.add(digest('D'));
    writer.flush();
    writer.close();
    const found: string[] = [];
    for await (const each of readDigests(file, 3)) found.push(each.toString('hex'));
    expect(found).toEqual(['A', 'D'].map((row) => digest(row).toString('hex')));
  });
});

function sampleOf(...rows: readonly (string | number)[]): DigestSample {
  const sample = new DigestSample();
  for (const row of rows) sample.add(digest(row));
  return sample;
}
