/**
 * `GET /health`, `/health/live`, `/v1/status` and `/metrics`: public, because they tell nothing that
 * is not on every node.
 *
 * `/health` is for whoever sends work: 200 while the node takes transactions and answers with what
 * the network has, else 503 with the state and its reasons. `/health/live` is for whoever restarts
 * processes: it answers as long as the process does, for a node that waits, catches up or has
 * stopped is not helped by a restart; one that is ends by itself.
 */

import type { FastifyInstance } from 'fastify';
import { type TSchema, Type } from 'typebox';

import { nodeStates } from '../../observe/ports.ts';
import type { PublicStatus } from '../ports.ts';
import { hexSchema, responses } from './schemas.ts';

const STATE = Type.Union(
  nodeStates.map((state) => Type.Literal(state)),
  { description: 'The worst of what holds; `serving` when nothing hinders the node.' },
);

const SERVING = Type.Boolean({ description: 'Whether the state is `serving`.' });

const HEALTH = Type.Object({
  state: STATE,
  sinceMs: Type.Integer({ description: "By the node's clock, milliseconds since the epoch." }),
  conditions: Type.Array(
    Type.Object({
      state: STATE,
      code: Type.String(),
      message: Type.String(),
      hint: Type.String(),
      facts: Type.Record(
        Type.String(),
        Type.Union([Type.String(), Type.Number(), Type.Boolean(), Type.Null()]),
      ),
      sinceMs: Type.Integer(),
    }),
    { description: 'What is not as it should be, the worst first.' },
  ),
});

/** Adds the routes. */
export function addStatusRoutes(app: FastifyInstance, status: () => PublicStatus): void {
  const ready = Type.Object({ serving: SERVING, height: Type.Integer(), ...HEALTH.properties });
  app.get(
    '/health',
    {
      schema: {
        summary: 'Whether the node takes transactions and is where the network is, and if not why',
        tags: ['node'],
        response: { 200: ready, 503: ready },
      },
    },
    async (_request, reply) => {
      const { health, height } = status();
      const serving = health.state === 'serving';
      return reply.code(serving ? 200 : 503).send({ serving, height, ...health });
    },
  );
  app.get(
    '/health/live',
    {
      schema: {
        summary: 'Whether the process answers',
        tags: ['node'],
        response: { 200: Type.Object({ state: STATE }) },
      },
    },
    async () => ({ state: status().health.state }),
  );
  app.get(
    '/v1/status',
    {
      schema: {
        summary: 'State, heights, hashes and rates of the node',
        tags: ['node'],
        response: responses(STATUS),
      },
    },
    async () => {
      const now = status();
      return { ...now, serving: now.health.state === 'serving' };
    },
  );
  app.get(
    '/metrics',
    {
      schema: {
        summary: 'The same in the text format of Prometheus',
        tags: ['node'],
        response: { 200: Type.String() },
      },
    },
    async (_request, reply) =>
      reply.type('text/plain; version=0.0.4; charset=utf-8').send(metricsOf(status())),
  );
}

function nullable<Schema extends TSchema>(schema: Schema, description: string) {
  return Type.Union([schema, Type.Null()], { description });
}

const STATUS = Type.Object({
  network: hexSchema(32),
  version: Type.String(),
  member: Type.String(),
  serving: SERVING,
  health: HEALTH,
  height: Type.Integer({ description: 'Height of the last committed block.' }),
  blockHash: hexSchema(32),
  stateHash: hexSchema(32),
  finalHeight: Type.Integer({ description: 'Last height on which checkpoints of the quorum agree.' }),
  divergedAt: Type.Union([Type.Integer(), Type.Null()], {
    description: "First height at which this node's state differs from the quorum's.",
  }),
  blockTimeAheadMs: Type.Integer({
    description: "Milliseconds that the last block is dated ahead of the node's clock; negative for behind.",
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
    { description: 'The block at which the node ended again and again; it executes nothing then.' },
  ),
  ordering: Type.Object({
    kind: Type.String(),
    member: Type.String({ description: 'Member whose node orders.' }),
    unreachableSinceMs: nullable(
      Type.Integer(),
      "Since when no blocks can be received from it, by this node's clock; null while they can.",
    ),
  }),
  members: Type.Array(Type.Object({ member: Type.String(), class: Type.String(), status: Type.String() }), {
    description: 'Members as of this height; status is invited, active, left or expelled.',
  }),
  executing: nullable(
    Type.Object({ height: Type.Integer(), transactions: Type.Integer(), forMs: Type.Integer() }),
    'The block that is being executed.',
  ),
  rules: Type.Object({
    version: Type.Integer({ description: 'Rules by which the next block is executed.' }),
    known: Type.Integer({ description: 'The newest rules that the program of this node has.' }),
    schema: Type.Integer({ description: "Version of the node's own schema in its database." }),
    next: nullable(
      Type.Object({
        version: Type.Integer(),
        fromHeight: Type.Integer({ description: 'First height that goes by them.' }),
        obstacle: nullable(Type.String(), 'Why this node will stop before that height.'),
      }),
      'Rules that the members have decided about and that do not hold yet.',
    ),
  }),
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

/** Every state has a line, so that an alarm can be put on any of them; labels hold only names of this project. */
function metricsOf(status: PublicStatus): string {
  const { health } = status;
  const gauges: readonly (readonly [name: string, help: string, value: number])[] = [
    ['bucordo_height', 'Height of the last committed block.', status.height],
    ['bucordo_final_height', 'Last height on which the quorum agrees.', status.finalHeight],
    ['bucordo_transactions_per_second', 'Committed lately.', status.transactionsPerSecond],
    [
      'bucordo_block_time_ahead_seconds',
      "How far the last block is dated ahead of the node's clock.",
      status.blockTimeAheadMs / 1_000,
    ],
    [
      'bucordo_state_since_seconds',
      'When the node came into its state, seconds since the epoch.',
      health.sinceMs / 1_000,
    ],
  ];
  const states = nodeStates.map(
    (state) => `bucordo_state{state="${state}"} ${health.state === state ? 1 : 0}`,
  );
  const conditions = health.conditions.map(
    ({ code, state, sinceMs }) =>
      `bucordo_condition_since_seconds{code="${code}",state="${state}"} ${sinceMs / 1_000}`,
  );
  return [
    ...gauges.flatMap(([name, help, value]) => [
      `# HELP ${name} ${help}`,
      `# TYPE ${name} gauge`,
      `${name} ${value}`,
    ]),
    '# HELP bucordo_state 1 for the state that the node is in, 0 for the others.',
    '# TYPE bucordo_state gauge',
    ...states,
    '# HELP bucordo_condition_since_seconds Since when something is not as it should be.',
    '# TYPE bucordo_condition_since_seconds gauge',
    ...conditions,
    '',
  ].join('\n');
}
