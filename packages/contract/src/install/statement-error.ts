/** Why a text of a contract is not carried out: a reason in words, and the beginning of the statement. */
export class StatementError extends Error {
  readonly statement: string;

  constructor(reason: string, statement: string) {
    super(reason);
    this.name = 'StatementError';
    this.statement = statement.slice(0, 200);
  }
}
