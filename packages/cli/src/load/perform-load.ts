/**
 * A load from its first look at the input to its report, at one node as one identity.
 *
 * Before anything is sent: the function and the right to call it, the encoding, the header, every row. Then the rows
 * that other versions of the file have brought are left out, and the rest is sent.
 */
import { createHash } from 'node:crypto';
import { basename, join, resolve } from 'node:path';
import { pipeline } from 'node:stream/promises';
import type { Parameter } from '@bucordo/protocol';
import { usageError } from '../command-error.ts';
import type { Connection } from '../connection.ts';
import { Progress } from '../output/progress.ts';
import { describeColumnMap } from './column-map.ts';
import { delimiterWords } from './csv-form.ts';
import { findOpenRows } from './cut-loads.ts';
import { countEarlierRows, type EarlierVersions, findEarlierVersions, rowsOf } from './earlier-loads.ts';
import { type InputFile, readBytes } from './input-file.ts';
import { readCsvForm } from './input-form.ts';
import { type JudgedRow, judgeRows } from './judge-rows.ts';
import { type LoadCounts, LoadRun, leaveOut } from './load-file.ts';
import { readLoadedFunction } from './load-function.ts';
import {
  type EarlierRows,
  type FoundLoad,
  findLoads,
  type LoadIdentity,
  LoadJournal,
  loadKey,
} from './load-journal.ts';
import { lockLoad } from './load-lock.ts';
import { type LoadInput, type RowFormat, readLoadRows, readText } from './load-rows.ts';
import { LoadSubmitter } from './load-submitter.ts';
import { type LoadShape, type LoadUnit, loadUnits } from './load-units.ts';
import { RejectedFile, rejectedFileOf } from './rejected-file.ts';
import { DigestSample } from './row-digests.ts';

/** What the user asked for. */
export interface LoadRequest {
  readonly file: InputFile;
  readonly format: RowFormat;
  /** Null for UTF-8. */
  readonly encoding: string | null;
  /** Null to find it. */
  readonly delimiter: string | null;
  readonly shape: LoadShape;
  readonly inFlight: number;
  /** Brings also rows that other versions of the file have brought. */
  readonly again: boolean;
  /** Only checks the input. */
  readonly checkOnly: boolean;
  /** Where rejected rows go; null for a name beside the input. */
  readonly rejected: string | null;
}

/** Who is told what while it runs. */
export interface LoadWatch {
  /** Called when the check is over: the signal is aborted when nothing more is to be sent. */
  readonly beginSending: () => AbortSignal;
  /** A remark for people. */
  readonly note: (text: string) => void;
}

/** What a load did. */
export interface LoadReport extends LoadCounts {
  /** Transactions that the rows come to, and units that are refused before. */
  readonly total: number;
  readonly rows: number;
  readonly rejected: number;
  /** Rows that are the same as those of other versions, and were left out. */
  readonly same: number;
  /** Which file brought them last, and when. */
  readonly sameAs: { readonly file: string; readonly loaded: string } | null;
  readonly emptyLines: number;
  /** Where the rejected rows are; null for nowhere. */
  readonly rejectedFile: string | null;
  /** Whether it was stopped before its end. */
  readonly stopped: boolean;
}

/** Where journals are, within the network's folder. */
const journalsDirectory = 'loads';

/** Checks the whole input, then loads it from where an earlier load of it stopped. */
export async function performLoad(
  connection: Connection,
  request: LoadRequest,
  watch: LoadWatch,
): Promise<LoadReport> {
  const { client, identity, timeoutMs, loaded } = connection;
  const { shape } = request;
  const asked = { contract: shape.contract, function: shape.function, identity, timeoutMs };
  const parameters = await readLoadedFunction(client, asked);
  const input = await readForm(request, parameters, watch);
  const directory = join(loaded.directory, journalsDirectory);
  const loadIdentity = await identify(connection, request);
  const release = lockLoad(join(directory, `${loadKey(loadIdentity).slice(0, 32)}.lock`));
  try {
    const journal = openJournal(loadIdentity, request, directory);
    const load = new PreparedLoad({
      request,
      input,
      directory,
      journal,
      parameters: journal.journal.begun?.parameters ?? parameters,
    });
    const checked = await load.check(watch);
    const earlier = await load.begin(connection, checked.sample, parameters);
    return await load.run(connection, checked, { earlier, watch });
  } finally {
    release();
  }
}

