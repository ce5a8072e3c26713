/** Which codes a function can raise, with its words: its own RAISE statements and those of helpers that it calls. */

import { scanTokens, type Token } from '../check/sql-parser.ts';

/** A function as the source has it. */
export interface FunctionText {
  readonly name: string;
  /** The whole statement. */
  readonly text: string;
}

/** One RAISE with a code of the contract. */
export interface RaisedCode {
  readonly code: string;
  /** The message as written, with `%` for what is filled in; empty when it is put together elsewhere. */
  readonly message: string;
}

/** By function, in the order of the source: its own first, then those of its helpers. */
export function raisedCodes(
  functions: readonly FunctionText[],
  contract: string,
): ReadonlyMap<string, readonly RaisedCode[]> {
  const bodies = new Map(functions.map((each) => [each.name, bodyTokens(each.text)]));
  const own = new Map([...bodies].map(([name, tokens]) => [name, codesIn(tokens)]));
  const calls = new Map([...bodies].map(([name, tokens]) => [name, calledIn(tokens, contract)]));
  const reach = (name: string, seen: Set<string>): RaisedCode[] => {
    if (seen.has(name)) return [];
    seen.add(name);
    return [...(own.get(name) ?? []), ...(calls.get(name) ?? []).flatMap((each) => reach(each, seen))];
  };
  return new Map(functions.map(({ name }) => [name, reach(name, new Set())]));
}

// The body is a string for the scanner, except where it is BEGIN ATOMIC.
function bodyTokens(statement: string): readonly Token[] {
  const tokens = scanTokens(statement) ?? [];
  const quoted = tokens.find((token) => token.kind === 'string' && /^\$[^$]*\$/.test(token.text));
  if (quoted === undefined) return tokens;
  const mark = /^\$[^$]*\$/.exec(quoted.text)?.[0].length ?? 0;
  return scanTokens(quoted.text.slice(mark, -mark)) ?? [];
}

function codesIn(tokens: readonly Token[]): readonly RaisedCode[] {
  const found: RaisedCode[] = [];
  for (const [index, token] of tokens.entries()) {
    if (token.word !== 'raise') continue;
    const end = tokens.findIndex((each, at) => at > index && each.text === ';');
    const raise = tokens.slice(index + 1, end < 0 ? undefined : end);
    const code = optionOf(raise, 'errcode');
    if (!/^BC[0-8]\d\d$/.test(code)) continue;
    const format = raise.find((each) => each.word !== 'exception');
    found.push({ code, message: format?.kind === 'string' ? textOf(format) : optionOf(raise, 'message') });
  }
  return found;
}

// `NAME = 'text'` behind USING; empty when it is an expression.
function optionOf(raise: readonly Token[], name: string): string {
  const at = raise.findIndex(
    (token, index) => token.word === name && /^:?=$/.test(raise[index + 1]?.text ?? ''),
  );
  const value = raise[at + 2];
  return at < 0 || value?.kind !== 'string' ? '' : textOf(value);
}

function textOf(token: Token): string {
  return token.text.replace(/^[eE]?'|'$/g, '').replaceAll("''", "'");
}

function calledIn(tokens: readonly Token[], contract: string): readonly string[] {
  return tokens.flatMap((token, index) => {
    const isCall =
      token.word === contract && tokens[index + 1]?.text === '.' && tokens[index + 3]?.text === '(';
    return isCall ? [tokens[index + 2]?.word ?? ''] : [];
  });
}
