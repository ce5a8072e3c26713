/** The answers of the HTTP API as values, checked: a node's answer is input like any other. */

import { type ExactJson, type OutcomeDetail, parseExactJson } from '@bucordo/protocol';
import { Fields, wrongShape } from './answer-fields.ts';

/** The stored receipt of a transaction. */
export interface StoredReceipt {
  readonly transactionId: string;
  readonly height: number;
  readonly index: number;
  readonly status: 'committed' | 'rejected';
  /** Code of a rejection, else `''`. */
  readonly code: string;
  readonly message: string;
  /** JSON text of the result, `''` for none. */
  readonly resultText: string;
  /** Index of the call that failed, from 0; null when none did, or when the transaction was rejected as a whole. */
  readonly call: number | null;
  /** What the node that answers knows of a rejection beyond the receipt, or null. */
  readonly detail: OutcomeDetail | null;
}

/** One call as it stands in the chain. */
export interface StoredCall {
  readonly contract: string;
  readonly function: string;
  /** JSON text exactly as signed. */
  readonly argumentsText: string;
}

/** A transaction as it stands in the chain. */
export interface StoredTransaction {
  readonly id: string;
  readonly height: number;
  readonly index: number;
  /** Public key of the signer. */
  readonly identity: string;
  readonly validUntil: number;
  readonly calls: readonly StoredCall[];
  /** The only effect that it could have, or null where any would do. */
  readonly effect: string | null;
  /** Payload and signature as hex, to check offline. */
  readonly payload: string;
  readonly signature: string;
}

/** The transactions whose ids begin alike. */
export interface FoundTransactions {
  /** By id. */
  readonly transactions: readonly { readonly id: string; readonly height: number; readonly index: number }[];
  /** Whether there are more than these. */
  readonly more: boolean;
}

/** A block. */
export interface StoredBlock {
  readonly height: number;
  /** Milliseconds since the epoch. */
  readonly time: number;
  readonly hash: string;
  readonly previousHash: string;
  /** Header, evidence and signature as hex, to check offline. */
  readonly header: string;
  readonly evidence: string;
  readonly signature: string;
  readonly transactions: readonly StoredTransaction[];
}

/** A column of a query's answer. */
export interface QueryColumn {
  readonly name: string;
  /** Name of the Postgres type, such as `numeric` or `int8`. */
  readonly type: string;
}

/**
 * A value of a row: int2, int4 and floats are numbers, bool is boolean, json is parsed; int8, numeric and all else are
 * Postgres's text. Numbers in json that are not whole, or beyond ±(2^53 − 1), are text.
 */
export type QueryValue = unknown;

/** The answer of a query. */
export interface QueryResult {
  /** Height of the snapshot that was read: the answer holds everything up to this block and nothing after it. */
  readonly height: number;
  readonly columns: readonly QueryColumn[];
  /** One object per row by column name; of columns with equal names the last one counts, `values` has all. */
  readonly rows: readonly Readonly<Record<string, QueryValue>>[];
  /** The same rows as Postgres's text, null for NULL, in column order. */
  readonly values: readonly (readonly (string | null)[])[];
  /** Whether a limit cut the rows. */
  readonly truncated: boolean;
  /** Whether the node's state differs from the quorum's. */
  readonly diverged: boolean;
}

/** Something that a checker does not accept, with its place in the contract. */
export interface CheckFinding {
  readonly rule: string;
  readonly file: string;
  /** Counted from 1. */
  readonly line: number;
  readonly column: number;
  readonly message: string;
  readonly remedy: string;
}

/** What a node's checker says about a proposed contract. Advice to its member: it decides nothing. */
export interface ProposalAdvice {
  readonly proposal: number;
  /** Hash of the document that was checked, hex. */
  readonly documentHash: string;
  /** `pending` while it is being checked, `unchecked` when it could not be. */
  readonly verdict: 'pending' | 'passed' | 'refused' | 'unchecked';
  /** The verdict in a sentence. */
  readonly summary: string;
  /** Which checker, on which Postgres. */
  readonly checker: string;
  /** Hash of the report as signed transactions name it, hex; empty while there is none. */
  readonly reportHash: string;
  readonly findings: readonly CheckFinding[];
}

