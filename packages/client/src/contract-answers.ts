/** The answers of the routes that tell about contracts, as values, checked. */

import { Fields } from './answer-fields.ts';

/** A contract as it runs. */
export interface RunningContract {
  readonly name: string;
  readonly version: string;
  /** Hash of the document, lower-case hex: what the members approved. */
  readonly hash: string;
  /** Nothing of it can be called any more; its data stay readable. */
  readonly isRetired: boolean;
}

/** A contract with its text. */
export interface StoredContract extends RunningContract {
  /** The document, byte for byte. */
  readonly document: string;
}

/** An object of a node's database: equal text on every node that executed the same chain. */
export interface ReflectedObject {
  /** `table`, `column`, `function`, `callable` and others. */
  readonly kind: string;
  readonly name: string;
  readonly definition: string;
}

/** What a node's database holds of the contracts. */
export interface Reflection {
  readonly height: number;
  /** Version of Postgres, as `server_version_num`. */
  readonly postgres: number;
  readonly contracts: readonly RunningContract[];
  readonly objects: readonly ReflectedObject[];
}

/** Reads the answer of `GET /v1/contracts`. */
export function parseContracts(value: unknown): readonly RunningContract[] {
  return new Fields(value, 'contracts').list('contracts').map(contractOf);
}

/** Reads the answer of `GET /v1/contracts/:name`. */
export function parseContract(value: unknown): StoredContract {
  const at = new Fields(value, 'contract');
  return { ...contractOf(at), document: at.text('document') };
}

/** Reads the answer of `GET /v1/reflection`. */
export function parseReflection(value: unknown): Reflection {
  const at = new Fields(value, 'reflection');
  return {
    height: at.integer('height'),
    postgres: at.integer('postgres'),
    contracts: at.list('contracts').map(contractOf),
    objects: at.list('objects').map((each) => ({
      kind: each.text('kind'),
      name: each.text('name'),
      definition: each.text('definition'),
    })),
  };
}

function contractOf(at: Fields): RunningContract {
  return {
    name: at.text('name'),
    version: at.text('version'),
    hash: at.text('hash'),
    isRetired: at.boolean('isRetired'),
  };
}
