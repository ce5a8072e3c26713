/**
 * The layout of one transaction as a row of `COPY bucordo.transaction FROM STDIN BINARY`.
 *
 * Verification writes a transaction in this form once, and everything after it only moves bytes:
 * ordering concatenates rows, execution stores them, the block stream reads payload and signature
 * back out of them. Measured: writing the row where the signature is checked costs 2 µs, building
 * it later on the main thread costs the throughput of the node.
 *
 * ```
 *   0  int16  number of fields, 8
 *   2  int32  8      6  int8   position            (until the block is sealed: the height of the functions that judged it)
 *  14  int32  32    18  bytea  transaction id
 *  50  int32  n     54  bytea  payload
 *  54+n int32 64  58+n  bytea  signature
 * 122+n int32 …         int4[] calls: per call the function's number, offset and length of the arguments in the payload
 *       int32 …         text   refusal: a code when the transaction is ordered but may not run, else NULL
 *       int32 32        bytea  effect: the only one that the transaction may have, or NULL
 *       int32 4         int4   index of the call for which it may not run, or NULL
 * ```
 */

/** Offset of the position inside a row. */
export const ROW_POSITION_AT = 6;
/** Offset of the transaction id inside a row. */
export const ROW_ID_AT = 18;
/** Offset of the payload's length inside a row. */
export const ROW_PAYLOAD_LENGTH_AT = 50;
/** Offset of the payload inside a row. */
export const ROW_PAYLOAD_AT = 54;

// Tag, length and 16 bytes.
const NONCE_FIELD_BYTES = 18;
// Tag, length and 32 bytes.
const EFFECT_FIELD_BYTES = 34;

/** How many bits of a position count the index within the block: a block holds fewer than 2^20 transactions. */
export const POSITION_INDEX_BITS = 20;
/** Positions that a block has, used or not. */
const BLOCK_POSITIONS = 2 ** POSITION_INDEX_BITS;
/** Heights that fit beside the index into the lower 32 bits. */
const LOW_HEIGHTS = 2 ** (32 - POSITION_INDEX_BITS);

/** What a row says about its calls: one triple per call. */
export interface RowCall {
  /** Number of the function in the catalogue, 0 when it is not known. */
  readonly functionNumber: number;
  /** Offset of the arguments in the payload, counted from 0. */
  readonly argsAt: number;
  /** Length of the arguments in bytes. */
  readonly argsLength: number;
}

/** Where to find the parts of a transaction for {@link writeTransactionRow}; offsets into `source`. */
export interface RowParts {
  readonly payloadAt: number;
  readonly payloadLength: number;
  readonly signatureAt: number;
  readonly calls: readonly RowCall[];
  readonly refusal: string | null;
  /** Index of the call for which the transaction may not run, or −1 when every call may. */
  readonly refusedCall: number;
  /** Offset of the 32 bytes of the effect that the transaction demands, or −1. */
  readonly effectAt: number;
  /** Height of the block that last changed the functions by which the calls were judged. */
  readonly judgedBy: number;
}

/** Bytes that {@link writeTransactionRow} writes; 32 more with an effect, 4 more with a refused call. */
export function transactionRowLength(
  payloadLength: number,
  callCount: number,
  refusal: string | null,
): number {
  return 122 + payloadLength + 4 + 20 + callCount * 24 + 4 + (refusal === null ? 0 : refusal.length) + 8;
}

/** Writes a row at `at` and returns the offset behind it. `refusal` is an ASCII code. */
export function writeTransactionRow(
  target: Buffer,
  at: number,
  source: Buffer,
  id: Buffer,
  parts: RowParts,
): number {
  let w = target.writeInt16BE(8, at);
  w = target.writeInt32BE(8, w);
  w = target.writeUInt32BE(Math.floor(parts.judgedBy / 2 ** 32), w);
  w = target.writeUInt32BE(parts.judgedBy % 2 ** 32, w);
  w = target.writeInt32BE(32, w);
  id.copy(target, w, 0, 32);
  w += 32;
  w = target.writeInt32BE(parts.payloadLength, w);
  source.copy(target, w, parts.payloadAt, parts.payloadAt + parts.payloadLength);
  w += parts.payloadLength;
  w = target.writeInt32BE(64, w);
  source.copy(target, w, parts.signatureAt, parts.signatureAt + 64);
  w += 64;
  w = writeCalls(target, w, parts.calls);
  w = writeRefusal(target, w, parts.refusal);
  w = writeEffect(target, w, source, parts.effectAt);
  if (parts.refusedCall < 0) return target.writeInt32BE(-1, w);
  w = target.writeInt32BE(4, w);
  return target.writeInt32BE(parts.refusedCall, w);
}

