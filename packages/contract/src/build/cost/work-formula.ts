/**
 * How many steps the functions and operators of an expression take, as SQL over the sizes of the values that it
 * names. One step is a byte that is looked at once; a unit of the budget pays for a thousand.
 */

import {
  type Fields,
  fieldsAt,
  integerConstant,
  namesOf,
  nodeOf,
  nodesOf,
  stringConstant,
  textAt,
} from '../../check/sql-tree.ts';
import type { ValueKind } from '../value-kind.ts';
import { expressionText } from './expression-text.ts';
import { measured, once, type Work } from './formula-text.ts';
import {
  CALL_UNITS,
  type CostClass,
  functionCost,
  isOnePass,
  operatorCost,
  STEP_WEIGHTS,
} from './function-cost.ts';
import { AGGREGATES, GROWING_RESULTS, SMALL_RESULTS } from './result-size.ts';
import { meaningOf, type Scope } from './scope.ts';

/** Steps that a unit of the budget pays for. */
export const STEPS_PER_UNIT = 1_000;

/** Bytes that a value is taken to have which cannot be measured beforehand and meets another one: what may grow unasked. */
const BYTES_UNKNOWN = 262_144;

/** Bytes of a value that never has many: a number, a time, a truth. */
const BYTES_FIXED = 16;

/** Bytes that only move for one step. */
const BYTES_MOVED_PER_STEP = 10;

/** Steps that the constants of an expression must sum up to before they are counted: the turn of a loop pays for less. */
const CONSTANT_STEPS_MIN = 20_000;

/** Digits that a number may have (`bucordo.check_digits`), and digits that a machine takes at once. */
const DIGITS = 250;
const DIGITS_AT_ONCE = 16;

/** The kinds of a function's variables. */
export type VariableKinds = ReadonlyMap<string, ValueKind>;

/**
 * How a value is measured: arrays that are only moved by the number of their elements, which costs nothing to ask;
 * documents and arrays that are taken apart by their texts, and each byte of these is dear.
 */
type Measure = 'bytes' | 'moved' | 'taken apart';

/** Steps for a byte of the text of a document or an array that is taken apart and put together again. */
const STEPS_TAKEN_APART = 10;

/** A size: SQL terms and a number of bytes. */
interface Size {
  readonly terms: readonly string[];
  readonly bytes: number;
}

/** Counts the steps of all calls in `expression`, outside of its subqueries. */
export class WorkCounter {
  readonly #kinds: VariableKinds;
  readonly #parts: string[] = [];
  #constant = 0;
  #isSteep = false;
  #measure: Measure = 'bytes';

  constructor(kinds: VariableKinds) {
    this.#kinds = kinds;
  }

  /** What has been counted so far. */
  get work(): Work {
    const constant = this.#constant < CONSTANT_STEPS_MIN ? 0 : this.#constant;
    return { parts: this.#parts, constant, isSteep: this.#isSteep };
  }

  /** Adds all calls in a value of the tree. */
  add(value: unknown, scope: Scope): void {
    if (Array.isArray(value)) {
      for (const each of value) this.add(each, scope);
      return;
    }
    if (typeof value !== 'object' || value === null) return;
    const node = nodeOf(value);
    if (node === null) {
      for (const each of Object.values(value)) this.add(each, scope);
      return;
    }
    if (node.kind === 'SubLink') {
      this.add(node.fields['testexpr'], scope);
      return;
    }
    if (node.kind === 'SelectStmt') return;
    if (node.kind === 'FuncCall') this.#call(node.fields, scope);
    if (node.kind === 'A_Expr') this.#operation(node.fields, scope);
    if (node.kind === 'A_Indirection') this.#slice(node.fields, scope);
    for (const each of Object.values(node.fields)) this.add(each, scope);
  }

  #call(fields: Fields, scope: Scope): void {
    const names = namesOf(fields['funcname']);
    const name = names.at(-1) ?? '';
    const isOwn = names.length > 1 && names[0] !== 'pg_catalog';
    const args = Array.isArray(fields['args']) ? fields['args'] : [];
    this.#constant += (CALL_UNITS.get(name) ?? 0) * STEPS_PER_UNIT;
    const weight = STEP_WEIGHTS.get(name) ?? 1;
    if (isOwn) this.#count(names[0] === 'bucordo' ? 'linear' : 'copy', args, scope, weight);
    else this.#count(functionCost(name), args, scope, weight);
  }

