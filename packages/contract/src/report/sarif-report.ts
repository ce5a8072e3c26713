/**
 * Findings as SARIF 2.1.0 (OASIS standard, Static Analysis Results Interchange Format), which code
 * hosts and editors show beside the lines.
 */

import type { Finding } from '../check/finding.ts';

const SCHEMA = 'https://docs.oasis-open.org/sarif/sarif/v2.1.0/errata01/os/schemas/sarif-schema-2.1.0.json';

/** A SARIF log with one run, as a value for `JSON.stringify`. */
export function sarifReport(findings: readonly Finding[], toolVersion: string): object {
  const rules = [...new Set(findings.map(({ rule }) => rule))].sort();
  return {
    $schema: SCHEMA,
    version: '2.1.0',
    runs: [
      {
        tool: {
          driver: {
            name: 'bucordo contract check',
            version: toolVersion,
            rules: rules.map((id) => ({ id, shortDescription: { text: id.replaceAll('-', ' ') } })),
          },
        },
        columnKind: 'utf16CodeUnits',
        results: findings.map((finding) => resultOf(finding, rules.indexOf(finding.rule))),
      },
    ],
  };
}

function resultOf(finding: Finding, ruleIndex: number): object {
  const { rule, layer, file, line, column, construct, message, remedy } = finding;
  return {
    ruleId: rule,
    ruleIndex,
    level: 'error',
    message: { text: `${construct}: ${message} Instead: ${remedy}` },
    locations: [
      {
        physicalLocation: {
          artifactLocation: { uri: file.split('/').map(encodeURIComponent).join('/') },
          region: { startLine: line, startColumn: column },
        },
      },
    ],
    properties: { layer, construct, remedy },
  };
}
