/** `bucordo proposal new`: proposes a decision to the members. */
import { readFileSync } from 'node:fs';
import { Command } from 'commander';
import { optionsOf, outputOf, wholeNumber } from '../command-context.ts';
import { CommandError, usageError } from '../command-error.ts';
import { commandLine } from '../command-line.ts';
import type { Connection } from '../connection.ts';
import { decodeFile } from '../load/decode-text.ts';
import { formatFields } from '../output/table.ts';
import type { ProposedDecision } from '../proposal/proposed-decision.ts';
import { whatIsProposed } from './proposal-list.ts';

/** The command with one subcommand for each kind of decision. */
export function proposalNewCommand(): Command {
  const command = new Command('new').description('propose a decision to the members');
  for (const kind of [
    newDeploy(),
    newRetire(),
    newPolicy(),
    newLimits(),
    newAdmit(),
    newExpel(),
    newRules(),
  ]) {
    command.addCommand(kind.option('--title <text>', 'what it is about, for people: up to 200 bytes'));
  }
  return command;
}

function newDeploy(): Command {
  return new Command('deploy')
    .argument('<package>', 'folder of the contract, or a document that was built')
    .description('a contract, or a new version of one')
    .option('--despite-findings', 'propose it although the checker refuses it')
    .addHelpText(
      'after',
      '\nThe folder is built as by: bucordo contract build. What is proposed is the built document,\nand its hash is what the members approve. The checker looks at it first, on the versions that run.',
    )
    .action((path: string, options: { despiteFindings?: boolean }, self: Command) =>
      run(self, async (connection) => {
        const { deployDecision } = await import('../proposal/proposed-decision.ts');
        const { checkProposed } = await import('../proposal/check-proposed.ts');
        const decision = await deployDecision(connection, path);
        const output = outputOf(optionsOf(self));
        const note = (text: string): void => output.note(text);
        const checking = checkProposed(connection, decision.document, note);
        note(await (options.despiteFindings === true ? checking.catch(verdictText) : checking));
        return decision;
      }),
    );
}

// Only what the checker refuses is proposed all the same; trouble of the world is not.
function verdictText(error: unknown): string {
  if (error instanceof CommandError && error.code === 'contract_refused') return error.message;
  throw error;
}

function newRetire(): Command {
  return new Command('retire')
    .argument('<contract>', 'name of the contract')
    .description('that a contract can be called no more; its data stays readable')
    .action((contract: string, _options: object, self: Command) =>
      run(self, async (connection) => {
        const { retireDecision } = await import('../proposal/proposed-decision.ts');
        return retireDecision(connection, contract);
      }),
    );
}

function newPolicy(): Command {
  return new Command('policy')
    .argument('<decision>', 'deploy, retire, admit, expel, policy, limits, skip or rules')
    .argument('<rule>', 'all, more_than_two_thirds, more_than_half, classes:a,b or at_least:2')
    .description('how many must approve decisions of a kind from now on')
    .action((decision: string, rule: string, _options: object, self: Command) =>
      run(self, async () => {
        const { policyDocument } = await import('../proposal/decision-document.ts');
        const title = `Decisions of the kind ${decision} need: ${rule}`;
        return { kind: 'policy', title, document: policyDocument(decision, rule), baseVersion: null };
      }),
    );
}

function newLimits(): Command {
  const whole = (name: string) => wholeNumber({ name, min: 1, max: 999_999_999 });
  return new Command('limits')
    .requiredOption('--budget <units>', 'budget of a transaction', whole('--budget'))
    .requiredOption('--rows <number>', 'rows that a transaction may write', whole('--rows'))
    .requiredOption('--value-bytes <bytes>', 'size of a value', whole('--value-bytes'))
    .description('what a transaction may use at most from now on')
    .action((options: { budget: number; rows: number; valueBytes: number }, self: Command) =>
      run(self, async () => {
        const { limitsDocument } = await import('../proposal/decision-document.ts');
        const { budget, rows, valueBytes } = options;
        const title = `Limits: budget ${budget}, rows ${rows}, value ${valueBytes} bytes`;
        return { kind: 'limits', title, document: limitsDocument(options), baseVersion: null };
      }),
    );
}

function newAdmit(): Command {
  return new Command('admit')
    .argument('<file>', 'what the new member has written about itself (JSON)')
    .description('a new member')
    .action((file: string, _options: object, self: Command) =>
      run(self, async () => {
        const document = readDocument(file);
        return { kind: 'admit', title: `Admit the member of ${file}`, document, baseVersion: null };
      }),
    );
}

function newExpel(): Command {
  return new Command('expel')
    .argument('<member>', 'id of the member')
    .argument('<reason>', 'why, up to 4,096 bytes')
    .description('that a member takes part no more; what it wrote stays')
    .action((member: string, reason: string, _options: object, self: Command) =>
      run(self, async () => {
        const { expelDocument } = await import('../proposal/decision-document.ts');
        const document = expelDocument(member, reason);
        return { kind: 'expel', title: `Expel ${member}`, document, baseVersion: null };
      }),
    );
}

function newRules(): Command {
  const height = wholeNumber({ name: '--from-height', min: 1, max: 999_999_999 });
  return new Command('rules')
    .requiredOption('--from-height <height>', 'first height that goes by them', height)
    .description('the next rules of this release, from a height on')
    .addHelpText(
      'after',
      `
By then every member needs a release that has them: a node without them stops before that height.

  bucordo status          whose node has them
  bucordo release show    what they change`,
    )
    .action(({ fromHeight }: { fromHeight: number }, self: Command) =>
      run(self, async (connection) => {
        const { rulesDecision } = await import('../proposal/rules-decision.ts');
        return rulesDecision(connection, fromHeight);
      }),
    );
}

async function run(
  command: Command,
  decide: (connection: Connection) => Promise<ProposedDecision>,
): Promise<void> {
  const options = optionsOf<{ title?: string }>(command);
  const { withConnection } = await import('../connection.ts');
  const { propose } = await import('../proposal/proposed-decision.ts');
  await withConnection(options, async (connection) => {
    const decision = await decide(connection);
    const { proposal, receipt } = await propose(connection, {
      ...decision,
      title: options.title ?? decision.title,
    });
    const output = outputOf(options);
    output.result(
      {
        proposal: proposal.number,
        documentHash: proposal.documentHash,
        status: proposal.status,
        identity: connection.identity,
        transactionId: receipt.transactionId,
        height: receipt.height,
      },
      () =>
        formatFields([
          ['proposal', `${proposal.number}: ${whatIsProposed(proposal)}`],
          ['title', proposal.title],
          ['document', proposal.documentHash],
          ['proposed', `by ${connection.identity} at height ${receipt.height}`],
          ['policy', proposal.policy],
        ]),
    );
    output.note(
      `\nEach member's administrator decides: ${commandLine('proposal', 'show', proposal.number)}, then approve ${proposal.number} or reject ${proposal.number} "reason"`,
    );
  });
}

function readDocument(file: string): string {
  return decodeFile(file, readDocumentBytes(file));
}

function readDocumentBytes(file: string): Uint8Array {
  try {
    return readFileSync(file);
  } catch (cause) {
    throw usageError(
      `${file} cannot be read: ${cause instanceof Error ? cause.message : String(cause)}`,
      'Name the file that the new member has sent.',
    );
  }
}
