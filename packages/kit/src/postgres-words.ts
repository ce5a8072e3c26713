/** Errors of Postgres in the words of a failed test. */

/** The parts of an error of Postgres that a test's author can use. */
export interface PostgresError {
  readonly message: string;
  readonly code: string;
  readonly hint?: string;
}

/** Whether an error came from Postgres. */
export function isPostgresError(error: unknown): error is PostgresError {
  return error instanceof Error && 'code' in error && /^[0-9A-Z]{5}$/.test(String(error.code));
}

/** Message, hint and SQLSTATE in one line. */
export function postgresWords(error: PostgresError): string {
  const hint = error.hint === undefined ? '' : ` (${error.hint})`;
  return `Postgres: ${error.message}${hint} [${error.code}]`;
}
