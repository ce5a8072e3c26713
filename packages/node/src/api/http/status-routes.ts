/** `GET /health` and `GET /v1/status`: public, because they tell nothing that is not on every node. */

import type { FastifyInstance } from 'fastify';
import { Type } from 'typebox';

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
});
