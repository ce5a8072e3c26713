/**
 * A network before it exists: its members, their identities, its contracts. Written by hand as a
 * JSON file for `bucordo network new --from FILE`, put together from flags, or given by a program.
 */
import { isIP } from 'node:net';
import { dirname, resolve } from 'node:path';
import { usageError } from '../command-error.ts';
import { commandLine } from '../command-line.ts';
import { readJsonFile } from '../read-json-file.ts';

/** A person, device or service of a member. */
export interface IdentityDescription {
  readonly name: string;
  readonly roles: readonly string[];
  /** Public key, 64 hex digits, when the identity keeps its secret itself. Absent: a key is made. */
  readonly key?: string;
}

/** An organisation. */
export interface MemberDescription {
  readonly id: string;
  /** For people; the id when absent. */
  readonly name?: string;
  readonly class?: string;
  readonly identities: readonly IdentityDescription[];
  /** Host name or address under which the other members reach its node. */
  readonly host?: string;
}

/** What the genesis will say. */
export interface NetworkDescription {
  readonly name: string;
  /** At least one; the first one's node orders. Numbered from 1 in this order. */
  readonly members: readonly MemberDescription[];
  /** Folders of contract packages (contract.json, schema.sql, functions.sql), absolute. */
  readonly contracts: readonly string[];
}

/** Names of members, identities and networks. */
const namePattern = /^[a-z][a-z0-9_-]{0,62}$/;
const keyPattern = /^[0-9a-f]{64}$/;
const hostPattern = /^[A-Za-z0-9]([A-Za-z0-9.-]{0,251}[A-Za-z0-9])?$/;
/** More members would make every checkpoint round too long; larger networks need another genesis. */
const membersMax = 64;

/** Reads a description from a JSON file; contract folders in it are relative to the file. */
export function readNetworkDescription(file: string): NetworkDescription {
  const value = readJsonFile(file, exampleHint());
  const fields = membersOf(value, file);
  const description: NetworkDescription = {
    name: textOf(fields.get('name'), `${file}: name`),
    members: listOf(fields.get('members'), `${file}: members`).map((member, index) =>
      readMember(member, `${file}: members[${index}]`),
    ),
    contracts: listOf(fields.get('contracts') ?? [], `${file}: contracts`).map((path, index) =>
      resolve(dirname(file), textOf(path, `${file}: contracts[${index}]`)),
    ),
  };
  assertKnown(fields, ['name', 'members', 'contracts'], file);
  return checkDescription(description);
}

/**
 * A description from flags: `id[:class]` for each member, `member/name:role+role[:public key]` for
 * each identity. A member without an identity gets one, `admin`, with the role `admin`.
 */
export function describeNetwork(options: {
  name: string;
  members: readonly string[];
  identities: readonly string[];
  contracts: readonly string[];
}): NetworkDescription {
  const identities = options.identities.map(parseIdentity);
  const members = options.members.map((text) => {
    const [id = '', memberClass] = text.split(':');
    const own = identities.filter(({ member }) => member === id).map(({ identity }) => identity);
    return {
      id,
      ...(memberClass === undefined ? {} : { class: memberClass }),
      identities: own.length > 0 ? own : [{ name: 'admin', roles: ['admin'] }],
    };
  });
  const stranger = identities.find(({ member }) => !members.some(({ id }) => id === member));
  if (stranger !== undefined)
    throw usageError(
      `the identity ${stranger.member}/${stranger.identity.name} belongs to no member`,
      `Add --member ${stranger.member}`,
    );
  return checkDescription({
    name: options.name,
    members,
    contracts: options.contracts.map((path) => resolve(path)),
  });
}

/** The description itself if names, keys and numbers are right, else a usage error. */
export function checkDescription(description: NetworkDescription): NetworkDescription {
  checkName(description.name, 'network');
  const { members } = description;
  if (members.length === 0)
    throw usageError('a network needs a member', 'Example: --member buyer --member seller');
  if (members.length > membersMax)
    throw usageError(
      `${members.length} members are more than ${membersMax}`,
      'Let several organisations share a member.',
    );
  checkDistinct(
    members.map(({ id }) => id),
    'member',
  );
  for (const member of members) checkMember(member);
  return description;
}

