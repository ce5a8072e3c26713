/**
 * The contract document: one text that says everything about one version of a contract. Members
 * approve its hash, nodes install its SQL byte for byte. `docs/spec/formats.md` shows a complete one.
 *
 * There is one way to write a document down. {@link decodeContractDocument} takes nothing else, so
 * two documents with the same meaning have the same bytes. A genesis holds the same object with
 * less ceremony: what is empty may be absent, and the order of keys is free.
 */

import { isReservedContractName } from './contract-names.ts';
import { DecodeError } from './decode-error.ts';
import { GenesisReader } from './genesis-reader.ts';
import { equalBytes, type Sha256, sha256, taggedHash } from './hash.ts';
import { isStrictJson } from './json.ts';
import {
  columnsMax,
  contractBytesMax,
  contractNameBytesMax,
  contractsMax,
  functionsMax,
  genesisBytesMax,
  migrationsMax,
  readersMax,
  rolesMax,
  tablesMax,
} from './limits.ts';
import { fromUtf8, toUtf8 } from './text.ts';

/** Who may call a function; empty lists mean everybody enrolled. */
export interface ContractPermission {
  readonly roles: readonly string[];
  readonly classes: readonly string[];
}

/** Which other contracts may read a view: their names, or `*` for all. */
export interface PublishedView {
  readonly contracts: readonly string[];
}

/** Lets readers of one of the classes (or any, when empty) with one of the roles (likewise) see a table. */
export interface ReaderRule extends ContractPermission {
  readonly table: string;
  /** Columns to be seen; absent means all. */
  readonly columns?: readonly string[];
  /** SQL predicate on the table's row; absent means every row. */
  readonly rows?: string;
}

/** The way from an earlier version to this one. */
export interface Migration {
  /** The version it starts from. */
  readonly from: string;
  readonly sql: string;
}

/** One version of a contract. */
export interface ContractDocument {
  readonly name: string;
  readonly version: string;
  /** The functions that transactions may call, by name. */
  readonly functions: Readonly<Record<string, ContractPermission>>;
  /** The views that other contracts may read, by name. */
  readonly views: Readonly<Record<string, PublishedView>>;
  /** The views of other contracts that this one reads, by contract. */
  readonly uses: Readonly<Record<string, readonly string[]>>;
  readonly readers: readonly ReaderRule[];
  /** Tables that a function reads without an index, and how many rows they may then have: by function, by table. */
  readonly scans: Readonly<Record<string, Readonly<Record<string, number>>>>;
  /** SQL of tables, constraints, indexes and views. */
  readonly schema: string;
  /** SQL of functions, with the budget built in. */
  readonly source: string;
  readonly migrations: readonly Migration[];
}

/** A contract as a genesis holds it: parts that are empty may be absent. */
export type GenesisContract = Pick<ContractDocument, 'name' | 'version' | 'functions' | 'schema' | 'source'> &
  Partial<ContractDocument>;

const VERSION = /^[0-9]{1,9}\.[0-9]{1,9}\.[0-9]{1,9}$/;
const FORMAT = 'bucordo_contract';

/** `H("contract", document)`: what members approve. */
export function contractHash(document: Uint8Array, hash: Sha256 = sha256): Uint8Array {
  return taggedHash('contract', document, hash);
}

/** Writes the document, indented for people. */
export function encodeContractDocument(contract: GenesisContract): Uint8Array {
  return toUtf8(`${JSON.stringify({ [FORMAT]: 1, ...completeContract(contract) }, null, 2)}\n`);
}

/**
 * Decodes and checks a document. Throws {@link DecodeError} that names the place; also when the same
 * contract would be written down otherwise.
 */
export function decodeContractDocument(document: Uint8Array): ContractDocument {
  if (document.length > contractBytesMax) {
    throw new DecodeError(
      `a contract document of ${document.length} bytes is above ${contractBytesMax}`,
      'too_large',
    );
  }
  if (!isStrictJson(document)) {
    throw new DecodeError(
      'the contract document is not strict JSON: look for a syntax error, a repeated key or invalid UTF-8',
    );
  }
  const reader = GenesisReader.of(JSON.parse(fromUtf8(document)), 'contract');
  reader.integer(FORMAT, 1, 1);
  const contract = completeContract(readContract(reader, [FORMAT]));
  if (!equalBytes(encodeContractDocument(contract), document)) {
    throw new DecodeError(
      `the document of contract ${contract.name} is not written in the one form of the specification; build it anew`,
    );
  }
  return contract;
}

/** The contract with its empty parts and all keys in the order of the document. */
export function completeContract(contract: GenesisContract): ContractDocument {
  return {
    name: contract.name,
    version: contract.version,
    functions: mapValues(contract.functions, permissionOf),
    views: mapValues(contract.views ?? {}, ({ contracts }) => ({ contracts })),
    uses: contract.uses ?? {},
    readers: (contract.readers ?? []).map((rule) => ({
      table: rule.table,
      ...permissionOf(rule),
      ...(rule.columns === undefined ? {} : { columns: rule.columns }),
      ...(rule.rows === undefined ? {} : { rows: rule.rows }),
    })),
    scans: contract.scans ?? {},
    schema: contract.schema,
    source: contract.source,
    migrations: (contract.migrations ?? []).map(({ from, sql }) => ({ from, sql })),
  };
}

