/**
 * `bucordo network show`: the network as it is now, in the words of a node and at the height that it names, and how
 * it was founded, from the genesis at hand. Where no node answers, the founding alone, and it says so.
 */
import { Command } from 'commander';
import type { FoundedNetwork } from '../chain-view/founded-network.ts';
import type { NetworkView } from '../chain-view/network-view.ts';
import type { PresentNetwork } from '../chain-view/present-network.ts';
import { optionsOf, outputOf, profileFor, type SharedOptions } from '../command-context.ts';
import { explainError } from '../explain-error.ts';
import { formatFields, formatTable, type Table } from '../output/table.ts';

interface ShowOptions {
  readonly identities?: boolean;
  readonly founding?: boolean;
}

/** What is known of the present, and who said it. */
interface Present {
  /** Null where nobody told. */
  readonly network: PresentNetwork | null;
  /** Member whose node was asked; null where none was. */
  readonly node: string | null;
  /** Why nobody told; empty where somebody did. */
  readonly reason: string;
}

/** A node that does not answer within this is down: the founding can be shown without it. */
const answerSecondsMax = 3;

const help = `
The id is computed from the genesis at hand: compare it with what another member holds. What came after the
founding is the word of the node that is asked (--node), with the height at which it is so.
Without an answer, or with --founding, only the founding is shown; it may have changed since.

Examples:
  bucordo network show --network-dir acme/buyer
  bucordo network show --identities --node vendors
  bucordo network show --founding               # asks no node`;

/** The command. */
export function networkShowCommand(): Command {
  return new Command('show')
    .description('the network at hand: id, who orders, members, who may call what; now and at its founding')
    .option('--identities', 'also every identity with its roles and its key')
    .option('--founding', 'only how it was founded: asks no node')
    .addHelpText('after', help)
    .action((_options: object, self: Command) => show(self));
}

async function show(command: Command): Promise<void> {
  const options = optionsOf<ShowOptions>(command);
  const { readFounding } = await import('../chain-view/founded-network.ts');
  const founding = await readFounding(profileFor(options));
  const present = options.founding === true ? notAsked : await askPresent(options);
  const { network, name, created, ...founded } = founding;
  const now = present.network ?? { ...founded, height: 0, truncated: false };
  outputOf(options).result(
    {
      network,
      name,
      created,
      source: present.network === null ? 'genesis' : 'chain',
      node: present.node,
      ...(present.reason === '' ? {} : { reason: present.reason }),
      ...now,
      founding: founded,
    },
    () => formatNetwork(founding, present, options.identities ?? false),
  );
}

const notAsked: Present = { network: null, node: null, reason: '' };

/** Who names a node wants its word and no other; otherwise the founding is better than nothing. */
async function askPresent(options: ShowOptions & SharedOptions): Promise<Present> {
  const identities = options.identities === true || options.json === true;
  try {
    const { withConnection } = await import('../connection.ts');
    const { readPresent } = await import('../chain-view/present-network.ts');
    return await withConnection(options, async ({ client, endpoint, timeoutMs }) => {
      await client.status({ timeoutMs: Math.min(timeoutMs, answerSecondsMax * 1000) });
      const network = await readPresent(client, { identities, timeoutMs });
      return { network, node: endpoint.id, reason: '' };
    });
  } catch (error) {
    if (options.node !== undefined) throw error;
    return { network: null, node: null, reason: (await explainError(error)).message };
  }
}

function formatNetwork(founding: FoundedNetwork, present: Present, withIdentities: boolean): string {
  const head = formatFields([
    ['network', founding.name],
    ['id', founding.network],
    ['founded', founding.created],
  ]);
  const { network, node, reason } = present;
  if (network === null) {
    const why = reason === '' ? 'No node was asked.' : `No node told how it is now: ${reason}.`;
    const heading = `${why}\nAs it was founded (members, identities, functions and rules may have changed since):`;
    return [head, heading, ...tablesOf(founding, withIdentities)].join('\n\n');
  }
  const cut = network.truncated ? '; the answer was cut, there is more' : '';
  return [
    head,
    `Now, at height ${network.height}, by the node of ${node}${cut}:`,
    ...tablesOf(network, withIdentities),
    'At its founding, by the genesis at hand (all of it: --founding):',
    formatFields([
      ['orders', founding.ordering],
      ['members', namesOf(founding.members.map(({ id }) => id))],
      ['contracts', namesOf(founding.contracts.map(({ name, version }) => `${name} ${version}`))],
      ['identities', founding.identities.length],
    ]),
  ].join('\n\n');
}

function tablesOf(view: NetworkView, withIdentities: boolean): string[] {
  const { ordering, contracts, limits } = view;
  const members: Table = {
    columns: ['number', 'member', 'class', 'status', 'name', 'identities'],
    rows: view.members.map((member) => [
      member.number,
      member.id,
      member.class,
      member.status,
      member.name,
      member.identities,
    ]),
  };
  const functions: Table = {
    columns: ['function', 'roles', 'classes'],
    rows: view.functions.map((each) => [each.function, anyOf(each.roles), anyOf(each.classes)]),
  };
  const policies: Table = {
    columns: ['decision', 'needs the approval of'],
    rows: view.policies.map(({ decision, needs }) => [decision, needs]),
  };
  const identities: Table = {
    columns: ['identity', 'roles', 'key'],
    rows: view.identities.map(({ identity, roles, key }) => [identity, roles.join(', '), key]),
  };
  const facts = formatFields([
    ['orders', ordering],
    [
      'contracts',
      namesOf(
        contracts.map(({ name, version, isRetired }) => `${name} ${version}${isRetired ? ' (retired)' : ''}`),
      ),
    ],
    ['limits', `budget ${limits.budget}, rows ${limits.rows}, value ${limits.valueBytes} bytes`],
  ]);
  const tables = [members, functions, policies, ...(withIdentities ? [identities] : [])];
  return [facts, ...tables.map((table) => formatTable(table, { cellWidth: 64 }))];
}

function namesOf(names: readonly string[]): string {
  return names.length === 0 ? 'none' : names.join(', ');
}

/** An empty list of roles or classes lets everybody through who is enrolled. */
function anyOf(names: readonly string[]): string {
  return names.length === 0 ? 'any' : names.join(', ');
}
