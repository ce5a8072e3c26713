import { describe, expect, it } from 'vitest';
import type { Finding } from '../check/finding.ts';
import { jsonReport } from './json-report.ts';
import { sarifReport } from './sarif-report.ts';
import { terminalReport } from './terminal-report.ts';

const finding: Finding = {
  rule: 'clock',
  layer: 'B1',
  file: 'functions.sql',
  line: 2,
  column: 8,
  construct: 'now()',
  message: "It reads the node's clock.",
  remedy: 'Write bucordo.block_time().',
};

describe('terminal', () => {
  const text = (line: string) => (): string => `first\n${line}\n`;

  it('shows the line with a caret below the place', () => {
    expect(terminalReport([finding], text('  x := now();'))).toBe(
      [
        'functions.sql:2:8  now()  [B1 clock]',
        '  x := now();',
        '       ^',
        "  It reads the node's clock.",
        '  Instead: Write bucordo.block_time().',
      ].join('\n'),
    );
  });

  it('cuts long lines around the place', () => {
    const report = terminalReport(
      [{ ...finding, column: 301 }],
      text(`${' x'.repeat(150)}now()${'y'.repeat(300)}`),
    );
    const [, line = '', caret = ''] = report.split('\n');
    expect(line.slice(caret.indexOf('^'))).toMatch(/^now\(\)/);
    expect(line.length).toBeLessThan(120);
  });

  it('shows nothing that a terminal obeys', () => {
    const report = terminalReport(
      [{ ...finding, construct: '\u001b[31mred' }],
      text('  x := now(); \u001b[2J\u202e'),
    );
    expect(report).not.toMatch(/[\u001b\u202e]/);
  });

  it('does without the text', () => {
    expect(terminalReport([finding], () => null).split('\n')).toHaveLength(3);
    expect(terminalReport([], () => null)).toBe('');
  });
});

it('tells scripts whether the contract has passed, and by which layers', () => {
  const contract = { name: 'notes', version: '1.0.0' };
  expect(jsonReport(contract, ['B0', 'B1'], [])).toEqual({
    contract: 'notes',
    version: '1.0.0',
    passed: true,
    layers: ['B0', 'B1'],
    findings: [],
  });
  expect(jsonReport(contract, ['B0'], [finding]).passed).toBe(false);
});

it('writes SARIF 2.1.0 with a rule and a place for each finding', () => {
  const other = { ...finding, rule: 'random', file: 'migrations/a b.sql' };
  const log = JSON.parse(JSON.stringify(sarifReport([finding, other, finding], '0.1.0')));
  expect(log.version).toBe('2.1.0');
  const [run] = log.runs;
  expect(run.tool.driver.rules.map((rule: { id: string }) => rule.id)).toEqual(['clock', 'random']);
  expect(run.results).toHaveLength(3);
  for (const result of run.results) {
    expect(run.tool.driver.rules[result.ruleIndex].id).toBe(result.ruleId);
    expect(result.level).toBe('error');
  }
  expect(run.results[0].locations[0].physicalLocation).toEqual({
    artifactLocation: { uri: 'functions.sql' },
    region: { startLine: 2, startColumn: 8 },
  });
  expect(run.results[1].locations[0].physicalLocation.artifactLocation.uri).toBe('migrations/a%20b.sql');
});
