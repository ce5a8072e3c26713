/** `bucordo backup` and `bucordo restore`: a copy of one node, and a node out of a copy. */
import { dirname, resolve } from 'node:path';
import { Command } from 'commander';
import { optionsOf, outputOf } from '../command-context.ts';
import { formatFields } from '../output/table.ts';

/** `bucordo backup`. */
export function backupCommand(): Command {
  return new Command('backup')
    .argument('<config>', "the node's configuration file")
    .argument('<folder>', 'new folder for the backup')
    .description('copy the database and the files of a node, while it runs or is stopped')
    .option('--with-keys', "the node's secret keys, too; the folder then is as secret as they are")
    .helpGroup('Run a node:')
    .addHelpText(
      'after',
      `
The node goes on meanwhile; the copy has everything that was committed when it began. Without --with-keys
the secret keys are not in it: keep them elsewhere. A folder without backup.json is unfinished.

Example:
  bucordo backup acme/buyer/node.json /backups/buyer-2026-03-01`,
    )
    .action(
      async (config: string, folder: string, { withKeys = false }: { withKeys?: boolean }, self: Command) => {
        const { backUpNode } = await import('../node-backup.ts');
        const backup = await backUpNode(resolve(config), resolve(folder), { withKeys, taken: new Date() });
        const bytes = backup.database.reduce((sum, file) => sum + file.bytes, 0);
        const output = outputOf(optionsOf(self));
        const { database, ...facts } = backup;
        output.result({ ...facts, folder: resolve(folder), files: database.length, bytes }, () =>
          formatFields([
            ['backup', `${backup.member}, network ${backup.network}`],
            ['height', backup.height === null ? 'of the stopped database' : `${backup.height} at least`],
            ['database', `${database.length} files, ${Math.ceil(bytes / 1e6)} MB`],
            ['folder', resolve(folder)],
          ]),
        );
        if (backup.left.length > 0)
          output.note(`\nNot in it, keep them elsewhere: ${backup.left.join(', ')}`);
      },
    );
}

/** `bucordo restore`. */
export function restoreCommand(): Command {
  return new Command('restore')
    .argument('<folder>', 'a folder that bucordo backup has made')
    .argument('<config>', "the node's configuration file; it comes out of the backup where it is missing")
    .description('put the database of a backup where a node has none')
    .helpGroup('Run a node:')
    .addHelpText(
      'after',
      `
Every file is held against the hash in the backup first, and nothing that is there is overwritten.
Started again, the node fetches the blocks that it lacks from the other members. A node that orders asks
its fellows for blocks of its own before it orders anything.

Example:
  bucordo restore /backups/buyer-2026-03-01 acme/buyer/node.json`,
    )
    .action(async (folder: string, config: string, _options: object, self: Command) => {
      const { restoreNode } = await import('../node-backup.ts');
      const { description, dataDirectory, written, missing } = await restoreNode(
        resolve(folder),
        resolve(config),
      );
      const output = outputOf(optionsOf(self));
      const { database, ...facts } = description;
      output.result({ ...facts, dataDirectory, files: database.length, written, missing }, () =>
        formatFields([
          ['restored', `${description.member}, network ${description.network}`],
          [
            'height',
            description.height === null ? 'of a stopped database' : `${description.height} at least`,
          ],
          ['database', dataDirectory],
          ...(written.length === 0 ? [] : [['written', written.join(', ')] as const]),
        ]),
      );
      if (missing.length > 0)
        output.note(
          `\nStill missing in ${dirname(resolve(config))}: ${missing.join(', ')}. Put them there before the node is started.`,
        );
    });
}
