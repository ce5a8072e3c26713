/**
 * Takes the members' statements that a transaction shall be skipped: verifies the signatures, has the
 * database judge whose they are, and tells what is still missing. What enough members have said holds
 * on this node from then on, over restarts.
 */

import { type Skip, type SkipStatement, skipHash, toHex } from '@bucordo/protocol';
import type pg from 'pg';

import { sha256 } from '../chain/sha256.ts';
import { verifySignature } from '../chain/verify-signature.ts';
import type { SkipStanding, StatementFlaw } from './ports.ts';

/** What taking statements needs. */
export interface SkipsOptions {
  /** A new connection as `bucordo_node`. */
  readonly connect: () => Promise<pg.Client>;
  /** Called when a transaction is skipped from now on. */
  readonly onSkipped: (skip: Skip) => void;
}

/** Takes skips. */
export class Skips {
  readonly #options: SkipsOptions;

  constructor(options: SkipsOptions) {
    this.#options = options;
  }

  /** Takes what is good of `skip`, which is for this network. */
  async take(skip: Skip): Promise<SkipStanding> {
    const client = await this.#options.connect();
    try {
      const refused: SkipStanding['refused'][number][] = [];
      for (const statement of skip.statements) {
        const flaw = isSigned(skip, statement) ? await take(client, skip, statement) : 'signature_invalid';
        if (flaw !== null) refused.push({ member: statement.member, key: toHex(statement.key), flaw });
      }
      const standing = await standingOf(client, skip);
      if (standing.isSkipped) this.#options.onSkipped(skip);
      return { ...standing, refused };
    } finally {
      await client.end();
    }
  }
}

function isSigned(skip: Skip, { member, key, signature }: SkipStatement): boolean {
  return verifySignature(signature, skipHash(skip, member, sha256), key);
}

async function take(client: pg.Client, skip: Skip, statement: SkipStatement): Promise<StatementFlaw | null> {
  const { rows } = await client.query<{ flaw: StatementFlaw | null }>(
    'SELECT bucordo.take_skip($1, $2, $3, $4, $5) AS flaw',
    [skip.transactionId, skip.height, statement.member, statement.key, statement.signature],
  );
  return rows[0]?.flaw ?? null;
}

async function standingOf(client: pg.Client, skip: Skip): Promise<Omit<SkipStanding, 'refused'>> {
  const which = [skip.transactionId, skip.height];
  const skipped = await client.query<{ is_skipped: boolean }>(
    'SELECT bucordo.skip_if_agreed($1, $2) AS is_skipped',
    which,
  );
  const { rows } = await client.query<{ approvals: number; needed: number; agreed: string[] }>(
    'SELECT t.approvals, t.needed, t.agreed FROM bucordo.skip_tally($1, $2) AS t',
    which,
  );
  const tally = rows[0];
  return {
    isSkipped: skipped.rows[0]?.is_skipped === true,
    agreed: tally?.agreed ?? [],
    approvals: tally?.approvals ?? 0,
    needed: tally?.needed ?? 0,
  };
}
