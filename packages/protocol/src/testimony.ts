/**
 * What nodes tell each other directly, past the ordering: a checkpoint with the block that it is
 * about, or two blocks that the node which orders has signed and that contradict each other.
 *
 * Whoever has it can judge it alone: checkpoint and headers carry their signatures.
 */

import { BLOCK_HEADER_LENGTH } from './block.ts';
import { DecodeError } from './decode-error.ts';
import { testimonyBytesMax } from './limits.ts';
import { LENGTH_DELIMITED, WireReader, WireWriter } from './wire.ts';

/** The header of a block with the ordering node's signature over its hash. */
export interface SignedHeader {
  /** 150 bytes. */
  readonly header: Uint8Array;
  /** 64 bytes. */
  readonly signature: Uint8Array;
}

/** A member's word on a height, with the block of that height. */
export interface Statement {
  /** An encoded checkpoint. */
  readonly checkpoint: Uint8Array;
  /** The node's signature over it, 64 bytes. */
  readonly signature: Uint8Array;
  readonly block: SignedHeader;
}

/** Either a statement, or two blocks that contradict each other. */
export type Testimony =
  | { readonly statement: Statement }
  | { readonly contradiction: readonly [SignedHeader, SignedHeader] };

/** Encodes a testimony. */
export function encodeTestimony(testimony: Testimony): Uint8Array {
  const writer = new WireWriter(testimonyBytesMax);
  if ('contradiction' in testimony) {
    for (const block of testimony.contradiction) writer.element(3, encodeSignedHeader(block));
    return writer.finish();
  }
  const { checkpoint, signature, block } = testimony.statement;
  return writer.bytes(1, checkpoint).bytes(2, signature).element(3, encodeSignedHeader(block)).finish();
}

/** Decodes a testimony into views of `bytes`; checkpoint, headers and signatures are not looked into. Throws {@link DecodeError}. */
export function decodeTestimony(bytes: Uint8Array): Testimony {
  if (bytes.length > testimonyBytesMax) {
    throw new DecodeError(`a testimony of ${bytes.length} bytes is above ${testimonyBytesMax}`, 'too_large');
  }
  const reader = new WireReader(bytes);
  const checkpoint = reader.bytes(1, testimonyBytesMax);
  const signature = checkpoint.length === 0 ? checkpoint : reader.fixed(2, 64);
  const blocks: SignedHeader[] = [];
  while (reader.take(3, LENGTH_DELIMITED)) blocks.push(decodeSignedHeader(reader.content()));
  reader.finish();
  const [block, other] = blocks;
  if (block === undefined || blocks.length !== (checkpoint.length === 0 ? 2 : 1)) {
    throw new DecodeError('a testimony holds a checkpoint and its block, or two blocks');
  }
  return other === undefined
    ? { statement: { checkpoint, signature, block } }
    : { contradiction: [block, other] };
}

function encodeSignedHeader({ header, signature }: SignedHeader): Uint8Array {
  return new WireWriter(BLOCK_HEADER_LENGTH + 80).bytes(1, header).bytes(2, signature).finish();
}

function decodeSignedHeader(bytes: Uint8Array): SignedHeader {
  const reader = new WireReader(bytes);
  const header = reader.fixed(1, BLOCK_HEADER_LENGTH);
  const signature = reader.fixed(2, 64);
  reader.finish();
  return { header, signature };
}
