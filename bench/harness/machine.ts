/**
 * What else the machine is doing. Figures are taken only while it does little else, and what it did
 * during a measurement is printed beside the figure.
 */

import { readFileSync } from 'node:fs';
import { setTimeout as sleep } from 'node:timers/promises';
import type { Size } from './size.ts';

const TICK_MS = 10;
const QUIET_CORES = 0.15;
const QUIET_WAIT_MS = 120_000;

/** Milliseconds of CPU time that all processes of this machine have used since it started; 0 where /proc is absent. */
export function machineBusyMs(): number {
  try {
    const fields =
      readFileSync('/proc/stat', 'latin1').split('\n')[0]?.trim().split(/\s+/).slice(1).map(Number) ?? [];
    const [user = 0, nice = 0, system = 0, , , irq = 0, softirq = 0] = fields;
    return (user + nice + system + irq + softirq) * TICK_MS;
  } catch {
    return 0;
  }
}

/** Milliseconds of CPU time of one process, its threads included; 0 when it has gone. */
export function processBusyMs(pid: number): number {
  try {
    const stat = readFileSync(`/proc/${pid}/stat`, 'latin1');
    const fields = stat.slice(stat.lastIndexOf(')') + 2).split(' ');
    return (Number(fields[11]) + Number(fields[12])) * TICK_MS;
  } catch {
    return 0;
  }
}

/** Resident memory of one process in MB, or 0 when it has gone. */
export function residentMegabytes(pid: number): number {
  try {
    const pages = Number(readFileSync(`/proc/${pid}/statm`, 'latin1').split(' ')[1]);
    return (pages * 4096) / 1e6;
  } catch {
    return 0;
  }
}

/** Waits until others use less than 0.15 cores for half a second, at most two minutes; not at all for a short run. */
export async function waitForQuiet(size: Size): Promise<void> {
  if (size === 'short') return;
  const until = performance.now() + QUIET_WAIT_MS;
  for (;;) {
    const busy = machineBusyMs();
    const started = performance.now();
    await sleep(500);
    const cores = (machineBusyMs() - busy) / (performance.now() - started);
    if (cores < QUIET_CORES || performance.now() > until) return;
  }
}
