/** `bucordo release`: what this program carries for networks and databases that are older than it. */
import { Command } from 'commander';
import { optionsOf, outputOf } from '../command-context.ts';
import { formatFields, formatTable } from '../output/table.ts';

/** The command with its subcommand. */
export function releaseCommand(): Command {
  return new Command('release')
    .description('what this release of the program carries: rules and schema')
    .helpGroup('Run a node:')
    .addCommand(
      new Command('show')
        .description('the rules and the schema that this program has; needs no node')
        .addHelpText(
          'after',
          `
  bucordo status                       which rules hold, and whose node has which
  bucordo proposal new rules --help    decide about the next ones`,
        )
        .action((_options: object, self: Command) => show(self)),
    );
}

/** A description is one line. */
const wide = { cellWidth: 90 };

async function show(command: Command): Promise<void> {
  const { PROGRAM_VERSION, RELEASE, rulesHash } = await import('@bucordo/node');
  const rules = RELEASE.rules.map(({ version, description, ...text }) => ({
    version,
    hash: Buffer.from(rulesHash(text)).toString('hex'),
    description,
  }));
  const schema = RELEASE.schema.map(({ version, description }) => ({ version, description }));
  outputOf(optionsOf(command)).result({ program: PROGRAM_VERSION, rules, schema }, () =>
    [
      formatFields([
        ['program', PROGRAM_VERSION],
        ['rules', `up to ${rules.at(-1)?.version ?? 1}: members decide from which height on they hold`],
        ['schema', `${schema.at(-1)?.version ?? 1}: a node brings its database there when it starts`],
      ]),
      formatTable(
        {
          columns: ['rules', 'what they change'],
          rows: rules.flatMap(({ version, hash, description }) => [
            [version, description],
            ['', hash],
          ]),
        },
        wide,
      ),
      formatTable(
        {
          columns: ['schema', 'what it brings'],
          rows: schema.map(({ version, description }) => [version, description]),
        },
        wide,
      ),
    ].join('\n\n'),
  );
}
