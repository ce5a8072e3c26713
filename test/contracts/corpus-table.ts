/** The counts of the corpus as a table in Markdown: how many cases of each kind which layer stops alone. */

import { HOSTILE } from './hostile/corpus.ts';
import type { HostileCase, Layer } from './hostile/hostile-case.ts';
import { variantsOf } from './hostile/variants.ts';

/** One row per kind and a sum. */
export function corpusTable(): string {
  const kinds = [...new Set(HOSTILE.map((each) => each.kind))];
  const rows = kinds.map((kind) =>
    row(
      kind,
      HOSTILE.filter((each) => each.kind === kind),
    ),
  );
  const head = ['attack on', 'cases', 'variants', 'B0, B1', 'B2', 'A', 'budget', 'only one layer'];
  return [line(head), line(head.map(() => '---')), ...rows, row('all', HOSTILE)].join('\n');
}

function row(title: string, cases: readonly HostileCase[]): string {
  const count = (...layers: Layer[]): number =>
    cases.filter((each) => each.stoppedBy.some((layer) => layers.includes(layer))).length;
  const sides = (each: HostileCase): number =>
    new Set(each.stoppedBy.map((layer) => (layer.startsWith('B') ? 'checker' : layer))).size;
  const counts = [
    cases.length,
    cases.flatMap(variantsOf).length,
    count('B0', 'B1'),
    count('B2'),
    count('A'),
    count('budget'),
    cases.filter((each) => sides(each) === 1).length,
  ];
  return line([title, ...counts.map(String)]);
}

function line(cells: readonly string[]): string {
  return `| ${cells.join(' | ')} |`;
}
