/** What every part of a node is opened with. */

import type { NodeConfig } from '../config.ts';
import type { Release } from '../execution/release.ts';
import type { Enrolment } from '../identity/enrolment.ts';
import type { Log } from '../observe/ports.ts';
import type { Closing } from './closing.ts';
import type { NodeFailure } from './node-failure.ts';

/** What every part is opened with. */
export interface NodeContext {
  readonly config: NodeConfig;
  readonly enrolment: Enrolment;
  readonly log: Log;
  readonly failure: NodeFailure;
  readonly closing: Closing;
  /** What the program brings for databases and networks that were founded before it. */
  readonly release: Release;
  /** The operator has said that this node shall order without asking its fellows first. */
  readonly orderAlone: boolean;
}
