/**
 * Why the strict scanner of `json.ts` refused a document, and where: noted only when it refuses, so that
 * scanning costs the same, and read before anything else is scanned.
 */

import { fromUtf8 } from './text.ts';

/** What a document can be refused for. */
export type JsonFlaw =
  /** It ends inside a value. */
  | 'ends'
  /** Something stands where JSON has something else. */
  | 'unexpected'
  /** Something stands behind the value. */
  | 'behind'
  /** A number as JSON does not write it: `01`, `1.`, `.5`. */
  | 'number'
  /** More digits than `numberDigitsMax`. */
  | 'digits'
  /** An exponent beyond ±`numberExponentMax`. */
  | 'exponent'
  | 'utf8'
  /** Half of a character: `\ud800` without its other half. */
  | 'surrogate'
  | 'nul'
  /** A control character that is not escaped. */
  | 'control'
  | 'escape'
  /** Deeper than `argsDepthMax`. */
  | 'depth'
  /** A key stands twice in one object. */
  | 'repeated';

/** A flaw and the offset of its first byte. */
export interface FoundFlaw {
  readonly flaw: JsonFlaw;
  readonly at: number;
}

/** Notes why a document is refused; −1, which scanning functions return then. */
export function noteFlaw(flaw: JsonFlaw, at: number): -1 {
  lastFlaw = flaw;
  lastAt = at;
  return -1;
}

/** The flaw that was noted last. */
export function notedFlaw(): FoundFlaw {
  return { flaw: lastFlaw, at: lastAt };
}

let lastFlaw: JsonFlaw = 'unexpected';
let lastAt = 0;

/**
 * Where in the value that begins at `start` the offset `at` lies, as `.key` and `[index]` one behind the other;
 * empty for the value itself. Everything before `at` must have passed the scanner. O(size).
 */
export function pathTo(bytes: Uint8Array, start: number, at: number): string {
  const steps: Step[] = [];
  for (let r = start; r < at; r++) {
    const byte = bytes[r] ?? 0;
    if (byte === QUOTE) {
      const step = steps.at(-1);
      const from = r;
      for (r += 1; r < at && bytes[r] !== QUOTE; r++) if (bytes[r] === BACKSLASH) r += 1;
      if (step?.index === -1 && step.isKeyDue && r < at) {
        step.keyAt = from;
        step.keyEnd = r + 1;
        step.isKeyDue = false;
      }
    } else if (byte === 0x7b) steps.push({ index: -1, keyAt: 0, keyEnd: 0, isKeyDue: true });
    else if (byte === 0x5b) steps.push({ index: 0, keyAt: 0, keyEnd: 0, isKeyDue: false });
    else if (byte === 0x7d || byte === 0x5d) steps.pop();
    else if (byte === 0x2c) {
      const step = steps.at(-1);
      if (step === undefined) continue;
      if (step.index >= 0) step.index += 1;
      else step.isKeyDue = true;
    }
  }
  return steps.map((step) => stepText(bytes, step)).join('');
}

const QUOTE = 0x22;
const BACKSLASH = 0x5c;

/** A container that is open: which element of an array (−1 for an object), or the key that was read last. */
interface Step {
  index: number;
  keyAt: number;
  keyEnd: number;
  /** Whether the next string is a key. */
  isKeyDue: boolean;
}

function stepText(bytes: Uint8Array, { index, keyAt, keyEnd, isKeyDue }: Step): string {
  if (index >= 0) return `[${index}]`;
  return isKeyDue ? '' : `.${fromUtf8(bytes.subarray(keyAt + 1, keyEnd - 1))}`;
}
