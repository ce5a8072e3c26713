/** `bucordo network`: makes a network to hand out, and shows the one at hand. */
import { readFileSync } from 'node:fs';
import { basename, join, relative, resolve } from 'node:path';
import { Command } from 'commander';
import { collect, optionsOf, outputOf, profileFor, wholeNumber } from '../command-context.ts';
import { usageError } from '../command-error.ts';
import {
  describeNetwork,
  type NetworkDescription,
  readNetworkDescription,
} from '../network/network-description.ts';
import { formatFields, formatTable } from '../output/table.ts';
import { profilePath } from '../profile.ts';

interface NewOptions {
  readonly from?: string;
  readonly name: string;
  readonly member?: string[];
  readonly identity?: string[];
  readonly contract?: string[];
  readonly port: number;
}

const newHelp = `
Examples:
  bucordo network new acme --member buyer --member seller --contract contracts/notes
  bucordo network new acme --member buyer --identity buyer/alice:purchaser+admin:<her public key>
  bucordo network new acme --from network.json

network.json:
  {"name":"acme","contracts":["contracts/notes"],
   "members":[{"id":"buyer","class":"buyer","host":"node.buyer.example",
               "identities":[{"name":"alice","roles":["purchaser"]}]},
              {"id":"seller","identities":[{"name":"bob","roles":["clerk"],"key":"<64 hex digits>"}]}]}

An identity with a key keeps its secret to itself; for the others a key is made here.`;

/** The command with its subcommands. */
export function networkCommand(): Command {
  const command = new Command('network')
    .description('make a network, show the one at hand')
    .helpGroup('Set up:');
  command
    .command('new <directory>')
    .description('write the genesis and a folder for each member: configuration, keys, certificates')
    .option('--from <file>', 'description of the network as JSON (instead of the options below)')
    .option('--name <name>', "the network's name (default: that of the folder)")
    .option('--member <id[:class]>', 'a member; the first one orders (several)', collect)
    .option('--identity <member/name:roles>', 'an identity with its roles, joined by + (several)', collect)
    .option('--contract <directory>', 'a contract package (several)', collect)
    .option(
      '--port <number>',
      'first port; every member takes three',
      wholeNumber({ name: '--port', min: 1024, max: 65_000 }),
      4710,
    )
    .addHelpText('after', newHelp)
    .action((directory: string, _options: object, self: Command) => make(self, directory));
  command
    .command('show')
    .description('name, id, members, identities and contracts of the network at hand')
    .action((_options: object, self: Command) => show(self));
  return command;
}

async function make(command: Command, directory: string): Promise<void> {
  const options = optionsOf<NewOptions>(command);
  const description = descriptionOf(options, directory);
  const { createNetwork, handOverLayout, writeMemberProfiles } = await import('../network/network-folder.ts');
  const layout = handOverLayout(resolve(directory));
  const created = await createNetwork({ layout, description, ports: portsOf(description, options.port) });
  writeMemberProfiles({ layout, description, created });
  const folders = description.members.map(({ id }) => ({
    member: id,
    directory: layout.memberDirectory(id),
  }));
  outputOf(options).result(
    { network: created.network, genesis: join(layout.directory, 'genesis.json'), members: folders },
    () => handOut(description, { network: created.network, folders }),
  );
}

function descriptionOf(options: NewOptions, directory: string): NetworkDescription {
  const { member: members = [], identity: identities = [], contract: contracts = [] } = options;
  if (options.from === undefined) {
    const name = options.name ?? basename(resolve(directory));
    return describeNetwork({ name, members, identities, contracts });
  }
  if (members.length + identities.length + contracts.length > 0)
    throw usageError('--from excludes --member, --identity and --contract', 'Write them into the file.');
  return readNetworkDescription(options.from);
}

/** Members with a host of their own all take the same three ports; those on this machine take turns. */
function portsOf(
  description: NetworkDescription,
  first: number,
): { client: number; peer: number; http: number }[] {
  let next = first;
  return description.members.map((member) => {
    const from = member.host === undefined ? next : first;
    if (member.host === undefined) next += 3;
    return { client: from, peer: from + 1, http: from + 2 };
  });
}

function handOut(
  description: NetworkDescription,
  made: { network: string; folders: readonly { member: string; directory: string }[] },
): string {
  const shown = (path: string): string => relative(process.cwd(), path) || '.';
  const lines = made.folders.map(
    ({ member, directory }) =>
      `  ${member}: the folder ${shown(directory)}, over a safe way, and to nobody else; then\n    bucordo start ${shown(join(directory, 'node.json'))}`,
  );
  return [
    formatFields([
      ['network', description.name],
      ['id', made.network],
      ['orders', made.folders[0]?.member ?? ''],
    ]),
    '',
    'Hand out:',
    ...lines,
    '',
    'Every member compares the id above with what its own copy says: bucordo network show --network-dir <its folder>',
    'Delete the folders here once they are handed out: they hold secrets.',
  ].join('\n');
}

async function show(command: Command): Promise<void> {
  const options = optionsOf(command);
  const loaded = profileFor(options);
  const file = profilePath(loaded, loaded.profile.genesis);
  const network = await networkIdOf(file);
  if (network !== loaded.profile.network)
    throw usageError(
      `${file} is the genesis of network ${network}, the profile says ${loaded.profile.network}`,
      'Ask for the folder again: one of the two was changed.',
    );
  const genesis = readGenesis(file);
  outputOf(options).result({ network, ...genesis }, () => formatGenesis(network, genesis));
}

/** The id as this copy of the genesis has it: computed, so that members can compare what they hold. */
async function networkIdOf(file: string): Promise<string> {
  const { networkId, toHex } = await import('@bucordo/protocol');
  return toHex(networkId(readFileSync(file)));
}

function formatGenesis(network: string, genesis: ShownGenesis): string {
  const members = genesis.members.map((member) => [
    member.number,
    member.id,
    member.class,
    member.name,
    member.identities.length,
  ]);
  const contracts = genesis.contracts.map((contract) => [
    contract.name,
    contract.version,
    Object.keys(contract.functions).join(', '),
  ]);
  return [
    formatFields([
      ['network', genesis.name],
      ['id', network],
      ['created', genesis.created],
    ]),
    '',
    formatTable({ columns: ['number', 'member', 'class', 'name', 'identities'], rows: members }),
    '',
    formatTable({ columns: ['contract', 'version', 'functions'], rows: contracts }, { cellWidth: 200 }),
  ].join('\n');
}

/** The parts of a genesis that are shown. It was checked by the protocol's decoder when it was made. */
interface ShownGenesis {
  readonly name: string;
  readonly created: string;
  readonly members: readonly {
    id: string;
    name: string;
    class: string;
    number: number;
    identities: readonly { name: string; key: string; roles: string[] }[];
  }[];
  readonly contracts: readonly { name: string; version: string; functions: Record<string, unknown> }[];
}

function readGenesis(file: string): ShownGenesis {
  const { name, created, members, contracts }: ShownGenesis = JSON.parse(readFileSync(file, 'utf8'));
  return {
    name,
    created,
    members,
    contracts: contracts.map(({ name, version, functions }) => ({ name, version, functions })),
  };
}
