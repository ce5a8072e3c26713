/** What a proposed contract changes, part by part, against the version that it stands on. */
import { type ContractDocument, DecodeError, decodeContractDocument, toUtf8 } from '@bucordo/protocol';
import { unifiedDifference } from './unified-difference.ts';

/** A part of the document that differs. */
export interface PartDifference {
  /** `schema`, `source`, `rights`, `migration`; `document` for one that is not in the form of the specification. */
  readonly part: string;
  /** In the form of `diff -u`, without the names. */
  readonly difference: string;
}

/** What a proposed document changes against the one that it stands on; null for a new contract. */
export function deployDifference(before: string | null, after: string): PartDifference[] {
  try {
    const base = before === null ? null : decodeContractDocument(toUtf8(before));
    return contractDifference(base, decodeContractDocument(toUtf8(after)));
  } catch (error) {
    if (!(error instanceof DecodeError)) throw error;
    // It will fail when it is activated; what it says is shown all the same.
    return [{ part: 'document', difference: unifiedDifference(before ?? '', after) }];
  }
}

/** The parts that differ, in the order in which they are best read; `before` is null for a new contract. */
function contractDifference(before: ContractDocument | null, after: ContractDocument): PartDifference[] {
  const migration = after.migrations.find(({ from }) => from === before?.version);
  const parts: readonly (readonly [part: string, before: string, after: string])[] = [
    ['rights', before === null ? '' : rightsText(before), rightsText(after)],
    ['schema', before?.schema ?? '', after.schema],
    ['migration', '', migration?.sql ?? ''],
    ['source', before?.source ?? '', after.source],
  ];
  return parts
    .map(([part, from, to]) => ({ part, difference: unifiedDifference(from, to) }))
    .filter(({ difference }) => difference !== '');
}

/** Who may call what, which views others read and are read, which rows readers see, what may be scanned: a line each. */
function rightsText(contract: ContractDocument): string {
  const { functions, views, uses, readers, scans } = contract;
  return [
    ...linesOf('function', functions),
    ...linesOf('view', views),
    ...linesOf('uses', uses),
    ...readers.map((rule) => `reader ${JSON.stringify(rule)}`),
    ...linesOf('scan', scans),
  ]
    .map((line) => `${line}\n`)
    .join('');
}

function linesOf(what: string, entries: Readonly<Record<string, unknown>>): string[] {
  return Object.entries(entries).map(([name, value]) => `${what} ${name} ${JSON.stringify(value)}`);
}
