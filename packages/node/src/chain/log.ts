/** What rooms of the node log with; `observe/` writes the lines. */

/** Facts of a message: small values, never a secret. */
export type LogFacts = Readonly<Record<string, string | number | boolean | null | undefined>>;

/** A log with four levels. */
export interface Log {
  debug(facts: LogFacts, message: string): void;
  info(facts: LogFacts, message: string): void;
  warn(facts: LogFacts, message: string): void;
  error(facts: LogFacts, message: string): void;
}
