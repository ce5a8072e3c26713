/**
 * One block as one message to Postgres: the rows as binary COPY and the call of
 * `bucordo.execute_block` behind it, written at once without waiting for the server to ask for the
 * rows. One round trip, one implicit transaction, one commit. Or, inside a transaction that the
 * caller has begun, the same with `bucordo.run_block`, which leaves the end of the block to the caller.
 *
 * It is a query of its own kind for pg (`client.query(new BlockQuery(…))`). The next block's bytes
 * may be written before this one is answered: the server reads them when it is done with this one,
 * and pg hands each answer to the query whose turn it is.
 */

import type { Connection, Submittable } from 'pg';
import type { SealedBlock } from '../chain/sealed-block.ts';
import { plainReceiptsRoot } from './plain-receipts.ts';

/**
 * How much of a block the message runs: all of it, all of it with its receipts expected to be plain, or
 * its transactions.
 */
export type BlockStep = 'execute_block' | 'execute_plain_block' | 'run_block';

/** A row of what the function returned, as text: of `bucordo.execute_block` place, code, call, content, detail. */
export type AnswerRow = readonly (string | null)[];

/** Called once with the rows that the function returned, or with the error that stopped it. */
export type BlockAnswer = (error: Error | null, rows: readonly AnswerRow[]) => void;

/** The query of one block. */
export class BlockQuery implements Submittable {
  readonly #block: SealedBlock;
  readonly #step: BlockStep;
  readonly #answer: BlockAnswer;
  #isWritten = false;
  #isAnswered = false;
  readonly #rows: AnswerRow[] = [];

  constructor(block: SealedBlock, step: BlockStep, answer: BlockAnswer) {
    this.#block = block;
    this.#step = step;
    this.#answer = answer;
  }

  /** Writes the message now, unless it has been written. */
  write(connection: Connection): void {
    if (this.#isWritten) return;
    this.#isWritten = true;
    connection.stream.cork();
    connection.query(blockSql(this.#block, this.#step));
    if (this.#block.rows.count > 0) connection.stream.write(this.#block.rows.copyMessages());
    connection.stream.uncork();
  }

  // What follows is called by pg, in the order of the server's messages.

  submit(connection: Connection): void {
    this.write(connection);
  }

  handleCopyInResponse(): void {
    // The rows are on their way already.
  }

  handleRowDescription(): void {
    // Columns that are known.
  }

  handleDataRow(message: { fields: (Buffer | string | null)[] }): void {
    this.#rows.push(message.fields.map((field) => (field === null ? null : String(field))));
  }

  handleCommandComplete(): void {
    // COPY and SELECT; the answer counts when the transaction is committed.
  }

  handleEmptyQuery(): void {
    // Never: the text is not empty.
  }

  handleError(error: Error): void {
    this.#settle(error);
  }

  handleReadyForQuery(): void {
    this.#settle(null);
  }

  #settle(error: Error | null): void {
    if (this.#isAnswered) return;
    this.#isAnswered = true;
    this.#answer(error, this.#rows);
  }
}

// Values stand in the text because the simple protocol has no parameters: numbers and hex, made here.
function blockSql(block: SealedBlock, step: BlockStep): string {
  const bytes = [block.header, block.hash, block.previousHash, block.evidence, block.signature]
    .map(hexLiteral)
    .join(',');
  const count = block.rows.count;
  const copy = count > 0 ? 'COPY bucordo.transaction FROM STDIN BINARY;' : '';
  const common = `${block.height},${block.time},${bytes},${count},${block.rows.judgedBy}`;
  if (step === 'run_block') return `${copy}SELECT bucordo.run_block(${common})`;
  const root = step === 'execute_plain_block' ? hexLiteral(plainReceiptsRoot(block)) : 'NULL';
  return `${copy}SELECT * FROM bucordo.execute_block(${common},${root})`;
}

function hexLiteral(bytes: Uint8Array): string {
  return `'\\x${Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength).toString('hex')}'`;
}
