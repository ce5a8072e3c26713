/** What the members' nodes say about rules, in a line where there is something to say. */
import { commandLine } from './command-line.ts';
import type { MemberStatus } from './member-status.ts';

/** One line when other rules are decided or can be decided about, and whose node does not have them; else none. */
export function rulesLines(members: readonly Pick<MemberStatus, 'member' | 'status'>[]): string[] {
  const answers = members.flatMap(({ member, status }) =>
    status === null || status.rules === null ? [] : [{ member, rules: status.rules }],
  );
  const version = Math.max(0, ...answers.map(({ rules }) => rules.version));
  const [next = null] = answers.flatMap(({ rules }) => (rules.next === null ? [] : [rules.next]));
  const newest = next?.version ?? version + 1;
  const isKnown = answers.some(({ rules }) => rules.known >= newest);
  if (answers.length === 0 || (next === null && !isKnown)) return [];
  const without = answers.filter(({ rules }) => rules.known < newest).map(({ member }) => member);
  const who = without.length === 0 ? 'every node that answers has them' : `not yet at ${without.join(', ')}`;
  const what =
    next === null
      ? `rules ${newest} can be decided about (${commandLine('proposal', 'new', 'rules', '--help')})`
      : `rules ${newest} from height ${next.fromHeight} on`;
  return [`rules ${version} hold; ${what}: ${who}`, ''];
}
