/** The route for skips alone: what it lets through to be judged, and how much of it at once. */

import { encodeSkip, parseTransactionId } from '@bucordo/protocol';
import { fastify } from 'fastify';
import { describe, expect, it } from 'vitest';
import type { SkipStanding } from '../../quarantine/ports.ts';
import { skipsWaitingMax } from '../limits.ts';
import type { Skipping } from '../ports.ts';
import { addSkipRoute } from './skip-route.ts';

const NETWORK = new Uint8Array(32).fill(7);
const ANSWER: SkipStanding = { isSkipped: false, agreed: ['buyer'], approvals: 1, needed: 3, refused: [] };

function file(network = NETWORK): string {
  const transactionId = parseTransactionId(new Uint8Array(32).fill(9));
  return Buffer.from(encodeSkip({ network, height: 71, transactionId, statements: [] })).toString('utf8');
}

async function post(take: Skipping['take'], ...files: readonly string[]) {
  const app = fastify();
  addSkipRoute(app, { skips: { take }, network: NETWORK });
  const answers = await Promise.all(
    files.map((skip) => app.inject({ method: 'POST', url: '/v1/skip', payload: { skip } })),
  );
  return answers.map((answer) => answer.json());
}

describe('POST /v1/skip', () => {
  it('hands in what is for this network', async () => {
    const [answer] = await post(async () => ANSWER, file());
    expect(answer).toMatchObject({ transaction: '09'.repeat(32), height: 71, skipped: false, needed: 3 });
  });

  it('refuses another network, and what is no skip', async () => {
    const never = () => Promise.reject(new Error('not to be judged'));
    const answers = await post(never, file(new Uint8Array(32)), file().replace('71', '072'), '{}');
    expect(answers.map(({ code }) => code)).toEqual(['wrong_network', 'malformed', 'malformed']);
  });

  it('judges so many at once and refuses the next', async () => {
    const slow = () => new Promise<SkipStanding>((resolve) => setTimeout(() => resolve(ANSWER), 50));
    const answers = await post(slow, ...Array.from({ length: skipsWaitingMax + 1 }, () => file()));
    const refused = answers.filter(({ code }) => code === 'overloaded');
    expect([answers.length, refused.length]).toEqual([skipsWaitingMax + 1, 1]);
  });
});
