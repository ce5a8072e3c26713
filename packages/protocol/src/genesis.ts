/**
 * The genesis: the document that founds a network. Its bytes, as received, are hashed to the
 * network id; two documents that differ in a space are two networks.
 *
 * JSON, strictly: no duplicate or unknown keys, every name and key checked, every limit kept.
 * `docs/spec/formats.md` shows a complete one.
 */

import type { MemberId, NetworkId, PublicKey } from './brands.ts';
import { type GenesisContract, readContract } from './contract-document.ts';
import { DecodeError } from './decode-error.ts';
import { GenesisReader } from './genesis-reader.ts';
import { type Sha256, sha256, taggedHash } from './hash.ts';
import { toHex } from './hex.ts';
import { isStrictJson } from './json.ts';
import {
  argsBytesMax,
  budgetMax,
  contractsMax,
  genesisBytesMax,
  identitiesMax,
  membersMax,
  rolesMax,
  rowsWrittenMax,
  valueBytesMax,
} from './limits.ts';
import { fromUtf8, toUtf8 } from './text.ts';

/** A founding identity. */
export interface GenesisIdentity {
  /** Unique within the member; contracts see `member/name` as the caller. */
  readonly name: string;
  readonly key: PublicKey;
  readonly roles: readonly string[];
}

/** A founding member. */
export interface GenesisMember {
  readonly id: MemberId;
  /** Name for people. */
  readonly name: string;
  /** Member class, by which functions may be restricted. */
  readonly class: string;
  /** Participant number, from 1. */
  readonly number: number;
  /** How many of the identities with the role `admin` must agree; absent means one. */
  readonly administrators?: { readonly needed: number };
  readonly identities: readonly GenesisIdentity[];
}

/** The highest version of rules that a genesis may name: more releases than there will be. */
const rulesMax = 65_535;

/** What the members decide together. */
export const decisionKinds = [
  'deploy',
  'retire',
  'admit',
  'expel',
  'policy',
  'limits',
  'skip',
  'rules',
] as const;

/** One of {@link decisionKinds}. */
export type DecisionKind = (typeof decisionKinds)[number];

/** Whose approval a decision needs. */
export type Policy =
  | { readonly kind: 'all' | 'more_than_two_thirds' | 'more_than_half' }
  /** All members of these classes. */
  | { readonly kind: 'classes'; readonly classes: readonly string[] }
  /** So many members. */
  | { readonly kind: 'at_least'; readonly count: number };

/** What one transaction may use. */
export interface NetworkLimits {
  /** Units of work: a loop turn costs 1, a call of a helper 10, a scanned row 1. */
  readonly budget: number;
  /** Rows written. */
  readonly rows: number;
  /** Bytes of a value that grows. */
  readonly valueBytes: number;
}

/** Major versions of Postgres that the nodes may run, both ends included. */
export interface PostgresRange {
  readonly from: number;
  readonly to: number;
}

/** How blocks are ordered. */
export interface GenesisOrdering {
  readonly kind: 'solo';
  /** Key of the node that orders; an identity with role `node`. */
  readonly node: PublicKey;
}

/** A genesis document. */
export interface Genesis {
  readonly name: string;
  /** `YYYY-MM-DDThh:mm:ssZ`. */
  readonly created: string;
  readonly ordering: GenesisOrdering;
  /** Which members' checkpoints make a height final. */
  readonly finalQuorum: 'more_than_two_thirds';
  /** A node signs a checkpoint at least every so many blocks … */
  readonly checkpointBlocks: number;
  /** … or milliseconds of activity. */
  readonly checkpointMs: number;
  /** Policies; a kind that is absent needs more than two thirds of the members. */
  readonly governance?: Readonly<Partial<Record<DecisionKind, Policy>>>;
  /** Limits; absent means {@link limitDefaults}. */
  readonly limits?: NetworkLimits;
  /** Absent means that the network pins none. */
  readonly postgres?: PostgresRange;
  /** Version of the rules by which the first block is executed; absent means 1. */
  readonly rules?: number;
  readonly members: readonly GenesisMember[];
  readonly contracts: readonly GenesisContract[];
}

/** Limits of a network whose genesis gives none. */
export const limitDefaults: NetworkLimits = {
  budget: 100_000,
  rows: rowsWrittenMax,
  valueBytes: valueBytesMax,
};

/** Policy of a decision for which the genesis gives none. */
export const policyDefault: Policy = { kind: 'more_than_two_thirds' };

