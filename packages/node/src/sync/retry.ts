/**
 * Keeps something alive that ends now and then: a stream to another node. Between two attempts it
 * waits twice as long as before, with full jitter, so that many nodes do not come back in step.
 */

/** Longest wait after the first failure, in milliseconds. */
export const RETRY_MS_MIN = 100;
/** Longest wait after many failures, in milliseconds. */
export const RETRY_MS_MAX = 5_000;

/** The longest wait before the attempt that follows `failures` failures in a row. */
export function retryCeilingMs(failures: number): number {
  return Math.min(RETRY_MS_MAX, RETRY_MS_MIN * 2 ** Math.min(failures - 1, 16));
}

/**
 * Calls `attempt` again and again until `signal` is aborted. An attempt resolves with whether it
 * achieved anything (then the next wait is short again); it must not reject.
 */
export async function keepTrying(attempt: () => Promise<boolean>, signal: AbortSignal): Promise<void> {
  for (let failures = 0; !signal.aborted; ) {
    const achieved = await attempt();
    failures = achieved ? 1 : failures + 1;
    await pause(Math.random() * retryCeilingMs(failures), signal);
  }
}

/** Resolves after `ms`, or as soon as `signal` is aborted. */
export function pause(ms: number, signal: AbortSignal): Promise<void> {
  if (signal.aborted) return Promise.resolve();
  return new Promise((resolve) => {
    const end = (): void => {
      clearTimeout(timer);
      signal.removeEventListener('abort', end);
      resolve();
    };
    const timer = setTimeout(end, ms);
    signal.addEventListener('abort', end, { once: true });
  });
}
