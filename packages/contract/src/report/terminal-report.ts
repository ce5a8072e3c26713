/** Findings as a person reads them: the place, the line with a caret, why, and what to write instead. */

import type { Finding } from '../check/finding.ts';

/** How words are made to stand out; without it the report is plain. */
export interface ReportStyle {
  place(text: string): string;
  problem(text: string): string;
  remedy(text: string): string;
  quiet(text: string): string;
}

const PLAIN: ReportStyle = {
  place: (text) => text,
  problem: (text) => text,
  remedy: (text) => text,
  quiet: (text) => text,
};

/** Longest part of a source line that is shown. */
const excerptLengthMax = 110;

/**
 * The report. `textOf` gives the text of a file, for the excerpt; characters that a terminal would
 * obey are shown as `?`.
 */
export function terminalReport(
  findings: readonly Finding[],
  textOf: (file: string) => string | null,
  style: ReportStyle = PLAIN,
): string {
  if (findings.length === 0) return '';
  const lines = new Map<string, readonly string[]>();
  const lineOf = ({ file, line }: Finding): string => {
    const known = lines.get(file) ?? (textOf(file) ?? '').split(/\r?\n/);
    lines.set(file, known);
    return known[line - 1] ?? '';
  };
  return findings.map((finding) => describeFinding(finding, lineOf(finding), style)).join('\n\n');
}

function describeFinding(finding: Finding, line: string, style: ReportStyle): string {
  const { file, column, construct, message, remedy, rule, layer } = finding;
  const place = `${safe(file)}:${finding.line}:${column}`;
  return [
    `${style.place(place)}  ${style.problem(safe(construct))}  ${style.quiet(`[${layer} ${rule}]`)}`,
    ...excerpt(line, column).map((text) => `  ${style.quiet(text)}`),
    `  ${sentence(safe(message))}`,
    `  ${style.remedy('Instead:')} ${sentence(safe(remedy))}`,
  ].join('\n');
}

function sentence(text: string): string {
  return `${text.slice(0, 1).toUpperCase()}${text.slice(1)}${/[.!?:]$/.test(text) ? '' : '.'}`;
}

// The line around the column, and a caret below it.
function excerpt(line: string, column: number): readonly string[] {
  if (line.trim() === '') return [];
  const indent = Math.min(line.length - line.trimStart().length, column - 1);
  const from = column - 1 - indent > excerptLengthMax - 20 ? column - 21 : indent;
  const shown = safe(line.slice(from, from + excerptLengthMax).replaceAll('\t', ' '));
  return [shown, `${' '.repeat(Math.max(column - 1 - from, 0))}^`];
}

function safe(text: string): string {
  return text.replace(/[\u0000-\u001f\u007f-\u009f\u200e\u200f\u202a-\u202e\u2066-\u2069]/g, '?');
}
