/**
 * What a contract offers to programs: functions with their parameters and results, tables with their
 * columns, and the codes with which it refuses, each with the words of the source. Read from the
 * texts alone, so a folder, a document and a running network give the same.
 */

import type { GenesisContract } from '@bucordo/protocol';
import { authorSource } from '../build/insertion.ts';
import { writtenType } from '../check/schema/schema-model.ts';
import { SourceText } from '../check/source-text.ts';
import { loadParser, type ParsedStatement, parseStatements, scanTokens } from '../check/sql-parser.ts';
import { type Fields, fieldsAt, namesOf, nodeOf, nodesOf, numberAt, textAt } from '../check/sql-tree.ts';
import { commentAbove, commentBehind, commentsOn } from './doc-comments.ts';
import { type FunctionText, type RaisedCode, raisedCodes } from './raised-codes.ts';

/** A parameter or column: its type is a name of `pg_type`, `[]` behind for arrays. */
export interface InterfaceColumn {
  readonly name: string;
  readonly type: string;
  readonly isNullable: boolean;
  readonly words: string;
}

/** A function that transactions call. */
export interface InterfaceFunction {
  readonly name: string;
  readonly words: string;
  readonly parameters: readonly Omit<InterfaceColumn, 'isNullable'>[];
  /** Type of the result; `void` for none. */
  readonly result: string;
  readonly roles: readonly string[];
  readonly classes: readonly string[];
  /** Codes that it, or a helper that it calls, can raise. */
  readonly codes: readonly string[];
}

/** A table. */
export interface InterfaceTable {
  readonly name: string;
  readonly words: string;
  readonly columns: readonly InterfaceColumn[];
  readonly key: readonly string[];
}

/** A code with everything that the source says when it raises it. */
export interface InterfaceRejection {
  readonly code: string;
  readonly messages: readonly string[];
}

/** Everything that a program can use of one version of a contract. */
export interface ContractInterface {
  readonly name: string;
  readonly version: string;
  readonly functions: readonly InterfaceFunction[];
  readonly tables: readonly InterfaceTable[];
  readonly rejections: readonly InterfaceRejection[];
}

/** Reads the interface. Throws a RangeError that names the text and line which is no SQL, or a function that is missing. */
export async function readInterface(contract: GenesisContract): Promise<ContractInterface> {
  await loadParser();
  const source = new SourceText('functions.sql', authorSource(contract.source));
  const schema = new SourceText('schema.sql', contract.schema);
  const functions = readFunctions(source);
  const raised = raisedCodes(functions, contract.name);
  return {
    name: contract.name,
    version: contract.version,
    functions: Object.entries(contract.functions).map(([name, { roles, classes }]) => {
      const found = functions.find((each) => each.name === name);
      if (found === undefined)
        throw new RangeError(`functions.sql has no function ${name}, which the manifest names`);
      const { words, parameters, result } = found;
      const codes = (raised.get(name) ?? []).map((each) => each.code);
      return { name, words, parameters, result, roles, classes, codes: sortedDistinct(codes) };
    }),
    tables: readTables(schema),
    rejections: rejectionsOf([...raised.values()].flat()),
  };
}

/** A function as the source has it, helpers included. */
interface WrittenFunction extends FunctionText {
  readonly words: string;
  readonly parameters: readonly Omit<InterfaceColumn, 'isNullable'>[];
  readonly result: string;
}

function readFunctions(source: SourceText): readonly WrittenFunction[] {
  const statements = statementsOf(source);
  const comments = commentsOn(statements.map((each) => each.tree));
  return statements.flatMap((statement) => {
    const node = nodeOf(statement.tree);
    if (node?.kind !== 'CreateFunctionStmt') return [];
    const name = namesOf(node.fields['funcname']).at(-1) ?? '';
    const inputs = nodesOf(node.fields['parameters']).map((each) => each.fields);
    return [
      {
        name,
        words: comments.get(`function ${name}`) ?? commentAbove(source, statement),
        parameters: inputs.map((each) => ({
          name: textAt(each, 'name'),
          type: writtenType(fieldsAt(each, 'argType')),
          words: '',
        })),
        result: writtenType(fieldsAt(node.fields, 'returnType')),
        text: source.slice(statement.start, statement.end),
      },
    ];
  });
}

function readTables(schema: SourceText): readonly InterfaceTable[] {
  const statements = statementsOf(schema);
  const comments = commentsOn(statements.map((each) => each.tree));
  return statements.flatMap((statement) => {
    const node = nodeOf(statement.tree);
    if (node?.kind !== 'CreateStmt') return [];
    const name = textAt(fieldsAt(node.fields, 'relation') ?? {}, 'relname');
    const words = comments.get(`table ${name}`) ?? commentAbove(schema, statement);
    const elements = nodesOf(node.fields['tableElts']);
    const definitions = elements.filter((each) => each.kind === 'ColumnDef').map((each) => each.fields);
    const key = keyOf(definitions, elements);
    const columns = definitions.map((column) => {
      const own = textAt(column, 'colname');
      const start = numberAt(column, 'location') ?? 0;
      return {
        name: own,
        type: writtenType(fieldsAt(column, 'typeName')),
        isNullable: !key.includes(own) && !hasConstraint(column, 'CONSTR_NOTNULL'),
        words:
          comments.get(`column ${name}.${own}`) ??
          (commentBehind(schema, start) || commentAbove(schema, { start })),
      };
    });
    return [{ name, words, columns, key }];
  });
}

function keyOf(columns: readonly Fields[], elements: ReturnType<typeof nodesOf>): readonly string[] {
  const own = columns.filter((column) => hasConstraint(column, 'CONSTR_PRIMARY'));
  const table = elements.find(
    (each) => each.kind === 'Constraint' && textAt(each.fields, 'contype') === 'CONSTR_PRIMARY',
  );
  return table === undefined ? own.map((column) => textAt(column, 'colname')) : namesOf(table.fields['keys']);
}

function hasConstraint(column: Fields, kind: string): boolean {
  return nodesOf(column['constraints']).some((each) => textAt(each.fields, 'contype') === kind);
}

/** Statements with the place of their first word: the parser counts comments in front of one to it. */
function statementsOf(source: SourceText): readonly ParsedStatement[] {
  if (source.text.trim() === '') return [];
  const parsed = parseStatements(source.text);
  if ('error' in parsed) {
    const { line, column } = source.place(parsed.error.offset);
    throw new RangeError(`${source.file}:${line}:${column}: ${parsed.error.message}`);
  }
  return parsed.ok.map((statement) => {
    const first = scanTokens(source.slice(statement.start, statement.end))?.[0]?.start ?? 0;
    return { ...statement, start: statement.start + first };
  });
}

function rejectionsOf(raised: readonly RaisedCode[]): readonly InterfaceRejection[] {
  const messages = new Map<string, Set<string>>();
  for (const { code, message } of raised) {
    const known = messages.get(code) ?? new Set();
    messages.set(code, known);
    if (message !== '') known.add(message);
  }
  return sortedDistinct([...messages.keys()]).map((code) => ({
    code,
    messages: [...(messages.get(code) ?? [])],
  }));
}

function sortedDistinct(texts: readonly string[]): readonly string[] {
  return [...new Set(texts)].sort();
}
