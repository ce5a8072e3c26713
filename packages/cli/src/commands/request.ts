/** `bucordo request`: changes of the own member that need several of its administrators. */
import { Command } from 'commander';
import { optionsOf, outputOf, wholeNumber } from '../command-context.ts';
import { formatFields, formatTable } from '../output/table.ts';

/** The command with its subcommands. */
export function requestCommand(): Command {
  const command = new Command('request')
    .description('changes of the own member that several of its administrators must want')
    .helpGroup('Members and identities:');
  command
    .command('list')
    .description('open and decided requests of all members')
    .option('--open', 'only those that are open')
    .action((options: { open?: boolean }, self: Command) => list(self, options.open === true));
  const number = wholeNumber({ name: 'the number of a request', min: 1, max: Number.MAX_SAFE_INTEGER });
  command
    .command('consent')
    .argument('<number>', 'number of the request', number)
    .description('consent; with enough consents it is carried out')
    .action((request: number, _options: object, self: Command) => step(self, 'consent', request));
  command
    .command('withdraw')
    .argument('<number>', 'number of the request', number)
    .description('take an open request back')
    .action((request: number, _options: object, self: Command) => step(self, 'withdraw_request', request));
  return command;
}

async function list(command: Command, isOpenOnly: boolean): Promise<void> {
  const options = optionsOf(command);
  const { parseExactJson } = await import('@bucordo/protocol');
  const { withConnection } = await import('../connection.ts');
  await withConnection(options, async ({ client, timeoutMs }) => {
    const { values, height } = await client.query(
      `SELECT r.number::text, r.member, r.action, r.details::text, r.asked_by, r.status, array_to_string(r.consents, ', '), r.needed::text
         FROM bucordo.requests AS r WHERE r.status = 'open' OR NOT $1::bool ORDER BY r.number`,
      [String(isOpenOnly)],
      { timeoutMs },
    );
    const requests = values.map(([number, member, action, details, askedBy, status, consents, needed]) => ({
      number: Number(number),
      member,
      action,
      details: parseExactJson(details ?? '{}'),
      askedBy,
      status,
      consents: consents === '' ? [] : (consents ?? '').split(', '),
      needed: Number(needed),
    }));
    outputOf(options).result({ height, requests }, () =>
      formatTable({
        columns: ['number', 'member', 'action', 'status', 'consents', 'needed', 'details'],
        rows: requests.map((each) => [
          each.number,
          each.member ?? null,
          each.action ?? null,
          each.status ?? null,
          each.consents.join(', '),
          each.needed,
          each.details,
        ]),
      }),
    );
  });
}

async function step(command: Command, name: string, request: number): Promise<void> {
  const options = optionsOf(command);
  const { withConnection } = await import('../connection.ts');
  await withConnection(options, async ({ client, identity, timeoutMs, watch }) => {
    watch.submitted({ transactionId: null, wait: 'committed' });
    const receipt = await client.call('bucordo', name, { request }, { timeoutMs });
    const consented = receipt.result === true ? 'carried out' : 'waits for more consents';
    const { transactionId, height } = receipt;
    const became = name === 'consent' ? consented : 'withdrawn';
    outputOf(options).result({ request, became, identity, transactionId, height }, () =>
      formatFields([
        ['request', `${request}: ${became}`],
        ['signed', `by ${identity} at height ${height}`],
      ]),
    );
  });
}
