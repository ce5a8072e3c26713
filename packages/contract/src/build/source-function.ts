/** The functions that a source creates, with the place of everything that the build touches. */

import type { SourceText } from '../check/source-text.ts';
import { parseStatements, scanTokens, type Token } from '../check/sql-parser.ts';
import { type Fields, fieldsOf, namesOf, nodesOf, textAt } from '../check/sql-tree.ts';
import { BuildError } from './build-error.ts';
import { typeKind, type ValueKind } from './value-kind.ts';

/** One CREATE FUNCTION. Offsets are bytes of the source. */
export interface SourceFunction {
  readonly name: string;
  readonly language: 'plpgsql' | 'sql';
  /** The whole statement. */
  readonly start: number;
  readonly end: number;
  /** Tokens between the function's name and its body, the options behind the body included. */
  readonly header: readonly Token[];
  /** Parameters by name, with what kind of value each is. */
  readonly parameters: ReadonlyMap<string, ValueKind>;
  readonly body: FunctionText;
}

/** The text of a body: between dollar quotes, between BEGIN ATOMIC and END, RETURN and an expression, or in another form. */
export interface FunctionText {
  readonly form: 'dollar' | 'atomic' | 'return' | 'other';
  readonly start: number;
  readonly end: number;
  readonly tokens: readonly Token[];
}

/** Reads all functions of `source`. Throws a {@link BuildError} where the source is not SQL. */
export function readFunctions(source: SourceText): readonly SourceFunction[] {
  if (source.text.trim() === '') return [];
  const parsed = parseStatements(source.text);
  if ('error' in parsed) {
    throw new BuildError(source.place(parsed.error.offset), parsed.error.message, 'correct the SQL');
  }
  const tokens = scanned(source, 0, source.bytes.length);
  return parsed.ok.flatMap(({ tree, start, end }) => {
    const create = fieldsOf(tree, 'CreateFunctionStmt');
    if (create === null) return [];
    const own = tokens.filter((token) => token.start >= start && token.end <= end);
    return [readFunction(source, create, own)];
  });
}

/** The tokens between two offsets, with offsets of the source. */
export function scanned(source: SourceText, start: number, end: number): readonly Token[] {
  const text = source.slice(start, end);
  if (text.trim() === '') return [];
  const tokens = scanTokens(text);
  if (tokens === null) {
    throw new BuildError(source.place(start), 'a string or comment is not closed', 'close it');
  }
  return tokens.map((token) => ({ ...token, start: token.start + start, end: token.end + start }));
}

function readFunction(source: SourceText, create: Fields, tokens: readonly Token[]): SourceFunction {
  const nameAt = tokens.findIndex((token) => token.word === 'function') + 1;
  const names = namesOf(create['funcname']);
  const body = readText(source, tokens);
  const header = tokens
    .slice(nameAt + 2 * names.length - 1)
    .filter((token) => token.end <= body.start || token.start >= body.end);
  return {
    name: names[names.length - 1] ?? '',
    language: languageOf(create),
    start: tokens[0]?.start ?? 0,
    end: tokens[tokens.length - 1]?.end ?? 0,
    header,
    parameters: readParameters(create),
    body,
  };
}

function languageOf(create: Fields): 'plpgsql' | 'sql' {
  for (const { fields } of nodesOf(create['options'])) {
    if (textAt(fields, 'defname') !== 'language') continue;
    const language = fieldsOf(fields['arg'], 'String');
    return language !== null && textAt(language, 'sval') === 'plpgsql' ? 'plpgsql' : 'sql';
  }
  return 'sql';
}

function readParameters(create: Fields): ReadonlyMap<string, ValueKind> {
  const parameters = nodesOf(create['parameters']).map(({ fields }): [string, ValueKind] => {
    const type = fields['argType'];
    return [textAt(fields, 'name'), typeKind(type)];
  });
  return new Map(parameters);
}

function readText(source: SourceText, tokens: readonly Token[]): FunctionText {
  const quoted = tokens.find(
    (token, index) =>
      tokens[index - 1]?.word === 'as' && token.kind === 'string' && token.text.startsWith('$'),
  );
  if (quoted !== undefined) {
    const quote = Buffer.byteLength(quoted.text.slice(0, quoted.text.indexOf('$', 1) + 1));
    const [start, end] = [quoted.start + quote, quoted.end - quote];
    return { form: 'dollar', start, end, tokens: scanned(source, start, end) };
  }
  const atomicAt = tokens.findIndex(
    (token, index) => token.word === 'atomic' && tokens[index - 1]?.word === 'begin',
  );
  const last = tokens[tokens.length - 1];
  const atomic = tokens[atomicAt];
  if (atomic !== undefined && last !== undefined) {
    return { form: 'atomic', start: atomic.end, end: last.start, tokens: tokens.slice(atomicAt + 1, -1) };
  }
  const end = last?.end ?? 0;
  const returnAt = tokens.findIndex(({ kind, word }) => kind === 'keyword' && word === 'return');
  const word = tokens[returnAt];
  if (word === undefined) return { form: 'other', start: end, end, tokens: [] };
  return { form: 'return', start: word.start, end, tokens: tokens.slice(returnAt) };
}
