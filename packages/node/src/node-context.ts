/** What every part of a node is opened with. */

import type { Log } from './chain/log.ts';
import type { Closing } from './closing.ts';
import type { NodeConfig } from './config.ts';
import type { Enrolment } from './enrolment.ts';
import type { NodeFailure } from './node-failure.ts';

/** What every part is opened with. */
export interface NodeContext {
  readonly config: NodeConfig;
  readonly enrolment: Enrolment;
  readonly log: Log;
  readonly failure: NodeFailure;
  readonly closing: Closing;
  /** The operator has said that this node shall order without asking its fellows first. */
  readonly orderAlone: boolean;
}
