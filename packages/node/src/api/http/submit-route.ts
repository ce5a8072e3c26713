/** `POST /v1/transactions`: signed transactions in, their outcomes back. Needs no login: each carries its signature. */

import type { WaitLevel } from '@bucordo/protocol';
import { type Outcome, submitTransactionsMax, transactionBytesMax } from '@bucordo/protocol';
import type { FastifyInstance } from 'fastify';
import { type Static, Type } from 'typebox';
import type { Replies, Submission } from '../../admission/ports.ts';
import { submissionsMax, submitBodyBytesMax } from '../limits.ts';
import { HttpRefusal } from './refusal.ts';
import { detailSchema, failedCallSchema, responses } from './schemas.ts';

// Signature and framing beside the payload.
const SIGNED_BYTES_MAX = transactionBytesMax + 80;
const TIMEOUT_MS = 60_000;

/** Adds the route. */
export function addSubmitRoute(app: FastifyInstance, options: { readonly submission: Submission }): void {
  let underWay = 0;
  app.post<{ Body: Static<typeof BODY>; Querystring: Static<typeof QUERY> }>(
    '/v1/transactions',
    {
      bodyLimit: submitBodyBytesMax,
      schema: {
        summary: 'Submit signed transactions and wait for their outcomes',
        tags: ['transactions'],
        querystring: QUERY,
        body: BODY,
        response: responses(ANSWER),
      },
    },
    async (request, reply) => {
      if (options.submission.isFull || underWay >= submissionsMax) throw new HttpRefusal('overloaded');
      const transactions = request.body.transactions.map((text) => Buffer.from(text, 'hex'));
      underWay += 1;
      try {
        const gone = new AbortController();
        reply.raw.once('close', () => gone.abort());
        const level = request.query.wait ?? 'committed';
        return { outcomes: await submit(options.submission, { transactions, level, gone: gone.signal }) };
      } finally {
        underWay -= 1;
      }
    },
  );
}

const QUERY = Type.Object(
  {
    wait: Type.Optional(
      Type.Union(
        [Type.Literal('accepted'), Type.Literal('ordered'), Type.Literal('committed'), Type.Literal('final')],
        {
          description: 'How far to wait; committed when absent.',
        },
      ),
    ),
  },
  { additionalProperties: false },
);
const BODY = Type.Object(
  {
    transactions: Type.Array(Type.String({ pattern: '^([0-9a-f]{2})+$', maxLength: SIGNED_BYTES_MAX * 2 }), {
      minItems: 1,
      maxItems: submitTransactionsMax,
      description: 'Encoded SignedTransaction messages as lower-case hex.',
    }),
  },
  { additionalProperties: false },
);
const ANSWER = Type.Object({
  outcomes: Type.Array(
    Type.Object({
      height: Type.Integer({ description: '0 when the transaction was not ordered.' }),
      index: Type.Integer(),
      code: Type.String({ description: 'Empty when the wanted level was reached.' }),
      message: Type.String(),
      result: Type.String({ description: 'JSON text of what the call returned, or empty.' }),
      duplicate: Type.Boolean(),
      call: failedCallSchema,
      detail: detailSchema,
    }),
    { description: 'In the order of the transactions.' },
  ),
});

// Resolves when every transaction has its outcome; never when the caller has gone.
function submit(
  submission: Submission,
  options: { transactions: readonly Uint8Array[]; level: WaitLevel; gone: AbortSignal },
): Promise<Omit<Outcome, 'number'>[]> {
  const { transactions, level, gone } = options;
  return new Promise((resolve, reject) => {
    const outcomes: Omit<Outcome, 'number'>[] = new Array(transactions.length);
    let missing = transactions.length;
    const replies: Replies = {
      outcomes(batch) {
        for (const { number, ...outcome } of batch) outcomes[number - 1] = outcome;
        missing -= batch.length;
        if (missing === 0) resolve(outcomes);
      },
    };
    gone.addEventListener('abort', () => {
      submission.drop(replies);
      reject(new HttpRefusal('timeout', 'The caller closed the connection.'));
    });
    submission.submitTransactions(transactions, { first: 1, level, timeoutMs: TIMEOUT_MS }, replies);
  });
}
