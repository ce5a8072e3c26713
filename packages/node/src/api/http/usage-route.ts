/** `GET /v1/usage`: how much each member used the network, for every enrolled identity, overseers too. */

import type { FastifyInstance, FastifyRequest } from 'fastify';
import { type Static, Type } from 'typebox';

import type { CatalogueIdentity } from '../../chain/catalogue.ts';
import type { UsageReading } from '../ports.ts';
import { responses, SIGNED } from './schemas.ts';

/** What the route needs. */
export interface UsageRouteOptions {
  readonly usage: UsageReading;
  /** The identity that signed a request; throws when there is none. */
  readonly signer: (request: FastifyRequest) => CatalogueIdentity;
}

/** Adds the route. */
export function addUsageRoute(app: FastifyInstance, { usage, signer }: UsageRouteOptions): void {
  app.get<{ Querystring: Static<typeof MONTHS> }>(
    '/v1/usage',
    {
      schema: {
        summary: 'Usage per member and month',
        description:
          "Counted from the chain, by calendar months of block time (UTC); the nodes' own checkpoints are not counted.",
        tags: ['data'],
        security: SIGNED,
        querystring: MONTHS,
        response: responses(ANSWER),
      },
    },
    async (request) => {
      signer(request);
      const { from = '0000-01', to = '9999-12' } = request.query;
      return { usage: [...(await usage.read(from, to))] };
    },
  );
}

const MONTH = { pattern: '^[0-9]{4}-(0[1-9]|1[0-2])$' };
const MONTHS = Type.Object(
  {
    from: Type.Optional(Type.String({ ...MONTH, description: 'First month, like 2026-11.' })),
    to: Type.Optional(Type.String({ ...MONTH, description: 'Last month.' })),
  },
  { additionalProperties: false },
);
const ANSWER = Type.Object({
  usage: Type.Array(
    Type.Object({
      month: Type.String(),
      member: Type.String(),
      users: Type.Integer({ description: 'Identities that signed a transaction.' }),
      transactions: Type.Integer({ description: 'Ordered, those that were rejected among them.' }),
      rejected: Type.Integer(),
      calls: Type.Integer(),
      bytes: Type.Integer({ description: 'Of payloads and signatures.' }),
    }),
  ),
});