/** What the first reading of the rows found. */
interface CheckedRows {
  readonly rows: number;
  /** What is to be sent when no row is left out. */
  readonly planned: PlannedUnits;
  readonly emptyLines: number;
  readonly sample: DigestSample;
}

class PreparedLoad {
  readonly #request: LoadRequest;
  readonly #input: LoadInput;
  readonly #directory: string;
  readonly #journal: OpenedJournal;
  readonly #parameters: readonly Parameter[];

  constructor(parts: {
    request: LoadRequest;
    input: LoadInput;
    directory: string;
    journal: OpenedJournal;
    parameters: readonly Parameter[];
  }) {
    this.#request = parts.request;
    this.#input = parts.input;
    this.#directory = parts.directory;
    this.#journal = parts.journal;
    this.#parameters = parts.parameters;
  }

  /** Reads the input to its end before anything is sent. */
  async check({ note }: LoadWatch): Promise<CheckedRows> {
    const progress = new Progress({ label: 'checking the file', unit: 'rows' });
    const sample = new DigestSample();
    const lost = { rows: 0, firstLine: 0 };
    let rows = 0;
    let emptyLines = 0;
    const count = async function* (source: AsyncIterable<JudgedRow>): AsyncGenerator<JudgedRow> {
      for await (const row of source) {
        rows += 1;
        if (rows % 1_000 === 0) progress.update(rows);
        if (row.flaw === null) sample.add(row.digest);
        if (row.args.includes('\ufffd')) {
          lost.rows += 1;
          if (lost.firstLine === 0) lost.firstLine = row.row.line;
        }
        yield row;
      }
    };
    const judged = this.#judged(() => {
      emptyLines += 1;
    });
    // The units are made as well, so that a group that is too large is found now.
    const planned = await countUnits(loadUnits(count(judged), this.#request.shape));
    if (rows === 0) throw usageError('the file has no rows', 'A CSV file has a header and at least one row.');
    if (lost.rows > 0)
      note(
        `${lost.rows} ${lost.rows === 1 ? 'row holds' : 'rows hold'} U+FFFD, the sign for a letter that an earlier program lost; the first in line ${lost.firstLine}.`,
      );
    return { rows, planned: { ...planned, same: 0 }, emptyLines, sample };
  }

  /** Begins the journal if that is to be done; the loads whose rows are left out. */
  async begin(
    connection: Connection,
    sample: DigestSample,
    parameters: readonly Parameter[],
  ): Promise<readonly EarlierRows[]> {
    const { journal, isAgain, first } = this.#journal;
    const file = pathOf(this.#request.file);
    if (journal.begun !== null) return journal.begun.earlier;
    const versions = await this.#versions(sample, { file, isAgain, first }, connection);
    if (this.#request.checkOnly) return versions.rows;
    journal.write({
      file,
      begun: new Date().toISOString(),
      family: versions.family ?? journal.key,
      parameters,
      earlier: versions.rows,
      validUntil: [],
      done: 0,
      codes: {},
      rows: 0,
      rejected: null,
      openAbove: null,
      complete: false,
    });
    return versions.rows;
  }

  async run(
    connection: Connection,
    checked: CheckedRows,
    { earlier, watch }: { readonly earlier: readonly EarlierRows[]; readonly watch: LoadWatch },
  ): Promise<LoadReport> {
    const request = this.#request;
    const { journal, identity, isAgain } = this.#journal;
    const planned = earlier.length === 0 ? checked.planned : await this.#plan(earlier);
    const last = findLoads(this.#directory, identity).findLast(({ key }) =>
      earlier.some(({ load }) => load.startsWith(key)),
    );
    const facts = {
      total: planned.units,
      rows: checked.rows,
      emptyLines: checked.emptyLines,
      same: planned.same,
      sameAs:
        last === undefined || planned.same === 0 ? null : { file: last.state.file, loaded: last.state.begun },
    };
    const isOver = journal.begun?.complete === true;
    if (facts.sameAs !== null && !isAgain && !isOver) watch.note(sameWords(facts.same, facts.sameAs));
    if (request.checkOnly) return checkReport(planned, facts);
    const rejectedFile = new RejectedFile({
      csv: this.#input.csv,
      choose: () =>
        resolve(
          request.rejected ?? rejectedFileOf(request.file.name, request.format === 'csv' ? 'csv' : 'jsonl'),
        ),
      state: journal.state.rejected,
    });
    const { client, signer, timeoutMs } = connection;
    const from = journal.state.done;
    const label = `loading ${request.file.name === '-' ? 'standard input' : basename(request.file.name)}`;
    const progress = new Progress({ label, unit: 'transactions', total: planned.units, from });
    const run = new LoadRun({
      journal,
      submitter: new LoadSubmitter({ client, signer, load: identity, journal, timeoutMs }),
      shape: request.shape,
      rejectedFile,
      inFlight: request.inFlight,
      stop: watch.beginSending(),
      onProgress: (done) => progress.update(done),
      height: (await client.status({ timeoutMs })).height,
    });
    try {
      await run.submitAll(await this.#units(earlier));
    } catch (error) {
      watch.note(leftWords(run.counts.done, planned.units));
      throw error;
    }
    const { counts } = run;
    if (counts.done > from) progress.finish(counts.done);
    return {
      ...facts,
      ...counts,
      rejected: Object.values(counts.codes).reduce((sum, each) => sum + each, 0),
      rejectedFile: journal.state.rejected?.file ?? null,
      stopped: !journal.state.complete,
    };
  }

  #judged(onEmpty: () => void = () => undefined): AsyncGenerator<JudgedRow> {
    const { columnMap } = this.#request.shape;
    return judgeRows(readLoadRows(this.#input, onEmpty), { columnMap, parameters: this.#parameters });
  }

  async #units(
    earlier: readonly EarlierRows[],
    onSame: () => void = () => undefined,
  ): Promise<AsyncGenerator<LoadUnit>> {
    const counts = await countEarlierRows(this.#directory, earlier);
    return loadUnits(leaveOut(this.#judged(), counts, onSame), this.#request.shape);
  }

  async #plan(earlier: readonly EarlierRows[]): Promise<PlannedUnits> {
    let same = 0;
    const units = await this.#units(earlier, () => {
      same += 1;
    });
    return { ...(await countUnits(units)), same };
  }

  async #versions(
    sample: DigestSample,
    { file, isAgain, first }: { file: string; isAgain: boolean; first: FoundLoad | null },
    { client, timeoutMs }: Connection,
  ): Promise<EarlierVersions> {
    const directory = this.#directory;
    const findOpen = (found: FoundLoad) => findOpenRows({ client, timeoutMs, directory }, found);
    if (isAgain && first !== null) return { family: first.state.family, rows: await rowsOf(first, findOpen) };
    if (isAgain) return { family: null, rows: [] };
    const { identity, journal } = this.#journal;
    return findEarlierVersions(directory, { ...identity, file, key: journal.key }, sample, findOpen);
  }
}

/** What is to be sent. */
interface PlannedUnits {
  readonly units: number;
  readonly same: number;
  /** Refused before they are sent, by code. */
  readonly codes: Readonly<Record<string, number>>;
}

async function countUnits(source: AsyncIterable<LoadUnit>): Promise<Omit<PlannedUnits, 'same'>> {
  let units = 0;
  const codes: Record<string, number> = {};
  for await (const { flaw } of source) {
    units += 1;
    if (flaw !== null) codes[flaw.code] = (codes[flaw.code] ?? 0) + 1;
  }
  return { units, codes };
}

interface OpenedJournal {
  readonly journal: LoadJournal;
  readonly identity: LoadIdentity;
  readonly isAgain: boolean;
  /** With `--again`: the load of the same file that went before; null when there is none. */
  readonly first: FoundLoad | null;
}

/** How the rows are written, from the first line. */
async function readForm(
  request: LoadRequest,
  parameters: readonly Parameter[],
  { note }: LoadWatch,
): Promise<LoadInput> {
  const { file, encoding, format, delimiter, shape } = request;
  if (format === 'jsonl') return { file, encoding, format, csv: null };
  const wanted = { ...shape, name: `${shape.contract}.${shape.function}`, parameters };
  const csv = await readCsvForm(readText({ file, encoding }), wanted, delimiter);
  if (delimiter === null && csv.delimiter !== ',')
    note(`Columns are read with ${delimiterWords(csv.delimiter)} between them, as the header is.`);
  return { file, encoding, format, csv };
}

async function identify({ loaded, identity }: Connection, request: LoadRequest): Promise<LoadIdentity> {
  const { contract, function: fn, columnMap, groupBy, callsPerTransaction } = request.shape;
  return {
    network: loaded.profile.network,
    identity,
    function: `${contract}.${fn}`,
    fileHash: await hashOf(request.file),
    columnMap: describeColumnMap(columnMap),
    groupBy,
    callsPerTransaction,
    encoding: request.encoding ?? '',
    isAgain: false,
  };
}

function openJournal(common: LoadIdentity, request: LoadRequest, directory: string): OpenedJournal {
  const plain = new LoadJournal(directory, common);
  if (!request.again || plain.begun === null)
    return { journal: plain, identity: common, isAgain: request.again, first: null };
  // Rows under way when the first load was cut may still be executed: it must end before the rest is brought again.
  if (!plain.begun.complete)
    throw usageError(
      'the load of this file has not come to its end',
      'Let it go on first, without --again; then bring with --again what it left out.',
    );
  const again = { ...common, isAgain: true };
  const journal = new LoadJournal(directory, again);
  const first = { key: plain.key, load: common, state: plain.begun };
  return { journal, identity: again, isAgain: true, first };
}

/** SHA-256 of an input's bytes, unpacked, hex. */
async function hashOf(file: InputFile): Promise<string> {
  const hash = createHash('sha256');
  await pipeline(readBytes(file), hash);
  return hash.digest('hex');
}

function pathOf({ name }: InputFile): string {
  return name === '-' ? '-' : resolve(name);
}

function checkReport(
  { units, codes }: PlannedUnits,
  facts: Pick<LoadReport, 'total' | 'rows' | 'emptyLines' | 'same' | 'sameAs'>,
): LoadReport {
  const rejected = Object.values(codes).reduce((sum, each) => sum + each, 0);
  const nothing = { done: 0, committed: 0, duplicates: 0, skipped: 0, rejectedFile: null, stopped: false };
  return { ...facts, ...nothing, total: units, rejected, codes };
}

function sameWords(
  same: number,
  { file, loaded }: { readonly file: string; readonly loaded: string },
): string {
  const rows = same === 1 ? '1 row is' : `${same} rows are`;
  const where = file === '-' ? 'standard input' : file;
  return `Another version of this file was loaded (${where}, ${loaded.slice(0, 16).replace('T', ' ')} UTC): ${rows} the same and not brought once more. To bring them again: --again`;
}

/** How far a load has come, for one that ends before its end. */
export function leftWords(done: number, total: number): string {
  return `${done} of ${total} transactions are done, ${total - done} are left. The same command goes on.`;
}
