/** The loops of a body: where a turn begins and where the loop ends. */

import type { FunctionBody } from '../check/body/function-body.ts';
import type { Token } from '../check/sql-parser.ts';

/** A loop; offsets are bytes of the source. */
export interface BodyLoop {
  /** Where its statement begins: FOR, WHILE, LOOP. */
  readonly start: number;
  /** Just behind LOOP, where every turn begins. */
  readonly turn: number;
  /** Behind END LOOP. */
  readonly end: number;
  /** Its condition is asked on every turn. */
  readonly isWhile: boolean;
}

const LOOP_STATEMENT = /^PLpgSQL_stmt_(loop|while|fori|fors|foreach_a|forc|dynfors)$/;
const LOOP_KINDS: readonly string[] = ['loop', 'while', 'for-integer', 'for-query', 'foreach'];

/** The loops in the order of the text; null when their ends cannot be told from other words. */
export function bodyLoops(body: FunctionBody, tokens: readonly Token[]): readonly BodyLoop[] | null {
  const found = body.constructs.filter(({ kind }) => LOOP_KINDS.includes(kind));
  const starts = new Map(found.map((loop) => [loop.end, loop]));
  const open: Omit<BodyLoop, 'end'>[] = [];
  const loops: BodyLoop[] = [];
  for (const [index, token] of tokens.entries()) {
    const loop = starts.get(token.end);
    if (loop !== undefined) open.push({ start: loop.start, turn: token.end, isWhile: loop.kind === 'while' });
    else if (isWord(token, 'loop') && isWord(tokens[index - 1], 'end')) {
      const innermost = open.pop();
      if (innermost === undefined) return null;
      loops.push({ ...innermost, end: token.end });
    }
  }
  const isWhole = open.length === 0 && loops.length === starts.size;
  return isWhole ? loops.sort((a, b) => a.turn - b.turn) : null;
}

/** How many loops Postgres' own reading of a body has. */
export function loopCount(postgres: unknown): number {
  let count = 0;
  const waiting: unknown[] = [postgres];
  for (let value = waiting.pop(); value !== undefined; value = waiting.pop()) {
    if (typeof value !== 'object' || value === null) continue;
    for (const [key, inner] of Object.entries(value)) {
      if (LOOP_STATEMENT.test(key)) count++;
      if (typeof inner === 'object' && inner !== null) waiting.push(inner);
    }
  }
  return count;
}

function isWord(token: Token | undefined, word: string): boolean {
  return token !== undefined && token.text.toLowerCase() === word;
}
