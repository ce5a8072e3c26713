/** What the checker says about a contract that is about to be proposed, on the versions that run in the network. */
import { type ContractDocument, decodeContractDocument } from '@bucordo/protocol';
import { CommandError } from '../command-error.ts';
import type { Connection } from '../connection.ts';
import { countFindings, findingsText, type Verdict, verdictOn } from '../contract-verdict.ts';
import { exitRejected } from '../exit-codes.ts';
import { readRunningDocuments } from './proposal-records.ts';

/**
 * Checks the document as every node of a member will. Resolves to one line that says so; fails with `contract_refused` and all
 * findings. `tell` gets the findings, and what could not be checked here.
 */
export async function checkProposed(
  { client, timeoutMs }: Connection,
  document: string,
  tell: (text: string) => void,
): Promise<string> {
  const contract = decodeContractDocument(Buffer.from(document, 'utf8'));
  const names = [contract.name, ...Object.keys(contract.uses ?? {})];
  const running = await readRunningDocuments(client, names, { timeoutMs });
  const { layers, findings } = await judge(contract, running, tell);
  const where = `${contract.name} ${contract.version}`;
  if (findings.length === 0) return `checked ${where}: nothing found (${layers.join(', ')})`;
  const { packageOfContract } = await import('@bucordo/contract');
  const texts = packageOfContract(contract);
  const files = [texts.manifestText, texts.schema, texts.functions, ...texts.migrations];
  tell(await findingsText(findings, (file) => files.find((text) => text.file === file)?.text ?? null));
  throw new CommandError(
    {
      code: 'contract_refused',
      exitCode: exitRejected,
      facts: { contract: contract.name, version: contract.version, findings: findings.length },
      hint: 'Mend the contract. The nodes of the members find the same; to propose it all the same: --despite-findings',
    },
    `the checker refuses ${where}: ${countFindings(findings)}`,
  );
}

async function judge(
  contract: ContractDocument,
  running: ReadonlyMap<string, string>,
  warn: (line: string) => void,
): Promise<Verdict> {
  const { checkBuild, packageOfContract } = await import('@bucordo/contract');
  const texts = packageOfContract(contract);
  const built = await checkBuild(contract);
  if (built.length > 0) return { layers: ['B0'], findings: built };
  const others = [...running].filter(([name]) => name !== contract.name).map(([, text]) => documentOf(text));
  const before = running.get(contract.name);
  const surroundings = before === undefined ? { others } : { others, previous: documentOf(before) };
  try {
    return await verdictOn(texts, surroundings);
  } catch (error) {
    const reason = error instanceof Error ? error.message : String(error);
    warn(`The contract's meaning (B2) is not checked here: ${reason}`);
    return verdictOn(texts, { isOffline: true });
  }
}

function documentOf(text: string): ContractDocument {
  return decodeContractDocument(Buffer.from(text, 'utf8'));
}