/** `H("genesis", document)`. */
export function networkId(document: Uint8Array, hash: Sha256 = sha256): NetworkId {
  return taggedHash('genesis', document, hash) as NetworkId;
}

/** Decodes and checks a genesis document. Throws {@link DecodeError} that names the place. */
export function decodeGenesis(document: Uint8Array): Genesis {
  if (document.length > genesisBytesMax) {
    throw new DecodeError(`a genesis of ${document.length} bytes is above ${genesisBytesMax}`, 'too_large');
  }
  if (!isStrictJson(document)) {
    throw new DecodeError(
      'the genesis is not strict JSON: look for a syntax error, a repeated key or invalid UTF-8',
    );
  }
  const reader = GenesisReader.of(JSON.parse(fromUtf8(document)));
  const genesis = readGenesis(reader);
  requireDistinct(genesis);
  requireOrderingNode(genesis);
  requireReachablePolicies(genesis);
  return genesis;
}

/** Writes a genesis document, indented for people; keys without a value are left out. Hash and keep exactly these bytes. */
export function encodeGenesis(genesis: Genesis): Uint8Array {
  const document = {
    bucordo: 1,
    name: genesis.name,
    created: genesis.created,
    ordering: { kind: genesis.ordering.kind, node: toHex(genesis.ordering.node) },
    final_quorum: genesis.finalQuorum,
    checkpoint_blocks: genesis.checkpointBlocks,
    checkpoint_ms: genesis.checkpointMs,
    governance: genesis.governance,
    limits: genesis.limits && {
      budget: genesis.limits.budget,
      rows: genesis.limits.rows,
      value_bytes: genesis.limits.valueBytes,
    },
    postgres: genesis.postgres,
    rules: genesis.rules,
    members: genesis.members.map(({ identities, ...member }) => ({
      ...member,
      identities: identities.map(({ name, key, roles }) => ({ name, key: toHex(key), roles })),
    })),
    contracts: genesis.contracts,
  };
  return toUtf8(`${JSON.stringify(document, null, 2)}\n`);
}

function readGenesis(reader: GenesisReader): Genesis {
  reader.onlyKeys(
    'bucordo',
    'name',
    'created',
    'ordering',
    'final_quorum',
    'checkpoint_blocks',
    'checkpoint_ms',
    'governance',
    'limits',
    'postgres',
    'rules',
    'members',
    'contracts',
  );
  reader.integer('bucordo', 1, 1);
  return {
    name: reader.label('name'),
    created: reader.timestamp('created'),
    ordering: readOrdering(reader.object('ordering')),
    finalQuorum: reader.word('final_quorum', 'more_than_two_thirds'),
    checkpointBlocks: reader.integer('checkpoint_blocks', 1, 100_000),
    checkpointMs: reader.integer('checkpoint_ms', 1, 86_400_000),
    ...(reader.has('governance') ? { governance: readGovernance(reader.object('governance')) } : {}),
    ...(reader.has('limits') ? { limits: readLimits(reader.object('limits')) } : {}),
    ...(reader.has('postgres') ? { postgres: readPostgres(reader.object('postgres')) } : {}),
    ...(reader.has('rules') ? { rules: reader.integer('rules', 1, rulesMax) } : {}),
    members: reader.objects('members', 1, membersMax).map(readMember),
    contracts: reader.objects('contracts', 0, contractsMax).map((contract) => readContract(contract)),
  };
}

function readOrdering(reader: GenesisReader): GenesisOrdering {
  reader.onlyKeys('kind', 'node');
  return { kind: reader.word('kind', 'solo'), node: reader.key('node') };
}

function readGovernance(reader: GenesisReader): NonNullable<Genesis['governance']> {
  reader.onlyKeys(...decisionKinds);
  return Object.fromEntries(
    decisionKinds.filter((kind) => reader.has(kind)).map((kind) => [kind, readPolicy(reader.object(kind))]),
  );
}

/** Reads a policy. Throws {@link DecodeError} that names the place. */
function readPolicy(reader: GenesisReader): Policy {
  const kind = reader.text('kind', 1, 63);
  switch (kind) {
    case 'all':
    case 'more_than_two_thirds':
    case 'more_than_half':
      reader.onlyKeys('kind');
      return { kind };
    case 'classes': {
      reader.onlyKeys('kind', 'classes');
      const classes = reader.labels('classes', rolesMax);
      if (classes.length === 0) {
        throw new DecodeError('a policy of the kind "classes" names no class');
      }
      return { kind, classes };
    }
    case 'at_least':
      reader.onlyKeys('kind', 'count');
      return { kind, count: reader.integer('count', 1, membersMax) };
    default:
      throw new DecodeError(
        `"${kind}" is no kind of policy: all, more_than_two_thirds, more_than_half, classes, at_least`,
      );
  }
}

