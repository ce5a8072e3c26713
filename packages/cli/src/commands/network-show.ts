/** `bucordo network show`: what the genesis at hand says, computed from its own bytes. */
import type { Genesis } from '@bucordo/protocol';
import { Command } from 'commander';
import { optionsOf, outputOf, profileFor } from '../command-context.ts';
import { genesisOf } from '../network/network-binding.ts';
import { formatFields, formatTable, type Table } from '../output/table.ts';
import type { LoadedProfile } from '../profile.ts';

interface ShowOptions {
  readonly identities?: boolean;
}

/** What is shown: the genesis without the text of the contracts, keys as hex. */
interface ShownNetwork {
  /** Network id, hex. */
  readonly network: string;
  readonly name: string;
  readonly created: string;
  readonly members: readonly {
    id: string;
    name: string;
    class: string;
    number: number;
    identities: number;
  }[];
  readonly identities: readonly { identity: string; roles: readonly string[]; key: string }[];
  readonly functions: readonly { function: string; roles: readonly string[]; classes: readonly string[] }[];
}

/** The command. */
export function networkShowCommand(): Command {
  return new Command('show')
    .description('name, id and members of the network at hand, and who may call what')
    .option('--identities', 'also every identity with its roles and its key')
    .addHelpText(
      'after',
      '\nExample: compare the id with what another member holds\n  bucordo network show --network-dir acme/buyer',
    )
    .action((_options: object, self: Command) => show(self));
}

async function show(command: Command): Promise<void> {
  const options = optionsOf<ShowOptions>(command);
  const loaded = profileFor(options);
  const shown = await readNetwork(loaded);
  outputOf(options).result(shown, () => formatNetwork(shown, options.identities ?? false));
}

/** The id as this copy of the genesis has it, so that members can compare what they hold. */
async function readNetwork(loaded: LoadedProfile): Promise<ShownNetwork> {
  const { decodeGenesis, networkId, toHex } = await import('@bucordo/protocol');
  const bytes = await genesisOf(loaded);
  const genesis: Genesis = decodeGenesis(bytes);
  return {
    network: toHex(networkId(bytes)),
    name: genesis.name,
    created: genesis.created,
    members: genesis.members.map((member) => ({ ...member, identities: member.identities.length })),
    identities: genesis.members.flatMap((member) =>
      member.identities.map(({ name, roles, key }) => ({
        identity: `${member.id}/${name}`,
        roles,
        key: toHex(key),
      })),
    ),
    functions: genesis.contracts.flatMap((contract) =>
      Object.entries(contract.functions).map(([name, rights]) => ({
        function: `${contract.name}.${name}`,
        ...rights,
      })),
    ),
  };
}

function formatNetwork(shown: ShownNetwork, withIdentities: boolean): string {
  const members: Table = {
    columns: ['number', 'member', 'class', 'name', 'identities'],
    rows: shown.members.map((member) => [
      member.number,
      member.id,
      member.class,
      member.name,
      member.identities,
    ]),
  };
  const functions: Table = {
    columns: ['function', 'roles', 'classes'],
    rows: shown.functions.map((each) => [each.function, listOf(each.roles), listOf(each.classes)]),
  };
  const identities: Table = {
    columns: ['identity', 'roles', 'key'],
    rows: shown.identities.map(({ identity, roles, key }) => [identity, roles.join(', '), key]),
  };
  const head = formatFields([
    ['network', shown.name],
    ['id', shown.network],
    ['created', shown.created],
  ]);
  const tables = [members, functions, ...(withIdentities ? [identities] : [])];
  return [head, ...tables.map((table) => formatTable(table, { cellWidth: 64 }))].join('\n\n');
}

/** An empty list of roles or classes lets everybody through who is enrolled. */
function listOf(names: readonly string[]): string {
  return names.length === 0 ? 'any' : names.join(', ');
}
