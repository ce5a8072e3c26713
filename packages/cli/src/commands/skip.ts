/** `bucordo skip`: how the members leave out a transaction that stops every node which executes it. */
import { existsSync, readFileSync, writeFileSync } from 'node:fs';
import { Command } from 'commander';
import {
  identityFor,
  nodeFor,
  optionsOf,
  outputOf,
  profileFor,
  type SharedOptions,
  wholeNumber,
} from '../command-context.ts';
import { notFoundError, usageError } from '../command-error.ts';
import { commandLine } from '../command-line.ts';
import { exitRejected } from '../exit-codes.ts';
import { keyFile, readKey } from '../key-store.ts';
import { keysDirectoryOf } from '../network/network-binding.ts';
import { formatFields, formatTable } from '../output/table.ts';
import { knownEndpoints, type MemberEndpoint } from '../profile.ts';

interface ProposeOptions extends SharedOptions {
  readonly out?: string;
  readonly transaction?: string;
  readonly height?: number;
}

interface ApplyOptions extends SharedOptions {
  readonly all?: boolean;
}

const help = `
A node that dies of one block three times is in quarantine: it executes nothing any more and says so in
bucordo status. When the same transaction stops every member, the members leave it out:

  bucordo skip propose                  # asks the quarantined node; writes skip-<height>.json
  bucordo skip sign skip-71.json        # an administrator of each member, offline; send the file on
  bucordo skip apply skip-71.json --all # hands it to the nodes; with enough members they go on

How many members must sign is the policy "skip" of the network (more than two thirds, if it says nothing else).
The transaction stays on the chain with a receipt that says skipped, the same on every node.`;

/** The command with its subcommands. */
export function skipCommand(): Command {
  const command = new Command('skip')
    .description('leave out a transaction that stops every node')
    .helpGroup('Decide together:')
    .addHelpText('after', help);
  command
    .command('propose')
    .description('write the file that the members sign')
    .option('--out <file>', 'where to (default: skip-<height>.json)')
    .option('--transaction <id>', 'which transaction (default: the one that the node is in quarantine for)')
    .option(
      '--height <height>',
      'the height at which nodes stopped',
      wholeNumber({ name: '--height', min: 1, max: 2 ** 43 - 1 }),
    )
    .action((_options: object, self: Command) => propose(self));
  command
    .command('sign <file>')
    .description("add the statement of an administrator's member; needs no node")
    .addHelpText('after', '\nExample:\n  bucordo skip sign skip-71.json --as buyer/admin')
    .action((file: string, _options: object, self: Command) => sign(self, file));
  command
    .command('apply <files...>')
    .description('hand the statements to a node; several copies of the file are put together')
    .option('--all', 'to all nodes whose addresses are known here')
    .action((files: string[], _options: object, self: Command) => apply(self, files));
  return command;
}

async function propose(command: Command): Promise<void> {
  const options = optionsOf<ProposeOptions>(command);
  const { network } = profileFor(options).profile;
  const { height, transaction } = await proposed(options);
  const file = options.out ?? `skip-${height}.json`;
  if (existsSync(file)) {
    throw usageError(
      `there is a file ${file} already`,
      'It may hold statements: name another one with --out.',
    );
  }
  const { encodeSkip, fromHex } = await import('@bucordo/protocol');
  const skip = { network: fromHex(network), height, transactionId: fromHex(transaction), statements: [] };
  writeFileSync(file, encodeSkip(skip), { flag: 'wx' });
  outputOf(options).result({ file, network, height, transaction }, () =>
    [
      formatFields([
        ['written', file],
        ['transaction', transaction],
        ['from height', height],
      ]),
      '',
      `Next: an administrator of each member signs it: ${commandLine('skip', 'sign', file)} --as member/name`,
    ].join('\n'),
  );
}

async function proposed(options: ProposeOptions): Promise<{ height: number; transaction: string }> {
  const { transaction, height } = options;
  if (transaction !== undefined && !/^[0-9a-f]{64}$/.test(transaction)) {
    throw usageError(`${transaction} is no transaction id`, 'It has 64 lower-case hex digits.');
  }
  if (transaction !== undefined && height !== undefined) return { transaction, height };
  const { withConnection } = await import('../connection.ts');
  const { quarantine, member } = await withConnection(options, ({ client }) => client.status());
  if (quarantine === null) {
    throw notFoundError(
      `the node of ${member} is not in quarantine`,
      'Ask the node that is (--node), or name --transaction and --height.',
    );
  }
  const id = transaction ?? quarantine.transaction;
  if (id === null) {
    throw notFoundError(
      `the node of ${member} does not know of which transaction of block ${quarantine.height} it dies`,
      'Look into the log of its Postgres, and name it with --transaction.',
    );
  }
  return { height: height ?? quarantine.height, transaction: id };
}

