/** One process at a time brings a file: two that begin at once would choose two validities, and send each row twice. */
import { mkdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { dirname } from 'node:path';
import { usageError } from '../command-error.ts';

/** Takes the lock, until the returned function is called or the process ends. A usage error where another process has it. */
export function lockLoad(file: string): () => void {
  mkdirSync(dirname(file), { recursive: true });
  for (let attempt = 0; ; attempt++) {
    try {
      writeFileSync(file, String(process.pid), { flag: 'wx' });
      break;
    } catch (error) {
      const code: unknown = error instanceof Error ? Reflect.get(error, 'code') : '';
      if (code !== 'EEXIST') throw error;
      const owner = ownerOf(file);
      if (attempt > 0 || isRunning(owner))
        throw usageError(
          `process ${owner} loads this file`,
          `Wait for its end. If there is no such load, delete ${file}`,
        );
      // Its process was killed.
      rmSync(file, { force: true });
    }
  }
  const release = (): void => rmSync(file, { force: true });
  process.once('exit', release);
  return () => {
    process.off('exit', release);
    release();
  };
}

function ownerOf(file: string): number {
  try {
    return Number(readFileSync(file, 'utf8'));
  } catch {
    return 0;
  }
}

function isRunning(processId: number): boolean {
  if (!Number.isSafeInteger(processId) || processId <= 0) return false;
  try {
    process.kill(processId, 0);
    return true;
  } catch (error) {
    return error instanceof Error && Reflect.get(error, 'code') === 'EPERM';
  }
}
