/** The name that somebody may have meant: for words about a name that is not known. */

/** Names longer than this are compared no further than it. */
const COMPARED_MAX = 64;

/**
 * The one of `names` that is nearest to `name`, or null when none is near: a letter wrong, missing, too many, or two
 * swapped, up to three such differences in a long name. Of equally near ones the first. O(names · length).
 */
export function nearName(name: string, names: Iterable<string>): string | null {
  const wanted = name.slice(0, COMPARED_MAX).toLowerCase();
  let nearest: string | null = null;
  let least = Math.min(3, Math.max(1, Math.floor(wanted.length / 3)));
  for (const candidate of names) {
    const difference = differences(wanted, candidate.slice(0, COMPARED_MAX).toLowerCase(), least);
    if (difference > least) continue;
    if (difference === 0) return candidate;
    if (nearest === null || difference < least) {
      nearest = candidate;
      least = difference;
    }
  }
  return nearest;
}

// Optimal string alignment (Levenshtein with neighbours swapped); anything above `most` when there are more.
function differences(a: string, b: string, most: number): number {
  if (Math.abs(a.length - b.length) > most) return most + 1;
  let beforeLast: number[] = [];
  let last = Array.from({ length: b.length + 1 }, (_, index) => index);
  for (let i = 1; i <= a.length; i++) {
    const row = [i];
    for (let j = 1; j <= b.length; j++) {
      const same = a[i - 1] === b[j - 1] ? 0 : 1;
      let cost = Math.min((last[j] ?? 0) + 1, (row[j - 1] ?? 0) + 1, (last[j - 1] ?? 0) + same);
      if (i > 1 && j > 1 && a[i - 1] === b[j - 2] && a[i - 2] === b[j - 1])
        cost = Math.min(cost, (beforeLast[j - 2] ?? 0) + 1);
      row.push(cost);
    }
    if (Math.min(...row) > most && Math.min(...last) > most) return most + 1;
    beforeLast = last;
    last = row;
  }
  return last[b.length] ?? 0;
}
