/** Folders that are made whole or not at all, so that what a failure leaves behind never stands in the way of the next attempt. */
import { existsSync, rmSync } from 'node:fs';

/** Runs `make`; when it fails, deletes those of `paths` that were not there before, and throws what it threw. */
export async function wholeOrNothing<Result>(
  paths: readonly string[],
  make: () => Promise<Result>,
): Promise<Result> {
  const absent = paths.filter((path) => !existsSync(path));
  try {
    return await make();
  } catch (error) {
    for (const path of absent) rmSync(path, { recursive: true, force: true });
    throw error;
  }
}
