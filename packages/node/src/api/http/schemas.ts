/** Schemas that several routes share; the OpenAPI document is made from them. */

import { refusalCodes } from '@bucordo/protocol';
import { type TSchema, Type } from 'typebox';

/** Lower-case hex of `bytes` bytes. */
export function hexSchema(bytes: number): TSchema {
  return Type.String({ pattern: `^[0-9a-f]{${bytes * 2}}$` });
}

/** The call for which a transaction was rejected. */
export const failedCallSchema: TSchema = Type.Union([Type.Integer(), Type.Null()], {
  description:
    'Index of the call that failed, from 0; null when none did, or when the transaction was rejected as a whole.',
});

/** What the node knows of a rejection beyond the receipt. */
export const detailSchema: TSchema = Type.Union(
  [
    Type.Object({
      argument: Type.String({ description: 'The parameter whose value was refused or is missing.' }),
      sqlstate: Type.String({ description: 'Code of Postgres for the error inside the contract.' }),
      table: Type.String(),
      constraint: Type.String(),
      column: Type.String(),
      text: Type.String({
        description: 'What Postgres said; empty where a contract keeps rows from some readers.',
      }),
    }),
    Type.Null(),
  ],
  {
    description:
      'What this node knows beyond the receipt, for people: texts may be empty, and differ between nodes.',
  },
);

/** What every refusal looks like. */
export const refusalSchema: TSchema = Type.Object(
  {
    code: Type.String({ description: `One of: ${Object.keys(refusalCodes).join(', ')}.` }),
    message: Type.String(),
    hint: Type.String({ description: 'What to do next; may be empty.' }),
    start: Type.Optional(
      Type.String({ description: 'With `unauthenticated`: the start of this node, for another try.' }),
    ),
  },
  { description: 'The request was refused.' },
);

/** Responses of a route: `answer` for 200, a refusal for everything else. */
export function responses(answer: TSchema): Record<string, TSchema> {
  return { 200: answer, '4xx': refusalSchema, '5xx': refusalSchema };
}

/** A request that must be signed by an enrolled identity, for the OpenAPI document. */
export const SIGNED: readonly Readonly<Record<string, readonly string[]>>[] = [{ bucordo: [] }];
