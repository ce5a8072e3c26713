/** `bucordo proposal show`: the whole story of a decision, and what it changes against the version that runs. */
import type { ProposalAdvice } from '@bucordo/client';
import { Command } from 'commander';
import pc from 'picocolors';
import { optionsOf, outputOf } from '../command-context.ts';
import { asCalled } from '../command-line.ts';
import { plainText } from '../output/plain-text.ts';
import { formatFields, formatTable } from '../output/table.ts';
import type { PartDifference } from '../proposal/contract-difference.ts';
import type { ProposalStory, StoryStep } from '../proposal/proposal-records.ts';
import { whatIsProposed } from './proposal-list.ts';
import { nextStep, proposalNumber } from './proposal-step.ts';

interface ShowOptions {
  readonly document?: boolean;
  readonly difference?: boolean;
}

/** The command. */
export function proposalShowCommand(): Command {
  return new Command('show')
    .argument('<number>', 'number of the proposal')
    .description('the story of a decision, and what it changes')
    .option('--document', 'only the document, to the byte, as the members decide about it')
    .option('--no-difference', 'without the difference to the version that runs')
    .addHelpText(
      'after',
      '\nExamples:\n  bucordo proposal show 1\n  bucordo proposal show 1 --node member2       # from one’s own node\n  bucordo proposal show 1 --document > contract-1.1.0.json',
    )
    .action((number: string, _options: object, self: Command) => run(self, number));
}

async function run(command: Command, text: string): Promise<void> {
  const options = optionsOf<ShowOptions>(command);
  const number = proposalNumber(text);
  const { withConnection } = await import('../connection.ts');
  const { readProposalStory } = await import('../proposal/proposal-records.ts');
  await withConnection(options, async ({ client, endpoint, timeoutMs }) => {
    const shown = await readProposalStory(client, number, { timeoutMs });
    if (options.document === true && options.json !== true) {
      // A terminal gets no byte that it would obey; a file gets every byte.
      const isTerminal = process.stdout.isTTY === true;
      process.stdout.write(
        isTerminal ? shown.document.split('\n').map(plainText).join('\n') : shown.document,
      );
      return;
    }
    const advice = await client.advice(number, { timeoutMs });
    const difference = options.difference === false ? [] : await differenceOf(shown);
    const output = outputOf(options);
    output.result({ node: endpoint.id, ...shown, difference, advice }, () =>
      formatStory(shown, { difference, advice, node: endpoint.id }),
    );
    if (shown.proposal.status === 'open') output.note(`\n${nextStep(shown.proposal)}`);
  });
}

async function differenceOf({ proposal, document, baseDocument }: ProposalStory): Promise<PartDifference[]> {
  if (proposal.kind !== 'deploy') return [];
  const { deployDifference } = await import('../proposal/contract-difference.ts');
  return deployDifference(baseDocument, document);
}

function formatStory(
  { proposal, document, ballots, story }: ProposalStory,
  facts: { difference: readonly PartDifference[]; advice: ProposalAdvice | null; node: string },
): string {
  const base =
    proposal.baseVersion === null ? 'nothing: the contract is new' : `version ${proposal.baseVersion}`;
  const head = formatFields([
    ['proposal', proposal.number],
    ['title', proposal.title],
    ['decides', whatIsProposed(proposal)],
    ...(proposal.kind === 'deploy' ? [['stands on', base] as const] : []),
    ['document', proposal.documentHash],
    ['status', proposal.isOutdated ? 'open, but the contract has changed since' : proposal.status],
    ...(proposal.policy === null ? [] : [['policy', proposal.policy] as const]),
    ...(proposal.tally === null ? [] : [['members', proposal.tally] as const]),
    ...(proposal.outcome === null ? [] : [['outcome', proposal.outcome] as const]),
    ...(proposal.reason === null ? [] : [['reason', proposal.reason] as const]),
    ...(proposal.localReason === null
      ? []
      : [[`in the words of ${facts.node}`, proposal.localReason] as const]),
    ...(facts.advice === null
      ? []
      : [['checker', `${facts.advice.summary} (node of ${facts.node})`] as const]),
  ]);
  const members = formatTable({
    columns: ['member', 'class', 'says'],
    rows: ballots.map((ballot) => [ballot.member, ballot.class, saidBy(ballot.approves)]),
  });
  const steps = formatTable(
    { columns: ['height', 'time', 'who', 'what', 'transaction'], rows: story.map(stepRow) },
    { cellWidth: 72 },
  );
  const text =
    proposal.kind === 'deploy'
      ? facts.difference.map((part) => formatPart(proposal.subject, part))
      : [document.trimEnd().split('\n').map(plainText).join('\n')];
  return [head, ...formatFindings(facts.advice), members, steps, ...text].join('\n\n');
}

/** What the checker refuses, a place each. */
function formatFindings(advice: ProposalAdvice | null): string[] {
  if (advice === null || advice.findings.length === 0) return [];
  return advice.findings.map(({ file, line, column, message, remedy }) =>
    [`${file}:${line}:${column}  ${message}`, `  instead: ${asCalled(remedy)}`].map(plainText).join('\n'),
  );
}

function saidBy(approves: boolean | null): string {
  if (approves === null) return '';
  return approves ? 'approves' : 'rejects';
}

function stepRow({
  height,
  time,
  identity,
  event,
  text,
  localText,
  transaction,
}: StoryStep): (string | number)[] {
  const words = [text, localText ?? ''].filter((part) => part !== '').join('; ');
  return [height, time, identity, words === '' ? event : `${event}: ${words}`, transaction.slice(0, 16)];
}

function formatPart(contract: string, { part, difference }: PartDifference): string {
  const lines = difference.split('\n').map((line) => coloured(plainText(line)));
  return [pc.bold(`${part} of ${contract}`), ...lines].join('\n');
}

function coloured(line: string): string {
  if (line.startsWith('+')) return pc.green(line);
  if (line.startsWith('-')) return pc.red(line);
  return line.startsWith('@@') ? pc.cyan(line) : line;
}
