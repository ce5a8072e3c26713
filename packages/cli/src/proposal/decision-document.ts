/** The documents of decisions that are not about a contract's text: what the members approve, to the byte. */
import { decisionKinds } from '@bucordo/protocol';
import { usageError } from '../command-error.ts';

const ruleHint = 'One of: all, more_than_two_thirds, more_than_half, classes:buyer,vendor, at_least:2';

/** That nothing of a contract may be called any more. */
export function retireDocument(contract: string, version: string): string {
  return documentText({ contract, version });
}

/** That decisions of a kind need another majority. `rule` is as typed: `all`, `classes:buyer,vendor`, `at_least:2`. */
export function policyDocument(decision: string, rule: string): string {
  if (!decisionKinds.some((kind) => kind === decision))
    throw usageError(`there are no decisions of the kind ${decision}`, `One of: ${decisionKinds.join(', ')}`);
  return documentText({ decision, rule: parseRule(rule) });
}

/** What a transaction may use at most. */
export function limitsDocument(limits: { budget: number; rows: number; valueBytes: number }): string {
  return documentText({ budget: limits.budget, rows: limits.rows, value_bytes: limits.valueBytes });
}

/** That a member takes part no more. */
export function expelDocument(member: string, reason: string): string {
  return documentText({ member, reason });
}

/** That other rules hold from a height on. */
export function rulesDocument(rules: { version: number; hash: string; fromHeight: number }): string {
  return documentText({ version: rules.version, hash: rules.hash, from_height: rules.fromHeight });
}

/** A policy as typed, in the form of the genesis. */
export function parseRule(text: string): object {
  const [kind = '', detail, ...rest] = text.split(':');
  if (rest.length === 0 && detail === undefined) {
    if (kind === 'all' || kind === 'more_than_two_thirds' || kind === 'more_than_half') return { kind };
  } else if (rest.length === 0 && detail !== undefined) {
    if (kind === 'at_least' && /^[1-9][0-9]{0,3}$/.test(detail)) return { kind, count: Number(detail) };
    if (kind === 'classes' && /^[a-z][a-z0-9_-]*(,[a-z][a-z0-9_-]*)*$/.test(detail))
      return { kind, classes: detail.split(',') };
  }
  throw usageError(`${text} is no policy`, ruleHint);
}

function documentText(document: object): string {
  return `${JSON.stringify(document, null, 2)}\n`;
}
