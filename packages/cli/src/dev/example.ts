/**
 * The port to an example: a network with data and a story. Examples live in the repository's
 * `examples/` folder; the installed package has them as a copy. They are loaded when asked for.
 */
import { existsSync } from 'node:fs';
import { join, sep } from 'node:path';
import { pathToFileURL } from 'node:url';
import type { ContractPackage } from '@bucordo/contract';
import { faultError } from '../command-error.ts';
import type { NetworkDescription } from '../network/network-description.ts';

/** Names of the examples, as on the command line. */
export const exampleNames = ['purchasing', 'retail'] as const;

/** A value in the arguments of a call; decimals travel as text. */
export type ExampleValue = null | boolean | number | string | readonly ExampleValue[];

/** A call as an example makes it. */
export interface ExampleCall {
  readonly contract: string;
  readonly function: string;
  readonly args: Readonly<Record<string, ExampleValue>>;
}

/** Submits transactions as identities of the network; a rejection is an outcome. */
export interface ExampleSubmitter {
  submit(
    identity: string,
    calls: readonly ExampleCall[],
  ): Promise<{ readonly code: string; readonly message: string }>;
}

/** Runs one reading statement on one member's database. */
export type ExampleQuery = (sql: string) => Promise<readonly Readonly<Record<string, unknown>>[]>;

/** A figure that an example checks on a member's own database. */
export interface ExampleFigure {
  readonly name: string;
  readonly expected: string;
  /** Null when it is missing. */
  readonly found: string | null;
}

/** An example that is ready to run. */
export interface Example {
  /** Founded without its contracts: the members deploy them by decision. Every member has an identity `admin`. */
  readonly network: NetworkDescription;
  /** Identity that the command line acts as. */
  readonly as: string;
  /** A later version of one of the contracts, deployed when half of the data are there; null for none. */
  readonly upgrade: ContractPackage | null;
  /** Which data it runs on, with the attribution where the data is real. */
  readonly data: { readonly kind: 'real' | 'generated'; readonly description: string };
  /** What `run` counts. */
  readonly unit: string;
  readonly total: number;
  /** Replays the data. What an earlier run left there is skipped. */
  run(options: {
    submitter: ExampleSubmitter;
    query: ExampleQuery;
    onProgress: (done: number) => void;
  }): Promise<void>;
  /** Computes the figures on a member's database and compares them with those of the data. */
  verify(
    query: ExampleQuery,
  ): Promise<{ readonly correct: boolean; readonly figures: readonly ExampleFigure[] }>;
  /** Commands that show something of the data, without the word `bucordo`, each with what it shows. */
  readonly tour: readonly { readonly command: string; readonly shows: string }[];
}

/** What an example's module exports. */
interface ExampleModule {
  openExample(options: { dataDirectory: string | null }): Promise<Example>;
}

// Never from outside an installed package: there `../../examples` is whatever its user keeps in a folder of that name.
const packageDirectory = join(import.meta.dirname, '../..');
const isInstalled = packageDirectory.split(sep).includes('node_modules');
const examplesDirectory = join(packageDirectory, isInstalled ? 'examples' : '../../examples');

/** Opens an example on the data in `dataDirectory`, or on generated data when that is null. */
export async function openExample(name: string, options: { dataDirectory: string | null }): Promise<Example> {
  const file = join(examplesDirectory, 'dist', name, 'example.js');
  if (!existsSync(file)) {
    throw faultError(
      `the example ${name} is not here (${file})`,
      isInstalled
        ? 'The package is incomplete: install it again, or use --example none.'
        : 'Build them: npm run build; or use --example none.',
    );
  }
  const module: ExampleModule = await import(pathToFileURL(file).href);
  return module.openExample(options);
}
