/** What decided rules mean for how the node is. */

import type { RulesStanding } from '../execution/ports.ts';
import type { Condition } from '../observe/ports.ts';

/** A warning while there is time: from a height on the network goes by rules that this program does not have. */
export function rulesConditions({ next }: RulesStanding, nowMs: number): Condition[] {
  if (next === null || next.obstacle === null) return [];
  const { version, fromHeight, obstacle } = next;
  return [
    {
      state: 'serving',
      code: 'rules_awaited',
      message: `The node will stop before height ${fromHeight}. ${obstacle}.`,
      hint: `Install a release that has these rules ${version} before then and start the node again.`,
      facts: { rules: version, height: fromHeight },
      sinceMs: nowMs,
    },
  ];
}
