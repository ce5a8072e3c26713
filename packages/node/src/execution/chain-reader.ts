/**
 * Reads the chain back from the database: blocks as messages, transactions, receipts, checkpoints.
 * Bytes come as they were stored; nothing is encoded anew but the frame around them.
 */

import { encodeBlock, encodeSignedTransaction } from '@bucordo/protocol';
import { POSITION_INDEX_BITS } from '../chain/transaction-row.ts';
import type {
  CommittedIds,
  StoredCheckpoint,
  StoredReceipt,
  StoredState,
  StoredTransaction,
} from './ports.ts';
import { type Connect, ReadingConnections } from './reading-connections.ts';
import { rejectionDetail } from './rejection-detail.ts';

/** What a reader needs. */
export interface ChainReaderOptions {
  /** A new connection as a role that may read the schema `bucordo`. */
  readonly connect: Connect;
  /** Connections at once; 2 without a choice. */
  readonly connections?: number;
}

/** Blocks whose ids are read in one query. */
const ID_BLOCKS = 256;

const RECEIPT_SQL = `
  SELECT t.position::text AS position, t.id, coalesce(r.code, '') AS code, coalesce(r.message, '') AS message, coalesce(v.value, '') AS result, r.call,
         CASE WHEN r.sqlstate IS NOT NULL THEN bucordo.rejection_detail(r) END AS detail
    FROM bucordo.transaction AS t
    LEFT JOIN bucordo.rejection AS r ON r.position = t.position
    LEFT JOIN bucordo.result AS v ON v.position = t.position`;

/** Reads the chain. All methods may be called while blocks are executed and see whole blocks only. */
export class ChainReader {
  readonly #connections: ReadingConnections;

  constructor(options: ChainReaderOptions) {
    this.#connections = new ReadingConnections(options.connect, options.connections ?? 2);
  }

