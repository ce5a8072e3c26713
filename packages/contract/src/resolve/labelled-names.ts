/**
 * Variables that a body names with the label of their block. A function in SQL knows no labels, so
 * `label.name` is written as one quoted name, under which the variable is passed once more.
 */

import { scanTokens } from '../check/sql-parser.ts';
import { isFields } from '../check/sql-tree.ts';
import type { Variable } from './function-program.ts';
import { quoteName } from './scratch-database.ts';

/** The labels of one body. */
export class LabelledNames {
  readonly #labels = new Set<string>();
  readonly #variables: readonly Variable[];
  readonly #used = new Map<string, string>();

  /** Reads the labels of all blocks and loops in `action`, the tree of the body. */
  constructor(action: unknown, variables: readonly Variable[]) {
    this.#variables = variables;
    this.#read(action);
  }

  /** The labelled names that were rewritten, as variables. */
  used(): readonly Variable[] {
    return [...this.#used].map(([name, type]) => ({ name, type }));
  }

  /** The text with each labelled name as one quoted name. */
  rewrite(sql: string): string {
    if (this.#labels.size === 0) return sql;
    const tokens = scanTokens(sql) ?? [];
    const bytes = Buffer.from(sql);
    let result = '';
    let from = 0;
    for (const [index, token] of tokens.entries()) {
      const name = tokens[index + 2];
      if (name === undefined || tokens[index + 1]?.text !== '.' || tokens[index - 1]?.text === '.') continue;
      const variable = this.#variables.find((each) => each.name === name.word);
      if (variable === undefined || !this.#labels.has(token.word)) continue;
      const whole = `${token.word}.${name.word}`;
      this.#used.set(whole, variable.type);
      result += `${bytes.toString('utf8', from, token.start)}${quoteName(whole)}`;
      from = name.end;
    }
    return result + bytes.toString('utf8', from);
  }

  #read(value: unknown): void {
    if (Array.isArray(value)) for (const each of value) this.#read(each);
    if (!isFields(value)) return;
    for (const [key, each] of Object.entries(value)) {
      if (key === 'label' && typeof each === 'string') this.#labels.add(each);
      else this.#read(each);
    }
  }
}
