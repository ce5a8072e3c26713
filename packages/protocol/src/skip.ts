/**
 * A skip: the members' word that a transaction shall not be executed, although it was ordered, because
 * it stops every node that tries. Made where the network stands still, so it does not travel through
 * the ordering: it is a file that goes from member to member, and each adds its statement.
 *
 * A statement is an Ed25519 signature by an administrator of a member over
 * `H("skip", network 32 ‖ height u64 ‖ transaction id 32 ‖ member (u8 length, ASCII))`. The height is
 * the one at which nodes stopped; at it and above, the transaction is refused with the code `skipped`
 * by every node that holds enough statements. The file is JSON in exactly one form (see `formats.md`).
 */

import { BinaryWriter } from './binary.ts';
import {
  type Height,
  type MemberId,
  type NetworkId,
  type Plain,
  type PublicKey,
  parseHeight,
  parseMemberId,
  parseNetworkId,
  parsePublicKey,
  parseTransactionId,
  type TransactionId,
} from './brands.ts';
import { DecodeError } from './decode-error.ts';
import { sign, verify } from './ed25519.ts';
import { GenesisReader } from './genesis-reader.ts';
import { equalBytes, type Sha256, sha256, taggedHash } from './hash.ts';
import { fromHex, toHex } from './hex.ts';
import { isStrictJson } from './json.ts';
import { skipBytesMax, skipStatementsMax } from './limits.ts';
import { fromUtf8, toUtf8 } from './text.ts';

/** An administrator's signature for a member. */
export interface SkipStatement {
  readonly member: MemberId;
  /** Key of an identity of the member with the role `admin`. */
  readonly key: PublicKey;
  /** 64 bytes. */
  readonly signature: Uint8Array;
}

/** Which transaction, and who has said so. */
export interface Skip {
  readonly network: NetworkId;
  /** Height at which nodes stopped, at least 1. */
  readonly height: Height;
  readonly transactionId: TransactionId;
  /** In the order in which they were added; each key once. */
  readonly statements: readonly SkipStatement[];
}

/** A skip as one encodes it. */
export type PlainSkip = Plain<Omit<Skip, 'statements'>> & {
  readonly statements: readonly Plain<SkipStatement>[];
};

/** What is signed for `member`. */
export function skipHash(skip: PlainSkip, member: string, hash: Sha256 = sha256): Uint8Array {
  const name = toUtf8(parseMemberId(member));
  const bytes = new BinaryWriter(160)
    .fixed(skip.network, 32)
    .u64(parseHeight(skip.height))
    .fixed(skip.transactionId, 32)
    .u8(name.length)
    .raw(name)
    .finish();
  return taggedHash('skip', bytes, hash);
}

/** Adds the statement of `member`, signed by the administrator whose secret is `seed`; one by the same key is replaced. Portable. */
export function signSkip(
  skip: PlainSkip,
  by: { readonly member: string; readonly key: Uint8Array; readonly seed: Uint8Array },
): Skip {
  const others = skip.statements.filter(({ key }) => !equalBytes(key, by.key));
  const signature = sign(skipHash(skip, by.member), by.seed);
  return branded({ ...skip, statements: [...others, { member: by.member, key: by.key, signature }] });
}

/** True when the key in the statement signed it. Says nothing on whose key it is. Portable. */
export function verifySkip(skip: Skip, statement: SkipStatement): boolean {
  return verify(statement.signature, skipHash(skip, statement.member), statement.key);
}

/** The file of a skip. Throws {@link DecodeError} on wrong sizes, names or numbers. */
export function encodeSkip(skip: PlainSkip): Uint8Array {
  const { network, height, transactionId, statements } = branded(skip);
  const document = {
    bucordo_skip: 1,
    network: toHex(network),
    height,
    transaction: toHex(transactionId),
    statements: statements.map(({ member, key, signature }) => ({
      member,
      key: toHex(key),
      signature: toHex(signature),
    })),
  };
  return toUtf8(`${JSON.stringify(document, null, 2)}\n`);
}

/** Reads the file of a skip; takes only the form that {@link encodeSkip} writes. Throws {@link DecodeError}. */
export function decodeSkip(bytes: Uint8Array): Skip {
  if (bytes.length > skipBytesMax) {
    throw new DecodeError(`a skip of ${bytes.length} bytes is larger than ${skipBytesMax}`, 'too_large');
  }
  if (!isStrictJson(bytes)) {
    throw new DecodeError('the skip is not strict JSON');
  }
  const reader = GenesisReader.of(JSON.parse(fromUtf8(bytes)), 'skip');
  reader.integer('bucordo_skip', 1, 1);
  const skip = branded({
    network: fromHex(reader.text('network', 64, 64)),
    height: reader.integer('height', 1, Number.MAX_SAFE_INTEGER),
    transactionId: fromHex(reader.text('transaction', 64, 64)),
    statements: reader.objects('statements', 0, skipStatementsMax).map((statement) => ({
      member: statement.label('member'),
      key: fromHex(statement.text('key', 64, 64)),
      signature: fromHex(statement.text('signature', 128, 128)),
    })),
  });
  if (!equalBytes(encodeSkip(skip), bytes)) {
    throw new DecodeError(
      'the skip is not written in the one form it has; take the file as the command wrote it',
    );
  }
  return skip;
}

function branded(skip: PlainSkip): Skip {
  const statements = skip.statements.map(({ member, key, signature }) => {
    if (signature.length !== 64) {
      throw new DecodeError(`a signature has 64 bytes, not ${signature.length}`);
    }
    return { member: parseMemberId(member), key: parsePublicKey(key), signature };
  });
  const keys = new Set(statements.map(({ key }) => toHex(key)));
  if (skip.height < 1 || keys.size < statements.length) {
    throw new DecodeError('a skip names a height from 1 and every key once');
  }
  return {
    network: parseNetworkId(skip.network),
    height: parseHeight(skip.height),
    transactionId: parseTransactionId(skip.transactionId),
    statements,
  };
}
