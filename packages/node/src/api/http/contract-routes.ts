/** The contracts that run and what the database holds of them, for enrolled identities. */

import type { FastifyInstance, FastifyRequest } from 'fastify';
import { type Static, Type } from 'typebox';

import type { CatalogueIdentity } from '../../chain/catalogue.ts';
import type { ContractReading } from '../ports.ts';
import { HttpRefusal } from './refusal.ts';
import { hexSchema, responses, SIGNED } from './schemas.ts';

/** What the routes need. */
export interface ContractRouteOptions {
  readonly contracts: ContractReading;
  /** Throws when the request is not signed by an enrolled identity. */
  readonly signer: (request: FastifyRequest) => CatalogueIdentity;
}

/** Adds the routes. */
export function addContractRoutes(app: FastifyInstance, options: ContractRouteOptions): void {
  addListRoute(app, options);
  addDocumentRoute(app, options);
  addReflectionRoute(app, options);
}

function addListRoute(app: FastifyInstance, { contracts, signer }: ContractRouteOptions): void {
  const schema = {
    summary: 'The contracts that run',
    tags: ['contracts'],
    security: SIGNED,
    response: responses(LIST),
  };
  app.get('/v1/contracts', { schema }, async (request) => {
    signer(request);
    return { contracts: await contracts.contracts() };
  });
}

function addDocumentRoute(app: FastifyInstance, { contracts, signer }: ContractRouteOptions): void {
  const schema = {
    summary: 'A contract as it was approved',
    tags: ['contracts'],
    security: SIGNED,
    params: BY_NAME,
    response: responses(DOCUMENT),
  };
  app.get<{ Params: Static<typeof BY_NAME> }>('/v1/contracts/:name', { schema }, async (request) => {
    signer(request);
    const { name } = request.params;
    const document = await contracts.document(name);
    const running = (await contracts.contracts()).find((each) => each.name === name);
    if (document === null || running === undefined) throw new HttpRefusal('not_found');
    return { ...running, document };
  });
}

function addReflectionRoute(app: FastifyInstance, { contracts, signer }: ContractRouteOptions): void {
  const schema = {
    summary: 'What the database holds: schemas, tables, columns, functions',
    tags: ['contracts'],
    security: SIGNED,
    response: responses(REFLECTION),
  };
  app.get('/v1/reflection', { schema }, async (request) => {
    signer(request);
    return contracts.reflection();
  });
}

const BY_NAME = Type.Object(
  { name: Type.String({ pattern: '^[a-z][a-z0-9_]{0,62}$' }) },
  { additionalProperties: false },
);
const CONTRACT = {
  name: Type.String(),
  version: Type.String(),
  hash: hexSchema(32),
  isRetired: Type.Boolean({ description: 'Nothing of it can be called; its data stay readable.' }),
};
const LIST = Type.Object({ contracts: Type.Array(Type.Object(CONTRACT)) });
const DOCUMENT = Type.Object({
  ...CONTRACT,
  document: Type.String({ description: 'The document, byte for byte; its hash is above.' }),
});
const REFLECTION = Type.Object({
  height: Type.Integer(),
  postgres: Type.Integer({ description: 'server_version_num' }),
  contracts: Type.Array(Type.Object(CONTRACT)),
  objects: Type.Array(Type.Object({ kind: Type.String(), name: Type.String(), definition: Type.String() })),
});
