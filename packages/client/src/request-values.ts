/** Values that callers hand over, in the form in which they travel. */

import { fromHex } from '@bucordo/protocol';

import type { EncodedCall } from './build-transaction.ts';
import { type ArgumentValue, encodeArguments } from './call-arguments.ts';
import type { Call } from './client-options.ts';
import { ClientError } from './errors.ts';

/** The 32 bytes of an effect as a dry run told it. */
export function effectOf(text: string): Uint8Array {
  if (/^[0-9a-f]{64}$/.test(text)) return fromHex(text);
  throw new ClientError('malformed', 'an effect has 64 lower-case hex digits', {
    hint: 'Take it from a dry run.',
  });
}

/** The calls of a transaction with their arguments as bytes; at least one. */
export function encodeCalls(calls: readonly Call[]): EncodedCall[] {
  if (calls.length === 0) throw new ClientError('malformed', 'a transaction has at least one call');
  return calls.map((call) => ({
    contract: call.contract,
    function: call.function,
    args: encodeArguments(call.args),
    ...(call.returns === undefined ? {} : { returns: call.returns }),
  }));
}

/** A parameter of a query as it travels: as text; arrays and objects as their JSON. */
export function parameterText(value: ArgumentValue): string | null {
  if (value === null || typeof value === 'string') return value;
  const { parameter } = JSON.parse(encodeArguments({ parameter: value }));
  return typeof parameter === 'string' ? parameter : JSON.stringify(parameter);
}
