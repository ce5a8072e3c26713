/** `POST /v1/query`: read-only SQL by an enrolled identity. */

import { setImmediate } from 'node:timers/promises';

import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify';
import { type Static, Type } from 'typebox';

import type { CatalogueIdentity } from '../../chain/catalogue.ts';
import {
  queryBodyBytesMax,
  queryMsDefault,
  queryMsMax,
  queryParametersMax,
  queryRowsDefault,
  queryRowsMax,
  sqlCharactersMax,
} from '../limits.ts';
import type { PublicStatus } from '../ports.ts';
import type { QueryDatabase } from './query-database.ts';
import type { QueryAnswer } from './query-session.ts';
import { responses, SIGNED } from './schemas.ts';

/** What the route needs. */
export interface QueryRouteOptions {
  readonly queries: QueryDatabase;
  /** The identity that signed a request; throws when there is none. */
  readonly signer: (request: FastifyRequest) => CatalogueIdentity;
  /** Id of the node's own member. */
  readonly member: string;
  readonly status: () => PublicStatus;
}

/** Adds the route. */
export function addQueryRoute(app: FastifyInstance, options: QueryRouteOptions): void {
  app.post<{ Body: Static<typeof BODY> }>(
    '/v1/query',
    {
      bodyLimit: queryBodyBytesMax,
      schema: {
        summary: 'Run one reading statement',
        description: `A single SELECT, VALUES or WITH … SELECT, in one snapshot. At most ${queryRowsMax} rows and ${queryMsMax} ms.`,
        tags: ['data'],
        security: SIGNED,
        body: BODY,
        response: responses(ANSWER),
      },
    },
    async (request, reply) => {
      const identity = options.signer(request);
      const { sql, parameters = [], rowsMax = queryRowsDefault, timeoutMs = queryMsDefault } = request.body;
      const role = identity.member === options.member ? 'bucordo_member_reader' : 'bucordo_reader';
      const { member, name, memberClass, roles } = identity;
      const reader = { member, class: memberClass, roles };
      const query = {
        identity: `${member}/${name}`,
        reader,
        sql,
        parameters,
        rowsMax,
        timeoutMs: Math.min(timeoutMs, queryMsMax),
      };
      const answer = await options.queries.run(role, query, goneOf(reply));
      const text = await jsonOf(answer, { diverged: isInDoubt(options.status()) });
      return reply.type('application/json; charset=utf-8').send(text);
    },
  );
}

// Aborted when the connection of the caller closes before its answer is written.
function goneOf(reply: FastifyReply): AbortSignal {
  const gone = new AbortController();
  reply.raw.once('close', () => {
    if (!reply.raw.writableFinished) gone.abort();
  });
  return gone.signal;
}

// Rows written at once between two turns of the event loop: under a millisecond.
const ROWS_AT_ONCE = 500;

// The answer as JSON, piece by piece: 8 MiB in one go would hold up the ordering for a tenth of a second.
// Whether the rows may be others than those of the network.
function isInDoubt({ divergedAt, agreement }: PublicStatus): boolean {
  return divergedAt !== null || agreement.fork !== null;
}

async function jsonOf({ rows, ...rest }: QueryAnswer, more: { diverged: boolean }): Promise<string> {
  const pieces: string[] = [];
  for (let from = 0; from < rows.length; from += ROWS_AT_ONCE) {
    if (from > 0) await setImmediate();
    pieces.push(JSON.stringify(rows.slice(from, from + ROWS_AT_ONCE)).slice(1, -1));
  }
  return `${JSON.stringify({ ...rest, ...more }).slice(0, -1)},"rows":[${pieces.join(',')}]}`;
}

const BODY = Type.Object(
  {
    sql: Type.String({ minLength: 1, maxLength: sqlCharactersMax }),
    parameters: Type.Optional(
      Type.Array(Type.Union([Type.String(), Type.Null()]), {
        maxItems: queryParametersMax,
        description: "Values of $1, $2 … as Postgres's text, or null.",
      }),
    ),
    rowsMax: Type.Optional(Type.Integer({ minimum: 1, maximum: queryRowsMax })),
    timeoutMs: Type.Optional(Type.Integer({ minimum: 1, description: `Capped at ${queryMsMax}.` })),
  },
  { additionalProperties: false },
);
const ANSWER = Type.Object({
  height: Type.Integer({ description: 'Height of the snapshot that was read.' }),
  columns: Type.Array(Type.Object({ name: Type.String(), type: Type.String() })),
  rows: Type.Array(Type.Array(Type.Union([Type.String(), Type.Null()])), {
    description: "Postgres's text of every value, null for NULL.",
  }),
  truncated: Type.Boolean({ description: 'Whether a limit cut the rows.' }),
  diverged: Type.Boolean({
    description: "Whether this node's state differs from the quorum's, or stands on one of two histories.",
  }),
});
