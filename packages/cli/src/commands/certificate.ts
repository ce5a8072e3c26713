/** `bucordo certificate`: how long a node's certificate is valid, and a new one. */
import { resolve } from 'node:path';
import { Command } from 'commander';
import { collect, optionsOf, outputOf, wholeNumber } from '../command-context.ts';
import type { CertificateFacts } from '../node-certificate.ts';
import { formatFields } from '../output/table.ts';

interface RenewOptions {
  readonly authority?: string;
  readonly host?: readonly string[];
  readonly days?: number;
}

/** The command. */
export function certificateCommand(): Command {
  return new Command('certificate')
    .description("the certificate of a node's doors")
    .helpGroup('Run a node:')
    .addCommand(showCommand())
    .addCommand(renewCommand());
}

function showCommand(): Command {
  return new Command('show')
    .argument('<config>', "the node's configuration file")
    .description('for which names and how long it is valid')
    .action(async (config: string, _options: object, self: Command) => {
      const { certificateOf } = await import('../node-certificate.ts');
      show(self, certificateOf(resolve(config), Date.now()));
    });
}

function renewCommand(): Command {
  return new Command('renew')
    .argument('<config>', "the node's configuration file")
    .description("a new certificate and key by the member's authority")
    .option(
      '--authority <file>',
      'certificate of the authority, its key beside it (default: authority.pem beside the configuration)',
    )
    .option('--host <name>', 'a further name or address of the node; several times for several', collect)
    .option('--days <number>', 'days of validity', wholeNumber({ name: '--days', min: 1, max: 90 }))
    .addHelpText(
      'after',
      '\nThe node uses it from its next start on; nobody else has to change anything.\n\nExample:\n  bucordo certificate renew acme/buyer/node.json',
    )
    .action(async (config: string, { authority, host = [], days }: RenewOptions, self: Command) => {
      const { renewCertificate } = await import('../node-certificate.ts');
      const facts = await renewCertificate(
        resolve(config),
        { authority: authority === undefined ? undefined : resolve(authority), hosts: host, days },
        Date.now(),
      );
      show(self, facts);
      outputOf(optionsOf(self)).note('\nRestart the node to use it.');
    });
}

function show(command: Command, facts: CertificateFacts): void {
  outputOf(optionsOf(command)).result(facts, () =>
    formatFields([
      ['member', facts.member],
      ['file', facts.file],
      ['hosts', facts.hosts.join(', ')],
      ['valid to', `${facts.validTo} (${facts.daysLeft} days)`],
    ]),
  );
}
