/** Why the node of a member cannot be asked from here: the chain says who is a member, not where its node is. */
import type { Client } from '@bucordo/client';
import { CommandError, usageError } from '../command-error.ts';

/** The error `node_unknown` with what the chain says of the member, in the words of the node of `teller` that is asked. */
export async function explainUnknownNode(
  error: CommandError,
  { client, teller, network }: { client: Client; teller: string; network: string },
): Promise<CommandError> {
  const member = String(error.facts['member'] ?? '');
  const { members, height } = await client.status();
  // A node of an earlier version does not tell.
  if (members.length === 0) return error;
  const told = `at height ${height}, by the node of ${teller}`;
  const standing = members.find((each) => each.member === member);
  if (standing === undefined)
    return usageError(
      `${member} is not a member of ${network} (${told})`,
      `Members: ${members.map((each) => each.member).join(', ')}`,
      { member, height },
    );
  const { code, exitCode, hint } = error;
  const words = standing.status === 'active' ? 'takes part' : `is ${standing.status}`;
  const facts = { member, status: standing.status, height };
  const message = `${member} ${words} (${told}), but no address of its node is known here`;
  return new CommandError({ code, exitCode, hint, facts }, message);
}
