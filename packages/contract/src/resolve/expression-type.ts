/** The type of a resolved expression, and the columns of a resolved statement. */

import type { Catalogue } from './catalogue.ts';
import type { TreeNode } from './node-tree.ts';

/** A column that a statement returns. */
export interface ResultColumn {
  /** Empty when it has no name. */
  readonly name: string;
  /** Object id of its type; 0 when it cannot be told. */
  readonly type: number;
}

/** The object id of the type `bool`. */
const BOOL = 16;

/** The field in which each kind of expression keeps its type. */
const TYPE_FIELDS: ReadonlyMap<string, string> = new Map([
  ['VAR', 'vartype'],
  ['CONST', 'consttype'],
  ['PARAM', 'paramtype'],
  ['FUNCEXPR', 'funcresulttype'],
  ['OPEXPR', 'opresulttype'],
  ['DISTINCTEXPR', 'opresulttype'],
  ['NULLIFEXPR', 'opresulttype'],
  ['AGGREF', 'aggtype'],
  ['WINDOWFUNC', 'wintype'],
  ['RELABELTYPE', 'resulttype'],
  ['COERCEVIAIO', 'resulttype'],
  ['ARRAYCOERCEEXPR', 'resulttype'],
  ['CONVERTROWTYPEEXPR', 'resulttype'],
  ['FIELDSELECT', 'resulttype'],
  ['FIELDSTORE', 'resulttype'],
  ['CASEEXPR', 'casetype'],
  ['COALESCEEXPR', 'coalescetype'],
  ['MINMAXEXPR', 'minmaxtype'],
  ['ARRAYEXPR', 'array_typeid'],
  ['ROWEXPR', 'row_typeid'],
  ['SUBSCRIPTINGREF', 'refrestype'],
  ['SETTODEFAULT', 'typeId'],
  ['CASETESTEXPR', 'typeId'],
]);

/** Object id of the type that a node keeps; 0 when this kind keeps none. */
export function ownType(node: TreeNode): number {
  const field = TYPE_FIELDS.get(node.tag);
  return field === undefined ? 0 : node.number(field);
}

/** Object id of an expression's type; 0 when it cannot be told. */
export function expressionType(node: TreeNode, catalogue: Catalogue): number {
  if (node.tag === 'COLLATEEXPR') return typeOfChild(node.child('arg'), catalogue);
  if (node.tag !== 'SUBLINK') return ownType(node) || (isLogical(node.tag) ? BOOL : 0);
  const first = node.child('subselect')?.children('targetList')[0];
  const kind = node.number('subLinkType');
  if (kind !== EXPRESSION_SUBLINK && kind !== ARRAY_SUBLINK) return BOOL;
  const type = typeOfChild(first?.child('expr') ?? null, catalogue);
  return kind === ARRAY_SUBLINK ? (catalogue.type(type)?.array ?? 0) : type;
}

/** Numbers of the kinds of subqueries in expressions. */
export const EXISTS_SUBLINK = 0;
export const EXPRESSION_SUBLINK = 4;
const ARRAY_SUBLINK = 6;

function typeOfChild(node: TreeNode | null, catalogue: Catalogue): number {
  return node === null ? 0 : expressionType(node, catalogue);
}

function isLogical(tag: string): boolean {
  return ['BOOLEXPR', 'NULLTEST', 'BOOLEANTEST', 'SCALARARRAYOPEXPR', 'ROWCOMPAREEXPR'].includes(tag);
}

/** The columns that a statement returns, by SELECT or RETURNING. */
export function resultColumns(query: TreeNode, catalogue: Catalogue): readonly ResultColumn[] {
  const isSelect = query.number('commandType') === 1;
  return query
    .children(isSelect ? 'targetList' : 'returningList')
    .filter((entry) => !entry.isTrue('resjunk'))
    .map((entry) => ({ name: entry.word('resname'), type: typeOfChild(entry.child('expr'), catalogue) }));
}
