/** `bucordo members`: the members of the network and how they stand, as the ledger has them. */
import { Command } from 'commander';
import { optionsOf, outputOf } from '../command-context.ts';
import { formatTable } from '../output/table.ts';

/** The command. */
export function membersCommand(): Command {
  return new Command('members')
    .description('the members of the network: class, number, whether they take part')
    .helpGroup('Members and identities:')
    .action((_options: object, self: Command) => run(self));
}

async function run(command: Command): Promise<void> {
  const options = optionsOf(command);
  const { withConnection } = await import('../connection.ts');
  await withConnection(options, async ({ client, endpoint, timeoutMs }) => {
    const { ordering } = await client.status({ timeoutMs });
    const { values, height } = await client.query(
      `SELECT m.number::text, m.id, m.class, m.status, m.administrators_needed::text,
              (SELECT count(DISTINCT i.name) FROM bucordo.identity AS i WHERE i.member = m.id AND i.valid_to IS NULL)::text,
              (SELECT max(c.height) FROM bucordo.checkpoint AS c WHERE c.member = m.id)::text, m.name
         FROM bucordo.member AS m ORDER BY m.number`,
      [],
      { timeoutMs },
    );
    const members = values.map(([number, id, memberClass, status, needed, identities, checkpoint, name]) => ({
      number: Number(number),
      member: id,
      class: memberClass,
      status,
      administratorsNeeded: Number(needed),
      identities: Number(identities),
      checkpoint: checkpoint === null ? null : Number(checkpoint),
      name,
    }));
    const output = outputOf(options);
    const orders = ordering?.member ?? null;
    output.result({ height, node: endpoint.id, ordering: orders, members }, () =>
      formatTable({
        columns: [
          'number',
          'member',
          'class',
          'status',
          'administrators needed',
          'identities',
          'checkpoint',
          'name',
        ],
        rows: members.map((member) => [
          member.number,
          member.member ?? null,
          member.class ?? null,
          member.status ?? null,
          member.administratorsNeeded,
          member.identities,
          member.checkpoint,
          member.name ?? null,
        ]),
      }),
    );
    output.note(
      `\nAt height ${height}, by the node of ${endpoint.id}.${orders === null ? '' : ` The node of ${orders} orders.`}`,
    );
  });
}
