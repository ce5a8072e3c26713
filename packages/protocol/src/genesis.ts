/**
 * The genesis: the document that founds a network. Its bytes, as received, are hashed to the
 * network id; two documents that differ in a space are two networks.
 *
 * JSON, strictly: no duplicate or unknown keys, every name and key checked, every limit kept.
 * `docs/spec/formats.md` shows a complete one.
 */

import type { MemberId, NetworkId, PublicKey } from './brands.ts';
import { DecodeError } from './decode-error.ts';
import { GenesisReader } from './genesis-reader.ts';
import { type Sha256, sha256, taggedHash } from './hash.ts';
import { toHex } from './hex.ts';
import { isStrictJson } from './json.ts';
import {
  contractNameBytesMax,
  contractsMax,
  functionsMax,
  genesisBytesMax,
  identitiesMax,
  membersMax,
  rolesMax,
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
  readonly identities: readonly GenesisIdentity[];
}

/** Who may call a function; empty lists mean everybody enrolled. */
export interface GenesisFunction {
  readonly roles: readonly string[];
  readonly classes: readonly string[];
}

/** A founding contract. */
export interface GenesisContract {
  readonly name: string;
  readonly version: string;
  /** The functions that transactions may call, by name. */
  readonly functions: Readonly<Record<string, GenesisFunction>>;
  /** SQL of tables and constraints. */
  readonly schema: string;
  /** SQL of functions. */
  readonly source: string;
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
  readonly members: readonly GenesisMember[];
  readonly contracts: readonly GenesisContract[];
}

const CONTRACT_RESERVED = /^(bucordo.*|public|information_schema|pg_.*|.*_history)$/;
const VERSION = /^[0-9]{1,9}\.[0-9]{1,9}\.[0-9]{1,9}$/;

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
  return genesis;
}

/** Writes a genesis document, indented for people. Hash and keep exactly these bytes. */
export function encodeGenesis(genesis: Genesis): Uint8Array {
  const document = {
    bucordo: 1,
    name: genesis.name,
    created: genesis.created,
    ordering: { kind: genesis.ordering.kind, node: toHex(genesis.ordering.node) },
    final_quorum: genesis.finalQuorum,
    checkpoint_blocks: genesis.checkpointBlocks,
    checkpoint_ms: genesis.checkpointMs,
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
    members: reader.objects('members', 1, membersMax).map(readMember),
    contracts: reader.objects('contracts', 0, contractsMax).map(readContract),
  };
}

function readOrdering(reader: GenesisReader): GenesisOrdering {
  reader.onlyKeys('kind', 'node');
  return { kind: reader.word('kind', 'solo'), node: reader.key('node') };
}

function readMember(reader: GenesisReader): GenesisMember {
  reader.onlyKeys('id', 'name', 'class', 'number', 'identities');
  return {
    id: reader.label('id') as MemberId,
    name: reader.text('name', 1, 200),
    class: reader.label('class'),
    number: reader.integer('number', 1, 2_147_483_647),
    identities: reader.objects('identities', 1, identitiesMax).map(readIdentity),
  };
}

function readIdentity(reader: GenesisReader): GenesisIdentity {
  reader.onlyKeys('name', 'key', 'roles');
  return { name: reader.label('name'), key: reader.key('key'), roles: reader.labels('roles', rolesMax) };
}

function readContract(reader: GenesisReader): GenesisContract {
  reader.onlyKeys('name', 'version', 'functions', 'schema', 'source');
  const name = reader.identifier('name');
  if (name.length > contractNameBytesMax || CONTRACT_RESERVED.test(name)) {
    throw new DecodeError(
      `contract name "${name}" is reserved (bucordo…, public, pg_…, …_history) or above ${contractNameBytesMax} bytes`,
    );
  }
  const version = reader.text('version', 1, 40);
  if (!VERSION.test(version)) {
    throw new DecodeError(`version "${version}" of contract ${name} is not of the form 1.2.3`);
  }
  return {
    name,
    version,
    functions: readFunctions(reader.object('functions')),
    schema: reader.text('schema', 0, genesisBytesMax),
    source: reader.text('source', 0, genesisBytesMax),
  };
}

function readFunctions(reader: GenesisReader): Readonly<Record<string, GenesisFunction>> {
  const entries = reader.entries(functionsMax).map(([name, permission]): [string, GenesisFunction] => {
    permission.onlyKeys('roles', 'classes');
    return [
      name,
      { roles: permission.labels('roles', rolesMax), classes: permission.labels('classes', rolesMax) },
    ];
  });
  return Object.fromEntries(entries);
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
