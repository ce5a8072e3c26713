/**
 * What developers have and root on a server has not: an ordinary account, and a path with a blank and an accent.
 * Root runs a part of the tests once more from a copy of the tree in such a folder, as `nobody`.
 */

import { execFile, execFileSync } from 'node:child_process';
import { chownSync, copyFileSync, mkdirSync, readdirSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { temporaryDirectory } from '../support/postgres.ts';

const ROOT = join(import.meta.dirname, '../..');
const ACCOUNT = 'nobody';

/** Texts and paths, tests in TypeScript that are loaded by their path, a server of one's own, a network of processes. */
const FILES = [
  'packages/cli/src/command-line.unit.test.ts',
  'packages/cli/src/find-network.unit.test.ts',
  'packages/cli/src/network.e2e.test.ts',
  'packages/contract/src/package/read-package.unit.test.ts',
  'packages/kit/src/run-contract-tests.test.ts',
];

const isRoot = process.getuid?.() === 0;
const ids = isRoot ? idsOf(ACCOUNT) : null;
const reason = isRoot ? `there is no account ${ACCOUNT}` : 'this run is an ordinary account’s already';

describe.skipIf(ids === null)(
  `an ordinary account in a folder “my projéct”${ids === null ? `: ${reason}` : ''}`,
  () => {
    let directory: string;
    let output: string;

    beforeAll(async () => {
      directory = await temporaryDirectory('bucordo-account-');
      const project = join(directory, 'my projéct');
      const home = join(directory, 'home');
      const { uid, gid } = ids ?? { uid: -1, gid: -1 };
      for (const folder of [project, home]) mkdirSync(folder);
      copyTree(ROOT, project);
      // Newer than the lock file: what this run uses is installed, and npm could download nothing here.
      const installed = 'node_modules/.package-lock.json';
      rmSync(join(project, installed));
      copyFileSync(join(ROOT, installed), join(project, installed));
      execFileSync('find', [
        directory,
        '-mindepth',
        '1',
        '-type',
        'd',
        '-exec',
        'chown',
        `${uid}:${gid}`,
        '{}',
        '+',
      ]);
      chownSync(home, uid, gid);
      output = await promisify(execFile)('npm', ['test', '--silent', '--', ...FILES], {
        cwd: project,
        uid,
        gid,
        // Nothing of this run: its server, its home and its caches are root's.
        env: { PATH: process.env['PATH'], HOME: home, LANG: 'C.UTF-8' },
        maxBuffer: 100_000_000,
      }).then(
        ({ stdout }) => stdout,
        (error: { stdout?: string; stderr?: string }) =>
          `${error.stdout ?? ''}${error.stderr ?? String(error)}`,
      );
    }, 300_000);

    afterAll(() => rmSync(directory, { recursive: true, force: true }));

    test.each(FILES)('passes %s', (file) => {
      const lines = output.split('\n');
      expect(lines.find((line) => line.split(' ').includes(file)) ?? output).toMatch(/^ok /);
    });

    test('passes all of them', () => {
      expect(output.trim().split('\n').at(-1)).toMatch(/^\d+ passed, 0 failed/);
    });
  },
);

// Links instead of copies where the file system allows: the account may read the files and owns only their folders.
function copyTree(from: string, to: string): void {
  for (const name of readdirSync(from)) {
    if (name === '.git' || name === '.bucordo') continue;
    const paths = [join(from, name), join(to, name)];
    try {
      execFileSync('cp', ['-al', ...paths], { stdio: 'ignore' });
    } catch {
      execFileSync('cp', ['-a', ...paths]);
    }
  }
}

function idsOf(account: string): { uid: number; gid: number } | null {
  try {
    const id = (option: string): number =>
      Number(execFileSync('id', [option, '--', account], { encoding: 'utf8' }));
    return { uid: id('-u'), gid: id('-g') };
  } catch {
    return null;
  }
}
