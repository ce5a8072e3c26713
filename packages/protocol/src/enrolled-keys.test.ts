import { readFileSync } from 'node:fs';
import { expect, test } from 'vitest';
import { vectorPath } from '../test/vector-file.ts';
import { admitKey, publicKeyOf } from './ed25519.ts';
import { checkEnrolledKeys, type EnrollingCall, isEnrolling } from './enrolled-keys.ts';
import { fromHex, toHex } from './hex.ts';
import { enrolledKeysMax } from './limits.ts';
import { toUtf8 } from './text.ts';

const keyOf = (n: number): string => toHex(publicKeyOf(new Uint8Array(32).fill(n + 1)));
/** y = 0, of order 4. */
const SMALL = '00'.repeat(32);
type Call = Omit<EnrollingCall, 'index'>;
const call = (functionName: string, args: Record<string, unknown>): Call => ({
  functionName,
  args: toUtf8(JSON.stringify(args)),
});
// The calls stand behind one that enrols nothing.
const refusalOf = (calls: readonly Call[]) =>
  checkEnrolledKeys(calls.map((each, index) => ({ ...each, index: index + 1 })));
const codeOf = (calls: readonly Call[]) => refusalOf(calls)?.refusal ?? null;
const enrol = (key: unknown) => call('enrol', { name: 'ann', key, roles: [] });
const admission = (keys: readonly unknown[]) =>
  call('propose', { kind: 'admit', document: JSON.stringify({ identities: keys.map((key) => ({ key })) }) });

test('knows the functions that enrol keys', () => {
  for (const name of ['enrol', 'rotate', 'propose']) expect(isEnrolling('bucordo', name)).toBe(true);
  expect(isEnrolling('bucordo', 'revoke')).toBe(false);
  expect(isEnrolling('shop', 'enrol')).toBe(false);
});

test('I7: takes keys that may be enrolled and refuses all others, wherever they are named', () => {
  for (const named of [
    enrol,
    (key: string) => call('rotate', { new_key: key }),
    (key: string) => admission([key]),
  ]) {
    expect(codeOf([named(keyOf(0))])).toBeNull();
    expect(codeOf([named(SMALL)])).toBe('key_invalid');
    expect(codeOf([named(keyOf(0)), named(SMALL)])).toBe('key_invalid');
  }
  expect(codeOf([admission([keyOf(0), keyOf(1), SMALL])])).toBe('key_invalid');
  expect(refusalOf([enrol(keyOf(0)), enrol(SMALL), enrol(SMALL)])).toEqual({
    refusal: 'key_invalid',
    refusedCall: 2,
  });
});

test('I7: every published edge case of a key is judged as admitKey judges it', () => {
  const { vectors }: { vectors: { key: string }[] } = JSON.parse(
    readFileSync(vectorPath('ed25519-speccheck'), 'utf8'),
  );
  for (const { key } of vectors) expect(codeOf([enrol(key)]) === null).toBe(admitKey(fromHex(key)));
});

test('I15: a transaction names at most enrolledKeysMax keys, however they are spread', () => {
  const keys = Array.from({ length: enrolledKeysMax + 1 }, (_, n) => keyOf(n));
  expect(codeOf(keys.slice(1).map(enrol))).toBeNull();
  expect(codeOf(keys.map(enrol))).toBe('too_many_calls');
  expect(codeOf([admission(keys)])).toBe('too_many_calls');
  expect(codeOf([admission(keys.slice(1)), enrol(keys[0])])).toBe('too_many_calls');
});

test('leaves to execution what has not the form of a key', () => {
  for (const key of [null, '', 'ab', `${keyOf(0)}00`, keyOf(0).toUpperCase(), 7])
    expect(codeOf([enrol(key)])).toBeNull();
  expect(codeOf([call('propose', { kind: 'limits', document: 'no JSON' })])).toBeNull();
  for (const document of ['{}', '[]', 'null', '{"identities":7}', '{"identities":[null,7,{}]}'])
    expect(codeOf([call('propose', { kind: 'admit', document })])).toBeNull();
  expect(codeOf([call('propose', { kind: 'admit', document: null })])).toBeNull();
});

test('refuses an admission that cannot be read', () => {
  expect(codeOf([call('propose', { kind: 'admit', document: '{"identities":' })])).toBe('argument_invalid');
});
