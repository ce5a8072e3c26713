/**
 * In which form the numbers of an expression come. Numbers that are equal are written alike only if
 * they all have the same digits behind the point (`numeric(12,2)`, `round(x, 2)`), or none too many
 * (`trim_scale(x)`); else 1.0 and 1.00 are equal and differ.
 */

import { constantText } from './call-arguments.ts';
import type { Catalogue } from './catalogue.ts';
import { EXPRESSION_SUBLINK } from './expression-type.ts';
import type { TreeNode } from './node-tree.ts';
import { type DerivedColumn, originsOf, type ViewQueries } from './query-shape.ts';

/** What all numbers of an expression have in common; those of an array's elements for an array. */
export interface NumericForm {
  /** Digits behind the point; null when they may differ. */
  readonly scale: number | null;
  /** Whether no number ends in zeros behind the point. */
  readonly isTrimmed: boolean;
}

/** What is needed to follow an expression to where its values come from. */
export interface Resolution {
  readonly catalogue: Catalogue;
  /** The queries behind views, by object id. */
  readonly views: ViewQueries;
}

const ANY_FORM: NumericForm = { scale: null, isTrimmed: false };

/** Whether equal numbers of this form are identical. */
export function isOneForm(form: NumericForm): boolean {
  return form.scale !== null || form.isTrimmed;
}

/** The form of the numbers of `expression`, which stands in the innermost of `queries`. */
export function numericForm({ expression, queries }: DerivedColumn, given: Resolution): NumericForm {
  return formOf(expression, queries, given, 0) ?? ANY_FORM;
}

/** Columns are followed through no more subqueries than this. */
const DEPTH_MAX = 50;

// Null stands for no number at all, such as NULL, which goes with any form.
function formOf(
  node: TreeNode | null | undefined,
  queries: readonly TreeNode[],
  given: Resolution,
  depth: number,
): NumericForm | null {
  if (node === null || node === undefined || depth > DEPTH_MAX) return ANY_FORM;
  const form = (each: TreeNode | null | undefined): NumericForm | null =>
    formOf(each, queries, given, depth + 1);
  const common = (nodes: readonly (TreeNode | null)[]): NumericForm | null => commonForm(nodes.map(form));
  switch (node.tag) {
    case 'CONST':
      return constantForm(node);
    case 'VAR':
      return (
        ofModifier(node, 'vartypmod') ??
        commonForm(
          originsOf(node, queries, given.views)?.map((each) =>
            formOf(each.expression, each.queries, given, depth + 1),
          ) ?? [ANY_FORM],
        )
      );
    case 'FIELDSELECT':
      return ofModifier(node, 'resulttypmod') ?? ANY_FORM;
    case 'ARRAYCOERCEEXPR':
      return ofModifier(node, 'resulttypmod') ?? ANY_FORM;
    case 'RELABELTYPE':
      return ofModifier(node, 'resulttypmod') ?? form(node.child('arg'));
    case 'SUBSCRIPTINGREF':
      return ofModifier(node, 'reftypmod') ?? form(node.child('refexpr'));
    case 'COALESCEEXPR':
    case 'MINMAXEXPR':
      return common(node.children('args'));
    case 'ARRAYEXPR':
      return common(node.children('elements'));
    case 'NULLIFEXPR':
      return form(node.children('args')[0]);
    case 'CASEEXPR':
      return common([
        ...node.children('args').map((each) => each.child('result')),
        ...(node.child('defresult') === null ? [] : [node.child('defresult')]),
      ]);
    case 'SUBLINK': {
      const query = node.child('subselect');
      const target = query?.children('targetList')[0]?.child('expr');
      const isValue = [EXPRESSION_SUBLINK, ARRAY_SUBLINK].includes(node.number('subLinkType'));
      if (query === null || !isValue || query.child('setOperations') !== null) return ANY_FORM;
      return formOf(target, [query, ...queries], given, depth + 1);
    }
    case 'AGGREF':
      return callForm(
        signatureOf(node.number('aggfnoid'), given),
        node.children('args').map((each) => each.child('expr')),
        form,
      );
    case 'WINDOWFUNC':
      return callForm(signatureOf(node.number('winfnoid'), given), node.children('args'), form);
    case 'FUNCEXPR':
      return callForm(signatureOf(node.number('funcid'), given), node.children('args'), form);
    case 'OPEXPR': {
      const operator = given.catalogue.operator(node.number('opno'));
      return callForm(signatureOf(operator?.function ?? 0, given), node.children('args'), form);
    }
    default:
      return ANY_FORM;
  }
}

const ARRAY_SUBLINK = 6;

// Functions of the contract may have the names of built-in ones.
function signatureOf(oid: number, given: Resolution): string {
  const called = given.catalogue.function(oid);
  if (called === undefined) return '';
  return called.schema === 'pg_catalog' ? called.signature : `${called.schema}.${called.signature}`;
}

type Forms = (node: TreeNode | null | undefined) => NumericForm | null;

function ofScale(scale: number | null): NumericForm {
  return { scale, isTrimmed: scale === 0 };
}

// numeric(p,s) keeps s in the lower eleven bits of its modifier, as a signed number.
function ofModifier(node: TreeNode, field: string): NumericForm | null {
  const modifier = node.fields.has(field) ? node.number(field) : -1;
  if (modifier < 4) return null;
  return ofScale(Math.max(0, (((modifier - 4) & 0x7ff) ^ 1024) - 1024));
}