/** Length of the payload of the row at `at`. */
export function rowPayloadLength(rows: Buffer, at: number): number {
  return rows.readInt32BE(at + ROW_PAYLOAD_LENGTH_AT);
}

/** Offset of the signature of the row at `at`. */
export function rowSignatureAt(rows: Buffer, at: number): number {
  return at + ROW_PAYLOAD_AT + rowPayloadLength(rows, at) + 4;
}

/** Whether the transaction of the row at `at` demands one effect. */
function hasEffect(rows: Buffer, at: number): boolean {
  const callsAt = rowSignatureAt(rows, at) + 64;
  const refusalAt = callsAt + 4 + rows.readInt32BE(callsAt);
  return rows.readInt32BE(refusalAt + 4 + Math.max(0, rows.readInt32BE(refusalAt))) === 32;
}

/**
 * The last height at which the transaction of the row at `at` may be executed. In the payload it is
 * the varint in front of nonce and effect, whose lengths are fixed, so it is read from behind.
 */
export function rowValidUntil(rows: Buffer, at: number): number {
  const behind = NONCE_FIELD_BYTES + (hasEffect(rows, at) ? EFFECT_FIELD_BYTES : 0);
  const last = at + ROW_PAYLOAD_AT + rowPayloadLength(rows, at) - behind - 1;
  let value = rows[last] ?? 0;
  for (let i = last - 1; (rows[i] ?? 0) >= 0x80; i--) value = value * 128 + ((rows[i] ?? 0) & 0x7f);
  return value;
}

/** Height of the functions by which the transaction of the unsealed row at `at` was judged. */
export function rowJudgedBy(rows: Buffer, at: number): number {
  return rows.readUInt32BE(at + ROW_POSITION_AT) * 2 ** 32 + rows.readUInt32BE(at + ROW_POSITION_AT + 4);
}

/** Writes the position `height · 2^20 + index` into the row at `at`. `height` is below 2^43. */
export function setRowPosition(rows: Buffer, at: number, height: number, index: number): void {
  rows.writeUInt32BE(Math.floor(height / LOW_HEIGHTS), at + ROW_POSITION_AT);
  rows.writeUInt32BE((height % LOW_HEIGHTS) * BLOCK_POSITIONS + index, at + ROW_POSITION_AT + 4);
}

function writeRefusal(target: Buffer, at: number, refusal: string | null): number {
  if (refusal === null) return target.writeInt32BE(-1, at);
  const w = target.writeInt32BE(refusal.length, at);
  return w + target.write(refusal, w, 'latin1');
}

function writeEffect(target: Buffer, at: number, source: Buffer, effectAt: number): number {
  if (effectAt < 0) return target.writeInt32BE(-1, at);
  const w = target.writeInt32BE(32, at);
  source.copy(target, w, effectAt, effectAt + 32);
  return w + 32;
}

// int4[] in Postgres's binary form: dimensions, has-null flag, element type 23, length, lower bound, elements.
function writeCalls(target: Buffer, at: number, calls: readonly RowCall[]): number {
  const count = calls.length * 3;
  let w = target.writeInt32BE(20 + count * 8, at);
  w = target.writeInt32BE(1, w);
  w = target.writeInt32BE(0, w);
  w = target.writeInt32BE(23, w);
  w = target.writeInt32BE(count, w);
  w = target.writeInt32BE(1, w);
  for (const call of calls) {
    w = target.writeInt32BE(4, w);
    w = target.writeInt32BE(call.functionNumber, w);
    w = target.writeInt32BE(4, w);
    w = target.writeInt32BE(call.argsAt, w);
    w = target.writeInt32BE(4, w);
    w = target.writeInt32BE(call.argsLength, w);
  }
  return w;
}
