/** What a dry run showed, for people: one line per column that changes, or why nothing would. */
import type { DryRun, DryRunChange } from '@bucordo/client';
import pc from 'picocolors';
import { plainText } from './plain-text.ts';
import { type Cell, formatFields, formatTable } from './table.ts';

const columns = ['change', 'table', 'key', 'column', 'before', 'after'];

/** The outcome in a sentence, the rows as a table, what it would cost and return. */
export function formatDryRun(tried: DryRun): string {
  const { changes, resultText, budgetUsed } = tried;
  const facts: (readonly [string, Cell])[] = [
    ['tried at', `height ${tried.height}; nothing was signed or changed`],
    ...(resultText === '' ? [] : [['result', resultText] as const]),
    ['budget', `${budgetUsed} units used`],
    ...(tried.effect === null ? [] : [['effect', tried.effect] as const]),
  ];
  const parts = [verdict(tried)];
  if (changes.length > 0) parts.push(formatTable({ columns, rows: changes.flatMap(rowsOf) }));
  if (tried.truncated) parts.push('There are more changes than these.');
  return [...parts, formatFields(facts)].join('\n\n');
}

function verdict({ status, code, message, call, detail, changes }: DryRun): string {
  if (status === 'rejected') {
    const reason = [message, detail.split('\n')[0] ?? ''].find((text) => text !== '');
    const place = call === null ? '' : `, in call ${call}`;
    return pc.red(
      plainText(`would be rejected: ${code}${reason === undefined ? '' : ` (${reason})`}${place}`),
    );
  }
  const count = changes.length;
  return pc.green(count === 0 ? 'would be committed and change no rows' : `would change ${rowCount(count)}`);
}

function rowCount(count: number): string {
  return count === 1 ? '1 row' : `${count} rows`;
}

// The first line of a change says which row it is, the others only their column.
function rowsOf(change: DryRunChange): Cell[][] {
  const head = [change.operation, `${change.contract}.${change.table}`, keyText(change.key)];
  const cells = change.withheld ? [['(not shown)', '', '']] : cellsOf(change);
  return cells.map((line, index) => [...(index === 0 ? head : ['', '', '']), ...line]);
}

function cellsOf({ operation, before, after }: DryRunChange): Cell[][] {
  const names = Object.keys(after ?? before ?? {});
  const changed = names.filter((name) => operation !== 'update' || before?.[name] !== after?.[name]);
  if (changed.length === 0) return [['(the same)', '', '']];
  return changed.map((name) => [
    name,
    before === null ? '' : (before[name] ?? null),
    after === null ? '' : (after[name] ?? null),
  ]);
}

function keyText(key: DryRunChange['key']): string {
  return Object.entries(key)
    .map(([name, value]) => `${name}=${value ?? ''}`)
    .join(' ');
}