function checkMember(member: MemberDescription): void {
  checkName(member.id, 'member');
  if (member.class !== undefined) checkName(member.class, 'class');
  if (member.host !== undefined) checkHost(member.host);
  checkDistinct(['node', ...member.identities.map(({ name }) => name)], `identity of ${member.id}`);
  for (const identity of member.identities) {
    checkName(identity.name, 'identity');
    for (const role of identity.roles) checkName(role, 'role');
    if (identity.key !== undefined && !keyPattern.test(identity.key))
      throw usageError(
        `the key of ${member.id}/${identity.name} is not 64 lower-case hex digits`,
        `Its owner sees it with: ${commandLine('keys', 'show', `${member.id}/${identity.name}`)}`,
      );
  }
}

/** Throws a usage error unless `host` is a host's name or an address: IPv6 as it is, without brackets or port. */
export function checkHost(host: string): void {
  if (isIP(host) !== 0 || (hostPattern.test(host) && !/^[0-9.]+$/.test(host))) return;
  throw usageError(
    `${JSON.stringify(host)} is neither the name of a host nor an address`,
    'Examples: node.buyer.example, 192.0.2.7, 2001:db8::7 (no brackets, no port; a name beyond ASCII as its xn-- form)',
  );
}

function checkName(name: string, what: string): void {
  if (!namePattern.test(name))
    throw usageError(
      `${JSON.stringify(name)} is no name for a ${what}`,
      'Lower-case letters, digits, - and _, beginning with a letter, at most 63.',
    );
}

function checkDistinct(names: readonly string[], what: string): void {
  const repeated = names.find((name, index) => names.indexOf(name) !== index);
  if (repeated === undefined) return;
  throw usageError(
    repeated === 'node'
      ? `"node" is the name of the node's own identity`
      : `the ${what} ${repeated} is there twice`,
    'Choose another name.',
  );
}

function parseIdentity(text: string): { member: string; identity: IdentityDescription } {
  const match = /^([^/:]+)\/([^/:]+)(?::([^:]*))?(?::([^:]+))?$/.exec(text);
  if (match === null)
    throw usageError(
      `--identity ${text} is not member/name:role+role[:public key]`,
      'Example: --identity buyer/alice:purchaser',
    );
  const [, member = '', name = '', roles = '', key] = match;
  return {
    member,
    identity: {
      name,
      roles: roles.split('+').filter((role) => role !== ''),
      ...(key === undefined ? {} : { key }),
    },
  };
}

function readMember(value: unknown, where: string): MemberDescription {
  const fields = membersOf(value, where);
  assertKnown(fields, ['id', 'name', 'class', 'identities', 'host'], where);
  const identities = listOf(fields.get('identities') ?? [], `${where}.identities`);
  return {
    id: textOf(fields.get('id'), `${where}.id`),
    ...optionalText(fields, 'name', where),
    ...optionalText(fields, 'class', where),
    ...optionalText(fields, 'host', where),
    identities: identities.map((identity, index) => readIdentity(identity, `${where}.identities[${index}]`)),
  };
}

function readIdentity(value: unknown, where: string): IdentityDescription {
  const fields = membersOf(value, where);
  assertKnown(fields, ['name', 'roles', 'key'], where);
  return {
    name: textOf(fields.get('name'), `${where}.name`),
    roles: listOf(fields.get('roles') ?? [], `${where}.roles`).map((role, index) =>
      textOf(role, `${where}.roles[${index}]`),
    ),
    ...optionalText(fields, 'key', where),
  };
}

function exampleHint(): string {
  return `See an example: ${commandLine('network', 'new', '--help')}`;
}

function membersOf(value: unknown, where: string): ReadonlyMap<string, unknown> {
  if (typeof value !== 'object' || value === null || Array.isArray(value))
    throw usageError(`${where} is not an object`, exampleHint());
  return new Map(Object.entries(value));
}

function assertKnown(fields: ReadonlyMap<string, unknown>, known: readonly string[], where: string): void {
  const stranger = [...fields.keys()].find((name) => !known.includes(name));
  if (stranger !== undefined)
    throw usageError(`${where}: ${stranger} is not known`, `Known: ${known.join(', ')}`);
}

function textOf(value: unknown, where: string): string {
  if (typeof value === 'string') return value;
  throw usageError(`${where} is not a text`, exampleHint());
}

function listOf(value: unknown, where: string): readonly unknown[] {
  if (Array.isArray(value)) return value;
  throw usageError(`${where} is not a list`, exampleHint());
}

function optionalText<Name extends string>(
  fields: ReadonlyMap<string, unknown>,
  name: Name,
  where: string,
): { [key in Name]?: string } {
  const value = fields.get(name);
  const result: { [key in Name]?: string } = {};
  if (value !== undefined) result[name] = textOf(value, `${where}.${name}`);
  return result;
}
