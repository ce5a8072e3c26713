/**
 * The keys that a transaction would enrol, judged before it runs, like its arguments: by pure code on every
 * node, with the same verdict everywhere. A point of the curve is dear to judge (0.1 ms natively, 2 ms portably), so
 * the execution of blocks never does it, and a transaction names few.
 */

import type { RefusalCode } from './codes.ts';
import { admitKey } from './ed25519.ts';
import { fromHex } from './hex.ts';
import { enrolledKeysMax } from './limits.ts';
import { fromUtf8 } from './text.ts';

/** Contract of the system, whose functions enrol keys. */
const SYSTEM_CONTRACT = 'bucordo';

/** The functions that enrol keys, with how each names them. */
const ENROLLING: ReadonlyMap<string, (args: Fields) => readonly unknown[] | null> = new Map([
  ['enrol', (args: Fields) => [args['key']]],
  ['rotate', (args: Fields) => [args['new_key']]],
  ['propose', (args: Fields) => (args['kind'] === 'admit' ? keysOfAdmission(args['document']) : [])],
]);

type Fields = Readonly<Record<string, unknown>>;

/** Whether calls of this function may enrol keys. */
export function isEnrolling(contract: string, functionName: string): boolean {
  return contract === SYSTEM_CONTRACT && ENROLLING.has(functionName);
}

/** A call for which {@link isEnrolling} holds, with arguments that `checkArguments` has passed. */
export interface EnrollingCall {
  readonly functionName: string;
  readonly args: Uint8Array;
  /** Index of the call in its transaction. */
  readonly index: number;
}

/** Why the keys of a transaction may not be enrolled, and the first call that is to blame. */
export interface EnrolmentRefusal {
  readonly refusal: RefusalCode;
  readonly refusedCall: number;
}

/**
 * Judges the keys that the enrolling calls of one transaction name. Null when all may be enrolled;
 * `too_many_calls` when there are more than `enrolledKeysMax`, `key_invalid` when one may not,
 * `argument_invalid` when a proposed admission cannot be read. What is no key by its form is left to execution,
 * which refuses it with words. `admit` is a faster form of {@link admitKey} with the same verdicts.
 */
export function checkEnrolledKeys(
  calls: readonly EnrollingCall[],
  admit: (key: Uint8Array) => boolean = admitKey,
): EnrolmentRefusal | null {
  const keys: { key: Uint8Array; index: number }[] = [];
  for (const { functionName, args, index } of calls) {
    const named = ENROLLING.get(functionName)?.(JSON.parse(fromUtf8(args)));
    if (named === null || named === undefined) return { refusal: 'argument_invalid', refusedCall: index };
    for (const key of named) if (isKeyText(key)) keys.push({ key: fromHex(key), index });
    if (keys.length > enrolledKeysMax) return { refusal: 'too_many_calls', refusedCall: index };
  }
  const refused = keys.find(({ key }) => !admit(key));
  return refused === undefined ? null : { refusal: 'key_invalid', refusedCall: refused.index };
}

function isKeyText(value: unknown): value is string {
  return typeof value === 'string' && /^[0-9a-f]{64}$/.test(value);
}

// The keys of the identities with which a member is proposed; null when the document is no JSON.
function keysOfAdmission(document: unknown): readonly unknown[] | null {
  if (typeof document !== 'string') return [];
  let fields: unknown;
  try {
    fields = JSON.parse(document);
  } catch {
    return null;
  }
  const identities = fieldOf(fields, 'identities');
  return Array.isArray(identities) ? identities.map((identity) => fieldOf(identity, 'key')) : [];
}

function fieldOf(value: unknown, name: string): unknown {
  return typeof value === 'object' && value !== null && Object.hasOwn(value, name)
    ? Reflect.get(value, name)
    : undefined;
}
