/** `POST /v1/dry-run`: what a transaction would do, without doing it, for an enrolled identity. */

import { callsMax, fromHex } from '@bucordo/protocol';
import type { FastifyInstance, FastifyRequest } from 'fastify';
import { type Static, Type } from 'typebox';

import type { CatalogueIdentity } from '../../chain/catalogue.ts';
import type { DryRunOutcome } from '../../execution/ports.ts';
import { dryRunChangesMax, dryRunMs } from '../../limits.ts';
import { dryRunBodyBytesMax } from '../limits.ts';
import type { DryRunning } from '../ports.ts';
import { HttpRefusal } from './refusal.ts';
import { failedCallSchema, hexSchema, responses, SIGNED } from './schemas.ts';

/** What the route needs. */
export interface DryRunRouteOptions {
  readonly dryRuns: DryRunning;
  /** The identity that signed a request; throws when there is none. */
  readonly signer: (request: FastifyRequest) => CatalogueIdentity;
}

/** Adds the route. */
export function addDryRunRoute(app: FastifyInstance, { dryRuns, signer }: DryRunRouteOptions): void {
  app.post<{ Body: Static<typeof BODY> }>(
    '/v1/dry-run',
    {
      bodyLimit: dryRunBodyBytesMax,
      schema: {
        summary: 'Try a transaction on the present state',
        description: `Executes the calls as the next transaction and undoes them. At most ${dryRunMs} ms and ${dryRunChangesMax} row changes.`,
        tags: ['data'],
        security: SIGNED,
        body: BODY,
        response: responses(ANSWER),
      },
    },
    async (request) => {
      const identity = signer(request);
      const { calls, as, effect } = request.body;
      const answer = await dryRuns.run({
        calls: calls.map((call) => ({ ...call, args: call.arguments })),
        effect: effect === undefined ? null : fromHex(effect),
        signer: identity,
        as: as ?? null,
      });
      if ('refusal' in answer) throw new HttpRefusal(answer.refusal, answer.message);
      return viewOf(answer.outcome);
    },
  );
}

function viewOf({ rejection, effect, isCut, ms: _, ...outcome }: DryRunOutcome): Static<typeof ANSWER> {
  return {
    ...outcome,
    status: rejection === null ? 'committed' : 'rejected',
    code: rejection?.code ?? '',
    message: rejection?.message ?? '',
    call: rejection?.call ?? null,
    changes: outcome.changes.map(({ isWithheld, ...change }) => ({ ...change, withheld: isWithheld })),
    truncated: isCut,
    effect: effect === null ? null : Buffer.from(effect).toString('hex'),
  };
}

const BODY = Type.Object(
  {
    calls: Type.Array(
      Type.Object(
        {
          contract: Type.String({ maxLength: 63 }),
          function: Type.String({ maxLength: 63 }),
          arguments: Type.String({ description: 'A JSON object as text, exactly as it would be signed.' }),
        },
        { additionalProperties: false },
      ),
      { minItems: 1, maxItems: callsMax },
    ),
    as: Type.Optional(
      Type.String({
        maxLength: 127,
        description: 'Identity, `member/name`; an administrator may name others of the own member.',
      }),
    ),
    effect: Type.Optional(
      Type.String({
        pattern: '^[0-9a-f]{64}$',
        description: 'The effect that the transaction would demand.',
      }),
    ),
  },
  { additionalProperties: false },
);

const ROW = Type.Union([Type.Record(Type.String(), Type.Union([Type.String(), Type.Null()])), Type.Null()]);

const ANSWER = Type.Object({
  height: Type.Integer({ description: 'Height of the state on which the transaction was tried.' }),
  status: Type.Union([Type.Literal('committed'), Type.Literal('rejected')]),
  code: Type.String({ description: 'Code of the rejection; empty for none.' }),
  message: Type.String(),
  call: failedCallSchema,
  detail: Type.String({ description: 'What this node knows of the error; not part of a receipt.' }),
  result: Type.String({ description: 'JSON text; empty for none.' }),
  changes: Type.Array(
    Type.Object({
      operation: Type.Union([Type.Literal('insert'), Type.Literal('update'), Type.Literal('delete')]),
      contract: Type.String(),
      table: Type.String(),
      key: ROW,
      before: ROW,
      after: ROW,
      withheld: Type.Boolean({
        description: 'Whether rows are left out because of rules on who reads them.',
      }),
    }),
  ),
  truncated: Type.Boolean({ description: 'Whether there are more changes.' }),
  effect: Type.Union([hexSchema(32), Type.Null()], {
    description: 'What a transaction can demand as its effect; null when it would be rejected.',
  }),
  budgetUsed: Type.Integer(),
});