  /** The receipt of a transaction, or null when no block holds it. */
  async receiptById(id: Uint8Array): Promise<StoredReceipt | null> {
    const rows = await this.#connections.rows<ReceiptRow>({
      name: 'receipt_by_id',
      text: `${RECEIPT_SQL} WHERE t.id = $1`,
      values: [id],
    });
    return rows[0] === undefined ? null : receiptOf(rows[0]);
  }

  /** The receipts of a block in order; empty when there is no such block or no transaction in it. */
  async receiptsOfBlock(height: number): Promise<StoredReceipt[]> {
    const rows = await this.#connections.rows<ReceiptRow>({
      name: 'receipts_of_block',
      text: `${RECEIPT_SQL} WHERE t.position >= $1::int8 AND t.position < $2::int8 ORDER BY t.position`,
      values: positionsOf(height, height),
    });
    return rows.map(receiptOf);
  }

  /** A transaction, or null when no block holds it. */
  async transactionById(id: Uint8Array): Promise<StoredTransaction | null> {
    const rows = await this.#connections.rows<TransactionRow>({
      name: 'transaction_by_id',
      text: 'SELECT t.position::text AS position, t.id, t.payload, t.signature FROM bucordo.transaction AS t WHERE t.id = $1',
      values: [id],
    });
    const row = rows[0];
    return row === undefined
      ? null
      : { ...placeOf(row.position), id: row.id, payload: row.payload, signature: row.signature };
  }

  /** Where the transactions stand whose ids, as lower-case hex, begin with `digits`, by id; at most `limit`. */
  async transactionsBeginning(
    digits: string,
    limit: number,
  ): Promise<{ id: Uint8Array; height: number; index: number }[]> {
    const rows = await this.#connections.rows<{ position: string; id: Buffer }>({
      name: 'transactions_beginning',
      text: `SELECT t.position::text AS position, t.id FROM bucordo.transaction AS t
              WHERE t.id >= pg_catalog.decode($1, 'hex') AND t.id <= pg_catalog.decode($2, 'hex')
              ORDER BY t.id LIMIT $3`,
      values: [digits.padEnd(64, '0'), digits.padEnd(64, 'f'), limit],
    });
    return rows.map(({ position, id }) => ({ id, ...placeOf(position) }));
  }

  /** The encoded Block message at `height`, or null. */
  async blockAt(height: number): Promise<Uint8Array | null> {
    return (await this.blockBytes(height, height))[0] ?? null;
  }

  /** Encoded Block messages from height `from` to `to`, both included, in order; it ends early where the chain does. */
  async blockBytes(from: number, to: number): Promise<Uint8Array[]> {
    const blocks = await this.#connections.rows<BlockRow>({
      name: 'blocks',
      text: `SELECT b.height::text AS height, b.header, b.evidence, b.signature
               FROM bucordo.block AS b WHERE b.height >= $1::int8 AND b.height <= $2::int8 ORDER BY b.height`,
      values: [from, to],
    });
    const encoded: Uint8Array[] = [];
    for (const block of blocks) encoded.push(await this.#encodeBlock(block));
    return encoded;
  }

  /** Block hash and state hash of a height, or null when it has not been executed. */
  async stateAt(height: number): Promise<StoredState | null> {
    const rows = await this.#connections.rows<{ blockHash: string; stateHash: string }>({
      name: 'state_at',
      text: `SELECT encode(s.block_hash, 'hex') AS "blockHash", encode(s.state_hash, 'hex') AS "stateHash"
               FROM bucordo.state AS s WHERE s.height = $1::int8`,
      values: [height],
    });
    return rows[0] ?? null;
  }

  /** The checkpoints that the block at `height` has brought, about heights from `sinceHeight` on, in their order. */
  async checkpointsIn(height: number, sinceHeight: number): Promise<StoredCheckpoint[]> {
    const rows = await this.#connections.rows<CheckpointRow>({
      name: 'checkpoints_in',
      text: `SELECT c.member, c.height::text AS height, c.block_hash, c.state_hash, c.node_key, c.signature
               FROM bucordo.checkpoint AS c
              WHERE c.position >= $1::int8 AND c.position < $2::int8 AND c.height >= $3::int8
              ORDER BY c.position, c.height`,
      values: [...positionsOf(height, height), sinceHeight],
    });
    return rows.map(checkpointOf);
  }

  /** The checkpoints about `sinceHeight` and later heights, and the newest of every member, in the order of the chain. */
  async checkpoints(sinceHeight: number): Promise<StoredCheckpoint[]> {
    const rows = await this.#connections.rows<CheckpointRow>({
      name: 'checkpoints',
      text: `SELECT w.member, w.height::text AS height, w.block_hash, w.state_hash, w.node_key, w.signature
               FROM (SELECT c.* FROM bucordo.checkpoint AS c WHERE c.height >= $1::int8
                     UNION
                     SELECT n.* FROM bucordo.member AS m
                      CROSS JOIN LATERAL (SELECT l.* FROM bucordo.checkpoint AS l WHERE l.member = m.id
                                           ORDER BY l.height DESC LIMIT 1) AS n) AS w
              ORDER BY w.position, w.height`,
      values: [sinceHeight],
    });
    return rows.map(checkpointOf);
  }

  /** Height of the last block that calls another function than that of number `checkpoint`; 0 when there is none. */
  async lastActiveHeight(checkpoint: number): Promise<number> {
    const rows = await this.#connections.rows<{ position: string }>({
      name: 'last_active_height',
      text: `SELECT t.position::text AS position FROM bucordo.transaction AS t
              WHERE pg_catalog.cardinality(t.calls) = 0
                 OR EXISTS (SELECT FROM pg_catalog.generate_series(1, pg_catalog.cardinality(t.calls), 3) AS call_at
                             WHERE t.calls[call_at] <> $1::int4)
              ORDER BY t.position DESC LIMIT 1`,
      values: [checkpoint],
    });
    return rows[0] === undefined ? 0 : placeOf(rows[0].position).height;
  }

  /** Header and signature of the block at `height`, or null when there is none. */
  async signedHeaderAt(height: number): Promise<{ header: Uint8Array; signature: Uint8Array } | null> {
    const rows = await this.#connections.rows<{ header: Buffer; signature: Buffer }>({
      name: 'signed_header',
      text: 'SELECT b.header, b.signature FROM bucordo.block AS b WHERE b.height = $1::int8',
      values: [height],
    });
    return rows[0] ?? null;
  }

  /**
   * Ids of the transactions of the newest blocks at `fromHeight` or above, oldest first and without
   * a gap: whole blocks with at most `limit` ids together.
   */
  async *committedIds(options: { fromHeight: number; limit: number }): AsyncGenerator<CommittedIds> {
    const first = await this.#firstHeightWithin(options.fromHeight, options.limit);
    for (let from = first; ; from += ID_BLOCKS) {
      const rows = await this.#connections.rows<{ height: string; ids: Buffer }>({
        name: 'committed_ids',
        text: `SELECT b.height::text AS height,
                      coalesce((SELECT string_agg(t.id, ''::bytea ORDER BY t.position) FROM bucordo.transaction AS t
                                 WHERE t.position >= bucordo.first_position(b.height) AND t.position < bucordo.first_position(b.height + 1)), ''::bytea) AS ids
                 FROM bucordo.block AS b WHERE b.height >= $1::int8 AND b.height < $2::int8 ORDER BY b.height`,
        values: [from, from + ID_BLOCKS],
      });
      for (const row of rows) yield { height: Number(row.height), ids: row.ids };
      if (rows.length < ID_BLOCKS) return;
    }
  }

  /** Ends the connections. */
  close(): Promise<void> {
    return this.#connections.close();
  }

  async #firstHeightWithin(fromHeight: number, limit: number): Promise<number> {
    const rows = await this.#connections.rows<{ height: string | null }>({
      name: 'first_height_within',
      text: `SELECT min(w.height)::text AS height
               FROM (SELECT b.height, sum(b.transaction_count) OVER (ORDER BY b.height DESC) AS count
                       FROM bucordo.block AS b WHERE b.height >= $1::int8) AS w
              WHERE w.count <= $2::int8`,
      values: [fromHeight, limit],
    });
    const height = rows[0]?.height ?? null;
    return height === null ? fromHeight : Number(height);
  }

  async #encodeBlock(block: BlockRow): Promise<Uint8Array> {
    const height = Number(block.height);
    const rows = await this.#connections.rows<{ payload: Buffer; signature: Buffer }>({
      name: 'transactions_of_block',
      text: `SELECT t.payload, t.signature FROM bucordo.transaction AS t
              WHERE t.position >= $1::int8 AND t.position < $2::int8 ORDER BY t.position`,
      values: positionsOf(height, height),
    });
    const { header, evidence, signature } = block;
    return encodeBlock({ header, evidence, signature, transactions: rows.map(encodeSignedTransaction) });
  }
}

