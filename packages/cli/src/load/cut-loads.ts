/**
 * Loads that were killed while something was under way: which of it the network executed, found on the chain. So that
 * a corrected file does not bring once more what an earlier load of it had just sent.
 */
import type { Client } from '@bucordo/client';
import { decodeTransaction, fromHex, toHex } from '@bucordo/protocol';
import { readJsonMembers } from '../json-members.ts';
import { digestOf } from './judge-rows.ts';
import { type EarlierRows, type FoundLoad, loadNonce, rowsFileOf } from './load-journal.ts';
import { DigestWriter } from './row-digests.ts';

/** Units behind the last one of the journal that may have been sent: 8,000 under way at once, and 12,000 of a second. */
const openUnitsMax = 20_000;
/** Blocks without room that a unit may have met in that second. */
const openRenewalsMax = 5;
/** Transactions that are asked for at once. */
const asksAtOnce = 32;

/** Where the network is asked. */
export interface CutLoadOptions {
  readonly client: Client;
  readonly timeoutMs: number;
  /** Where journals are. */
  readonly directory: string;
}

/** Rows of a load that were executed and that its journal does not know; null when nothing was under way. */
export async function findOpenRows(
  { client, timeoutMs, directory }: CutLoadOptions,
  { key, load, state }: FoundLoad,
): Promise<EarlierRows | null> {
  if (state.openAbove === null) return null;
  const nonces = new Set<string>();
  for (let number = state.done; number < state.done + openUnitsMax; number++)
    for (let renewed = 0; renewed <= openRenewalsMax; renewed++)
      nonces.add(toHex(loadNonce(load, number, renewed)));
  const found = `${key}-found`;
  const writer = new DigestWriter(rowsFileOf(directory, { load: found }), 0);
  let rows = 0;
  let above = BigInt(state.openAbove + 1) << 20n;
  for (;;) {
    const { values } = await client.query(
      `SELECT r.transaction, r.position::text FROM bucordo.receipts AS r
        WHERE r.identity = $1 AND r.status = 'committed' AND r.position >= $2::int8
          AND (r.function = $3 OR r.function LIKE $3 || ' (%') ORDER BY r.position LIMIT 1000`,
      [load.identity, above.toString(), load.function],
      { timeoutMs },
    );
    for (let at = 0; at < values.length; at += asksAtOnce) {
      const ids = values.slice(at, at + asksAtOnce).map(([id]) => id ?? '');
      for (const transaction of await Promise.all(ids.map((id) => client.transaction(id, { timeoutMs })))) {
        if (transaction === null) continue;
        if (!nonces.has(toHex(decodeTransaction(fromHex(transaction.payload)).nonce))) continue;
        for (const call of transaction.calls) {
          writer.add(digestOf(readJsonMembers(call.argumentsText, 'a call on the chain')));
          rows += 1;
        }
      }
    }
    const last = values.at(-1)?.[1];
    if (values.length < 1_000 || last === undefined || last === null) break;
    above = BigInt(last) + 1n;
  }
  writer.flush();
  writer.close();
  return { load: found, rows };
}
