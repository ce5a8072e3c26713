/** `bucordo postgres-setup`: the script with which an administrator prepares a Postgres of one's own. */
import { Command } from 'commander';
import { optionsOf, outputOf } from '../command-context.ts';

const help = `
The administrator runs the script once, as a superuser, in an empty database of its own:
  psql -c "CREATE DATABASE bucordo TEMPLATE template0 ENCODING 'UTF8' LOCALE_PROVIDER libc LOCALE 'C'"
  bucordo postgres-setup | psql -X -v ON_ERROR_STOP=1 bucordo
and gives bucordo_node, bucordo_reader and bucordo_member_reader a password each (\\password <login>).

Then the node's configuration names the database instead of a data directory:
  "postgres": {"url": "postgres://founder@db.example:5432/bucordo"}
The first start founds the network, for which "founder" must be a superuser. Afterwards the node
uses the three logins only: take the right away again and leave the user out of the address.
Passwords come from the password file of libpq (PGPASSFILE, ~/.pgpass) or from "passwordFile".`;

/** The command. */
export function postgresSetupCommand(): Command {
  return new Command('postgres-setup')
    .description('print the script that prepares your own Postgres (15 to 18) for a node')
    .helpGroup('Run a node:')
    .addHelpText('after', help)
    .action(async (_options: object, self: Command) => {
      const { setUpScript } = await import('@bucordo/node');
      const script = await setUpScript();
      outputOf(optionsOf(self)).result({ script }, () => script.trimEnd());
    });
}
