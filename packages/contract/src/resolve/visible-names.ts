/** Which variables a body may name at a place: those of the blocks and loops around it, and the parameters. */

import { type Fields, fieldsOf, isFields, numberAt, type TreeNode, textAt } from '../check/sql-tree.ts';

/** The names that can be named while a body is read from its beginning to its end. */
export class VisibleNames {
  readonly #waiting: TreeNode[];
  #visible: readonly string[];

  /** `datums` are the variables of the whole body in the order of their declaration. */
  constructor(datums: readonly TreeNode[]) {
    const variables = datums.filter(({ kind }) => kind === 'PLpgSQL_var' || kind === 'PLpgSQL_rec');
    const isDeclared = ({ fields }: TreeNode): boolean => numberAt(fields, 'lineno') !== null;
    this.#waiting = variables.filter((each) => isDeclared(each) && !HANDLER_NAMES.has(nameOf(each)));
    this.#visible = variables.filter((each) => !isDeclared(each)).map(nameOf);
  }

  /** All names that can be named now. */
  get all(): readonly string[] {
    return this.#visible;
  }

  /** Runs `work` where `names` can be named too. */
  within(names: readonly string[], work: () => void): void {
    const around = this.#visible;
    this.#visible = [...around, ...names];
    work();
    this.#visible = around;
  }

  /** The variables that a block declares: those above its BEGIN that no block before it has and no loop counts by. */
  declaredBy(block: Fields): readonly string[] {
    const line = numberAt(block, 'lineno') ?? 0;
    const counters = countersIn(block).map((each) => keyOf(each));
    const isOwn = ({ fields }: TreeNode): boolean =>
      (numberAt(fields, 'lineno') ?? 0) <= line && !counters.includes(keyOf(fields));
    return this.#take(isOwn);
  }

  /** The variable that a FOR over integers counts by. */
  countedBy(loop: Fields): readonly string[] {
    const counter = fieldsOf(loop['var'], 'PLpgSQL_var');
    return counter === null ? [] : this.#take(({ fields }) => keyOf(fields) === keyOf(counter));
  }

  #take(isOwn: (datum: TreeNode) => boolean): readonly string[] {
    const own = this.#waiting.filter(isOwn);
    for (const each of own) this.#waiting.splice(this.#waiting.indexOf(each), 1);
    return own.map(nameOf);
  }
}

/** Variables that handlers have. */
const HANDLER_NAMES: ReadonlySet<string> = new Set(['sqlstate', 'sqlerrm']);

function nameOf({ fields }: TreeNode): string {
  return textAt(fields, 'refname');
}

function keyOf(fields: Fields): string {
  return `${textAt(fields, 'refname')} ${numberAt(fields, 'lineno') ?? 0}`;
}

// Counters of the loops inside a block.
function countersIn(value: unknown): readonly Fields[] {
  if (Array.isArray(value)) return value.flatMap(countersIn);
  if (!isFields(value)) return [];
  const loop = fieldsOf(value, 'PLpgSQL_stmt_fori');
  const counter = loop === null ? null : fieldsOf(loop['var'], 'PLpgSQL_var');
  return [...(counter === null ? [] : [counter]), ...Object.values(value).flatMap(countersIn)];
}
