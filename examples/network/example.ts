/** What an example offers to whoever runs it; the command line finds it in `<example>/example.ts`. */

import type { ExampleNetwork } from './example-network.ts';
import type { FigureReport } from './figures.ts';
import type { Query, Submitter } from './submitter.ts';

/** An example that is ready to run on a network made from `network`. */
export interface Example {
  readonly network: ExampleNetwork;
  /** Which data it runs on; the attribution where the data is real. */
  readonly data: { readonly kind: 'real' | 'generated'; readonly description: string };
  /** What `run` counts, and how many there are. */
  readonly unit: string;
  readonly total: number;
  /** Brings the data in. What an earlier run left there, stopped or not, is skipped. */
  run(options: {
    readonly submitter: Submitter;
    readonly query: Query;
    readonly onProgress: (done: number) => void;
  }): Promise<void>;
  /** Computes the figures on one member's database and compares them with those of the data. */
  verify(query: Query): Promise<FigureReport>;
  /** Commands of `bucordo` that show something of the data, each with what it shows. */
  readonly tour: readonly { readonly command: string; readonly shows: string }[];
}
