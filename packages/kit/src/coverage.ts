/**
 * What the tests reached of a contract: which functions were entered, helpers included, and which of
 * the codes that its source can raise were raised.
 */

import type { GenesisContract } from '@bucordo/protocol';

/** A function of the contract. */
export interface FunctionCoverage {
  readonly name: string;
  readonly isCallable: boolean;
  readonly isEntered: boolean;
}

/** A code that stands in the source. */
export interface CodeCoverage {
  readonly code: string;
  /** Lines of the source that raise it, from 1. */
  readonly lines: readonly number[];
  readonly isRaised: boolean;
}

/** A list of statements behind BEGIN, THEN, ELSE or LOOP. */
export interface BranchCoverage {
  /** Line of the word in the source, from 1. */
  readonly line: number;
  readonly isEntered: boolean;
}

/** What was reached. */
export interface CoverageReport {
  readonly functions: readonly FunctionCoverage[];
  readonly codes: readonly CodeCoverage[];
  /** In the order of the source; empty unless branches were counted. */
  readonly branches: readonly BranchCoverage[];
}

/** Collects over all tests. */
export class Coverage {
  readonly #contract: GenesisContract;
  readonly #functions: Set<string> = new Set();
  readonly #entered: Set<string> = new Set();
  readonly #raised: Set<string> = new Set();
  readonly #branchLines: readonly number[];
  readonly #branches: Set<number> = new Set();

  /** `branchLines` has the line of each branch that is counted; branch 1 comes first. */
  constructor(contract: GenesisContract, branchLines: readonly number[]) {
    this.#contract = contract;
    this.#branchLines = branchLines;
  }

  /** How many branches are counted. */
  get branchCount(): number {
    return this.#branchLines.length;
  }

  /** Adds branches that were entered, by number from 1. */
  addBranches(numbers: Iterable<number>): void {
    for (const number of numbers) this.#branches.add(number);
  }

  /** Adds what Postgres counted: all functions, by `contract.function`, and how often each was entered. */
  addEntries(entries: ReadonlyMap<string, number>): void {
    for (const [name, count] of entries) {
      this.#functions.add(name);
      if (count > 0) this.#entered.add(name);
    }
  }

  /** Adds functions that transactions called, `contract.function`. */
  addCalled(names: Iterable<string>): void {
    for (const name of names) this.#entered.add(name);
  }

  /** Adds codes of rejections. */
  addRejections(codes: Iterable<string>): void {
    for (const code of codes) this.#raised.add(code);
  }

  report(): CoverageReport {
    const { name: contract, functions, source } = this.#contract;
    const prefix = `${contract}.`;
    const own = [...this.#functions].filter((name) => name.startsWith(prefix)).sort();
    return {
      functions: own.map((name) => ({
        name: name.slice(prefix.length),
        isCallable: Object.hasOwn(functions, name.slice(prefix.length)),
        isEntered: this.#entered.has(name),
      })),
      codes: [...codesOf(source)].map(([code, lines]) => ({
        code,
        lines,
        isRaised: this.#raised.has(code),
      })),
      branches: this.#branchLines.map((line, index) => ({ line, isEntered: this.#branches.has(index + 1) })),
    };
  }
}

/** Codes that the source can raise, with their lines. Comments do not count. */
export function codesOf(source: string): ReadonlyMap<string, readonly number[]> {
  const found = new Map<string, number[]>();
  for (const [index, line] of source.split('\n').entries()) {
    const code = line.replace(/--.*$/, '');
    for (const [, name = ''] of code.matchAll(/'(BC[0-8]\d\d)'/g)) {
      found.set(name, [...(found.get(name) ?? []), index + 1]);
    }
  }
  return new Map([...found].sort(([one], [two]) => (one < two ? -1 : 1)));
}
