/**
 * `bucordo network node`: where the node of a member that came later is found. The chain says who is a member and
 * which authority signs its certificates; its addresses its operator tells.
 */
import { mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { Command } from 'commander';
import { identityFor, optionsOf, outputOf, profileFor } from '../command-context.ts';
import { notFoundError, usageError } from '../command-error.ts';
import { commandLine } from '../command-line.ts';
import { formatFields } from '../output/table.ts';
import { knownEndpoints, type LoadedProfile, type MemberEndpoint, writeProfile } from '../profile.ts';

interface NodeOptions {
  readonly http: string;
  readonly grpc: string;
  readonly authority?: string;
}

/** A node that does not answer within this is told as silent; it may be started later. */
const answerMs = 5_000;
const authoritiesFolder = 'authorities';

/** The command. */
export function networkNodeCommand(): Command {
  return new Command('node')
    .argument('<member>', 'id of the member, as bucordo members shows it')
    .requiredOption('--http <url>', 'where its node serves HTTP, like https://node.carrier.example:4712')
    .requiredOption('--grpc <address>', 'where it takes transactions, like node.carrier.example:4710')
    .option('--authority <file>', "its authority's certificate (default: the one that the members admitted)")
    .description('remember where the node of a member that came later is, for --node and status')
    .addHelpText(
      'after',
      '\nExample:\n  bucordo network node carrier --http https://node.carrier.example:4712 --grpc node.carrier.example:4710',
    )
    .action((member: string, _options: object, self: Command) => run(self, member));
}

async function run(command: Command, member: string): Promise<void> {
  const options = optionsOf<NodeOptions>(command);
  const loaded = profileFor(options);
  if (loaded.profile.members.some(({ id }) => id === member))
    throw usageError(
      `the address of ${member} is in the profile since the network was founded`,
      `Change it there: ${join(loaded.directory, 'profile.json')}`,
      { member },
    );
  const http = checkedUrl(options.http);
  const grpc = checkedAddress(options.grpc);
  const certificate =
    options.authority === undefined
      ? await authorityOf(command, member)
      : readFileSync(options.authority, 'utf8');
  const authority = join(authoritiesFolder, `${member}.pem`);
  mkdirSync(join(loaded.directory, authoritiesFolder), { recursive: true });
  writeFileSync(join(loaded.directory, authority), certificate);
  const endpoint: MemberEndpoint = { id: member, grpc, http, authority };
  const { profile, directory } = loaded;
  const others = (profile.admitted ?? []).filter(({ id }) => id !== member);
  const changed = { ...profile, admitted: [...others, endpoint] };
  writeProfile(directory, changed);
  const answer = await askNode(
    { profile: changed, directory },
    { identity: identityFor(options, loaded), endpoint },
  );
  outputOf(options).result({ ...endpoint, answers: answer === '', reason: answer }, () =>
    formatFields([
      ['node', `${member} at ${http} and ${grpc}`],
      ['its answer', answer === '' ? 'it answers, with a certificate of that authority' : answer],
      [
        'nodes known here',
        knownEndpoints(changed)
          .map(({ id }) => id)
          .join(', '),
      ],
    ]),
  );
}

/** The certificate that the members approved when they admitted the member, in the words of the own node. */
async function authorityOf(command: Command, member: string): Promise<string> {
  const { withConnection } = await import('../connection.ts');
  return withConnection(optionsOf(command), async ({ client, endpoint, timeoutMs }) => {
    const { values, height } = await client.query(
      'SELECT m.authority FROM bucordo.member AS m WHERE m.id = $1',
      [member],
      { timeoutMs },
    );
    const [row] = values;
    if (row === undefined)
      throw notFoundError(
        `there is no member ${member} at height ${height} of ${endpoint.id}`,
        `See who takes part: ${commandLine('members')}`,
        { member, height },
      );
    const [certificate] = row;
    if (typeof certificate === 'string' && certificate !== '') return certificate;
    throw notFoundError(
      `the chain names no authority for the nodes of ${member}`,
      'Get the certificate from its operator: --authority FILE',
      { member },
    );
  });
}

async function askNode(
  loaded: LoadedProfile,
  { identity, endpoint }: { identity: string; endpoint: MemberEndpoint },
): Promise<string> {
  const { openConnection } = await import('../connection.ts');
  const { client } = openConnection({ loaded, identity, endpoint, timeoutMs: answerMs });
  try {
    const status = await client.status();
    return status.member === endpoint.id ? '' : `it says that it is the node of ${status.member}`;
  } catch (error) {
    return error instanceof Error ? error.message : String(error);
  } finally {
    client.close();
  }
}

function checkedUrl(text: string): string {
  if (URL.canParse(text) && new URL(text).protocol === 'https:') return new URL(text).origin;
  throw usageError(`--http ${text} is not an https address`, 'Example: https://node.carrier.example:4712');
}

function checkedAddress(text: string): string {
  if (/^(\[[0-9a-fA-F:.]+\]|[^\s:/]+):[1-9][0-9]{0,4}$/.test(text)) return text;
  throw usageError(`--grpc ${text} is not host:port`, 'Example: node.carrier.example:4710');
}
