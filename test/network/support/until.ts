/** Waits for something that happens in other processes or on other connections. */

import { setTimeout as delay } from 'node:timers/promises';

/** Resolves when `isTrue` holds; fails after `timeoutMs`, telling what was waited for. */
export async function until(isTrue: () => boolean | Promise<boolean>, timeoutMs = 30_000): Promise<void> {
  const deadline = Date.now() + timeoutMs;
  while (!(await isTrue())) {
    if (Date.now() > deadline) throw new Error(`not within ${timeoutMs} ms: ${isTrue.toString()}`);
    await delay(10);
  }
}
