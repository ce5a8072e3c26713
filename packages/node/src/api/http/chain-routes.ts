/** Receipts, transactions and blocks, for enrolled identities. */

import {
  blockHash,
  decodeBlock,
  decodeBlockHeader,
  decodeSignedTransaction,
  decodeTransaction,
  fromHex,
  fromUtf8,
  heightMax,
  toHex,
  transactionId,
} from '@bucordo/protocol';
import type { FastifyInstance, FastifyRequest } from 'fastify';
import { type Static, Type } from 'typebox';

import type { Hindrance } from '../../admission/ports.ts';
import type { CatalogueIdentity } from '../../chain/catalogue.ts';
import { sha256 } from '../../chain/sha256.ts';
import type { StoredReceipt, StoredTransaction } from '../../execution/ports.ts';
import { idDigitsMin, idsListedMax } from '../limits.ts';
import type { ChainReading, Identities } from '../ports.ts';
import { HttpRefusal } from './refusal.ts';
import { detailSchema, failedCallSchema, hexSchema, responses, SIGNED } from './schemas.ts';

/** What the routes need. */
export interface ChainRouteOptions {
  readonly chain: ChainReading;
  /** The identity that signed a request; throws when there is none. */
  readonly signer: (request: FastifyRequest) => CatalogueIdentity;
  /** Contracts that keep rows from some readers: of their calls, a member reads its own. */
  readonly restrictedContracts: () => ReadonlySet<string>;
  readonly identities: Identities;
  /** Why the node does not say what became of a transaction at `height`; null when it does. */
  readonly doubtAt: (height: number) => Hindrance | null;
}

/** Adds the routes. */
export function addChainRoutes(app: FastifyInstance, options: ChainRouteOptions): void {
  addReceiptRoute(app, options);
  addTransactionRoute(app, options);
  addTransactionsRoute(app, options);
  addBlockRoute(app, options);
}

function addReceiptRoute(app: FastifyInstance, options: ChainRouteOptions): void {
  const { chain, signer } = options;
  app.get<{ Params: Static<typeof BY_ID> }>(
    '/v1/receipts/:id',
    {
      schema: {
        summary: 'What a transaction did',
        tags: ['chain'],
        security: SIGNED,
        params: BY_ID,
        response: responses(RECEIPT),
      },
    },
    async (request) => {
      const asker = signer(request);
      const id = fromHex(request.params.id);
      const receipt = await chain.receiptById(id);
      if (receipt === null) throw new HttpRefusal('not_found');
      const doubt = options.doubtAt(receipt.height);
      if (doubt !== null) throw new HttpRefusal(doubt.code, doubt.message);
      if (options.restrictedContracts().size > 0) {
        const transaction = await chain.transactionById(id);
        if (transaction !== null) requireReadable(options, asker, [transaction.payload]);
      }
      return viewOfReceipt(receipt);
    },
  );
}

function addTransactionRoute(app: FastifyInstance, options: ChainRouteOptions): void {
  const { chain, signer } = options;
  app.get<{ Params: Static<typeof BY_ID> }>(
    '/v1/transactions/:id',
    {
      schema: {
        summary: 'A transaction as it was signed',
        tags: ['chain'],
        security: SIGNED,
        params: BY_ID,
        response: responses(TRANSACTION),
      },
    },
    async (request) => {
      const asker = signer(request);
      const transaction = await chain.transactionById(fromHex(request.params.id));
      if (transaction === null) throw new HttpRefusal('not_found');
      requireReadable(options, asker, [transaction.payload]);
      return viewOfTransaction(transaction);
    },
  );
}

function addTransactionsRoute(app: FastifyInstance, { chain, signer }: ChainRouteOptions): void {
  app.get<{ Querystring: Static<typeof BEGINNING> }>(
    '/v1/transactions',
    {
      schema: {
        summary: 'Which transactions have ids that begin like this',
        tags: ['chain'],
        security: SIGNED,
        querystring: BEGINNING,
        response: responses(PLACES),
      },
    },
    async (request) => {
      signer(request);
      const found = await chain.transactionsBeginning(request.query.beginning, idsListedMax + 1);
      const transactions = found
        .slice(0, idsListedMax)
        .map(({ id, height, index }) => ({ id: toHex(id), height, index }));
      return { transactions, more: found.length > idsListedMax };
    },
  );
}

function addBlockRoute(app: FastifyInstance, options: ChainRouteOptions): void {
  const { chain, signer } = options;
  app.get<{ Params: Static<typeof BY_HEIGHT> }>(
    '/v1/blocks/:height',
    {
      schema: {
        summary: 'A block with its transactions',
        tags: ['chain'],
        security: SIGNED,
        params: BY_HEIGHT,
        response: responses(BLOCK),
      },
    },
    async (request) => {
      const asker = signer(request);
      const height = Number(request.params.height);
      const block = height > heightMax ? null : await chain.blockAt(height);
      if (block === null) throw new HttpRefusal('not_found');
      const payloads = decodeBlock(block).transactions.map((each) => decodeSignedTransaction(each).payload);
      requireReadable(options, asker, payloads);
      return viewOfBlock(block);
    },
  );
}

