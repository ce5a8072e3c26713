import { execFileSync } from 'node:child_process';
import {
  chmodSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';
import {
  asCalled,
  commandLine,
  helpAsCalled,
  nearPath,
  prefixOf,
  rememberNetwork,
  shownPath,
} from './command-line.ts';
import { createProgram } from './program.ts';

const directory = mkdtempSync(join(tmpdir(), 'bucordo as called '));
const packageBin = join(directory, 'lib/bucordo.js');
const bin = join(directory, 'my bin');

beforeAll(() => {
  mkdirSync(join(directory, 'lib'));
  mkdirSync(bin);
  writeFileSync(packageBin, '#!/usr/bin/env node\n');
  chmodSync(packageBin, 0o755);
  symlinkSync(packageBin, join(bin, 'bucordo'));
});
afterAll(() => rmSync(directory, { recursive: true }));
afterEach(() => rememberNetwork({}));

describe('how the program is called once more', () => {
  const call = { file: packageBin, environment: {}, directory: '/srv/somewhere/very/deep/inside' };

  it.each([
    ['npm/11.19.1 node/v20.20.2 linux x64 workspaces/false', 'npx bucordo'],
    ['pnpm/9.1.0 npm/? node/v20.20.2 linux x64', 'pnpm exec bucordo'],
    ['yarn/1.22.22 npm/? node/v20.20.2 linux x64', 'yarn bucordo'],
    ['bun/1.2.0 npm/? node/v22.0.0 linux x64', 'bunx bucordo'],
  ])('within %s it is %s', (npm_config_user_agent, prefix) => {
    expect(prefixOf({ ...call, environment: { npm_config_user_agent, PATH: bin } })).toBe(prefix);
  });

  it('is its name where the shell finds this very program', () => {
    expect(prefixOf({ ...call, environment: { PATH: `/usr/bin:${bin}` } })).toBe('bucordo');
    const other = join(directory, 'other');
    mkdirSync(other);
    writeFileSync(join(other, 'bucordo'), '');
    expect(prefixOf({ ...call, environment: { PATH: other } })).not.toBe('bucordo');
  });

  it('is a path everywhere else, which a shell runs as it stands', () => {
    const environment = { PATH: '/usr/bin' };
    expect(prefixOf({ ...call, environment, directory: join(directory, 'lib') })).toBe('./bucordo.js');
    expect(prefixOf({ ...call, environment })).toBe(`'${packageBin}'`);
    chmodSync(packageBin, 0o644);
    expect(prefixOf({ ...call, environment })).toBe(`node '${packageBin}'`);
    chmodSync(packageBin, 0o755);
  });
});

describe('a command line', () => {
  it('keeps words together that a shell would take apart', () => {
    const words = ['start', "/srv/my projéct/it's/node.json"];
    const printed = execFileSync('sh', ['-c', `set -- ${commandLine(...words)}; printf '%s|' "$@"`], {
      encoding: 'utf8',
    });
    expect(printed.split('|').slice(-3, -1)).toEqual(words);
  });

  it('leads to the network that the command was pointed at', () => {
    rememberNetwork({ networkDir: 'my net' });
    expect(commandLine('tx', 'ab')).toMatch(/ tx ab --network-dir 'my net'$/);
    expect(commandLine('proposal', 'show', 3)).toMatch(/ proposal show 3 --network-dir 'my net'$/);
    expect(commandLine('member', 'join', '--network-dir', 'other')).toMatch(/ join --network-dir other$/);
    expect(commandLine('contract', 'check', 'notes')).toMatch(/ contract check notes$/);
    rememberNetwork({ profile: 'p.json' });
    expect(commandLine('status')).toMatch(/ status --profile p.json$/);
  });

  it('stands in texts of nodes and in help as it would be typed', () => {
    const status = commandLine('status');
    expect(asCalled('Undo it (`bucordo status`), and `other` stays.')).toBe(
      `Undo it (${status}), and \`other\` stays.`,
    );
    expect(helpAsCalled('Example:\n  bucordo status\n  cat x | bucordo status && bucordo status\n')).toBe(
      `Example:\n  ${status}\n  cat x | ${status} && ${status}\n`,
    );
  });

  it('shows a path from the current folder where that is shorter', () => {
    expect(nearPath('/srv/net/a', '/srv')).toBe('net/a');
    expect(nearPath('/a', '/srv/very/deep')).toBe('/a');
    expect(nearPath('/srv/-x', '/srv')).toBe('./-x');
    expect(shownPath(join(process.cwd(), 'a b'))).toBe("'a b'");
  });
});

describe('the sources of the command line', () => {
  const root = import.meta.dirname;
  const files = readdirSync(root, { recursive: true, encoding: 'utf8' })
    .filter((file) => file.endsWith('.ts') && !/\.test\.ts$|^command-line\.ts$|completion\.ts$/.test(file))
    .map((file) => [file, readFileSync(join(root, file), 'utf8')] as const);
  const names = createProgram()
    .commands.map((command) => command.name())
    .join('|');

  it('write no command into a message that somebody may paste', () => {
    // Examples of a help page begin their line, or a sentence of it; the page is translated as a whole.
    const pasted = new RegExp(
      `(?<!\`)bucordo (${names}) [^\`'\\n]*\\$\\{|npx bucordo|(: |\\()bucordo (${names})\\b`,
    );
    const help =
      /addHelpText|^ {2}bucordo|^.?.?.?bucordo (start|contract check)|: bucordo (identity accept|contract (build|check)|network invitation|tx <id>)/;
    const found = files.flatMap(([file, text]) =>
      text
        .split('\n')
        .filter((line) => !/^\s*(\*|\/\/|\/\*)/.test(line) && pasted.test(line) && !help.test(line))
        .map((line) => `${file}: ${line.trim()}`),
    );
    expect(found).toEqual([]);
  });
});
