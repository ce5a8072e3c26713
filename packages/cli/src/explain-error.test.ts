import { ConnectionLostError, RejectedError, RequestError, TimeoutError } from '@bucordo/client';
import { Fault } from '@bucordo/node';
import { describe, expect, it } from 'vitest';
import { usageError } from './command-error.ts';
import { commandLine } from './command-line.ts';
import { explainError } from './explain-error.ts';

const id = '00'.repeat(32);

describe('explainError', () => {
  it.each([
    [
      'a rejection',
      new RejectedError({ code: 'BC101', message: 'no', transactionId: id, height: 3, index: 0, call: 0 }),
      1,
      'BC101',
    ],
    ['a timeout', new TimeoutError(id, 5), 4, 'timeout'],
    ['no node', new ConnectionLostError(null, null), 4, 'connection_lost'],
    ['not found', new RequestError(404, 'not_found', 'x', ''), 3, 'not_found'],
    ['a refused query', new RequestError(400, 'query_refused', 'x', ''), 2, 'query_refused'],
    ['a stranger', new RequestError(401, 'unauthenticated', 'x', ''), 1, 'unauthenticated'],
    ['a busy node', new RequestError(503, 'stopping', 'x', ''), 4, 'stopping'],
    ['a wrong configuration', new Fault('config_invalid', 'x', { hint: 'h' }), 2, 'config_invalid'],
    ['rules of another release', new Fault('rules_missing', 'x', { hint: 'h' }), 6, 'rules_missing'],
    [
      'a wrong address of Postgres',
      new Fault('postgres_address_invalid', 'x', { hint: 'h' }),
      2,
      'postgres_address_invalid',
    ],
    ['a lost Postgres', new Fault('postgres_lost', 'x', { hint: 'h' }), 5, 'postgres_lost'],
    ['a usage error', usageError('x'), 2, 'usage'],
    ['a bug', new TypeError('x'), 5, 'bug'],
    ['a file system error', Object.assign(new Error('x'), { code: 'ENOSPC' }), 5, 'fault'],
  ])('gives %s its exit code', async (_name, error, exitCode, code) => {
    expect(await explainError(error)).toMatchObject({ exitCode, code });
  });

  it("says what the protocol's own codes mean", async () => {
    const error = new RejectedError({
      code: 'expired',
      message: '',
      transactionId: id,
      height: null,
      index: null,
      call: null,
    });
    expect((await explainError(error)).hint).toContain('sign it again');
  });

  it("gives the node's own hint on a request that it does not believe, and asks for the key only without one", async () => {
    const clock = new RequestError(401, 'unauthenticated', 'dated 300 s behind', 'Set the clock.');
    expect((await explainError(clock)).hint).toBe('Set the clock.');
    expect((await explainError(new RequestError(401, 'unauthenticated', 'x', ''))).hint).toContain('--as');
  });

  it('leads to the clocks where a certificate is of another time', async () => {
    const cause = new Error('certificate is not yet valid');
    expect((await explainError(new ConnectionLostError(null, cause))).hint).toContain('clock');
    expect((await explainError(new ConnectionLostError(null, null))).hint).toContain('bucordo status');
  });

  it('keeps height and transaction of a rejection, and says where its receipt is', async () => {
    const error = new RejectedError({
      code: 'BC101',
      message: 'not yours',
      transactionId: id,
      height: 3,
      index: 1,
      call: 0,
    });
    expect(await explainError(error)).toMatchObject({
      message: 'not yours',
      hint: `It was rejected at height 3. The receipt: ${commandLine('tx', id)}`,
      facts: { height: 3, index: 1, transactionId: id },
    });
  });

  it('says what a refusal of the protocol in a block means, and where its receipt is', async () => {
    const message = '3 of 3 must approve, 1 approve and 0 reject';
    const error = new RejectedError({
      code: 'policy_not_met',
      message,
      transactionId: id,
      height: 3,
      index: 1,
      call: 0,
    });
    const { hint } = await explainError(error);
    expect(hint).toMatch(/^Too few members have approved; .* It was rejected at height 3\. The receipt: /);
    expect(hint.endsWith(`The receipt: ${commandLine('tx', id)}`)).toBe(true);
  });
});
