/** `bucordo identity`: who may act for the own member, with which key and which roles. */
import { Command } from 'commander';
import { administrate, type Change } from '../administration.ts';
import { collect, identityFor, optionsOf, outputOf, profileFor, wholeNumber } from '../command-context.ts';
import { usageError } from '../command-error.ts';
import { commandLine } from '../command-line.ts';
import { keyFile } from '../key-store.ts';
import { keysDirectoryOf } from '../network/network-binding.ts';
import { formatFields, formatTable } from '../output/table.ts';

const help = `
Signed by an administrator of the member (an identity with the role admin). Examples:
  bucordo identity enrol alice --role purchaser --as buyer/admin       its key is made here
  bucordo identity enrol bob --role clerk --key <his public key, 64 hex digits> --as buyer/admin
  bucordo identity grant alice --role approver --to-time 2027-01-01T00:00:00Z --as buyer/admin
  bucordo identity rotate alice --as buyer/alice                       a new key, made here; then:
  bucordo identity accept alice --as buyer/alice                       it takes over
  bucordo identity revoke bob --as buyer/admin`;

/** The command with its subcommands. */
export function identityCommand(): Command {
  const command = new Command('identity')
    .description('people, devices and services of the own member: keys and roles')
    .helpGroup('Members and identities:')
    .addHelpText('after', help);
  const steps = [
    listCommand(),
    enrolCommand(),
    renameCommand(),
    rotateCommand(),
    acceptCommand(),
    revokeCommand(),
    grantCommand(),
    withdrawCommand(),
  ];
  for (const step of steps) command.addCommand(step);
  return command;
}

function enrolCommand(): Command {
  return named('enrol', 'enrol an identity')
    .option('--role <role>', 'a role (several)', collect)
    .option('--key <hex>', 'its public key; without it, a key is made here')
    .action((name: string, options: EnrolOptions, self: Command) => enrol(self, name, options));
}

interface EnrolOptions {
  readonly role?: string[];
  readonly key?: string;
}

async function enrol(command: Command, name: string, options: EnrolOptions): Promise<void> {
  const roles = options.role ?? [];
  const change = (key: string, made: string): Change => ({
    name: 'enrol',
    args: { name, key, roles },
    done: `${name} is enrolled with the key ${key}${made}`,
  });
  if (options.key !== undefined) return administrate(command, change(publicKey(options.key), ''));
  const { keyOfAnother, sendOwnKey, setKeyAside } = await import('../own-key.ts');
  const shared = optionsOf(command);
  const loaded = profileFor(shared);
  const identity = `${identityFor(shared, loaded).split('/')[0] ?? ''}/${name}`;
  const file = keyFile(keysDirectoryOf(loaded), identity);
  await sendOwnKey(
    command,
    { identity, file },
    {
      send: (key) => administrate(command, change(key.publicKey, `, kept here: ${file}`)),
      known: (key, standing) => {
        if (standing.identity !== identity) throw keyOfAnother(key, standing);
        if (standing.validTo !== null) {
          setKeyAside(file);
          return true;
        }
        const done = { done: true, request: null, identity, key: key.publicKey };
        outputOf(shared).result(done, () =>
          formatFields([
            ['done before', `${name} is enrolled with the key ${key.publicKey}, kept here: ${file}`],
          ]),
        );
        return false;
      },
    },
  );
}

function renameCommand(): Command {
  return named('rename', 'give an identity another name')
    .argument('<new-name>', 'the new name')
    .action((name: string, newName: string, _options: object, self: Command) =>
      administrate(self, {
        name: 'rename',
        args: { name, new_name: newName },
        done: `${name} is now ${newName}`,
      }),
    );
}

function rotateCommand(): Command {
  return named('rotate', 'replace the key of an identity')
    .option('--key <hex>', 'the new public key; without it, one is made here')
    .option('--until <height>', 'height at which the old key ends (default: at once)', height('--until'))
    .addHelpText(
      'after',
      '\nThe new key counts when it has signed itself: bucordo identity accept. Until then the old one stays as it is.',
    )
    .action((name: string, options: { key?: string; until?: number }, self: Command) =>
      rotate(self, name, options),
    );
}

