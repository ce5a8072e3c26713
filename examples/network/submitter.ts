/**
 * What an example needs of a running network: to submit as one of its identities, and to ask any
 * member's database. The runners adapt the client to it, tests a single Postgres.
 */

/** A value in the arguments of a call. Decimals travel as text, so that none loses its scale. */
export type ArgumentValue = null | boolean | number | string | readonly ArgumentValue[];

/** One contract function with its arguments. */
export interface ContractCall {
  readonly contract: string;
  readonly function: string;
  readonly args: Readonly<Record<string, ArgumentValue>>;
}

/** What became of a transaction. */
export interface TransactionOutcome {
  /** Empty: committed. Otherwise the code of the rejection, `BC411` for instance. */
  readonly code: string;
  readonly message: string;
}

/** Submits transactions. */
export interface Submitter {
  /**
   * Signs `calls` as `identity` (`buyer/employee-258`), submits them as one transaction and resolves
   * when its receipt is known. A rejection is an outcome; anything that leaves the outcome unknown
   * is thrown.
   */
  submit(identity: string, calls: readonly ContractCall[]): Promise<TransactionOutcome>;
}

/** A row of a query's answer: values by column name. The examples ask for text and integers only. */
export type QueryRow = Readonly<Record<string, unknown>>;

/** Runs one reading statement on one member's database. */
export type Query = (sql: string) => Promise<readonly QueryRow[]>;
