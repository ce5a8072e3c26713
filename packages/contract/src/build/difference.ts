/** What the build changed, as a unified diff that `patch` and people read. */

/** Lines shown around a change. */
const CONTEXT = 3;

/**
 * The unified diff from `before` to `after`, which have the same number of lines: the build changes
 * lines and never adds one. Empty when they are equal.
 */
export function difference(before: string, after: string, file: string): string {
  const [old, changed] = [before.split('\n'), after.split('\n')];
  if (old.length !== changed.length) {
    throw new Error(`the build made ${changed.length} lines of ${old.length}`);
  }
  const differing = old.flatMap((line, index) => (line === changed[index] ? [] : [index]));
  if (differing.length === 0) return '';
  const hunks = hunksOf(differing, old.length).map(([from, to]) => hunk(old, changed, from, to));
  return [`--- ${file}`, `+++ ${file} (built)`, ...hunks].join('\n').concat('\n');
}

// Stretches of lines with their context; those that would touch are one.
function hunksOf(differing: readonly number[], length: number): [number, number][] {
  const hunks: [number, number][] = [];
  for (const line of differing) {
    const [from, to] = [Math.max(line - CONTEXT, 0), Math.min(line + CONTEXT + 1, length)];
    const last = hunks[hunks.length - 1];
    if (last !== undefined && from <= last[1]) last[1] = to;
    else hunks.push([from, to]);
  }
  return hunks;
}

function hunk(old: readonly string[], changed: readonly string[], from: number, to: number): string {
  const lines: string[] = [`@@ -${from + 1},${to - from} +${from + 1},${to - from} @@`];
  for (let at = from; at < to; ) {
    if (old[at] === changed[at]) {
      lines.push(` ${old[at]}`);
      at++;
      continue;
    }
    let end = at;
    while (end < to && old[end] !== changed[end]) end++;
    lines.push(...old.slice(at, end).map((line) => `-${line}`));
    lines.push(...changed.slice(at, end).map((line) => `+${line}`));
    at = end;
  }
  return lines.join('\n');
}
