/**
 * Builds a contract package into the one document that members approve and nodes install. The same
 * package gives the same bytes, whoever builds it, so every member can build it again and compare.
 */

import {
  argsBytesMax,
  type ContractDocument,
  contractBytesMax,
  contractHash,
  decodeContractDocument,
  encodeContractDocument,
  type Migration,
  toHex,
} from '@bucordo/protocol';
import { loadParser } from '../check/sql-parser.ts';
import type { ContractPackage, PackageMigration } from '../package/contract-package.ts';
import { BuildError } from './build-error.ts';
import { difference } from './difference.ts';
import { authorSource } from './insertion.ts';
import { instrument } from './instrument.ts';

/** What a build made. */
export interface ContractBuild {
  readonly document: ContractDocument;
  /** The document as it is proposed, approved and installed. */
  readonly bytes: Uint8Array;
  /** `H("contract", bytes)` in hex: what members approve. */
  readonly hash: string;
  /** Unified diff from the author's functions to the built ones; empty when nothing was inserted. */
  readonly difference: string;
}

/** Room in the arguments of the call that proposes a document, for its title and the like. */
const ARGUMENTS_ROOM = 4096;

/**
 * Builds `contract`. Throws a {@link BuildError} that names the place when the budget cannot be written
 * in, and when the document is too large. Says nothing about whether the contract is safe: that is the
 * checker's work.
 */
export async function buildContract(contract: ContractPackage): Promise<ContractBuild> {
  await loadParser();
  const { manifest, functions, schema } = contract;
  const source = instrument(functions.text, {
    contract: manifest.name,
    file: functions.file,
    schema: schema.text,
    scans: manifest.scans,
    entries: new Set(Object.keys(manifest.functions)),
  });
  if (authorSource(source) !== functions.text) {
    throw new Error('the build cannot be undone: insertions and the text of the author are mixed up');
  }
  const document: ContractDocument = {
    ...manifest,
    schema: schema.text,
    source,
    migrations: migrationsTo(manifest.version, contract.migrations),
  };
  const bytes = encodeContractDocument(document);
  requireSize(contract, bytes);
  return {
    document: decodeContractDocument(bytes),
    bytes,
    hash: toHex(contractHash(bytes)),
    difference: difference(functions.text, source, functions.file),
  };
}

// The ways that lead to this version, each from its first step: 1.0.0 → 1.1.0 → 1.2.0 is a way from 1.0.0.
function migrationsTo(version: string, steps: readonly PackageMigration[]): readonly Migration[] {
  const next = new Map(steps.map((step) => [step.from, step]));
  return steps.flatMap(({ from }) => {
    const way: PackageMigration[] = [];
    for (let at = from; at !== version; ) {
      const step = next.get(at);
      if (step === undefined || way.includes(step)) return [];
      way.push(step);
      at = step.to;
    }
    return [{ from, sql: way.map(({ text }) => text).join('\n') }];
  });
}

function requireSize({ functions }: ContractPackage, bytes: Uint8Array): void {
  const argument = JSON.stringify(Buffer.from(bytes).toString('utf8'));
  const isLong = bytes.length > contractBytesMax;
  if (!isLong && Buffer.byteLength(argument) <= argsBytesMax - ARGUMENTS_ROOM) return;
  throw new BuildError(
    { file: functions.file, line: 1, column: 1 },
    isLong
      ? `the contract document has ${bytes.length} bytes, above ${contractBytesMax}`
      : `the contract document has ${bytes.length} bytes with so many quotes and line ends that no call can carry it`,
    'make two contracts of it, or leave out migrations from versions that nobody runs any more',
  );
}