async function sign(command: Command, file: string): Promise<void> {
  const options = optionsOf<SharedOptions>(command);
  const loaded = profileFor(options);
  const identity = identityFor(options, loaded);
  const { key, secret } = readKey(keyFile(keysDirectoryOf(loaded), identity), identity);
  const { encodeSkip, fromHex, signSkip, toHex } = await import('@bucordo/protocol');
  const skip = await readSkip(file, loaded.profile.network);
  const member = identity.split('/')[0] ?? '';
  const signed = signSkip(skip, { member, key: fromHex(key.publicKey), seed: secret });
  writeFileSync(file, encodeSkip(signed));
  const members = signed.statements.map((statement) => statement.member);
  const transaction = toHex(signed.transactionId);
  outputOf(options).result({ file, transaction, height: signed.height, signedBy: identity, members }, () =>
    formatFields([
      ['signed by', identity],
      ['transaction', transaction],
      ['from height', signed.height],
      ['statements', members.join(', ')],
    ]),
  );
}

async function apply(command: Command, files: readonly string[]): Promise<void> {
  const options = optionsOf<ApplyOptions>(command);
  const loaded = profileFor(options);
  const text = await merged(files, loaded.profile.network);
  const endpoints = options.all === true ? knownEndpoints(loaded.profile) : [nodeFor(options, loaded)];
  const { openConnection } = await import('../connection.ts');
  const take = async (endpoint: MemberEndpoint) => {
    const identity = identityFor(options, loaded);
    const timeoutMs = (options.timeout ?? 30) * 1000;
    const { client } = openConnection({ loaded, identity, endpoint, timeoutMs });
    try {
      return { node: endpoint.id, ...(await client.skip(text)) };
    } finally {
      client.close();
    }
  };
  const taken = await Promise.all(endpoints.map(take));
  if (!taken.every(({ skipped }) => skipped)) process.exitCode = exitRejected;
  outputOf(options).result({ nodes: taken }, () => {
    const rows = taken.map(({ node, skipped, agreed, approvals, needed }) => [
      node,
      skipped ? 'skipped' : 'waits for more members',
      `${approvals} of ${needed}`,
      agreed.join(', '),
    ]);
    const flaws = taken.flatMap(({ node, refused }) =>
      refused.map(({ member, flaw }) => `At ${node} the statement of ${member} does not count: ${flaw}`),
    );
    return [formatTable({ columns: ['node', 'transaction', 'agreed', 'members'], rows }), ...flaws].join(
      '\n',
    );
  });
}

async function readSkip(file: string, network: string) {
  const { DecodeError, decodeSkip, toHex } = await import('@bucordo/protocol');
  let bytes: Uint8Array;
  try {
    bytes = readFileSync(file);
  } catch (cause) {
    throw notFoundError(
      `the file ${file} cannot be read: ${cause instanceof Error ? cause.message : 'unknown'}`,
    );
  }
  try {
    const skip = decodeSkip(bytes);
    if (toHex(skip.network) === network) return skip;
  } catch (cause) {
    if (!(cause instanceof DecodeError)) throw cause;
    throw usageError(
      `${file} is not the file of a skip: ${cause.message}`,
      `Make one: ${commandLine('skip', 'propose')}`,
    );
  }
  throw usageError(
    `${file} is for another network than that of the profile`,
    'Name the right folder: --network-dir',
  );
}

async function merged(files: readonly string[], network: string): Promise<string> {
  const { encodeSkip, equalBytes, toHex } = await import('@bucordo/protocol');
  const skips = await Promise.all(files.map((file) => readSkip(file, network)));
  const [first] = skips;
  if (first === undefined) throw usageError('no file was named');
  const other = skips.findIndex(
    ({ height, transactionId }) => height !== first.height || !equalBytes(transactionId, first.transactionId),
  );
  if (other > 0)
    throw usageError(`${files[0]} and ${files[other]} are about different transactions or heights`);
  const statements = new Map(skips.flatMap((skip) => skip.statements.map((one) => [toHex(one.key), one])));
  return Buffer.from(encodeSkip({ ...first, statements: [...statements.values()] })).toString('utf8');
}
