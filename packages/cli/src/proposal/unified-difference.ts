/**
 * Two texts line by line, as a unified difference: what went, what came, with three lines around.
 * The shortest one (E. W. Myers, "An O(ND) Difference Algorithm and Its Variations", 1986); where the
 * texts have next to nothing in common, all of the one against all of the other.
 */

/** A line of a difference: kept, gone or new. */
export interface DifferenceLine {
  readonly mark: ' ' | '-' | '+';
  readonly text: string;
}

/** Unchanged lines shown before and after a change. */
const contextLines = 3;

/** Lines gone or new beyond which the shortest difference is not looked for: its search is quadratic in them. */
const editsMax = 1_000;

/** The difference in the form of `diff -u`, without the two lines that name the files; empty when the texts are equal. */
export function unifiedDifference(before: string, after: string): string {
  const lines = differenceLines(linesOf(before), linesOf(after));
  return hunksOf(lines)
    .map((hunk) => [hunkHead(lines, hunk), ...lines.slice(hunk.from, hunk.to).map(lineText)].join('\n'))
    .join('\n');
}

/** Every line of both texts, marked. */
export function differenceLines(before: readonly string[], after: readonly string[]): DifferenceLine[] {
  let head = 0;
  while (head < before.length && head < after.length && before[head] === after[head]) head++;
  let tail = 0;
  const tailMax = Math.min(before.length, after.length) - head;
  while (tail < tailMax && before[before.length - 1 - tail] === after[after.length - 1 - tail]) tail++;
  const changed = middleLines(
    before.slice(head, before.length - tail),
    after.slice(head, after.length - tail),
  );
  return [
    ...marked(' ', before.slice(0, head)),
    ...changed,
    ...marked(' ', before.slice(before.length - tail)),
  ];
}

function linesOf(text: string): string[] {
  if (text === '') return [];
  return (text.endsWith('\n') ? text.slice(0, -1) : text).split('\n');
}

function marked(mark: DifferenceLine['mark'], lines: readonly string[]): DifferenceLine[] {
  return lines.map((text) => ({ mark, text }));
}

/** Goes out from the beginning of both texts, one edit further each round, and back along the way that was found. */
function middleLines(before: readonly string[], after: readonly string[]): DifferenceLine[] {
  // How far in `before` one comes with so many edits, per diagonal (place in `before` less place in `after`).
  let reached = new Map<number, number>([[1, 0]]);
  const rounds: ReadonlyMap<number, number>[] = [];
  for (let edits = 0; edits <= Math.min(before.length + after.length, editsMax); edits++) {
    rounds.push(reached);
    reached = new Map(reached);
    for (let diagonal = -edits; diagonal <= edits; diagonal += 2) {
      let place = isDown(reached, diagonal, edits)
        ? (reached.get(diagonal + 1) ?? 0)
        : (reached.get(diagonal - 1) ?? 0) + 1;
      while (
        place < before.length &&
        place - diagonal < after.length &&
        before[place] === after[place - diagonal]
      )
        place++;
      reached.set(diagonal, place);
      if (place >= before.length && place - diagonal >= after.length) return wayBack(rounds, before, after);
    }
  }
  return [...marked('-', before), ...marked('+', after)];
}

/** Whether the way to a diagonal comes from a line of `after` rather than from one of `before`. */
function isDown(reached: ReadonlyMap<number, number>, diagonal: number, edits: number): boolean {
  if (diagonal === -edits) return true;
  return diagonal !== edits && (reached.get(diagonal - 1) ?? 0) < (reached.get(diagonal + 1) ?? 0);
}

function wayBack(
  rounds: readonly ReadonlyMap<number, number>[],
  before: readonly string[],
  after: readonly string[],
): DifferenceLine[] {
  const lines: DifferenceLine[] = [];
  let place = before.length;
  let other = after.length;
  for (let edits = rounds.length - 1; edits >= 0; edits--) {
    const reached = rounds[edits] ?? new Map<number, number>();
    const diagonal = place - other;
    const from = isDown(reached, diagonal, edits) ? diagonal + 1 : diagonal - 1;
    const fromPlace = reached.get(from) ?? 0;
    const fromOther = fromPlace - from;
    while (place > fromPlace && other > fromOther) {
      lines.push({ mark: ' ', text: before[--place] ?? '' });
      other--;
    }
    if (edits === 0) break;
    if (place === fromPlace) lines.push({ mark: '+', text: after[--other] ?? '' });
    else lines.push({ mark: '-', text: before[--place] ?? '' });
  }
  return lines.reverse();
}

interface Hunk {
  /** First line and the one behind the last. */
  readonly from: number;
  readonly to: number;
}

function hunksOf(lines: readonly DifferenceLine[]): Hunk[] {
  const hunks: Hunk[] = [];
  for (const [index, { mark }] of lines.entries()) {
    if (mark === ' ') continue;
    const from = Math.max(0, index - contextLines);
    const to = Math.min(lines.length, index + 1 + contextLines);
    const last = hunks.at(-1);
    if (last !== undefined && from <= last.to) hunks[hunks.length - 1] = { from: last.from, to };
    else hunks.push({ from, to });
  }
  return hunks;
}

function hunkHead(lines: readonly DifferenceLine[], hunk: Hunk): string {
  const counted = (from: number, to: number, mark: '-' | '+'): number =>
    lines.slice(from, to).filter((line) => line.mark === ' ' || line.mark === mark).length;
  const range = (mark: '-' | '+'): string => {
    const before = counted(0, hunk.from, mark);
    const count = counted(hunk.from, hunk.to, mark);
    return `${mark}${count === 0 ? before : before + 1},${count}`;
  };
  return `@@ ${range('-')} ${range('+')} @@`;
}

function lineText({ mark, text }: DifferenceLine): string {
  return `${mark}${text}`;
}
