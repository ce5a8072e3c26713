/** The SQLSTATE of an error that Postgres raised; errors of the connection have codes of the system, of which EPIPE looks like one. */

/** Five characters, or '' when the error is not Postgres's. */
export function sqlstateOf(error: unknown): string {
  const code = error instanceof Error && 'code' in error ? String(error.code) : '';
  return /^[0-9A-Z]{5}$/.test(code) && !code.startsWith('E') ? code : '';
}
