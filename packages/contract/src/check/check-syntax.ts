/**
 * The offline checks, layers B0 and B1: limits of the texts, then their syntax, statement by
 * statement. They need no database and give the same findings everywhere.
 */

import { type InstalledPart, judgeStatements } from '../install/installed-statements.ts';
import { StatementError } from '../install/statement-error.ts';
import type { ContractPackage } from '../package/contract-package.ts';
import { checkLimits } from './check-limits.ts';
import { checkManifest } from './check-manifest.ts';
import { checkMigration } from './check-migrations.ts';
import { type Finding, sortFindings } from './finding.ts';
import { FindingList } from './finding-list.ts';
import { checkFunctions, scopeOf } from './functions/check-functions.ts';
import { readFunctions } from './functions/read-functions.ts';
import { checkSchema } from './schema/check-schema.ts';
import { readSchema } from './schema/schema-model.ts';
import { SourceText } from './source-text.ts';
import { loadParser } from './sql-parser.ts';

/**
 * Checks a package offline. No findings: nothing was found that could make nodes differ or leave the
 * sandbox; whether names and types fit together is layer B2's to say. Takes time in proportion to
 * the texts, whatever they say.
 */
export async function checkSyntax(contract: ContractPackage): Promise<readonly Finding[]> {
  await loadParser();
  const findings = new FindingList();
  const schemaSource = new SourceText(contract.schema.file, contract.schema.text);
  const functionsSource = new SourceText(contract.functions.file, contract.functions.text);
  const migrations = contract.migrations.map(({ file, text }) => new SourceText(file, text));
  checkLimits([schemaSource, functionsSource, ...migrations], findings);
  if (!findings.isEmpty) return sortFindings(findings.all);

  const schema = readSchema(schemaSource.text);
  const functions = readFunctions(functionsSource, findings);
  const { manifest } = contract;
  const scope = scopeOf({ manifest, schema, functions });
  checkSchema(schemaSource, scope, findings);
  checkFunctions({ manifest, schema, source: functionsSource, functions }, findings);
  for (const migration of migrations) checkMigration(migration, scope, findings);
  checkManifest(contract, { schema, functions, scope }, findings);
  if (findings.isEmpty) {
    checkInstalled(schemaSource, 'schema', findings);
    checkInstalled(functionsSource, 'source', findings);
    for (const migration of migrations) checkInstalled(migration, 'migration', findings);
  }
  return sortFindings(findings.all);
}

// What passes is what every node carries out: its own judgement has the last word.
function checkInstalled(source: SourceText, part: InstalledPart, findings: FindingList): void {
  try {
    judgeStatements(source.text, part);
  } catch (error) {
    if (!(error instanceof StatementError)) throw error;
    const offset = Buffer.byteLength(source.text.slice(0, Math.max(source.text.indexOf(error.statement), 0)));
    findings.add({ source, offset }, error.statement, {
      rule: 'statement',
      message: `No node carries it out: ${error.message}.`,
      remedy: 'Write it otherwise, or leave it out.',
    });
  }
}