/** Reads the answer of `GET /v1/receipts/:id`. */
export function parseReceipt(value: unknown): StoredReceipt {
  const at = new Fields(value, 'receipt');
  return {
    transactionId: at.text('transactionId'),
    height: at.integer('height'),
    index: at.integer('index'),
    status: at.text('status') === 'committed' ? 'committed' : 'rejected',
    code: at.text('code'),
    message: at.text('message'),
    resultText: at.text('result'),
    call: at.has('call') ? at.integer('call') : null,
    detail: at.has('detail') ? detailOf(at.object('detail')) : null,
  };
}

function detailOf(at: Fields): OutcomeDetail {
  return {
    argument: at.text('argument'),
    sqlstate: at.text('sqlstate'),
    table: at.text('table'),
    constraint: at.text('constraint'),
    column: at.text('column'),
    text: at.text('text'),
  };
}

/** Reads the answer of `GET /v1/transactions/:id`. */
export function parseTransaction(value: unknown): StoredTransaction {
  return transactionOf(new Fields(value, 'transaction'));
}

/** Reads the answer of `GET /v1/transactions`. */
export function parseFoundTransactions(value: unknown): FoundTransactions {
  const at = new Fields(value, 'transactions');
  return {
    transactions: at.list('transactions').map((each) => ({
      id: each.text('id'),
      height: each.integer('height'),
      index: each.integer('index'),
    })),
    more: at.boolean('more'),
  };
}

/** Reads the answer of `GET /v1/blocks/:height`. */
export function parseBlock(value: unknown): StoredBlock {
  const at = new Fields(value, 'block');
  return {
    height: at.integer('height'),
    time: at.integer('time'),
    hash: at.text('hash'),
    previousHash: at.text('previousHash'),
    header: at.text('header'),
    evidence: at.text('evidence'),
    signature: at.text('signature'),
    transactions: at.list('transactions').map(transactionOf),
  };
}

/** Reads the answer of `GET /v1/proposals/:number/advice`. */
export function parseAdvice(value: unknown): ProposalAdvice {
  const at = new Fields(value, 'advice');
  return {
    proposal: at.integer('proposal'),
    documentHash: at.text('documentHash'),
    verdict: verdictOf(at.text('verdict')),
    summary: at.text('summary'),
    checker: at.text('checker'),
    reportHash: at.text('reportHash'),
    findings: at.list('findings').map((finding) => ({
      rule: finding.text('rule'),
      file: finding.text('file'),
      line: finding.integer('line'),
      column: finding.integer('column'),
      message: finding.text('message'),
      remedy: finding.text('remedy'),
    })),
  };
}

function verdictOf(text: string): ProposalAdvice['verdict'] {
  if (text === 'pending' || text === 'passed' || text === 'refused' || text === 'unchecked') return text;
  throw wrongShape('advice.verdict');
}

/** Reads the answer of `POST /v1/query`. */
export function parseQueryResult(value: unknown): QueryResult {
  const at = new Fields(value, 'query result');
  const columns = at
    .list('columns')
    .map((column) => ({ name: column.text('name'), type: column.text('type') }));
  const values = at.rows('rows');
  return {
    height: at.integer('height'),
    columns,
    values,
    rows: values.map((row) =>
      Object.fromEntries(columns.map((column, i) => [column.name, valueOfText(row[i] ?? null, column.type)])),
    ),
    truncated: at.boolean('truncated'),
    diverged: at.boolean('diverged'),
  };
}

function transactionOf(at: Fields): StoredTransaction {
  return {
    id: at.text('id'),
    height: at.integer('height'),
    index: at.integer('index'),
    identity: at.text('identity'),
    validUntil: at.integer('validUntil'),
    calls: at.list('calls').map((call) => ({
      contract: call.text('contract'),
      function: call.text('function'),
      argumentsText: call.text('arguments'),
    })),
    effect: at.has('effect') ? at.text('effect') : null,
    payload: at.text('payload'),
    signature: at.text('signature'),
  };
}

function valueOfText(text: string | null, type: string): ExactJson {
  if (text === null) return null;
  switch (type) {
    case 'bool':
      return text === 't';
    case 'int2':
    case 'int4':
    case 'float4':
    case 'float8':
      return Number(text);
    case 'json':
    case 'jsonb':
      return parseExactJson(text);
    default:
      return text;
  }
}