function commonForm(forms: readonly (NumericForm | null)[]): NumericForm | null {
  const known = forms.filter((each) => each !== null);
  const first = known[0];
  if (first === undefined) return null;
  return {
    scale: known.every((each) => each.scale === first.scale) ? first.scale : null,
    isTrimmed: known.every((each) => each.isTrimmed),
  };
}

// The head of a number: its scale in seven bits of the short form, in fourteen of the long one.
function constantForm(node: TreeNode): NumericForm | null {
  if (node.isTrue('constisnull')) return null;
  const bytes = node.fields.get('constvalue');
  if (node.number('consttype') !== NUMERIC || !(bytes instanceof Uint8Array) || bytes.length < 6)
    return ANY_FORM;
  const head = (bytes[4] ?? 0) | ((bytes[5] ?? 0) << 8);
  if (head >= 0xc000) return ANY_FORM;
  return ofScale(head >= 0x8000 ? (head & 0x1f80) >> 7 : head & 0x3fff);
}

/** The object id of the type `numeric`. */
const NUMERIC = 1700;

/** Calls whose numbers are in the form of their first argument. */
const KEEPING =
  /^(numeric_(abs|uminus|uplus)|abs|min|max|array_agg|unnest|first_value|last_value|nth_value|array_remove|trim_array)\(|^(lag|lead)\(anyelement/;
/** Calls whose numbers are in the form that their arguments have in common. */
const JOINING = /^(array_append|array_prepend|array_cat)\(/;
/** Calls whose number has as many digits as the longer argument. */
const LONGER = /^(numeric_(add|sub|mod)|mod|gcd|lcm)\(numeric,numeric\)$/;
/** Calls whose number is whole. */
const WHOLE =
  /^numeric\(int[248]\)$|^(round|trunc|ceil|ceiling|floor|sign)\(numeric\)$|^div\(numeric,numeric\)$|^sum\(int8\)$/;
/** Calls that cut to the number of digits in their second argument. */
const CUTTING = /^(round|trunc)\(numeric,int4\)$/;

function callForm(signature: string, args: readonly (TreeNode | null)[], form: Forms): NumericForm | null {
  const [first, second, third] = args;
  if (KEEPING.test(signature)) return form(first);
  if (JOINING.test(signature)) return commonForm([form(first), form(second)]);
  if (
    signature === 'lag(anycompatible,int4,anycompatible)' ||
    signature === 'lead(anycompatible,int4,anycompatible)'
  )
    return commonForm([form(first), form(third)]);
  if (signature === 'trim_scale(numeric)') return { scale: null, isTrimmed: true };
  if (WHOLE.test(signature)) return ofScale(0);
  if (signature === 'numeric(numeric,int4)') return ofLengthModifier(second);
  if (CUTTING.test(signature)) {
    const digits = constantInteger(second);
    return ofScale(digits === null ? null : Math.max(0, digits));
  }
  // The sum of nothing but numbers of one scale has that scale.
  if (signature === 'sum(numeric)') return ofScale(form(first)?.scale ?? null);
  if (LONGER.test(signature)) return scaleOf(form(first), form(second), Math.max);
  if (signature === 'numeric_mul(numeric,numeric)')
    return scaleOf(form(first), form(second), (a, b) => a + b);
  if (signature === 'bucordo.seconds_between(timestamptz,timestamptz)') return ofScale(6);
  if (signature.startsWith('extract(')) return extractForm(signature, first);
  return ANY_FORM;
}

function ofLengthModifier(node: TreeNode | null | undefined): NumericForm {
  const modifier = constantInteger(node);
  if (modifier === null || modifier < 4) return ANY_FORM;
  return ofScale(Math.max(0, (((modifier - 4) & 0x7ff) ^ 1024) - 1024));
}

function scaleOf(
  a: NumericForm | null,
  b: NumericForm | null,
  join: (a: number, b: number) => number,
): NumericForm {
  const [left, right] = [a?.scale ?? null, b?.scale ?? null];
  return ofScale(left === null || right === null ? null : join(left, right));
}

// The epoch of a date is whole, that of a moment has microseconds.
function extractForm(signature: string, field: TreeNode | null | undefined): NumericForm {
  const name = field === null || field === undefined ? null : constantText(field)?.toLowerCase();
  if (name === 'epoch') return ofScale(signature.includes('date') ? 0 : 6);
  if (name === 'second' || name === 'seconds') return ofScale(6);
  return WHOLE_FIELDS.has(name ?? '') ? ofScale(0) : ANY_FORM;
}

const WHOLE_FIELDS: ReadonlySet<string> = new Set(
  'year years month months day days hour hours minute minutes week quarter dow isodow doy isoyear decade century millennium microseconds'.split(
    ' ',
  ),
);

function constantInteger(node: TreeNode | null | undefined): number | null {
  const bytes = node?.tag === 'CONST' ? node.fields.get('constvalue') : null;
  if (!(bytes instanceof Uint8Array) || bytes.length < 4) return null;
  return new DataView(bytes.buffer, bytes.byteOffset, bytes.length).getInt32(0, true);
}