  #operation(fields: Fields, scope: Scope): void {
    const kind = textAt(fields, 'kind');
    const symbol = namesOf(fields['name']).at(-1) ?? '';
    const sides = [fields['lexpr'], fields['rexpr']].filter((side) => side !== undefined);
    const isEachOf = kind === 'AEXPR_OP_ANY' || kind === 'AEXPR_OP_ALL';
    const isPattern = kind === 'AEXPR_LIKE' || kind === 'AEXPR_ILIKE';
    if (kind === 'AEXPR_SIMILAR') this.#count('pattern', sides, scope, 1);
    else if (isPattern) this.#count('product', sides, scope, 1);
    else if (isEachOf) this.#count(operatorCost(symbol) === 'linear' ? 'linear' : 'product', sides, scope, 1);
    else if (kind === 'AEXPR_OP') this.#count(this.#costOf(symbol, sides, scope), sides, scope, 1);
    else this.#count('linear', sides, scope, 1);
  }

  // array[2:9]: each element is looked at, and may be copied.
  #slice(fields: Fields, scope: Scope): void {
    if (!nodesOf(fields['indirection']).some(({ fields: part }) => part['is_slice'] === true)) return;
    this.#measure = 'moved';
    const { terms } = this.#sizes([fields['arg']], scope, 1_000);
    this.#measure = 'bytes';
    if (terms.length > 0) this.#parts.push(`(${terms.join(' + ')})`);
  }

  // Texts are only moved or compared where documents and arrays are taken apart.
  #costOf(symbol: string, sides: readonly unknown[], scope: Scope): CostClass {
    // Of numbers and dates a difference, of a document what is left without an element or the elements of an array.
    if (symbol === '-') return sides.some((side) => this.#isJson(side, scope)) ? 'product' : 'small';
    const cost = operatorCost(symbol);
    const isMoved =
      sides.every((side) => this.#isText(side, scope)) ||
      (symbol === '||' && sides.some((side) => this.#isArray(side, scope)));
    return cost === 'linear' && isMoved ? 'copy' : cost;
  }

  #isJson(expression: unknown, scope: Scope): boolean {
    const node = nodeOf(expression);
    if (node?.kind === 'TypeCast')
      return namesOf(fieldsAt(node.fields, 'typeName')?.['names']).at(-1) === 'jsonb';
    if (node?.kind === 'A_Expr') {
      const symbol = namesOf(node.fields['name']).at(-1);
      if (symbol === '->>' || symbol === '#>>') return false;
      return (
        symbol === '->' ||
        symbol === '#>' ||
        [node.fields['lexpr'], node.fields['rexpr']].some((side) => this.#isJson(side, scope))
      );
    }
    if (node?.kind === 'FuncCall') return /^(to_)?jsonb/.test(namesOf(node.fields['funcname']).at(-1) ?? '');
    if (node?.kind === 'CoalesceExpr')
      return nodesOf(node.fields['args']).some((each) => this.#isJson({ [each.kind]: each.fields }, scope));
    const meaning = meaningOf(expression, scope);
    if (meaning?.kind === 'column') return meaning.item.table?.columns.get(meaning.column)?.kind === 'json';
    if (meaning?.kind === 'derived') return this.#isJson(meaning.derived.expression, meaning.derived.scope);
    return meaning?.kind === 'variable' && this.#kinds.get(meaning.parts.at(-1) ?? '') === 'json';
  }

  #isArray(expression: unknown, scope: Scope): boolean {
    const meaning = meaningOf(expression, scope);
    if (meaning?.kind === 'variable') return this.#kinds.get(meaning.parts.at(-1) ?? '') === 'array';
    return nodeOf(expression)?.kind === 'A_ArrayExpr';
  }

  #isText(expression: unknown, scope: Scope): boolean {
    const node = nodeOf(expression);
    if (node === null) return true;
    if (node.kind === 'A_Const') return true;
    if (node.kind === 'TypeCast')
      return namesOf(fieldsAt(node.fields, 'typeName')?.['names']).at(-1) === 'text';
    if (node.kind === 'A_Expr')
      return [node.fields['lexpr'], node.fields['rexpr']].every((side) => this.#isText(side, scope));
    const meaning = meaningOf(expression, scope);
    if (meaning?.kind === 'column') return meaning.item.table?.columns.get(meaning.column)?.kind === 'text';
    return meaning?.kind === 'variable' && this.#kinds.get(meaning.parts.at(-1) ?? '') === 'text';
  }

  #count(cost: CostClass, args: readonly unknown[], scope: Scope, weight: number): void {
    const [first, ...others] = args;
    if (first === undefined) return;
    switch (cost) {
      case 'small':
        return;
      case 'copy':
      case 'linear':
      case 'rows':
        this.#sum(args, scope, cost === 'copy' ? BYTES_MOVED_PER_STEP : 1 / weight);
        return;
      case 'product':
        if (others.length === 0) this.#sum(args, scope, 1);
        else this.#product([this.#size(first, scope), this.#sizes(others, scope)], weight);
        return;
      case 'pattern': {
        const pattern = stringConstant(others[0]);
        const text = this.#size(first, scope);
        if (pattern !== null && isOnePass(pattern)) this.#sum([first], scope, 1 / 10);
        else this.#product([text, text], 1);
        return;
      }
      case 'digits':
        this.#digits(args, scope);
        return;
      default:
        cost satisfies never;
    }
  }

  #sum(args: readonly unknown[], scope: Scope, bytesPerStep: number): void {
    this.#measure = bytesPerStep === BYTES_MOVED_PER_STEP ? 'moved' : 'taken apart';
    const { terms: all, bytes } = this.#sizes(args, scope, 1_000);
    this.#measure = 'bytes';
    // A long column pays once for being read, whatever looks at it then.
    const terms = all.filter((term) => !/\b__r\d+\."/.test(term));
    this.#constant += bytes / bytesPerStep;
    const scale = bytesPerStep > 1 ? ` / ${bytesPerStep}` : ` * ${Math.round(1 / bytesPerStep)}`;
    if (terms.length > 0) this.#parts.push(`(${terms.join(' + ')})${bytesPerStep === 1 ? '' : scale}`);
  }

  #product(sizes: readonly Size[], weight: number): void {
    const isConstant = sizes.every(({ terms }) => terms.length === 0);
    if (isConstant) {
      this.#constant += sizes.reduce((product, { bytes }) => product * bytes, weight);
      if (this.#constant >= CONSTANT_STEPS_MIN) this.#isSteep = true;
      return;
    }
    this.#isSteep = true;
    const factors = sizes.map(sizeText);
    this.#parts.push([...factors, ...(weight === 1 ? [] : [`${weight}`])].join(' * '));
  }

  // Numbers without a precision may have many digits; a chain of products has the sum of them.
  #digits(args: readonly unknown[], scope: Scope): void {
    const digits = args.map((each) => this.#digitsOf(each, scope));
    const [left = 0, right = left] = digits;
    if (left + right > 2 * DIGITS) {
      this.#constant += (left * right) / DIGITS_AT_ONCE;
      if (this.#constant >= CONSTANT_STEPS_MIN) this.#isSteep = true;
    }
  }

  #digitsOf(expression: unknown, scope: Scope): number {
    const node = nodeOf(expression);
    if (node === null) return 0;
    if (node.kind === 'ColumnRef') {
      const meaning = meaningOf(expression, scope);
      if (meaning?.kind !== 'variable') return 0;
      return this.#kinds.get(meaning.parts.at(-1) ?? '') === 'fixed' ? 0 : DIGITS;
    }
    if (node.kind !== 'A_Expr' && node.kind !== 'FuncCall') return 0;
    const args = node.kind === 'A_Expr' ? [node.fields['lexpr'], node.fields['rexpr']] : node.fields['args'];
    return (Array.isArray(args) ? args : []).reduce(
      (sum: number, each) => sum + this.#digitsOf(each, scope),
      0,
    );
  }

  #sizes(args: readonly unknown[], scope: Scope, unknown: number = BYTES_UNKNOWN): Size {
    const sizes = args.map((each) => this.#size(each, scope, unknown));
    return {
      terms: sizes.flatMap(({ terms }) => terms),
      bytes: sizes.reduce((sum, { bytes }) => sum + bytes, 0),
    };
  }

  /** The bytes of a value, not less than it has, but for values that only its functions know. */
  #size(expression: unknown, scope: Scope, unknown: number = BYTES_UNKNOWN): Size {
    const node = nodeOf(expression);
    if (node === null) return { terms: [], bytes: 0 };
    const { fields } = node;
    const parts = (...values: readonly unknown[]): Size => this.#sizes(values.flat(), scope, unknown);
    switch (node.kind) {
      case 'A_Const':
        return { terms: [], bytes: Buffer.byteLength(stringConstant(expression) ?? '') };
      case 'ColumnRef':
        return this.#column(expression, scope, unknown);
      case 'ParamRef':
        return { terms: [`\u0001${measured(`$${String(fields['number'])}`, 'other')}\u0002`], bytes: 0 };
      case 'TypeCast':
        return parts(fields['arg']);
      case 'A_Expr':
        return isTruth(fields)
          ? { terms: [], bytes: BYTES_FIXED }
          : parts(fields['lexpr'] ?? [], fields['rexpr'] ?? []);
      case 'CoalesceExpr':
      case 'MinMaxExpr':
        return parts(fields['args'] ?? []);
      case 'A_ArrayExpr':
        return parts(fields['elements'] ?? []);
      case 'List':
        return parts(fields['items'] ?? []);
      case 'CaseExpr':
        return parts(
          nodesOf(fields['args']).map(({ fields: when }) => when['result']),
          fields['defresult'] ?? [],
        );
      case 'A_Indirection':
      case 'CollateClause':
        return parts(fields['arg']);
      case 'NullTest':
      case 'BoolExpr':
      case 'BooleanTest':
        return { terms: [], bytes: BYTES_FIXED };
      case 'FuncCall':
        return this.#result(fields, scope, unknown);
      default:
        return { terms: [], bytes: unknown };
    }
  }

  #result(fields: Fields, scope: Scope, unknown: number): Size {
    const names = namesOf(fields['funcname']);
    const name = names.at(-1) ?? '';
    const args: readonly unknown[] = Array.isArray(fields['args']) ? fields['args'] : [];
    if (names.length > 1 && names[0] !== 'pg_catalog') {
      if (names[0] !== 'bucordo') return { terms: [], bytes: unknown };
      return args.length === 0 ? { terms: [], bytes: 256 } : this.#sizes(args, scope, unknown);
    }
    if (SMALL_RESULTS.has(name)) return { terms: [], bytes: 64 };
    if (AGGREGATES.has(name)) return { terms: [], bytes: unknown };
    const count = integerConstant(args[args.length - 1]);
    const all = this.#sizes(args, scope, unknown);
    if (
      /^(left|right|substr|substring)$/.test(name) &&
      count !== null &&
      args.length === (name.startsWith('s') ? 3 : 2)
    )
      return { terms: [], bytes: 4 * Math.abs(count) };
    if (/^(repeat|lpad|rpad|array_fill)$/.test(name)) return repeated(all, 10_000);
    if (name === 'replace' || name === 'translate' || name === 'regexp_replace') {
      const [text, , by] = args.map((each) => this.#size(each, scope, unknown));
      if (text !== undefined && by !== undefined && (by.terms.length > 0 || by.bytes > 1)) {
        return { terms: [`${sizeText(text)} * ${sizeText({ ...by, bytes: by.bytes + 1 })}`], bytes: 0 };
      }
    }
    return GROWING_RESULTS.has(name) ? repeated(all, 4) : all;
  }

  #column(expression: unknown, scope: Scope, unknown: number): Size {
    const meaning = meaningOf(expression, scope);
    switch (meaning?.kind) {
      case 'derived':
        return this.#size(meaning.derived.expression, meaning.derived.scope, unknown);
      case 'variable':
        return this.#variable(expression, meaning.parts, scope);
      case 'column': {
        const shape = meaning.item.table?.columns.get(meaning.column);
        const text = expressionText(expression, scope);
        if (shape !== undefined && (shape.kind === 'fixed' || shape.kind === 'number'))
          return { terms: [], bytes: BYTES_FIXED };
        if (shape !== undefined && shape.bytesMax !== null) return { terms: [], bytes: shape.bytesMax };
        return text === null
          ? { terms: [], bytes: unknown }
          : { terms: [measured(text, shape?.kind ?? 'other')], bytes: 0 };
      }
      default:
        return { terms: [], bytes: unknown };
    }
  }

  #variable(expression: unknown, parts: readonly string[], scope: Scope): Size {
    const kind = this.#kinds.get(parts.at(-1) ?? '') ?? (parts.length === 1 ? null : 'other');
    // Neither a column nor a variable that is known: FOUND, and names that Postgres gives.
    if (kind === null || kind === 'fixed' || kind === 'number') return { terms: [], bytes: BYTES_FIXED };
    const text = expressionText(expression, scope);
    if (text === null) return { terms: [], bytes: 0 };
    const isMoved = kind === 'array' && this.#measure === 'moved';
    const isApart = (kind === 'json' || kind === 'array') && this.#measure === 'taken apart';
    const size = isMoved
      ? `8 * coalesce(pg_catalog.cardinality(${text}), 0)::int8`
      : `${isApart ? `${STEPS_TAKEN_APART} * ` : ''}${measured(text, kind)}`;
    return { terms: [once(size)], bytes: 0 };
  }
}

function sizeText({ terms, bytes }: Size): string {
  return `(${[...terms, ...(bytes > 0 || terms.length === 0 ? [`${Math.round(bytes)}`] : [])].join(' + ')})`;
}

function repeated({ terms, bytes }: Size, times: number): Size {
  return { terms: terms.map((term) => `${times} * ${term}`), bytes: times * bytes };
}

function isTruth(fields: Fields): boolean {
  const kind = textAt(fields, 'kind');
  const symbol = namesOf(fields['name']).at(-1) ?? '';
  return kind !== 'AEXPR_OP' || (/^[=<>!~@?&|*]+$/.test(symbol) && !['||', '&', '|', '*'].includes(symbol));
}
