/** Judges what the manifest says about objects of the database: views, uses, scans and readers. */

import type { Finding } from '../check/finding.ts';
import { SourceText } from '../check/source-text.ts';
import type { ContractPackage } from '../package/contract-package.ts';
import type { Manifest } from '../package/manifest.ts';
import { wholeText } from './excerpt.ts';
import type { FunctionFacts } from './function-facts.ts';
import { type ContractScope, findingAt, type Objection } from './resolved-statement.ts';
import type { RelationFacts } from './table-facts.ts';

/** A contract of the network whose views may be used: what its document says. */
export interface OtherContract {
  readonly name: string;
  /** The text of its tables and views. */
  readonly schema: string;
  /** Its published views and the contracts that may read them; `*` stands for all. */
  readonly views: Readonly<Record<string, { readonly contracts: readonly string[] }>>;
}

/** Names of the views that the contract publishes. */
export function publishedViews(manifest: Manifest): ReadonlySet<string> {
  return new Set(Object.keys(manifest.views));
}

/** Views of other contracts that the manifest uses and that are published to it, as `contract.view`. */
export function usedViews(manifest: Manifest, others: readonly OtherContract[]): ReadonlySet<string> {
  return new Set(
    Object.entries(manifest.uses).flatMap(([contract, views]) =>
      views
        .filter((view) =>
          isPublished(
            others.find((each) => each.name === contract),
            view,
            manifest.name,
          ),
        )
        .map((view) => `${contract}.${view}`),
    ),
  );
}

function isPublished(other: OtherContract | undefined, view: string, reader: string): boolean {
  const readers =
    other !== undefined && Object.hasOwn(other.views, view) ? (other.views[view]?.contracts ?? []) : [];
  return readers.includes('*') || readers.includes(reader);
}

/** Judges views, uses, scans and readers; `others` are absent when the documents of other contracts are not at hand. */
export function judgeManifest(
  contract: ContractPackage,
  scope: ContractScope,
  relations: readonly RelationFacts[],
  functions: ReadonlyMap<string, FunctionFacts>,
  others: readonly OtherContract[] | undefined,
): readonly Finding[] {
  const { manifest, manifestText } = contract;
  const whole = wholeText(new SourceText(manifestText.file, manifestText.text));
  const findings: Finding[] = [];
  const object = (objection: Objection): void => {
    findings.push(findingAt(whole, objection));
  };
  for (const view of Object.keys(manifest.views)) {
    if (relations.some((each) => each.kind === 'v' && each.name === view)) continue;
    object({
      rule: 'missing-view',
      construct: `view ${view}`,
      message: 'the manifest publishes it, schema.sql does not create it',
      remedy: `Add CREATE VIEW ${manifest.name}.${view} AS … to schema.sql.`,
      words: [`"${view}"`],
    });
  }
  for (const [other, views] of Object.entries(manifest.uses)) {
    for (const view of views) judgeUse(other, view, scope, others, object);
  }
  for (const [name, tables] of Object.entries(manifest.scans)) {
    if (!functions.has(name)) {
      const message = 'the manifest declares scans for it, functions.sql does not create it';
      object({
        rule: 'missing-function',
        construct: `function ${name}`,
        message,
        remedy: 'Name a function of the contract.',
        words: [`"${name}"`],
      });
    }
    for (const table of Object.keys(tables)) judgeScan(table, scope, relations, object);
  }
  for (const reader of manifest.readers) {
    const table = relations.find((each) => each.kind === 'r' && each.name === reader.table);
    const missing = (reader.columns ?? []).filter(
      (column) => !table?.columns.some((each) => each.name === column),
    );
    if (table !== undefined && missing.length === 0) continue;
    const construct =
      table === undefined ? `table ${reader.table}` : `columns ${missing.join(', ')} of ${reader.table}`;
    const message = 'a rule for readers names what schema.sql does not create';
    object({
      rule: 'missing-reader-object',
      construct,
      message,
      remedy: 'Name tables and columns of the contract.',
      words: [`"${table === undefined ? reader.table : missing[0]}"`],
    });
  }
  return findings;
}

function judgeUse(
  other: string,
  view: string,
  scope: ContractScope,
  others: readonly OtherContract[] | undefined,
  object: (objection: Objection) => void,
): void {
  if (scope.usedViews.has(`${other}.${view}`)) return;
  const found = others?.find((each) => each.name === other);
  const message =
    found === undefined
      ? 'its contract was not given to the checker, so the view cannot be resolved'
      : `the contract ${other} does not publish it to ${scope.contract}`;
  const remedy =
    found === undefined
      ? `Give the checker the document of ${other}, which the network's nodes have.`
      : `Ask for a version of ${other} that publishes it under "views".`;
  object({ rule: 'unpublished-view', construct: `${other}.${view}`, message, remedy, words: [`"${view}"`] });
}

function judgeScan(
  table: string,
  scope: ContractScope,
  relations: readonly RelationFacts[],
  object: (objection: Objection) => void,
): void {
  const isOwn = relations.some((each) => each.name === table || `${scope.contract}.${each.name}` === table);
  if (isOwn || scope.usedViews.has(table)) return;
  const message = 'a declared scan names what schema.sql does not create';
  object({
    rule: 'missing-table',
    construct: `table ${table}`,
    message,
    remedy: 'Name a table of the contract.',
    words: [`"${table}"`],
  });
}
