/** The fault of a contract that breaks a rule, and what of it every node says alike. */

import { Fault, type FaultFacts } from '../fault.ts';

/** What a {@link ContractRefusal} is made of. */
export interface RefusalParts {
  readonly contract: string;
  /** Which rule is broken, in words. */
  readonly reason: string;
  /** What the chain says about it, made of names, types and rules only; null when the reason is another one on another node. */
  readonly agreedReason: string | null;
  readonly facts?: FaultFacts;
  readonly hint: string;
  readonly cause?: unknown;
}

/** A `contract_refused` fault. */
export class ContractRefusal extends Fault {
  /** Where and why, the same on every node; null when nothing of it is. */
  readonly agreedReason: string | null;

  constructor({ contract, reason, agreedReason, facts = {}, hint, cause }: RefusalParts) {
    super('contract_refused', `Contract ${contract}: ${reason}`, {
      facts: { contract, ...facts },
      hint,
      ...(cause === undefined ? {} : { cause }),
    });
    this.agreedReason = agreedReason;
  }
}

/** Where a statement stands in a contract's document. */
export interface StatementPlace {
  readonly contract: string;
  readonly part: 'schema' | 'source' | 'migration';
  /** From 1 on. */
  readonly number: number;
  readonly statement: string;
}

/** Carries out one statement of a contract's document: a refusal on the way says which one it was. */
export async function atStatement<T>(place: StatementPlace, work: () => Promise<T>): Promise<T> {
  try {
    return await work();
  } catch (error) {
    if (!(error instanceof ContractRefusal)) throw error;
    const { contract, part, number, statement } = place;
    const where = `${part}, statement ${number} (${firstWords(statement)})`;
    const own = error.message.slice(`Contract ${contract}: `.length);
    throw new ContractRefusal({
      contract,
      reason: `${where}: ${own}`,
      agreedReason: `${where}: ${error.agreedReason ?? 'it was refused'}`,
      facts: { ...error.facts, part, number, statement: statement.slice(0, 200) },
      hint: error.hint,
      ...(error.cause === undefined ? {} : { cause: error.cause }),
    });
  }
}

// A statement has been read by the parser: it begins with words.
function firstWords(statement: string): string {
  return /^[A-Za-z]+(?:\s+[A-Za-z]+)?/.exec(statement)?.[0].replace(/\s+/, ' ').toUpperCase() ?? '';
}
