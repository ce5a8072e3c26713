/**
 * Takes a PL/pgSQL function apart into the statements and expressions that Postgres would run, each
 * as a statement of its own with the variables it may name and where its columns go.
 *
 * Invariant: every expression of the body is in the program; a kind of statement this reader does not
 * know is a finding, never skipped.
 */

import { type Parsed, parseBody, parseStatements, scanTokens } from '../check/sql-parser.ts';
import {
  type Fields,
  fieldsOf,
  isFields,
  nodeOf,
  nodesOf,
  numberAt,
  type TreeNode,
  textAt,
} from '../check/sql-tree.ts';
import { assignmentSign, initialValueOf } from './body-tokens.ts';
import { castSql } from './cast-sql.ts';
import { deadEnds } from './dead-ends.ts';
import { type Excerpt, excerptOf } from './excerpt.ts';
import type {
  FunctionHead,
  FunctionProgram,
  FunctionText,
  ProgramStatement,
  Target,
  Variable,
} from './function-program.ts';
import { LabelledNames } from './labelled-names.ts';
import { branchesOf, handlersIn } from './read-handlers.ts';
import type { Handlers } from './resolved-statement.ts';
import { quoteName } from './scratch-database.ts';
import { VisibleNames } from './visible-names.ts';

/** Reads the program of a function in PL/pgSQL. */
export function readProgram(text: FunctionText, head: FunctionHead): Parsed<FunctionProgram> {
  const parsed = parseBody(text.statement);
  if ('error' in parsed) return parsed;
  const functions = isFields(parsed.ok) ? nodesOf(parsed.ok['plpgsql_funcs']) : [];
  const root = functions[0]?.kind === 'PLpgSQL_function' ? functions[0].fields : null;
  if (root === null || functions.length !== 1)
    return { error: { message: 'not one function', offset: 0, isExhausted: false } };
  return { ok: new ProgramReader(text, head, nodesOf(root['datums'])).read(root['action']) };
}

/** Fields of PL/pgSQL nodes that hold no expressions: targets, which are read with their statement, and values. */
const QUIET: ReadonlySet<string> = new Set(['datums', 'var', 'target', 'diag_items', 'conditions']);

/** Statements whose parts are read without anything special about the statement itself. */
const PLAIN: ReadonlySet<string> = new Set([
  'PLpgSQL_stmt_block',
  'PLpgSQL_stmt_if',
  'PLpgSQL_if_elsif',
  'PLpgSQL_stmt_loop',
  'PLpgSQL_stmt_while',
  'PLpgSQL_case_when',
  'PLpgSQL_stmt_exit',
  'PLpgSQL_exception_block',
  'PLpgSQL_exception',
  'PLpgSQL_stmt_getdiag',
  'PLpgSQL_stmt_return_query',
  'PLpgSQL_stmt_perform',
  'PLpgSQL_stmt_raise',
  'PLpgSQL_raise_option',
  'PLpgSQL_stmt_assert',
  'PLpgSQL_stmt_fori',
  'PLpgSQL_stmt_fors',
  'PLpgSQL_stmt_foreach_a',
  'PLpgSQL_stmt_execsql',
  'PLpgSQL_stmt_assign',
  'PLpgSQL_stmt_return',
  'PLpgSQL_stmt_return_next',
  'PLpgSQL_stmt_case',
]);

class ProgramReader {
  readonly #text: FunctionText;
  readonly #head: FunctionHead;
  readonly #datums: readonly TreeNode[];
  readonly #statements: ProgramStatement[] = [];
  readonly #unknown: { excerpt: Excerpt; construct: string; reason: string }[] = [];
  readonly #cases = new Map<string, string>();
  readonly #lines: readonly number[];
  #labels = new LabelledNames(null, []);
  #variables: readonly Variable[] = [];
  #line = 1;
  /** Handlers around what is read. */
  #handlers: Handlers = [];
  #refuses = false;
  readonly #names: VisibleNames;

  constructor(text: FunctionText, head: FunctionHead, datums: readonly TreeNode[]) {
    this.#text = text;
    this.#head = head;
    this.#datums = datums;
    this.#names = new VisibleNames(datums);
    const starts = [text.bodyStart];
    for (const match of text.body.matchAll(/\n/g)) starts.push(text.bodyStart + match.index + 1);
    this.#lines = starts;
  }

