/** What to say about expressions that can raise where the plan decides for which rows, or for which row first. */

import { LOOP_REMEDY } from './caught-errors.ts';
import { remedyForRaising } from './remedies.ts';
import type { Objection } from './resolved-statement.ts';

/** Why an expression must give a value for every row: it decides about rows, or its rows may stay unread. */
export type Totality = 'predicate' | 'unread';

/** The objection to a construct that may raise where it must not. */
export function objectionToRaising(
  construct: string,
  totality: Totality,
  words: readonly string[],
): Objection {
  if (totality === 'predicate') {
    return {
      rule: 'raising-predicate',
      construct,
      message:
        'it can raise, and for which rows a predicate is evaluated depends on the plan: some nodes would commit, others reject',
      remedy: remedyForRaising(construct),
      words,
    };
  }
  return {
    rule: 'raising-unread',
    construct,
    message:
      'it can raise, and below EXISTS, LIMIT, a filter or a FOR loop the plan decides for which rows it is evaluated',
    remedy: 'Return the columns as they are and compute in the loop or in a variable.',
    words,
  };
}

/** The objection to a function that may refuse, called for several rows. */
export function objectionToRefusals(call: string, name: string): Objection {
  return {
    rule: 'refusal-per-row',
    construct: `${call} for every row`,
    message:
      'it can refuse, and which row of several is refused first, and so what the receipt says, depends on the plan and on the order on disk; ORDER BY comes too late',
    remedy: LOOP_REMEDY,
    words: [name],
  };
}