// Arguments and results hold what the rows hold.
function requireReadable(
  { restrictedContracts, identities }: ChainRouteOptions,
  asker: CatalogueIdentity,
  payloads: readonly Uint8Array[],
): void {
  const restricted = restrictedContracts();
  if (restricted.size === 0) return;
  for (const payload of payloads) {
    const { calls, identity } = decodeTransaction(payload);
    const call = calls.find(({ contract }) => restricted.has(contract));
    if (call === undefined || identities.find(identity)?.member === asker.member) continue;
    throw new HttpRefusal(
      'not_permitted',
      `The contract ${call.contract} keeps rows from some readers; calls of it are shown to the member that signed them.`,
      'Query the views of its schema, or ask for a transaction of your own member.',
    );
  }
}

const BY_ID = Type.Object(
  { id: Type.String({ pattern: '^[0-9a-f]{64}$', description: 'Transaction id.' }) },
  { additionalProperties: false },
);
const BEGINNING = Type.Object(
  {
    beginning: Type.String({
      pattern: `^[0-9a-f]{${idDigitsMin},64}$`,
      description: 'First digits of the id.',
    }),
  },
  { additionalProperties: false },
);
const PLACES = Type.Object({
  transactions: Type.Array(
    Type.Object({ id: hexSchema(32), height: Type.Integer(), index: Type.Integer() }),
    { description: `By id, at most ${idsListedMax}.` },
  ),
  more: Type.Boolean({ description: 'Whether there are more than are listed.' }),
});
const BY_HEIGHT = Type.Object(
  { height: Type.String({ pattern: '^[1-9][0-9]{0,12}$' }) },
  { additionalProperties: false },
);
const RECEIPT = Type.Object({
  transactionId: hexSchema(32),
  height: Type.Integer(),
  index: Type.Integer(),
  status: Type.Union([Type.Literal('committed'), Type.Literal('rejected')]),
  code: Type.String({ description: 'Empty when committed.' }),
  message: Type.String(),
  result: Type.String({ description: 'JSON text of what the call returned, or empty.' }),
  call: failedCallSchema,
  detail: detailSchema,
});
const TRANSACTION = Type.Object({
  id: hexSchema(32),
  height: Type.Integer(),
  index: Type.Integer(),
  identity: hexSchema(32),
  validUntil: Type.Integer(),
  calls: Type.Array(
    Type.Object({
      contract: Type.String(),
      function: Type.String(),
      arguments: Type.String({ description: 'JSON text exactly as signed.' }),
    }),
  ),
  effect: Type.Union([hexSchema(32), Type.Null()], {
    description: 'The only effect that it could have; null where any would do.',
  }),
  payload: Type.String({ description: 'What was signed, hex.' }),
  signature: hexSchema(64),
});
const BLOCK = Type.Object({
  height: Type.Integer(),
  time: Type.Integer({ description: 'Milliseconds since the epoch.' }),
  hash: hexSchema(32),
  previousHash: hexSchema(32),
  header: Type.String({ description: 'Hex.' }),
  evidence: Type.String({ description: 'Hex.' }),
  signature: Type.String({ description: 'Hex.' }),
  transactions: Type.Array(TRANSACTION),
});

function viewOfReceipt(receipt: StoredReceipt): Static<typeof RECEIPT> {
  return {
    transactionId: toHex(receipt.transactionId),
    height: receipt.height,
    index: receipt.index,
    status: receipt.code === '' ? 'committed' : 'rejected',
    code: receipt.code,
    message: receipt.message,
    result: receipt.result,
    call: receipt.call,
    detail: receipt.detail,
  };
}

function viewOfTransaction(record: StoredTransaction): Static<typeof TRANSACTION> {
  const { identity, validUntil, calls, effect } = decodeTransaction(record.payload);
  return {
    id: toHex(record.id),
    height: record.height,
    index: record.index,
    identity: toHex(identity),
    validUntil,
    calls: calls.map((call) => ({
      contract: call.contract,
      function: call.function,
      arguments: fromUtf8(call.args),
    })),
    effect: effect === null ? null : toHex(effect),
    payload: toHex(record.payload),
    signature: toHex(record.signature),
  };
}

function viewOfBlock(bytes: Uint8Array): Static<typeof BLOCK> {
  const block = decodeBlock(bytes);
  const { height, time, previousHash } = decodeBlockHeader(block.header);
  return {
    height,
    time,
    hash: toHex(blockHash(block.header, sha256)),
    previousHash: toHex(previousHash),
    header: toHex(block.header),
    evidence: toHex(block.evidence),
    signature: toHex(block.signature),
    transactions: block.transactions.map((transaction, index) => {
      const { payload, signature } = decodeSignedTransaction(transaction);
      return viewOfTransaction({ height, index, id: transactionId(payload, sha256), payload, signature });
    }),
  };
}
