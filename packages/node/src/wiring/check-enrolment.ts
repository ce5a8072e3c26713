/** Whether the key of the node is that of its member, when the ledger is open. */

import { toHex } from '@bucordo/protocol';
import { requireOwn } from '../identity/enrolment.ts';
import type { Ledger } from './ledger.ts';
import type { NodeContext } from './node-context.ts';

/** Refuses a key of another member. A node may run before its key is enrolled: it follows, and takes part from then on. */
export function checkEnrolment({ membership }: Ledger, { config, enrolment, log }: NodeContext): void {
  const key = toHex(enrolment.key.publicKey);
  const enrolledFor = membership.current.nodes.get(key);
  requireOwn(config, { key, enrolledFor });
  if (enrolledFor === undefined) {
    log.warn(
      { member: config.member, key },
      'neither the genesis nor the ledger here enrols the key of this node: it signs no checkpoints before that; if it never does, compare member and key with what the others have admitted',
    );
  }
}
