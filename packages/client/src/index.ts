/**
 * `@bucordo/client`: sign, submit and read, anywhere that has web standards. Transactions travel
 * over HTTP here; `@bucordo/client/node` adds gRPC, key files and native signatures.
 */

import { Client } from './client.ts';
import type { ConnectOptions } from './client-options.ts';
import { fetchHttp, httpSessions } from './http-transport.ts';
import { webPlatform } from './web-platform.ts';

/** Makes a client that speaks HTTP through `fetch`. It connects with its first request. */
export function connect(options: ConnectOptions): Client {
  return new Client(
    {
      platform: webPlatform,
      openSession: httpSessions(fetchHttp),
      sendHttp: fetchHttp,
      closed: () => undefined,
    },
    options,
  );
}

export { type ExactJson, type OutcomeDetail, parseExactJson, type WaitLevel } from '@bucordo/protocol';
export type {
  CheckFinding,
  FoundTransactions,
  ProposalAdvice,
  QueryColumn,
  QueryResult,
  StoredBlock,
  StoredCall,
  StoredReceipt,
  StoredTransaction,
} from './answers.ts';
export type { BuiltTransaction } from './build-transaction.ts';
export { type ArgumentValue, type CallArguments, encodeArguments } from './call-arguments.ts';
export { Client, TIMEOUT_MS_DEFAULT, VALID_FOR_BLOCKS_DEFAULT } from './client.ts';
export type {
  Call,
  ConnectOptions,
  DryRunOptions,
  QueryOptions,
  ReadOptions,
  SubmitOptions,
  TriedCall,
} from './client-options.ts';
export type { ReflectedObject, Reflection, RunningContract, StoredContract } from './contract-answers.ts';
export {
  ArgumentError,
  ClientError,
  ClosedError,
  ConnectionLostError,
  KeyError,
  RejectedError,
  RequestError,
  TimeoutError,
} from './errors.ts';
export { generateSeed, signerFromKeyPair, signerFromSeed } from './identity-key.ts';
export { Receipt } from './receipt.ts';
export type { Signer } from './signer.ts';
export type {
  Condition,
  Health,
  MemberStanding,
  OrderingStanding,
  Quarantine,
  Rules,
  Status,
} from './status.ts';
export type { StreamedReceipt, StreamOptions } from './submit-stream.ts';
export type { Endpoint } from './transport.ts';
export type { DryRun, DryRunChange, RowText, SkipStanding } from './trial-answers.ts';
export type { MemberUsage, UsageMonths } from './usage.ts';
