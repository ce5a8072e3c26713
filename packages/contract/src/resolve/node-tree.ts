/**
 * Reads the text form of Postgres' node trees (`pg_node_tree`), in which the catalogue keeps what a
 * query, a default or a constraint means after all names were resolved. The reader is strict: what
 * it does not understand is an error, never skipped, because a skipped part would be unchecked.
 */

/** A value of a field: nothing (`<>`), a word, bytes of a constant, a node, or a list. */
export type TreeValue = string | null | Uint8Array | TreeNode | readonly TreeValue[];

/** The text is not a node tree as this reader knows it. */
export class NodeTreeError extends Error {
  override readonly name = 'NodeTreeError';
}

/** One node: `{OPEXPR :opno 96 …}`. */
export class TreeNode {
  /** The kind in capitals, such as `OPEXPR`. */
  readonly tag: string;
  readonly fields: ReadonlyMap<string, TreeValue>;

  constructor(tag: string, fields: ReadonlyMap<string, TreeValue>) {
    this.tag = tag;
    this.fields = fields;
  }

  /** The word in a field; empty when the field is absent or holds nothing. */
  word(field: string): string {
    const value = this.fields.get(field);
    return typeof value === 'string' ? value : '';
  }

  /** The number in a field; 0 when the field is absent. */
  number(field: string): number {
    return Number(this.word(field));
  }

  /** Whether a field says `true`. */
  isTrue(field: string): boolean {
    return this.fields.get(field) === 'true';
  }

  /** The node in a field, if there is one. */
  child(field: string): TreeNode | null {
    const value = this.fields.get(field);
    return value instanceof TreeNode ? value : null;
  }

  /** The nodes of the list in a field; empty when it holds none. */
  children(field: string): readonly TreeNode[] {
    const value = this.fields.get(field);
    return isList(value) ? value.filter((each) => each instanceof TreeNode) : [];
  }

  /** The words of the list in a field, without the letter that says what they are. */
  words(field: string): readonly string[] {
    const value = this.fields.get(field);
    if (!isList(value)) return [];
    const words = value.filter((each) => typeof each === 'string');
    return LIST_MARKS.has(words[0] ?? '') ? words.slice(1) : words;
  }
}

/** Whether a value is a list. */
export function isList(value: TreeValue | undefined): value is readonly TreeValue[] {
  return Array.isArray(value);
}

/** Letters before lists of numbers, object ids, transaction numbers and bits. */
const LIST_MARKS: ReadonlySet<string> = new Set(['i', 'o', 'x', 'b']);

/** Reads one tree. Throws a {@link NodeTreeError} that names the place of what it does not understand. */
export function readNodeTree(text: string): TreeValue {
  const reader = new Reader(text);
  const value = reader.value();
  reader.end();
  return value;
}

/** All nodes of a tree that nothing contains: the queries of a function body, or one expression. */
export function topNodes(value: TreeValue): readonly TreeNode[] {
  if (value instanceof TreeNode) return [value];
  return isList(value) ? value.flatMap((each) => topNodes(each)) : [];
}

const SPACE = 32;
const LINE_FEED = 10;
const BACKSLASH = 92;
/** Characters that end a word: blank, line feed, parentheses, brackets and braces. */
const WORD_ENDS: ReadonlySet<number> = new Set([SPACE, LINE_FEED, 9, 40, 41, 91, 93, 123, 125]);

class Reader {
  readonly #text: string;
  #at = 0;

  constructor(text: string) {
    this.#text = text;
  }

  value(): TreeValue {
    this.#skipBlanks();
    const next = this.#text[this.#at];
    if (next === '{') return this.#node();
    if (next === '(') return this.#list();
    return this.#word();
  }

  end(): void {
    this.#skipBlanks();
    if (this.#at !== this.#text.length) this.#fail('the end');
  }

  #node(): TreeNode {
    this.#at += 1;
    const tag = this.#word();
    if (tag === null || !/^[A-Z_0-9]+$/.test(tag)) return this.#fail('the kind of a node');
    const fields = new Map<string, TreeValue>();
    for (;;) {
      this.#skipBlanks();
      if (this.#text[this.#at] === '}') break;
      const name = this.#word();
      if (name === null || !name.startsWith(':')) return this.#fail('the name of a field');
      fields.set(name.slice(1), this.#fieldValue());
    }
    this.#at += 1;
    return new TreeNode(tag, fields);
  }

  // The bytes of a constant stand behind their number: `4 [ 1 0 0 0 0 0 0 0 ]`.
  #fieldValue(): TreeValue {
    const value = this.value();
    this.#skipBlanks();
    return this.#text[this.#at] === '[' ? this.#bytes() : value;
  }

  #list(): readonly TreeValue[] {
    this.#at += 1;
    const items: TreeValue[] = [];
    for (;;) {
      this.#skipBlanks();
      if (this.#text[this.#at] === ')') break;
      items.push(this.value());
    }
    this.#at += 1;
    return items;
  }

  #bytes(): Uint8Array {
    const end = this.#text.indexOf(']', this.#at);
    if (end < 0) return this.#fail('the end of bytes');
    const numbers = this.#text
      .slice(this.#at + 1, end)
      .split(' ')
      .filter((each) => each !== '');
    this.#at = end + 1;
    return Uint8Array.from(numbers, (each) => Number(each) & 255);
  }

  /** A word without its escapes and quotes; null for `<>`. */
  #word(): string | null {
    this.#skipBlanks();
    const start = this.#at;
    let word = '';
    let from = start;
    for (; this.#at < this.#text.length; this.#at++) {
      const code = this.#text.charCodeAt(this.#at);
      if (code === BACKSLASH) {
        word += this.#text.slice(from, this.#at);
        this.#at += 1;
        from = this.#at;
      } else if (WORD_ENDS.has(code)) {
        break;
      }
    }
    if (this.#at === start) return this.#fail('a value');
    word += this.#text.slice(from, this.#at);
    if (this.#text.slice(start, this.#at) === '<>') return null;
    return word.length >= 2 && word.startsWith('"') && word.endsWith('"') ? word.slice(1, -1) : word;
  }

  #skipBlanks(): void {
    for (;;) {
      const code = this.#text.charCodeAt(this.#at);
      if (code !== SPACE && code !== LINE_FEED) return;
      this.#at += 1;
    }
  }

  #fail(wanted: string): never {
    const near = this.#text.slice(this.#at, this.#at + 40);
    throw new NodeTreeError(`At ${this.#at} of a node tree ${wanted} is expected, not: ${near}`);
  }
}
