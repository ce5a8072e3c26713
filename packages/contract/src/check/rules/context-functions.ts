/** Functions that the system gives to contracts, in the schema `bucordo`. */

/** What a context function may be used for. */
export interface ContextFunction {
  /** Gives another value at every call, so the number and order of calls must not depend on a plan. */
  readonly countsCalls: boolean;
}

/** Every context function by its name; `context.sql` and `letters.sql` in `packages/node/sql/system` define them. */
export const CONTEXT_FUNCTIONS: ReadonlyMap<string, ContextFunction> = new Map([
  ['caller', { countsCalls: false }],
  ['member', { countsCalls: false }],
  ['has_role', { countsCalls: false }],
  ['tx_id', { countsCalls: false }],
  ['height', { countsCalls: false }],
  ['position', { countsCalls: false }],
  ['ordinal', { countsCalls: true }],
  ['block_time_ms', { countsCalls: false }],
  ['block_time', { countsCalls: false }],
  ['add_seconds', { countsCalls: false }],
  ['seconds_between', { countsCalls: false }],
  ['timestamp_utc', { countsCalls: false }],
  ['whole_number', { countsCalls: false }],
  ['decimal_number', { countsCalls: false }],
  ['lower_case', { countsCalls: false }],
  ['upper_case', { countsCalls: false }],
  ['fold_case', { countsCalls: false }],
  ['random_bytes', { countsCalls: true }],
  ['new_id', { countsCalls: true }],
]);
