/**
 * Places at which a test lets the process die as if it had been killed, to prove that nothing
 * acknowledged is lost and nothing happens twice. Inactive unless the environment of the process
 * names one; a node in production names none.
 */

/** Where the process may die on the way of a block. */
export type Failpoint =
  /** The block is sealed; nothing was sent to Postgres. */
  | 'storing'
  /** Postgres has the block and executes it. */
  | 'executing'
  /** The block is committed; nobody has the outcome yet. */
  | 'committing'
  /** The answers have been handed to the connections. */
  | 'acknowledging';

/** A place and the height from which on it strikes. */
export interface ActiveFailpoint {
  readonly at: Failpoint;
  readonly height: number;
}

const FORM = /^(storing|executing|committing|acknowledging)(?:@([0-9]{1,12}))?$/;

/** Reads `place` or `place@height`; null for nothing. Anything else is an error. */
export function parseFailpoint(text: string | undefined): ActiveFailpoint | null {
  if (text === undefined || text === '') return null;
  const [, at, height] = FORM.exec(text) ?? [];
  const known = (['storing', 'executing', 'committing', 'acknowledging'] as const).find((one) => one === at);
  if (known === undefined) throw new Error(`Unknown failpoint "${text}": say place or place@height`);
  return { at: known, height: Number(height ?? 1) };
}

/** Ends the process at once, without any clean-up, when the failpoint is this one. */
export function passFailpoint(active: ActiveFailpoint | null, at: Failpoint, height: number): void {
  if (active !== null && active.at === at && height >= active.height) process.kill(process.pid, 'SIGKILL');
}