interface ReceiptRow {
  position: string;
  id: Buffer;
  code: string;
  message: string;
  result: string;
  call: number | null;
  detail: string | null;
}

interface TransactionRow {
  position: string;
  id: Buffer;
  payload: Buffer;
  signature: Buffer;
}

interface BlockRow {
  height: string;
  header: Buffer;
  evidence: Buffer;
  signature: Buffer;
}

interface CheckpointRow {
  member: string;
  height: string;
  block_hash: Buffer;
  state_hash: Buffer;
  node_key: Buffer;
  signature: Buffer;
}

function checkpointOf(row: CheckpointRow): StoredCheckpoint {
  return {
    member: row.member,
    height: Number(row.height),
    blockHash: row.block_hash,
    stateHash: row.state_hash,
    nodeKey: row.node_key,
    signature: row.signature,
  };
}

function receiptOf({ position, id, detail, ...rest }: ReceiptRow): StoredReceipt {
  return { ...placeOf(position), transactionId: id, ...rest, detail: rejectionDetail(detail) };
}

function placeOf(position: string): { height: number; index: number } {
  const value = BigInt(position);
  const bits = BigInt(POSITION_INDEX_BITS);
  return { height: Number(value >> bits), index: Number(value & ((1n << bits) - 1n)) };
}

// The first position of height `from` and the first one behind height `to`.
function positionsOf(from: number, to: number): [string, string] {
  const bits = BigInt(POSITION_INDEX_BITS);
  return [(BigInt(from) << bits).toString(), (BigInt(to + 1) << bits).toString()];
}
