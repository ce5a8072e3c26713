/** `bucordo network invitation`: what a new member needs to know, as a file to hand over. */
import { writeFileSync } from 'node:fs';
import { Command } from 'commander';
import { optionsOf, outputOf, profileFor } from '../command-context.ts';
import { gatherInvitation } from '../network/invitation.ts';
import { formatFields } from '../output/table.ts';

/** The command. */
export function networkInvitationCommand(): Command {
  return new Command('invitation')
    .argument('<file>', 'where to write it')
    .description('write what a new member needs to know: genesis, authorities, addresses; nothing secret')
    .action((file: string, _options: object, self: Command) => run(self, file));
}

async function run(command: Command, file: string): Promise<void> {
  const options = optionsOf(command);
  const loaded = profileFor(options);
  const invitation = await gatherInvitation(loaded);
  writeFileSync(file, `${JSON.stringify(invitation, null, 2)}\n`);
  const output = outputOf(options);
  output.result({ file, network: loaded.profile.network, peers: invitation.peers }, () =>
    formatFields([
      ['written', file],
      ['network', loaded.profile.network],
    ]),
  );
  output.note(
    '\nSend it to the new member, and tell it the id of the network over another way. There: `bucordo network join --help`',
  );
}
