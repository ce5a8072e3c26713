/** Conditions of queries as the parser has them. */

import { type Fields, fieldsOf, namesOf, nodeOf, textAt } from '../../check/sql-tree.ts';

/** The conditions that all hold. */
export function conjunctsOf(condition: unknown): readonly unknown[] {
  if (condition === undefined || condition === null) return [];
  if (Array.isArray(condition)) return condition.flatMap(conjunctsOf);
  const both = fieldsOf(condition, 'BoolExpr');
  if (both === null || textAt(both, 'boolop') !== 'AND_EXPR') return [condition];
  return nodeList(both['args']).flatMap(conjunctsOf);
}

/** Conditions but for `column IN (SELECT …)`, whose query is read with the one around it. */
export function outsideMembership(condition: unknown): readonly unknown[] {
  return conjunctsOf(condition).filter((each) => {
    const node = nodeOf(each);
    return !(node?.kind === 'SubLink' && isMembership(node.fields));
  });
}

/** A list of the tree, also of what is no node. */
export function nodeList(value: unknown): readonly unknown[] {
  return Array.isArray(value) ? value : [];
}

/** Whether a subquery stands behind IN. */
export function isMembership(link: Fields): boolean {
  return textAt(link, 'subLinkType') === 'ANY_SUBLINK' && namesOf(link['operName']).length === 0;
}

/** Whether a subquery stands behind EXISTS. */
export function isExists(link: Fields): boolean {
  return textAt(link, 'subLinkType') === 'EXISTS_SUBLINK';
}
