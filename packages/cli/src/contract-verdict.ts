/**
 * What the checker says about a contract, layer by layer: the texts alone, then their meaning in a
 * scratch Postgres that is thrown away with everything that the check made in it.
 */
import type { ContractPackage, Finding, ReportStyle, SemanticOptions } from '@bucordo/contract';
import pc from 'picocolors';
import { asCalled } from './command-line.ts';

type Layer = Finding['layer'];

/** What a check came to. */
export interface Verdict {
  /** Layers that were looked at; a layer only speaks when those before it found nothing. */
  readonly layers: readonly Layer[];
  readonly findings: readonly Finding[];
}

/** Checks the texts (B0, B1) and, unless `isOffline`, their meaning (B2). Rejects with the faults of the scratch server. */
export async function verdictOn(
  contract: ContractPackage,
  surroundings: SemanticOptions & { readonly isOffline?: boolean },
): Promise<Verdict> {
  const { checkSyntax } = await import('@bucordo/contract');
  const findings = await checkSyntax(contract);
  if (findings.length > 0 || surroundings.isOffline === true) return { layers: ['B0', 'B1'], findings };
  return { layers: ['B0', 'B1', 'B2'], findings: await checkMeaning(contract, surroundings) };
}

async function checkMeaning(
  contract: ContractPackage,
  options: SemanticOptions,
): Promise<readonly Finding[]> {
  const { checkSemantics } = await import('@bucordo/contract');
  const { startThrowawayServer } = await import('@bucordo/kit');
  const { connect } = await import('@bucordo/node/engine');
  const server = await startThrowawayServer();
  try {
    const client = await connect(server.connection('postgres', 'postgres'));
    try {
      return await checkSemantics(contract, client, options);
    } finally {
      await client.end();
    }
  } finally {
    await server.stop();
  }
}

const style: ReportStyle = {
  place: (text) => pc.bold(text),
  problem: (text) => pc.red(text),
  remedy: (text) => pc.cyan(text),
  quiet: (text) => pc.dim(text),
};

/** The findings for a terminal; `textOf` gives the text of a file, null where there is none. */
export async function findingsText(
  findings: readonly Finding[],
  textOf: (file: string) => string | null,
): Promise<string> {
  const { terminalReport } = await import('@bucordo/contract');
  const shown = findings.map((finding) => ({ ...finding, remedy: asCalled(finding.remedy) }));
  return terminalReport(shown, textOf, style);
}

/** `3 findings`. */
export function countFindings(findings: readonly Finding[]): string {
  return findings.length === 1 ? '1 finding' : `${findings.length} findings`;
}
