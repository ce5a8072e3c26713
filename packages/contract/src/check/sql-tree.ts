/**
 * The parser's tree as values without a shape of their own: `{ FuncCall: { … } }` is a node of the
 * kind `FuncCall`; some fields hold a node without its kind, which the table below adds.
 */

/** Fields of a node. */
export type Fields = Readonly<Record<string, unknown>>;

/** A node of the parse tree. */
export interface TreeNode {
  readonly kind: string;
  readonly fields: Fields;
}

/** Fields whose value is a node without its kind. */
const UNTAGGED: ReadonlyMap<string, string> = new Map([
  ['relation', 'RangeVar'],
  ['pktable', 'RangeVar'],
  ['view', 'RangeVar'],
  ['typeName', 'TypeName'],
  ['argType', 'TypeName'],
  ['returnType', 'TypeName'],
  ['larg', 'SelectStmt'],
  ['rarg', 'SelectStmt'],
  ['withClause', 'WithClause'],
  ['onConflictClause', 'OnConflictClause'],
  ['over', 'WindowDef'],
  ['infer', 'InferClause'],
  ['collClause', 'CollateClause'],
  ['intoClause', 'IntoClause'],
  ['returningClause', 'ReturningClause'],
]);

/** The fields under which JoinExpr has nodes with their kind, unlike SelectStmt of the same names. */
const TAGGED_IN: ReadonlyMap<string, readonly string[]> = new Map([['JoinExpr', ['larg', 'rarg']]]);

/** Whether a value has fields. */
export function isFields(value: unknown): value is Fields {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

/** The node that a tagged value holds, or null. */
export function nodeOf(value: unknown): TreeNode | null {
  if (!isFields(value)) return null;
  const [kind, ...others] = Object.keys(value);
  if (kind === undefined || others.length > 0 || !/^[A-Z]/.test(kind)) return null;
  const fields = value[kind];
  return isFields(fields) ? { kind, fields } : null;
}

/** The fields of a tagged value of this kind, or null. */
export function fieldsOf(value: unknown, kind: string): Fields | null {
  const node = nodeOf(value);
  return node?.kind === kind ? node.fields : null;
}

/** The tagged nodes of a list. */
export function nodesOf(value: unknown): readonly TreeNode[] {
  if (!Array.isArray(value)) return [];
  return value.map(nodeOf).filter((node) => node !== null);
}

/** A field that holds an untagged node, or null. */
export function fieldsAt(fields: Fields, key: string): Fields | null {
  const value = fields[key];
  return isFields(value) ? value : null;
}

/** A text field; empty when absent. */
export function textAt(fields: Fields, key: string): string {
  const value = fields[key];
  return typeof value === 'string' ? value : '';
}

/** A number field; null when absent. */
export function numberAt(fields: Fields, key: string): number | null {
  const value = fields[key];
  return typeof value === 'number' ? value : null;
}

/** The texts of a list of String nodes, such as the parts of a name. */
export function namesOf(value: unknown): readonly string[] {
  return nodesOf(value)
    .filter((node) => node.kind === 'String')
    .map((node) => textAt(node.fields, 'sval'));
}

/** The text of a string constant, or null. */
export function stringConstant(value: unknown): string | null {
  const constant = fieldsOf(value, 'A_Const');
  const text = constant === null ? null : fieldsAt(constant, 'sval');
  return text === null ? null : textAt(text, 'sval');
}

/** The value of an integer constant that fits 32 bits, or null. */
export function integerConstant(value: unknown): number | null {
  const constant = fieldsOf(value, 'A_Const');
  const number = constant === null ? null : fieldsAt(constant, 'ival');
  return number === null ? null : (numberAt(number, 'ival') ?? 0);
}

/** The direct child nodes, in the parser's order. */
export function childrenOf(node: TreeNode): readonly TreeNode[] {
  const found: TreeNode[] = [];
  for (const [key, value] of Object.entries(node.fields)) collect(node.kind, key, value, found);
  return found;
}

function collect(parent: string, key: string, value: unknown, found: TreeNode[]): void {
  if (Array.isArray(value)) {
    for (const each of value) collect(parent, '', each, found);
    return;
  }
  if (!isFields(value)) return;
  const kind = TAGGED_IN.get(parent)?.includes(key) === true ? undefined : UNTAGGED.get(key);
  const node = kind === undefined ? nodeOf(value) : { kind, fields: value };
  if (node !== null) {
    found.push(node);
    return;
  }
  for (const [inner, each] of Object.entries(value)) collect(parent, inner, each, found);
}

/** All nodes of a tree, parents before children; not recursive, so any depth is read. */
export function* descendants(root: TreeNode): Generator<TreeNode> {
  const waiting = [root];
  for (let node = waiting.pop(); node !== undefined; node = waiting.pop()) {
    yield node;
    waiting.push(...[...childrenOf(node)].reverse());
  }
}

/** How deep a value of the parser nests; not recursive. */
export function depthOf(value: unknown): number {
  const waiting: { value: unknown; depth: number }[] = [{ value, depth: 1 }];
  let deepest = 0;
  for (let next = waiting.pop(); next !== undefined; next = waiting.pop()) {
    if (typeof next.value !== 'object' || next.value === null) continue;
    deepest = Math.max(deepest, next.depth);
    for (const each of Object.values(next.value)) waiting.push({ value: each, depth: next.depth + 1 });
  }
  return deepest;
}

/** The first position that a node or something inside it names, or null. */
export function locationOf(node: TreeNode): number | null {
  let first: number | null = null;
  for (const each of descendants(node)) {
    const own = numberAt(each.fields, 'location');
    if (each === node && own !== null) return own;
    if (own !== null && own >= 0 && (first === null || own < first)) first = own;
  }
  return first;
}
