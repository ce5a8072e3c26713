/**
 * Ctrl-C while something is sent: the first one asks for an end in order, the second one ends at once. A request by
 * the system (SIGTERM) counts the same.
 */
import { exitInterrupted } from '../exit-codes.ts';

/** A signal that is aborted by the first Ctrl-C, and how to stop listening. */
export interface Interruption {
  readonly signal: AbortSignal;
  readonly end: () => void;
}

/** Listens from now on; `onFirst` is called at the first Ctrl-C. */
export function listenForInterruption(onFirst: () => void): Interruption {
  const controller = new AbortController();
  const listen = (): void => {
    if (controller.signal.aborted) process.exit(exitInterrupted);
    controller.abort();
    onFirst();
  };
  const signals = ['SIGINT', 'SIGTERM'] as const;
  for (const signal of signals) process.on(signal, listen);
  return {
    signal: controller.signal,
    end: () => {
      for (const signal of signals) process.off(signal, listen);
    },
  };
}
