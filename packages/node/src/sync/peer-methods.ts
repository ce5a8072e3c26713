/**
 * The methods of `bucordo.v1.Peer` as gRPC descriptions. Messages stay bytes here: they are
 * decoded where it is known what to do with one that is malformed.
 */

import type { Metadata, MethodDefinition } from '@grpc/grpc-js';

type BytesMethod = MethodDefinition<Uint8Array, Uint8Array>;

const toBuffer = (bytes: Uint8Array): Buffer =>
  Buffer.isBuffer(bytes) ? bytes : Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength);
const asReceived = (bytes: Buffer): Uint8Array => bytes;

function bytesMethod(name: string, options: { requestStream: boolean }): BytesMethod {
  return {
    path: `/bucordo.v1.Peer/${name}`,
    requestStream: options.requestStream,
    responseStream: true,
    requestSerialize: toBuffer,
    requestDeserialize: asReceived,
    responseSerialize: toBuffer,
    responseDeserialize: asReceived,
  };
}

/** `Blocks`: one BlocksRequest, then blocks without end. */
export const BLOCKS_METHOD: BytesMethod = bytesMethod('Blocks', { requestStream: false });

/** `Forward`: envelopes to the ordering node, refusals back. */
export const FORWARD_METHOD: BytesMethod = bytesMethod('Forward', { requestStream: true });

/** `Witness`: testimonies both ways. */
export const WITNESS_METHOD: BytesMethod = bytesMethod('Witness', { requestStream: true });

/** Name of the metadata field in which a stream of blocks begins by telling the sender's height. */
export const HEIGHT_METADATA = 'bucordo-height';

/** Name of the metadata field in which both ends of a stream of blocks tell their clock, milliseconds since the epoch. */
export const TIME_METADATA = 'bucordo-time';

/** The whole number in a field of metadata; null when there is none. */
export function numberIn(metadata: Metadata, field: string): number | null {
  const [text] = metadata.get(field);
  return typeof text === 'string' && /^[0-9]{1,16}$/.test(text) && Number.isSafeInteger(Number(text))
    ? Number(text)
    : null;
}

/** Longest message either side accepts: the largest block (2 MiB of rows) with room to spare. */
export const PEER_MESSAGE_BYTES_MAX: number = 8 * 1024 * 1024;

/** Settings of both ends: a silent peer is noticed within 20 s. */
export const PEER_CHANNEL_OPTIONS: Readonly<Record<string, number>> = {
  'grpc.max_receive_message_length': PEER_MESSAGE_BYTES_MAX,
  'grpc.max_send_message_length': PEER_MESSAGE_BYTES_MAX,
  'grpc.keepalive_time_ms': 10_000,
  'grpc.keepalive_timeout_ms': 10_000,
  'grpc.keepalive_permit_without_calls': 1,
};
