/**
 * What a node hands to the ordering: `Envelope { repeated SignedTransaction transactions = 1; }`.
 *
 * An envelope has no meaning of its own; a transaction in two envelopes executes once.
 */

import { DecodeError } from './decode-error.ts';
import { envelopeBytesMax, envelopeTransactionsMax } from './limits.ts';
import { decodeSignedTransaction, type SignedTransaction } from './signed-transaction.ts';
import { LENGTH_DELIMITED, WireReader, WireWriter } from './wire.ts';

/** Encodes signed transactions, each already in its encoded form. Throws {@link DecodeError} above the limits. */
export function encodeEnvelope(transactions: readonly Uint8Array[]): Uint8Array {
  const writer = new WireWriter(4096);
  for (const transaction of transactions) {
    writer.element(1, transaction);
  }
  const bytes = writer.finish();
  requireLimits(transactions.length, bytes.length);
  return bytes;
}

/** Decodes an envelope into views of `bytes`, each an encoded signed transaction not yet looked into. */
export function envelopeElements(bytes: Uint8Array): Uint8Array[] {
  requireLimits(1, bytes.length);
  const reader = new WireReader(bytes);
  const transactions: Uint8Array[] = [];
  while (reader.take(1, LENGTH_DELIMITED)) {
    requireLimits(transactions.length + 1, bytes.length);
    transactions.push(reader.content());
  }
  reader.finish();
  requireLimits(transactions.length, bytes.length);
  return transactions;
}

/** Decodes an envelope and its signed transactions. Throws {@link DecodeError}. */
export function decodeEnvelope(bytes: Uint8Array): SignedTransaction[] {
  return envelopeElements(bytes).map(decodeSignedTransaction);
}

function requireLimits(count: number, length: number): void {
  if (count === 0) {
    throw new DecodeError('an envelope holds at least one transaction');
  }
  if (count > envelopeTransactionsMax || length > envelopeBytesMax) {
    throw new DecodeError(
      `an envelope of ${count} transactions and ${length} bytes is above ${envelopeTransactionsMax} and ${envelopeBytesMax}`,
      'too_large',
    );
  }
}