function acceptCommand(): Command {
  return new Command('accept')
    .argument('<name>', 'name within the own member')
    .description('sign with the new key that waits on this machine, so that it takes over')
    .action(async (name: string, _options: object, self: Command) => {
      const { accept } = await import('../new-key.ts');
      await accept(optionsOf(self), name);
    });
}

function revokeCommand(): Command {
  return named('revoke', 'end all keys of an identity at the next height').action(
    (name: string, _options: object, self: Command) =>
      administrate(self, { name: 'revoke', args: { name }, done: `${name} may act no longer` }),
  );
}

function grantCommand(): Command {
  return named('grant', 'give an identity a role')
    .requiredOption('--role <role>', 'the role')
    .option('--from-height <height>', 'first height (default: the next one)', height('--from-height'))
    .option('--to-height <height>', 'first height at which it no longer counts', height('--to-height'))
    .option('--from-time <time>', 'first block time, like 2027-01-01T00:00:00Z')
    .option('--to-time <time>', 'first block time at which it no longer counts')
    .action((name: string, options: GrantOptions, self: Command) => {
      const { role, fromHeight = null, toHeight = null, fromTime = null, toTime = null } = options;
      const times = { from_height: fromHeight, to_height: toHeight, from_time: fromTime, to_time: toTime };
      return administrate(self, {
        name: 'grant_role',
        args: { name, role, ...times },
        done: `${name} has the role ${role}`,
      });
    });
}

interface GrantOptions {
  readonly role: string;
  readonly fromHeight?: number;
  readonly toHeight?: number;
  readonly fromTime?: string;
  readonly toTime?: string;
}

function withdrawCommand(): Command {
  return named('withdraw', 'take a role from an identity')
    .requiredOption('--role <role>', 'the role')
    .action((name: string, { role }: { role: string }, self: Command) =>
      administrate(self, {
        name: 'withdraw_role',
        args: { name, role },
        done: `${name} has the role ${role} no longer`,
      }),
    );
}

function named(command: string, description: string): Command {
  return new Command(command).argument('<name>', 'name within the own member').description(description);
}

function height(name: string): (text: string) => number {
  return wholeNumber({ name, min: 0, max: 2 ** 43 - 1 });
}

function publicKey(text: string): string {
  if (/^[0-9a-f]{64}$/.test(text)) return text;
  throw usageError(`${text} is no public key`, `Its owner tells it: ${commandLine('keys', 'list')}`);
}

async function rotate(
  command: Command,
  name: string,
  options: { key?: string; until?: number },
): Promise<void> {
  const until = options.until ?? null;
  const done = `a new key waits for ${name}`;
  if (options.key !== undefined) {
    const args = { name, new_key: publicKey(options.key), old_valid_to: until };
    return administrate(command, { name: 'rotate', args, done });
  }
  const { rotateHere } = await import('../new-key.ts');
  await rotateHere(command, name, until);
}

function listCommand(): Command {
  return new Command('list')
    .description('identities of all members with their roles and the heights of their keys')
    .option('--member <member>', 'only those of one member')
    .option('--all', 'also keys that have ended')
    .action((options: { member?: string; all?: boolean }, self: Command) => list(self, options));
}

async function list(command: Command, wanted: { member?: string; all?: boolean }): Promise<void> {
  const options = optionsOf(command);
  const { withConnection } = await import('../connection.ts');
  const { readIdentities } = await import('../chain-view/identities.ts');
  await withConnection(options, async ({ client, endpoint, timeoutMs }) => {
    const { height, identities, truncated } = await readIdentities(client, { ...wanted, timeoutMs });
    const output = outputOf(options);
    output.result({ height, node: endpoint.id, identities, truncated }, () =>
      formatTable(
        {
          columns: ['identity', 'roles', 'from height', 'to height', 'key'],
          rows: identities.map((each) => [
            each.identity,
            each.roles.join(' '),
            each.validFrom,
            each.validTo,
            each.key,
          ]),
        },
        { cellWidth: 64 },
      ),
    );
    output.note(
      `\nAt height ${height}, by the node of ${endpoint.id}.${truncated ? ' There are more: --member shows those of one member.' : ''}`,
    );
  });
}
