/** `bucordo service`: a systemd unit that keeps a node running. */
import { existsSync } from 'node:fs';
import { userInfo } from 'node:os';
import { dirname, resolve } from 'node:path';
import { Command } from 'commander';
import { optionsOf, outputOf } from '../command-context.ts';
import { notFoundError } from '../command-error.ts';
import { exitUsage } from '../exit-codes.ts';

/** The command. */
export function serviceCommand(): Command {
  return new Command('service')
    .argument('<config>', "the node's configuration file")
    .description('print a systemd unit that starts a node and restarts it')
    .option('--user <account>', 'account of the node (default: the present one)')
    .helpGroup('Run a node:')
    .addHelpText(
      'after',
      `
Example, as root:
  bucordo service /srv/acme/buyer/node.json --user bucordo > /etc/systemd/system/bucordo-buyer.service
  systemctl daemon-reload && systemctl enable --now bucordo-buyer`,
    )
    .action((config: string, { user = userInfo().username }: { user?: string }, self: Command) => {
      const file = resolve(config);
      if (!existsSync(file))
        throw notFoundError(`there is no file ${config}`, 'Name the configuration of a node.');
      const text = unitText({
        node: process.execPath,
        program: process.argv[1] ?? 'bucordo',
        config: file,
        user,
      });
      outputOf(optionsOf(self)).result({ unit: text }, () => text.trimEnd());
    });
}

/** What a unit names. */
export interface ServiceUnit {
  /** Absolute paths of Node, of this program, and of the configuration. */
  readonly node: string;
  readonly program: string;
  readonly config: string;
  readonly user: string;
}

/**
 * The text of the unit. The embedded server outlives a node that is killed, and the next node takes it over: only the node is signalled.
 * A configuration that is wrong is not tried again (exit code 2).
 */
export function unitText({ node, program, config, user }: ServiceUnit): string {
  return `[Unit]
Description=Bucordo node of ${dirname(config).replaceAll('%', '%%')}
After=network-online.target
Wants=network-online.target
StartLimitIntervalSec=0

[Service]
User=${user}
WorkingDirectory=${dirname(config).replaceAll('%', '%%')}
ExecStart=${[node, program, 'start', config].map(quoted).join(' ')}
Restart=always
RestartSec=5
RestartPreventExitStatus=${exitUsage}
KillMode=process
TimeoutStopSec=60
LimitNOFILE=65536
OOMScoreAdjust=-500
NoNewPrivileges=yes

[Install]
WantedBy=multi-user.target
`;
}

// systemd.service(5), "Command lines": quotes around words, a percent sign and a dollar doubled.
function quoted(word: string): string {
  const text = word.replaceAll('%', '%%').replaceAll('$', '$$$$');
  return /^[A-Za-z0-9_./@:+-]+$/.test(text)
    ? text
    : `"${text.replaceAll('\\', '\\\\').replaceAll('"', '\\"')}"`;
}
