/**
 * How many bytes a column can hold at most, as its constraints say. Postgres accepts an index entry of
 * about 2,700 bytes after compression, so a longer key would be accepted by one node and refused by
 * another; contracts bound the keys far below.
 */

import type { Catalogue } from './catalogue.ts';
import type { TreeNode } from './node-tree.ts';
import { conjuncts } from './query-shape.ts';
import type { RelationFacts } from './table-facts.ts';

/** Bytes of one indexed column of text or bytea. */
export const INDEXED_BYTES_MAX = 1_024;

/** The tables of a contract by object id. */
export type RelationsById = ReadonlyMap<number, RelationFacts>;

/** Most bytes of a column's text or bytea; null when nothing bounds it. */
export function boundOf(
  relation: RelationFacts,
  column: number,
  catalogue: Catalogue,
  relations: RelationsById,
  depth = 0,
): number | null {
  const checks = relation.constraints.flatMap((each) =>
    each.kind === 'c' && each.expression !== null ? [each.expression] : [],
  );
  const bounds = checks.flatMap((check) => conjuncts(check)).map((each) => boundBy(each, column, catalogue));
  const own = bounds.filter((each) => each !== null);
  if (own.length > 0) return Math.min(...own);
  // A foreign key holds no more than what it refers to.
  for (const key of relation.constraints) {
    const place = key.kind === 'f' ? key.columns.indexOf(column) : -1;
    const target = relations.get(key.target);
    const targetColumn = key.targetColumns[place];
    if (place < 0 || target === undefined || targetColumn === undefined || depth > 8) continue;
    const bound = boundOf(target, targetColumn, catalogue, relations, depth + 1);
    if (bound !== null) return bound;
  }
  return null;
}

function boundBy(condition: TreeNode, column: number, catalogue: Catalogue): number | null {
  const operator = catalogue.operator(condition.number('opno'))?.name;
  const [left, right] = condition.children('args');
  if (left === undefined || right === undefined || operator === undefined) return null;
  if (condition.tag === 'SCALARARRAYOPEXPR') {
    return condition.isTrue('useOr') && operator === '=' && isColumn(left, column) ? longest(right) : null;
  }
  if (condition.tag !== 'OPEXPR') return null;
  if (operator === '=' && isColumn(left, column)) return longest(right);
  if (operator === '~' && isColumn(left, column)) return patternBound(right);
  const measure = measureOf(left, column, catalogue);
  const value = integerOf(right);
  if (measure === null || value === null || !['<=', '<', '='].includes(operator)) return null;
  return (operator === '<' ? value - 1 : value) * measure;
}

/** Bytes per unit of a measure of the column: `octet_length` counts bytes, `length` characters of up to four. */
function measureOf(node: TreeNode, column: number, catalogue: Catalogue): number | null {
  if (node.tag !== 'FUNCEXPR' || !node.children('args').some((arg) => isColumn(arg, column))) return null;
  const called = catalogue.function(node.number('funcid'));
  if (called?.schema !== 'pg_catalog') return null;
  if (/^octet_length\(|^length\(bytea\)$/.test(called.signature)) return 1;
  return /^(length|char_length|character_length)\(/.test(called.signature) ? 4 : null;
}

function isColumn(node: TreeNode, column: number): boolean {
  const inner = node.tag === 'RELABELTYPE' ? node.child('arg') : node;
  return inner?.tag === 'VAR' && inner.number('varattno') === column;
}

// Constants a column is compared with: their own length bounds it.
function longest(node: TreeNode): number | null {
  const items = node.tag === 'ARRAYEXPR' ? node.children('elements') : [node];
  const lengths = items.map((item) => (item.tag === 'CONST' ? item.fields.get('constvalue') : null));
  const known = lengths.filter((each) => each instanceof Uint8Array);
  return known.length === lengths.length && known.length > 0
    ? Math.max(...known.map((each) => each.length))
    : null;
}

// An anchored pattern of literal characters and character classes with fixed repeats, such as ^[0-9]{5}$.
function patternBound(node: TreeNode): number | null {
  const bytes = node.tag === 'CONST' ? node.fields.get('constvalue') : null;
  if (!(bytes instanceof Uint8Array)) return null;
  const pattern = Buffer.from(bytes.subarray(4)).toString('utf8');
  const body = /^\^(.*)\$$/s.exec(pattern)?.[1];
  if (body === undefined) return null;
  let total = 0;
  let rest = body;
  while (rest !== '') {
    const part = /^(\[\^?[^\]\\[]+\]|\\[dw.]|[\w @:,/-])(?:\{(?:\d+,)?(\d+)\}|(\?))?/.exec(rest);
    if (part === null) return null;
    total += 4 * Number(part[2] ?? 1);
    rest = rest.slice(part[0].length);
  }
  return total;
}

function integerOf(node: TreeNode): number | null {
  const bytes = node.tag === 'CONST' ? node.fields.get('constvalue') : null;
  if (!(bytes instanceof Uint8Array)) return null;
  let value = 0n;
  for (const [index, byte] of bytes.entries()) value |= BigInt(byte) << BigInt(8 * index);
  return Number(BigInt.asIntN(8 * Math.max(bytes.length, 1), value));
}
