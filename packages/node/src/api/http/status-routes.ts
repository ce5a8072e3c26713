/** `GET /health` and `GET /v1/status`: public, because they tell nothing that is not on every node. */

import type { FastifyInstance } from 'fastify';
import { type TSchema, Type } from 'typebox';

import type { NodeStatus } from '../ports.ts';
import { hexSchema, responses } from './schemas.ts';

/** Adds the routes. */
export function addStatusRoutes(app: FastifyInstance, status: () => NodeStatus): void {
  const health = Type.Object({ serving: Type.Boolean(), height: Type.Integer() });
  app.get(
    '/health',
    {
      schema: { summary: 'Whether the node serves', tags: ['node'], response: { 200: health, 503: health } },
    },
    async (_request, reply) => {
      const { serving, height } = status();
      return reply.code(serving ? 200 : 503).send({ serving, height });
    },
  );
  app.get(
    '/v1/status',
    {
      schema: {
        summary: 'Heights, hashes and rates of the node',
        tags: ['node'],
        response: responses(STATUS),
      },
    },
    async () => status(),
  );
}

function nullable<Schema extends TSchema>(schema: Schema, description: string) {
  return Type.Union([schema, Type.Null()], { description });
}

const STATUS = Type.Object({
  network: hexSchema(32),
  version: Type.String(),
  member: Type.String(),
  serving: Type.Boolean(),
  height: Type.Integer({ description: 'Height of the last committed block.' }),
  blockHash: hexSchema(32),
  stateHash: hexSchema(32),
  finalHeight: Type.Integer({ description: 'Last height on which checkpoints of the quorum agree.' }),
  divergedAt: Type.Union([Type.Integer(), Type.Null()], {
    description: "First height at which this node's state differs from the quorum's.",
  }),
  checkpoints: Type.Array(Type.Object({ member: Type.String(), height: Type.Integer() })),
  transactionsPerSecond: Type.Number(),
  grpc: Type.Union([Type.String(), Type.Null()], { description: 'host:port of the gRPC client port.' }),
  quarantine: Type.Union(
    [
      Type.Object({
        height: Type.Integer(),
        block: hexSchema(32),
        transaction: Type.Union([hexSchema(32), Type.Null()]),
        attempts: Type.Integer(),
      }),
      Type.Null(),
    ],
    { description: 'The block that the node does not get over; it executes nothing then.' },
  ),
  agreement: Type.Object({
    fork: nullable(
      Type.Object({
        signer: Type.String(),
        height: Type.Integer(),
        ours: hexSchema(32),
        other: hexSchema(32),
      }),
      'Two histories that the node which orders has signed; this node vouches for nothing that is not final.',
    ),
    notFinal: nullable(
      Type.Object({
        height: Type.Integer(),
        forMs: Type.Integer(),
        missing: Type.Array(Type.String(), {
          description: "Members that have not signed this node's state of that height.",
        }),
      }),
      'A block that has not become final in the time set for it.',
    ),
    waiting: nullable(
      Type.Object({
        members: Type.Array(Type.String()),
        needed: Type.Integer(),
        reason: Type.String(),
      }),
      'What the node that orders waits for before it orders anything.',
    ),
    differing: Type.Array(Type.Object({ member: Type.String(), height: Type.Integer() }), {
      description: "Members whose state differs from this node's, and since which height.",
    }),
  }),
});