  read(action: unknown): FunctionProgram {
    this.#variables = this.#readVariables();
    this.#labels = new LabelledNames(action, this.#variables);
    // Where its declaration stands is not known here: a handler may be around it.
    this.#handlers = handlersIn(action);
    for (const datum of this.#datums) this.#initialValue(datum);
    this.#handlers = [];
    this.#walk(action);
    return {
      name: this.#text.name,
      variables: [...this.#variables, ...this.#labels.used()],
      statements: this.#statements,
      refuses: this.#refuses,
      unknown: this.#unknown,
      deadEnds: deadEnds(action, this.#head.mustReturn).map(({ line, query, objection }) => {
        this.#line = line;
        return { excerpt: excerptOf(this.#text.source, this.#lineStart(), query), objection };
      }),
    };
  }

  #readVariables(): readonly Variable[] {
    const types = new Map<string, string>();
    for (const { kind, fields } of this.#datums) {
      if (kind !== 'PLpgSQL_var' && kind !== 'PLpgSQL_rec') continue;
      const name = textAt(fields, 'refname');
      if (name.startsWith('__Case__Variable_')) continue;
      const type = this.#typeOf(fields);
      const before = types.get(name);
      if (before !== undefined && before !== type) {
        this.#line = numberAt(fields, 'lineno') ?? 1;
        this.#refuse(name, `variable ${name}`, `${name} is declared twice, as ${before} and as ${type}`);
      }
      types.set(name, before ?? type);
    }
    return [...types].map(([name, type]) => ({ name, type }));
  }

  // The parser does not know the types of parameters, which have no line of their own.
  #typeOf(fields: Fields): string {
    const isParameter = numberAt(fields, 'lineno') === null;
    const given = isParameter ? this.#head.parameters.get(textAt(fields, 'refname')) : undefined;
    return given ?? typeText(fields['datatype']);
  }

  // The parser drops initial values of records and composite variables, so they would run unchecked.
  #initialValue(datum: TreeNode): void {
    const { kind, fields } = datum;
    this.#line = numberAt(fields, 'lineno') ?? 1;
    const name = textAt(fields, 'refname');
    if (kind === 'PLpgSQL_var') {
      const value = fieldsOf(fields['default_val'], 'PLpgSQL_expr');
      if (value !== null) this.#expression(value, { cast: typeText(fields['datatype']) });
      return;
    }
    if (kind === 'PLpgSQL_rec' && numberAt(fields, 'lineno') !== null) this.#initialRow(name, datum);
  }

  #initialRow(name: string, datum: TreeNode): void {
    const bodyEnd = this.#text.bodyStart + this.#text.body.length;
    const text = this.#text.source.text.slice(this.#lineStart(), bodyEnd);
    const tokens = scanTokens(text);
    const value = tokens === null ? null : initialValueOf(tokens, name);
    if (value === null) {
      this.#refuse(name, `declaration of ${name}`, 'the checker does not find where it is declared');
    } else if (value !== 'none') {
      const expression = Buffer.from(text).toString('utf8', value.start, value.end);
      const excerpt = excerptOf(this.#text.source, this.#lineStart(), expression);
      this.#push(excerpt, this.#labels.rewrite(expression), rowReading(datum));
    }
  }

