/** Finds the parts of declarations and assignments among the tokens of a PL/pgSQL body. */

import type { Token } from '../check/sql-parser.ts';

/** Where the initial value of a variable stands: `name type := value;`; null when it is not declared here. */
export function initialValueOf(
  tokens: readonly Token[],
  name: string,
): { readonly start: number; readonly end: number } | 'none' | null {
  const at = tokens.findIndex((token, index) => token.word === name && beginsDeclaration(tokens[index - 1]));
  if (at < 0) return null;
  const end = tokens.findIndex((token, index) => index > at && token.text === ';');
  const declaration = tokens.slice(at, end < 0 ? undefined : end);
  const sign = declaration.find(({ text, word }) => text === ':=' || text === '=' || word === 'default');
  const last = declaration.at(-1);
  return sign === undefined || last === undefined ? 'none' : { start: sign.end, end: last.end };
}

function beginsDeclaration(before: Token | undefined): boolean {
  return before === undefined || before.text === ';' || before.word === 'declare' || before.text === '>>';
}

/** The sign between the two sides of an assignment. */
export function assignmentSign(
  tokens: readonly { readonly text: string; readonly start: number; readonly end: number }[],
): { readonly start: number; readonly end: number } | null {
  let depth = 0;
  for (const token of tokens) {
    if (token.text === '[' || token.text === '(') depth += 1;
    else if (token.text === ']' || token.text === ')') depth -= 1;
    else if (depth === 0 && (token.text === ':=' || token.text === '=')) return token;
  }
  return null;
}
