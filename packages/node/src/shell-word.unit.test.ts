import { execFileSync } from 'node:child_process';
import { describe, expect, it } from 'vitest';
import { shellWord, shellWords } from './shell-word.ts';

describe('a word for the shell', () => {
  it.each([
    ['acme/buyer/node.json', 'acme/buyer/node.json'],
    ['/srv/projéct/ünïts/数据', '/srv/projéct/ünïts/数据'],
    ['--network-dir', '--network-dir'],
    ['my projéct', "'my projéct'"],
    ["it's", "'it'\\''s'"],
    ['', "''"],
    ['-x=1', "'-x=1'"],
    ['=ls', "'=ls'"],
    ['~/data', "'~/data'"],
    ['a\u00a0b', "'a\u00a0b'"],
    ['<name>', "'<name>'"],
    ['a\nb', "$'a\\u000ab'"],
  ])('%j is written %s', (text, written) => {
    expect(shellWord(text)).toBe(written);
  });

  it('comes back from a real shell as it was', () => {
    const words = [
      'a b',
      "it's",
      '"q"',
      '$HOME',
      '`id`',
      '\\',
      '!x',
      '*',
      '#',
      'a;b',
      'é ü',
      '{a,b}',
      '\t\n',
    ];
    const command = `printf '%s\\0' ${shellWords(words)}`;
    const printed = execFileSync('bash', ['-c', command], { encoding: 'utf8' });
    expect(printed.split('\0').slice(0, -1)).toEqual(words);
  });
});
