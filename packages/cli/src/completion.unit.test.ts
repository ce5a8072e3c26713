import { describe, expect, it } from 'vitest';
import { completeWords, completionScript, wantedValues } from './completion.ts';
import { createProgram } from './program.ts';

const values = {
  members: ['buyer', 'vendors', 'carrier'],
  nodes: ['buyer', 'vendors'],
  identities: ['buyer/alice', 'vendors/vera'],
  functions: ['notes.add_note', 'notes.remove_note'],
};
const complete = (...words: string[]): string[] => completeWords(createProgram(), words, values);

describe('completeWords', () => {
  it.each([
    [['st'], ['status', 'start']],
    [
      ['keys', ''],
      ['new', 'show', 'list', 'import'],
    ],
    [['call', 'notes.r'], ['notes.remove_note']],
    [['call', '--as', 'v'], ['vendors/vera']],
    [
      ['query', 'select 1', '--node', ''],
      ['buyer', 'vendors'],
    ],
    [['member', 'stop', 'b'], ['buyer']],
    [['member', 'expel', 'c'], ['carrier']],
    [['identity', 'list', '--member', 'c'], ['carrier']],
    [['keys', 'show', 'buyer/'], ['buyer/alice']],
    [
      ['completion', ''],
      ['bash', 'zsh', 'fish'],
    ],
    [['dev', '--example', 'p'], ['purchasing']],
    [['call', '--wait', 'f'], ['final']],
    [
      ['load', '--format', ''],
      ['csv', 'jsonl'],
    ],
    [['status', '--wat'], ['--watch']],
    [['nonsense', 'x'], []],
  ])('after %j come %j', (words, candidates) => {
    expect(complete(...words)).toEqual(candidates);
  });

  it('offers the options of all commands with those of the command', () => {
    expect(complete('query', '--')).toEqual(expect.arrayContaining(['--csv', '--json', '--as', '--help']));
  });

  it('does not offer what only the scripts use', () => {
    expect(complete('')).not.toContain('__complete');
  });
});

describe('wantedValues', () => {
  it.each([
    [['call', 'notes.'], 'functions'],
    [['load', ''], 'functions'],
    [['member', 'expel', ''], 'members'],
    [['query', 'x', '--node', ''], 'nodes'],
    [['call', '--as', ''], 'identities'],
    [['status', '--'], null],
    [['ca'], null],
  ])('after %j the network is asked for %s', (words, kind) => {
    expect(wantedValues(createProgram(), words)).toBe(kind);
  });
});

describe('completionScript', () => {
  it.each(['bash', 'zsh', 'fish'])('asks the program in %s', (shell) => {
    expect(completionScript(shell)).toContain('bucordo __complete --');
  });

  it('names the shells it knows', () => {
    expect(() => completionScript('tcsh')).toThrow('no completion for the shell tcsh');
  });
});