/**
 * Reads a contract of a genesis or of a document, whose object may have `otherKeys` too. Parts that
 * are absent stay absent. Throws {@link DecodeError} that names the place.
 */
export function readContract(reader: GenesisReader, otherKeys: readonly string[] = []): GenesisContract {
  reader.onlyKeys(
    ...otherKeys,
    ...[
      'name',
      'version',
      'functions',
      'views',
      'uses',
      'readers',
      'scans',
      'schema',
      'source',
      'migrations',
    ],
  );
  const name = readName(reader);
  return {
    name,
    version: readVersion(reader, 'version', name),
    functions: readFunctions(reader.object('functions')),
    ...(reader.has('views') ? { views: readViews(reader.object('views')) } : {}),
    ...(reader.has('uses') ? { uses: readUses(reader.object('uses'), name) } : {}),
    ...(reader.has('readers') ? { readers: reader.objects('readers', 0, readersMax).map(readRule) } : {}),
    ...(reader.has('scans') ? { scans: readScans(reader.object('scans')) } : {}),
    schema: reader.text('schema', 0, genesisBytesMax),
    source: reader.text('source', 0, genesisBytesMax),
    ...(reader.has('migrations') ? { migrations: readMigrations(reader, name) } : {}),
  };
}

function readName(reader: GenesisReader): string {
  const name = reader.identifier('name');
  if (isReservedContractName(name)) {
    throw new DecodeError(
      `contract name "${name}" is reserved (bucordo…, private, public, pg_…, …_history, …_read) or above ${contractNameBytesMax} bytes`,
    );
  }
  return name;
}

function readVersion(reader: GenesisReader, key: string, contract: string): string {
  const version = reader.text(key, 1, 40);
  if (!VERSION.test(version)) {
    throw new DecodeError(`version "${version}" of contract ${contract} is not of the form 1.2.3`);
  }
  return version;
}

function readFunctions(reader: GenesisReader): ContractDocument['functions'] {
  return readEntries(reader, functionsMax, (permission) => {
    permission.onlyKeys('roles', 'classes');
    return readPermission(permission);
  });
}

function readPermission(reader: GenesisReader): ContractPermission {
  return { roles: reader.labels('roles', rolesMax), classes: reader.labels('classes', rolesMax) };
}

function readViews(reader: GenesisReader): ContractDocument['views'] {
  return readEntries(reader, tablesMax, (view) => {
    view.onlyKeys('contracts');
    return { contracts: view.identifiers('contracts', 1, contractsMax, '*') };
  });
}

function readUses(reader: GenesisReader, contract: string): ContractDocument['uses'] {
  const uses = reader.keys(contractsMax);
  if (uses.includes(contract)) {
    throw new DecodeError(`contract ${contract} says that it uses views of itself, which needs no saying`);
  }
  return Object.fromEntries(uses.map((other) => [other, reader.identifiers(other, 1, tablesMax)]));
}

function readRule(reader: GenesisReader): ReaderRule {
  reader.onlyKeys('table', 'classes', 'roles', 'columns', 'rows');
  return {
    table: reader.identifier('table'),
    ...readPermission(reader),
    ...(reader.has('columns') ? { columns: reader.identifiers('columns', 1, columnsMax) } : {}),
    ...(reader.has('rows') ? { rows: reader.text('rows', 1, contractBytesMax) } : {}),
  };
}

function readScans(reader: GenesisReader): ContractDocument['scans'] {
  return readEntries(reader, functionsMax, (tables) =>
    Object.fromEntries(tables.keys(tablesMax).map((table) => [table, tables.integer(table, 1, 1_000_000)])),
  );
}

function readMigrations(reader: GenesisReader, contract: string): Migration[] {
  const migrations = reader.objects('migrations', 0, migrationsMax).map((migration): Migration => {
    migration.onlyKeys('from', 'sql');
    return {
      from: readVersion(migration, 'from', contract),
      sql: migration.text('sql', 0, genesisBytesMax),
    };
  });
  const versions = migrations.map(({ from }) => from);
  if (new Set(versions).size !== versions.length) {
    throw new DecodeError(`contract ${contract} has two migrations from the same version`);
  }
  return migrations;
}

function readEntries<Value>(
  reader: GenesisReader,
  max: number,
  read: (entry: GenesisReader) => Value,
): Readonly<Record<string, Value>> {
  return Object.fromEntries(reader.entries(max).map(([key, entry]) => [key, read(entry)]));
}

function permissionOf({ roles, classes }: ContractPermission): ContractPermission {
  return { roles, classes };
}

function mapValues<From, To>(
  values: Readonly<Record<string, From>>,
  change: (value: From) => To,
): Readonly<Record<string, To>> {
  return Object.fromEntries(Object.entries(values).map(([key, value]) => [key, change(value)]));
}
