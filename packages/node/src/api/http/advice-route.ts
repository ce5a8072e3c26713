/** What the node's checker says about a proposed contract, for enrolled identities. */

import type { FastifyInstance, FastifyRequest } from 'fastify';
import { type Static, Type } from 'typebox';

import type { CatalogueIdentity } from '../../chain/catalogue.ts';
import type { AdviceReading } from '../ports.ts';
import { HttpRefusal } from './refusal.ts';
import { responses, SIGNED } from './schemas.ts';

/** What the route needs. */
export interface AdviceRouteOptions {
  readonly advice: AdviceReading;
  /** The identity that signed a request; throws when there is none. */
  readonly signer: (request: FastifyRequest) => CatalogueIdentity;
}

/** Adds the route. */
export function addAdviceRoute(app: FastifyInstance, { advice, signer }: AdviceRouteOptions): void {
  app.get<{ Params: Static<typeof BY_NUMBER> }>(
    '/v1/proposals/:number/advice',
    {
      schema: {
        summary: "What this node's checker says about a proposed contract",
        description: 'Advice to the member of the node. It decides nothing.',
        tags: ['proposals'],
        security: SIGNED,
        params: BY_NUMBER,
        response: responses(ADVICE),
      },
    },
    (request) => {
      signer(request);
      const found = advice.on(Number(request.params.number));
      if (found === null) throw new HttpRefusal('not_found');
      return found;
    },
  );
}

const BY_NUMBER = Type.Object(
  { number: Type.String({ pattern: '^[1-9][0-9]{0,14}$' }) },
  { additionalProperties: false },
);
const ADVICE = Type.Object({
  proposal: Type.Integer(),
  documentHash: Type.String({ description: 'Hash of the document that was checked, hex.' }),
  verdict: Type.Union(
    (['pending', 'passed', 'refused', 'unchecked'] as const).map((verdict) => Type.Literal(verdict)),
  ),
  summary: Type.String({ description: 'The verdict in a sentence.' }),
  checker: Type.String({ description: 'Which checker, on which Postgres.' }),
  reportHash: Type.String({ description: 'Hash of the report as transactions name it, hex, or empty.' }),
  findings: Type.Array(
    Type.Object({
      rule: Type.String(),
      layer: Type.String(),
      file: Type.String(),
      line: Type.Integer(),
      column: Type.Integer(),
      construct: Type.String(),
      message: Type.String(),
      remedy: Type.String(),
    }),
  ),
});
