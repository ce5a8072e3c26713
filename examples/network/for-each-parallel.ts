/** Works through a sequence with a bounded number of items under way. */

/**
 * Takes items in order and keeps up to `parallel` of them under way. Resolves when all are done. The
 * first failure stops taking items and is thrown when those under way have ended.
 */
export async function forEachParallel<Item>(
  items: Iterable<Item> | AsyncIterable<Item>,
  parallel: number,
  work: (item: Item) => Promise<void>,
): Promise<void> {
  const underWay = new Set<Promise<void>>();
  const failures: unknown[] = [];
  for await (const item of items) {
    const task = work(item)
      .catch((cause: unknown) => void failures.push(cause))
      .finally(() => underWay.delete(task));
    underWay.add(task);
    if (underWay.size >= parallel) await Promise.race(underWay);
    if (failures.length > 0) break;
  }
  await Promise.all(underWay);
  if (failures.length > 0) throw failures[0];
}
