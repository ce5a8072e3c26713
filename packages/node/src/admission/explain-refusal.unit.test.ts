import { describe, expect, test } from 'vitest';
import { HEIGHT, open, submitted } from '../../../../test/conformance/admission-bench.ts';
import {
  call,
  clerk,
  framed,
  payloadOf,
  revoked,
  seller,
  signatureOf,
  stranger,
  transactionOf,
} from '../../../../test/conformance/sample-network.ts';

const order = (args: string) => [call('place_order', args)];
const hex = (key: { readonly publicKey: Uint8Array }) => Buffer.from(key.publicKey).toString('hex');

/** What the sender is told, with the argument that it is about. */
async function told(transaction: Uint8Array): Promise<{ message: string; argument: string }> {
  const [outcome] = await (await submitted(open(), transaction)).reached(1);
  return { message: outcome?.message ?? '', argument: outcome?.detail?.argument ?? '' };
}

describe('I7: a refusal says', () => {
  test.each([
    ['a value', '{"id":"x","note":""}', 'id', /^purchasing\.place_order: id is "x"; int8 is a whole number/],
    ['a missing one', '{"id":1}', 'note', /^purchasing\.place_order: no value for note \(text\); give every/],
    ['an unknown one', '{"id":1,"notes":""}', 'notes', /has no parameter "notes"; did you mean note\?/],
    ['NUL', '{"id":1,"note":"a\\u0000"}', 'note', /NUL stands there \(\\u0000\).*\(in note, at byte 17\)$/],
    ['half a character', '{"id":1,"note":"\\udc00"}', 'note', /half of a character/],
  ])('which argument: %s', async (_what, args, argument, message) => {
    const said = await told(transactionOf({ calls: order(args) }));
    expect(said.argument).toBe(argument);
    expect(said.message).toMatch(message);
  });

  test('which function may have been meant', async () => {
    const { message } = await told(transactionOf({ calls: [call('place_ordr', {})] }));
    expect(message).toBe('there is no function purchasing.place_ordr; did you mean purchasing.place_order?');
    const far = await told(transactionOf({ calls: [call('nothing', {})] }));
    expect(far.message).toMatch(/^there is no function purchasing\.nothing; purchasing has .*place_order/);
  });

  test('which contract may have been meant', async () => {
    const calls = [{ ...call('place_order', {}), contract: 'purchasin' }];
    expect((await told(transactionOf({ calls }))).message).toBe(
      'there is no contract purchasin; did you mean purchasing?',
    );
  });

  test('which role or class is asked for, and what there is instead', async () => {
    expect((await told(transactionOf({ key: clerk }))).message).toBe(
      'buyer/carl may not call purchasing.place_order: it asks for the role purchaser, and buyer/carl has none',
    );
    expect((await told(transactionOf({ key: seller }))).message).toMatch(
      /^seller\/sam may not call .*: it asks for a member of the class buyer, and seller is of the class seller$/,
    );
  });

  test('whose key it is, and when it counts', async () => {
    expect((await told(transactionOf({ key: stranger }))).message).toContain(`the key ${hex(stranger)}`);
    expect((await told(transactionOf({ key: revoked }))).message).toMatch(/counts from height \d+ to \d+/);
    const badly = framed(payloadOf(), signatureOf(payloadOf(), stranger));
    expect((await told(badly)).message).toContain('the signature is not that of the key');
  });

  test('which network and height are meant', async () => {
    const network = Buffer.alloc(32, 7);
    expect((await told(transactionOf({ network }))).message).toContain(`for the network ${'07'.repeat(32)}`);
    expect((await told(transactionOf({ validUntil: HEIGHT + 100_001 }))).message).toBe(
      `it is valid until height ${HEIGHT + 100_001}; the next block has height ${HEIGHT + 1}, so at most ${HEIGHT + 100_000} can be chosen`,
    );
  });

  test('nothing about functions and people to those who have not signed', async () => {
    const payloads = [
      payloadOf({ calls: order('{"id":"x","note":""}') }),
      payloadOf({ calls: [call('place_ordr', {})] }),
      payloadOf({ key: clerk }),
      payloadOf({ key: revoked }),
    ];
    for (const payload of payloads)
      expect(await told(framed(payload, signatureOf(payload, stranger)))).toEqual({
        message: '',
        argument: '',
      });
  });

  test('of several calls, the one that is wrong', async () => {
    const calls = [...order('{"id":1,"note":""}'), ...order('{"id":1,"note":7}')];
    const [outcome] = await (await submitted(open(), transactionOf({ calls }))).reached(1);
    expect(outcome).toMatchObject({
      call: 1,
      message: expect.stringContaining('note is 7; text is a string'),
    });
  });
});
