/**
 * Earlier loads of other versions of a file: a corrected one, a longer one, one in another order. Their rows are not
 * brought twice.
 *
 * A load is of another version when it has the same path and a row in common, or half of the rows. Loads of versions
 * of one file, and of the files of what they rejected, are a family; what any of them has committed is left out.
 */
import { resolve } from 'node:path';
import {
  type EarlierRows,
  type FoundLoad,
  findLoads,
  type LoadIdentity,
  rowsFileOf,
} from './load-journal.ts';
import { inputOfRejected } from './rejected-file.ts';
import { DigestCounts, type DigestSample, readDigests } from './row-digests.ts';

/** Loads whose rows are left out, and the family that the new load belongs to. */
export interface EarlierVersions {
  /** Null when it is the first of its family. */
  readonly family: string | null;
  /** The rows that they brought, the oldest load first. */
  readonly rows: readonly EarlierRows[];
}

/** Finds the earlier versions of what `sample` was taken from. */
export async function findEarlierVersions(
  directory: string,
  load: LoadIdentity & { readonly file: string; readonly key: string },
  sample: DigestSample,
  findOpen: (found: FoundLoad) => Promise<EarlierRows | null>,
): Promise<EarlierVersions> {
  const others: { readonly state: FoundLoad['state']; readonly rows: readonly EarlierRows[] }[] = [];
  for (const found of findLoads(directory, load)) {
    if (found.key !== load.key) others.push({ state: found.state, rows: await rowsOf(found, findOpen) });
  }
  const families = new Set<string>();
  for (const { state, rows } of others) {
    if (isRejectedBy(load.file, state)) families.add(state.family);
    const common = await sample.countIn(digestsOf(directory, rows));
    const isSameFile = load.file !== '-' && state.file === load.file;
    if (common > 0 && (isSameFile || common * 2 >= sample.size)) families.add(state.family);
  }
  const members = others.filter(({ state }) => families.has(state.family));
  return { family: members[0]?.state.family ?? null, rows: members.flatMap(({ rows }) => rows) };
}

// Whether a file holds what the load has rejected: the journal knows the last such file, its name leads to the others.
function isRejectedBy(file: string, { file: input, rejected }: FoundLoad['state']): boolean {
  if (file === '-') return false;
  if (rejected !== null && resolve(rejected.file) === file) return true;
  const named = inputOfRejected(file);
  return named !== null && (input === named || input === `${named}.gz`);
}

/** The rows that a load has brought; `findOpen` finds those that its journal does not know. */
export async function rowsOf(
  found: FoundLoad,
  findOpen: (found: FoundLoad) => Promise<EarlierRows | null>,
): Promise<readonly EarlierRows[]> {
  const open = await findOpen(found);
  const all = [{ load: found.key, rows: found.state.rows }, ...(open === null ? [] : [open])];
  return all.filter(({ rows }) => rows > 0);
}

async function* digestsOf(directory: string, all: readonly EarlierRows[]): AsyncGenerator<Buffer> {
  for (const each of all) yield* readDigests(rowsFileOf(directory, each), each.rows);
}

/** Counts of the rows that are left out; null for none. */
export async function countEarlierRows(
  directory: string,
  earlier: readonly EarlierRows[],
): Promise<DigestCounts | null> {
  const total = earlier.reduce((sum, { rows }) => sum + rows, 0);
  if (total === 0) return null;
  const counts = new DigestCounts(total);
  for await (const digest of digestsOf(directory, earlier)) counts.add(digest);
  return counts;
}
