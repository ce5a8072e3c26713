/**
 * The offline checks, layers B0 and B1: limits of the texts, then their syntax, statement by
 * statement. They need no database and give the same findings everywhere.
 */

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
  return sortFindings(findings.all);
}