function readLimits(reader: GenesisReader): NetworkLimits {
  reader.onlyKeys('budget', 'rows', 'value_bytes');
  const { budget, rows, valueBytes } = limitDefaults;
  return {
    budget: reader.has('budget') ? reader.integer('budget', 1, budgetMax) : budget,
    rows: reader.has('rows') ? reader.integer('rows', 100, rowsWrittenMax) : rows,
    valueBytes: reader.has('value_bytes')
      ? reader.integer('value_bytes', argsBytesMax, valueBytesMax)
      : valueBytes,
  };
}

function readPostgres(reader: GenesisReader): PostgresRange {
  reader.onlyKeys('from', 'to');
  const from = reader.integer('from', 15, 99);
  return { from, to: reader.integer('to', from, 99) };
}

function readMember(reader: GenesisReader): GenesisMember {
  reader.onlyKeys('id', 'name', 'class', 'number', 'administrators', 'identities');
  const identities = reader.objects('identities', 1, identitiesMax).map(readIdentity);
  return {
    id: reader.label('id') as MemberId,
    name: reader.text('name', 1, 200),
    class: reader.label('class'),
    number: reader.integer('number', 1, 2_147_483_647),
    ...(reader.has('administrators')
      ? { administrators: readAdministrators(reader.object('administrators'), identities) }
      : {}),
    identities,
  };
}

function readAdministrators(
  reader: GenesisReader,
  identities: readonly GenesisIdentity[],
): { needed: number } {
  reader.onlyKeys('needed');
  const administrators = identities.filter(({ roles }) => roles.includes('admin')).length;
  return { needed: reader.integer('needed', 1, administrators) };
}

function readIdentity(reader: GenesisReader): GenesisIdentity {
  reader.onlyKeys('name', 'key', 'roles');
  return { name: reader.label('name'), key: reader.key('key'), roles: reader.labels('roles', rolesMax) };
}

function requireDistinct({ members, contracts }: Genesis): void {
  const identities = members.flatMap((member) => member.identities.map((identity) => ({ member, identity })));
  if (identities.length > identitiesMax) {
    throw new DecodeError(`${identities.length} identities are above ${identitiesMax}`, 'too_large');
  }
  requireUnique(
    'member id',
    members.map((member) => member.id),
  );
  requireUnique(
    'member number',
    members.map((member) => String(member.number)),
  );
  requireUnique(
    'identity',
    identities.map(({ member, identity }) => `${member.id}/${identity.name}`),
  );
  requireUnique(
    'key',
    identities.map(({ identity }) => toHex(identity.key)),
  );
  requireUnique(
    'contract',
    contracts.map((contract) => contract.name),
  );
}

function requireUnique(what: string, values: readonly string[]): void {
  const seen = new Set<string>();
  for (const value of values) {
    if (seen.has(value)) {
      throw new DecodeError(`${what} "${value}" stands twice in the genesis`);
    }
    seen.add(value);
  }
}

function requireOrderingNode({ ordering, members }: Genesis): void {
  const key = toHex(ordering.node);
  const isEnrolled = members.some((member) =>
    member.identities.some((identity) => toHex(identity.key) === key && identity.roles.includes('node')),
  );
  if (!isEnrolled) {
    throw new DecodeError(`the ordering node ${key} is not an identity with role "node" of any member`);
  }
}

// A policy that no vote could ever meet would lock the network for good.
function requireReachablePolicies({ governance = {}, members }: Genesis): void {
  for (const [kind, policy] of Object.entries(governance)) {
    if (policy.kind === 'at_least' && policy.count > members.length) {
      throw new DecodeError(
        `governance.${kind} asks for ${policy.count} members of a network of ${members.length}`,
      );
    }
    const missing =
      policy.kind === 'classes' &&
      policy.classes.find((name) => members.every((member) => member.class !== name));
    if (typeof missing === 'string') {
      throw new DecodeError(`governance.${kind} asks for the class "${missing}", of which no member is`);
    }
  }
}