  #walk(value: unknown): void {
    if (Array.isArray(value)) {
      for (const each of value) this.#walk(each);
      return;
    }
    const node = nodeOf(value);
    if (node === null) return;
    if (numberAt(node.fields, 'lineno') !== null) this.#line = numberAt(node.fields, 'lineno') ?? 1;
    if (node.kind === 'PLpgSQL_expr') {
      this.#expression(node.fields, {});
    } else if (PLAIN.has(node.kind)) {
      this.#statement(node);
    } else {
      this.#refuse(
        '',
        node.kind.replace(/^PLpgSQL_(stmt_)?/, ''),
        'the checker does not know this statement',
      );
    }
  }

  #statement({ kind, fields }: TreeNode): void {
    const line = this.#line;
    if (kind === 'PLpgSQL_stmt_raise') this.#refuses = true;
    const done = kind === 'PLpgSQL_stmt_block' ? this.#block(fields) : this.#special(kind, fields);
    for (const [key, value] of Object.entries(fields)) {
      if (QUIET.has(key) || done.includes(key)) continue;
      this.#line = line;
      this.#walk(value);
    }
  }

  // Handlers catch what the statements of their block raise, not what they raise themselves.
  #block(fields: Fields): readonly string[] {
    const own = branchesOf(fields['exceptions']);
    const around = this.#handlers;
    this.#names.within(this.#names.declaredBy(fields), () => {
      this.#handlers = [...own, ...around];
      this.#walk(fields['body']);
      this.#handlers = around;
      this.#walk(fields['exceptions']);
    });
    return ['body', 'exceptions'];
  }

  /** Reads the parts that go somewhere; answers which fields are done. */
  #special(kind: string, fields: Fields): readonly string[] {
    const expression = (key: string): Fields | null => fieldsOf(fields[key], 'PLpgSQL_expr');
    const each = (keys: readonly string[], how: Reading): readonly string[] => {
      for (const key of keys) {
        const found = expression(key);
        if (found !== null) this.#expression(found, how);
      }
      return keys;
    };
    switch (kind) {
      case 'PLpgSQL_stmt_if':
      case 'PLpgSQL_if_elsif':
      case 'PLpgSQL_stmt_while':
      case 'PLpgSQL_stmt_exit':
      case 'PLpgSQL_stmt_assert':
        return each(['cond'], { cast: 'boolean' });
      case 'PLpgSQL_stmt_fori':
        each(['lower', 'upper', 'step'], { cast: 'integer' });
        this.#names.within(this.#names.countedBy(fields), () => this.#walk(fields['body']));
        return ['lower', 'upper', 'step', 'body'];
      case 'PLpgSQL_stmt_raise':
        for (const parameter of nodesOf(fields['params']))
          this.#expression(parameter.fields, { cast: 'text' });
        return ['params'];
      case 'PLpgSQL_raise_option':
        return each(['expr'], { cast: 'text' });
      case 'PLpgSQL_stmt_case':
        this.#rememberCase(fields, expression('t_expr'));
        return [];
      case 'PLpgSQL_stmt_fors':
        return each(['query'], { mayStop: true, target: this.#target(nodeOf(fields['var'])) });
      case 'PLpgSQL_stmt_foreach_a':
        return each(['expr'], { target: this.#elements(variableNumber(fields, 'varno')) });
      case 'PLpgSQL_stmt_execsql':
        return each(['sqlstmt'], { target: this.#target(nodeOf(fields['target'])) });
      case 'PLpgSQL_stmt_return':
      case 'PLpgSQL_stmt_return_next':
        this.#returned(numberAt(fields, 'retvarno'));
        if (this.#head.hasRows) return each(['expr'], { target: { kind: 'rows', isOne: true } });
        return each(['expr'], this.#head.result === null ? {} : { cast: this.#head.result });
      case 'PLpgSQL_stmt_return_query':
        return each(['query'], { target: { kind: 'rows', isOne: false } });
      case 'PLpgSQL_stmt_assign':
        this.#assignment(variableNumber(fields, 'varno'), expression('expr'));
        return ['expr'];
      default:
        return [];
    }
  }

  #rememberCase(fields: Fields, tested: Fields | null): void {
    const variable = `"__Case__Variable_${numberAt(fields, 't_varno') ?? 0}__"`;
    if (tested !== null) this.#cases.set(variable, textAt(tested, 'query'));
  }

  #returned(variable: number | null): void {
    const name = variable === null ? '' : textAt(this.#datums[variable]?.fields ?? {}, 'refname');
    if (name === '' || name.startsWith('(')) return;
    const excerpt = excerptOf(this.#text.source, this.#lineStart(), name);
    this.#statements.push({
      excerpt,
      sql: `SELECT ${quoteName(name)}`,
      mayStop: false,
      handlers: this.#handlers,
      names: this.#names.all,
      target: this.#head.hasRows ? { kind: 'rows', isOne: true } : { kind: 'result' },
    });
  }

  // `name[i].field := value`: both sides are evaluated, and the value is cast to what it is assigned to.
  #assignment(variable: number, expression: Fields | null): void {
    const query = expression === null ? '' : textAt(expression, 'query');
    const tokens = scanTokens(query) ?? [];
    const sign = assignmentSign(tokens);
    const bytes = Buffer.from(query);
    if (sign === null) {
      this.#refuse(query, 'assignment', 'the checker cannot tell its two sides apart');
      return;
    }
    const excerpt = excerptOf(this.#text.source, this.#lineStart(), query);
    const left = this.#labels.rewrite(bytes.toString('utf8', 0, sign.start).trim());
    const right = this.#labels.rewrite(bytes.toString('utf8', sign.end));
    if (/[[(]/.test(left)) this.#push(excerpt, left, {});
    const target = this.#assigned(variable, left);
    this.#push(excerpt, right, target === null ? {} : target);
  }

  #assigned(variable: number, left: string): Reading | null {
    const datum = this.#datums[variable];
    if (datum === undefined) return null;
    if (datum.kind === 'PLpgSQL_recfield') {
      const parent = this.#datums[variableNumber(datum.fields, 'recparentno')];
      const record = textAt(parent?.fields ?? {}, 'refname');
      return { castTo: { record, field: textAt(datum.fields, 'fieldname'), isElement: left.includes('[') } };
    }
    const type = this.#typeOf(datum.fields);
    if (datum.kind === 'PLpgSQL_var')
      return { cast: left.includes('[') ? type.replace(/\[\d*\]$/, '') : type };
    return rowReading(datum);
  }

  #target(node: TreeNode | null): Target | null {
    if (node === null) return null;
    if (node.kind === 'PLpgSQL_rec') return { kind: 'row', name: textAt(node.fields, 'refname') };
    if (node.kind === 'PLpgSQL_var') return { kind: 'variables', names: [textAt(node.fields, 'refname')] };
    const fields = Array.isArray(node.fields['fields']) ? node.fields['fields'].filter(isFields) : [];
    return { kind: 'variables', names: fields.map((field) => textAt(field, 'name')) };
  }

  #elements(variable: number): Target | null {
    const name = textAt(this.#datums[variable]?.fields ?? {}, 'refname');
    return name === '' ? null : { kind: 'elements', name };
  }

  #expression(expression: Fields, how: Reading): void {
    const written = textAt(expression, 'query');
    const excerpt = excerptOf(this.#text.source, this.#lineStart(), written);
    let query = this.#labels.rewrite(written);
    for (const [variable, tested] of this.#cases) query = query.replaceAll(variable, `(${tested}\n)`);
    if (numberAt(expression, 'parseMode') === 2) {
      this.#push(excerpt, query, how);
      return;
    }
    this.#statements.push({
      excerpt,
      sql: query.trim().replace(/;$/, ''),
      mayStop: how.mayStop ?? false,
      handlers: this.#handlers,
      names: this.#names.all,
      target: how.target ?? null,
    });
  }

  #push(excerpt: Excerpt, expression: string, how: Reading): void {
    const parsed = parseStatements(`SELECT ${expression}`);
    const [statement, ...others] = 'ok' in parsed ? parsed.ok : [];
    const select = fieldsOf(statement?.tree, 'SelectStmt');
    if (select === null || others.length > 0) {
      this.#refuse(excerpt.text, expression.replace(/\s+/g, ' ').slice(0, 60), 'it is not one expression');
      return;
    }
    const sql = how.cast === undefined ? `SELECT ${expression}` : castSql(select, expression, how.cast);
    const { all: names } = this.#names;
    const base = { excerpt, mayStop: false, target: how.target ?? null, handlers: this.#handlers, names };
    if (how.castTo === undefined) this.#statements.push({ ...base, sql });
    else this.#statements.push({ ...base, sql, target: fieldTarget(how.castTo) });
  }

  #lineStart(): number {
    return this.#lines[this.#line - 1] ?? this.#text.bodyStart;
  }

  #refuse(words: string, construct: string, reason: string): void {
    const excerpt = excerptOf(this.#text.source, this.#lineStart(), words);
    this.#unknown.push({ excerpt, construct, reason });
  }
}

// A value assigned to a row is converted field by field, as the cast shows; a record takes any columns.
function rowReading({ fields }: TreeNode): Reading {
  const type = typeText(fields['datatype']);
  return type === 'record' ? { target: { kind: 'row', name: textAt(fields, 'refname') } } : { cast: type };
}

/** How an expression is read: what it is cast to, or where its columns go. */
interface Reading {
  readonly cast?: string;
  readonly castTo?: FieldOf;
  readonly mayStop?: boolean;
  readonly target?: Target | null;
}

/** A field of a row variable. */
interface FieldOf {
  readonly record: string;
  readonly field: string;
  readonly isElement: boolean;
}

function fieldTarget({ record, field, isElement }: FieldOf): Target {
  return { kind: 'variables', names: [`${record}.${field}${isElement ? '[]' : ''}`] };
}

// The parser leaves out a number that is 0, which is the first variable's (but for RETURN, where 0 is written).
function variableNumber(fields: Fields, key: string): number {
  return numberAt(fields, key) ?? 0;
}

function typeText(datatype: unknown): string {
  const type = fieldsOf(datatype, 'PLpgSQL_type');
  return type === null ? 'record' : textAt(type, 'typname').replace(/%rowtype$/i, '');
}
