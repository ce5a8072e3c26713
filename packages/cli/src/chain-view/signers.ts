/** Who signed: names of public keys as the chain has them, now and at the height of what was signed. */
import { type Client, RequestError } from '@bucordo/client';

/** An identity by one of its keys. */
export interface Signer {
  /** Public key, lower-case hex. */
  readonly key: string;
  /** `member/name` as it is called now; null where the node that was asked knows no such key. */
  readonly identity: string | null;
  /** `member/name` as it was called at the height in question; the same unless it was renamed since. */
  readonly identityThen: string | null;
  /** First height at which the key counts no more; null while it does. */
  readonly endsAt: number | null;
}

/**
 * The signers of something at `height`, in the words of the node that is asked. What changes at a height
 * counts from the next one on, so names are those after the height before.
 */
export async function readSigners(
  client: Client,
  { keys, height, timeoutMs }: { keys: readonly string[]; height: number; timeoutMs: number },
): Promise<ReadonlyMap<string, Signer>> {
  const wanted = [...new Set(keys)];
  const signers = new Map(wanted.map((key) => [key, strangerOf(key)]));
  try {
    const { values } = await client.query(
      `SELECT encode(i.key, 'hex'), i.member, i.name, coalesce(earlier.name, i.name), i.valid_to::text
         FROM bucordo.identity AS i
         LEFT JOIN bucordo_history.identity_at($2::int8 - 1) AS earlier ON earlier.key = i.key
        WHERE i.key IN (SELECT decode(k.key, 'hex') FROM unnest($1::text[]) AS k (key))
        ORDER BY 1`,
      [`{${wanted.join(',')}}`, String(height)],
      { timeoutMs, rowsMax: 10_000 },
    );
    for (const [key, member, name, nameThen, endsAt] of values)
      if (key !== null && key !== undefined)
        signers.set(key, {
          key,
          identity: `${member}/${name}`,
          identityThen: `${member}/${nameThen}`,
          endsAt: endsAt === null || endsAt === undefined ? null : Number(endsAt),
        });
  } catch (error) {
    // Who may see a transaction and not who takes part sees the key.
    if (!(error instanceof RequestError) || error.code !== 'not_permitted') throw error;
  }
  return signers;
}

/** A signer in a line: the name now, and the one at that height where it was another. */
export function signerText({ key, identity, identityThen }: Signer, height: number): string {
  if (identity === null) return key;
  return identity === identityThen ? identity : `${identity} (at height ${height}: ${identityThen})`;
}

/** A key of which nothing is known. */
export function strangerOf(key: string): Signer {
  return { key, identity: null, identityThen: null, endsAt: null };
}
