/** Judges the predicates by which the manifest opens rows to readers. */

import type { Finding } from '../check/finding.ts';
import { SourceText } from '../check/source-text.ts';
import { parseStatements } from '../check/sql-parser.ts';
import type { ContractPackage } from '../package/contract-package.ts';
import { wholeText } from './excerpt.ts';
import { type ContractScope, findingAt, type Objection } from './resolved-statement.ts';
import { quoteName, type ScratchDatabase } from './scratch-database.ts';
import { resolveStatements } from './throwaway.ts';
import { judgeTree } from './tree-rules.ts';

/** Resolves and judges the predicates; findings stand at the predicate in `contract.json`. */
export async function judgeReaders(
  contract: ContractPackage,
  scratch: ScratchDatabase,
  role: string | null,
  scope: ContractScope,
): Promise<readonly Finding[]> {
  const { manifest, manifestText } = contract;
  const whole = wholeText(new SourceText(manifestText.file, manifestText.text));
  const findings: Finding[] = [];
  for (const { table, rows } of manifest.readers) {
    if (rows === undefined) continue;
    const words = [JSON.stringify(rows)];
    const object = (objection: Objection): void => {
      findings.push(findingAt(whole, { ...objection, words }));
    };
    const sql = `SELECT FROM ${quoteName(manifest.name)}.${quoteName(table)} WHERE (${rows}\n)`;
    const parsed = parseStatements(sql);
    const isOne = 'ok' in parsed && parsed.ok.length === 1;
    const question = { functionName: 'rows', parameters: [], isPositional: true, sql };
    const [answer] = isOne ? await resolveStatements(scratch, role, [question]) : [];
    if (answer === undefined || 'refusal' in answer) {
      const reason = answer === undefined ? 'it is not one condition' : `Postgres: ${answer.refusal.message}`;
      object({
        rule: 'unresolved',
        construct: rows,
        message: reason,
        remedy: `Write a condition over the columns of ${table}.`,
      });
      continue;
    }
    const statement = { functionName: '', excerpt: whole, tree: answer.tree, sql, mayStop: false };
    for (const finding of judgeTree(statement, { ...scope, isForReaders: true })) object(finding);
  }
  return findings;
}
