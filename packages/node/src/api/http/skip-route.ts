/**
 * `POST /v1/skip`: the members' statements that a transaction shall be skipped. Public, because the
 * statements are signed and count for themselves, and the node that needs them may know no other login.
 */

import { DecodeError, decodeSkip, equalBytes, skipStatementsMax, toHex } from '@bucordo/protocol';
import type { FastifyInstance } from 'fastify';
import { type Static, Type } from 'typebox';

import { skipBodyBytesMax, skipsWaitingMax } from '../limits.ts';
import type { Skipping } from '../ports.ts';
import { HttpRefusal } from './refusal.ts';
import { hexSchema, responses } from './schemas.ts';

/** What the route needs. */
export interface SkipRouteOptions {
  readonly skips: Skipping;
  /** Network id, 32 bytes. */
  readonly network: Uint8Array;
}

/** Adds the route. */
export function addSkipRoute(app: FastifyInstance, { skips, network }: SkipRouteOptions): void {
  let waiting = 0;
  app.post<{ Body: Static<typeof BODY> }>(
    '/v1/skip',
    {
      bodyLimit: skipBodyBytesMax,
      schema: {
        summary: 'Hand in statements that a transaction shall be skipped',
        description: `The text of the file that \`bucordo skip\` writes, with up to ${skipStatementsMax} statements.`,
        tags: ['node'],
        body: BODY,
        response: responses(ANSWER),
      },
    },
    async (request) => {
      const skip = skipOf(request.body.skip);
      if (!equalBytes(skip.network, network)) throw new HttpRefusal('wrong_network');
      if (waiting >= skipsWaitingMax) throw new HttpRefusal('overloaded');
      waiting += 1;
      try {
        const { isSkipped, ...standing } = await skips.take(skip);
        return {
          transaction: toHex(skip.transactionId),
          height: skip.height,
          skipped: isSkipped,
          ...standing,
        };
      } finally {
        waiting -= 1;
      }
    },
  );
}

function skipOf(text: string) {
  try {
    return decodeSkip(Buffer.from(text, 'utf8'));
  } catch (error) {
    if (error instanceof DecodeError) throw new HttpRefusal('malformed', error.message);
    throw error;
  }
}

const BODY = Type.Object({ skip: Type.String() }, { additionalProperties: false });

const ANSWER = Type.Object({
  transaction: hexSchema(32),
  height: Type.Integer(),
  skipped: Type.Boolean({ description: 'Whether enough members have said so.' }),
  agreed: Type.Array(Type.String(), { description: 'Members that have said so.' }),
  approvals: Type.Integer(),
  needed: Type.Integer(),
  refused: Type.Array(
    Type.Object({
      member: Type.String(),
      key: hexSchema(32),
      flaw: Type.Union([
        Type.Literal('signature_invalid'),
        Type.Literal('not_administrator'),
        Type.Literal('executed'),
      ]),
    }),
    { description: 'Statements that do not count, each with why.' },
  ),
});
