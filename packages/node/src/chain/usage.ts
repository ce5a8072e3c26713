/** Usage of the network as it travels from the database to whoever asks. */

/** How much a member used the network in a calendar month of block time. */
export interface MemberUsage {
  /** `2026-11` */
  readonly month: string;
  readonly member: string;
  /** Identities that signed a transaction. */
  readonly users: number;
  /** Transactions that were ordered, those that were rejected among them. */
  readonly transactions: number;
  readonly rejected: number;
  readonly calls: number;
  /** Of payloads and signatures. */
  readonly bytes: number;
}
