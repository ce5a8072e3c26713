/**
 * A verification worker: judges the slots that the pool names, with the same code that the main
 * thread uses.
 */

import { parentPort, workerData } from 'node:worker_threads';
import { Preparer } from './prepare.ts';
import { openSignatureVerifier } from './signature.ts';
import { slotOf } from './slot.ts';
import { WORKER_READY, type WorkerMessage, type WorkerStart } from './verification-pool.ts';

if (parentPort !== null) serve(parentPort, workerData);

function serve(port: NonNullable<typeof parentPort>, start: WorkerStart): void {
  const slots = start.slots.map(slotOf);
  const preparer = new Preparer(start.network, openSignatureVerifier(start.library));
  if (start.catalogue !== null) preparer.setCatalogue(start.catalogue);
  port.on('message', (message: WorkerMessage) => {
    if (typeof message !== 'number') {
      preparer.setCatalogue(message);
      return;
    }
    const slot = slots[message];
    if (slot === undefined) throw new Error(`a slot ${message} that does not exist`);
    preparer.prepare(slot);
    port.postMessage(message);
  });
  port.postMessage(WORKER_READY);
}
