/** A load from its first look at the file to its report, with progress, at one node as one identity. */
import { basename, join } from 'node:path';
import { usageError } from '../command-error.ts';
import type { Connection } from '../connection.ts';
import { Progress } from '../output/progress.ts';
import { describeColumnMap } from './column-map.ts';
import { countTransactions, type LoadOptions, type LoadReport, loadFile } from './load-file.ts';
import { hashFile, type LoadIdentity, LoadJournal } from './load-journal.ts';
import { LoadSubmitter } from './load-submitter.ts';

/** What the user asked for. */
export type LoadRequest = Omit<LoadOptions, 'journal' | 'submitter' | 'onProgress'>;

/** Where journals are, within the network's folder. */
const journalsDirectory = 'loads';

/** Checks the whole file, then loads it from where an earlier load of it stopped. */
export async function performLoad(connection: Connection, request: LoadRequest): Promise<LoadReport> {
  const { client, signer, loaded, timeoutMs } = connection;
  const load = await identify(connection, request);
  const journal = new LoadJournal(join(loaded.directory, journalsDirectory), load);
  const total = await checkFile(request);
  const from = request.again ? 0 : journal.state.done;
  const label = `loading ${basename(request.file)}`;
  const progress = new Progress({ label, unit: 'transactions', total, from });
  const submitter = new LoadSubmitter({ client, signer, load, journal, timeoutMs });
  const onProgress = (done: number): void => progress.update(done);
  const report = await loadFile({ ...request, journal, submitter, onProgress });
  if (report.transactions > from) progress.finish(report.transactions);
  return report;
}

async function identify({ loaded, identity }: Connection, request: LoadRequest): Promise<LoadIdentity> {
  const { contract, function: fn, columnMap, groupBy, callsPerTransaction } = request.shape;
  return {
    network: loaded.profile.network,
    identity,
    function: `${contract}.${fn}`,
    fileHash: await hashFile(request.file),
    columnMap: describeColumnMap(columnMap),
    groupBy,
    callsPerTransaction,
  };
}

/** Reads the file to its end before anything is sent, and counts its transactions. */
async function checkFile(request: LoadRequest): Promise<number> {
  const progress = new Progress({ label: 'checking the file', unit: 'rows' });
  let rows = 0;
  const transactions = await countTransactions(request, () => {
    rows += 1;
    if (rows % 1_000 === 0) progress.update(rows);
  });
  if (transactions > 0) return transactions;
  throw usageError('the file has no rows', 'A CSV file has a header and at least one row.');
}
