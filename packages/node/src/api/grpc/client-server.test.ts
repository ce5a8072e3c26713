import {
  decodeSubmitReply,
  encodeSubmitRequest,
  type Outcome,
  type SubmitReply,
  submitBytesMax,
} from '@bucordo/protocol';
import { Client, type ClientDuplexStream, credentials, status } from '@grpc/grpc-js';
import fc from 'fast-check';
import { afterEach, beforeAll, describe, expect, it } from 'vitest';

import { MemorySubmission } from '../../../test/memory-submission.ts';
import { signedTransaction } from '../../../test/signed-request.ts';
import { createAuthority, issueCertificate } from '../../identity/certificates.ts';
import { replyBytesPause, streamsPerAddressMax } from '../limits.ts';
import { type ClientServer, startClientServer } from './client-server.ts';

/** Expects something that comes true soon, however busy the machine is. */
const eventually = <Value>(read: () => Value) => expect.poll(read, { timeout: 30_000 });

const METHOD = '/bucordo.v1.Node/Submit';
const NETWORK = new Uint8Array(32).fill(7);
const ALICE = new Uint8Array(32).fill(1);
const log = { debug: () => undefined, info: () => undefined, warn: () => undefined, error: () => undefined };

let tls: { ca: string; cert: string; key: string };
let submission: MemorySubmission;
const open: { stop(): unknown }[] = [];

beforeAll(async () => {
  const authority = await createAuthority('buyer');
  const issued = await issueCertificate(authority, { member: 'buyer', node: 'node' });
  tls = { ca: authority.certificate, cert: issued.certificate, key: issued.privateKey };
});
afterEach(async () => {
  for (const part of open.splice(0).reverse()) await part.stop();
});

async function server(): Promise<ClientServer> {
  submission = new MemorySubmission();
  const started = await startClientServer({ host: '127.0.0.1', port: 0, tls, submission, log });
  open.push({ stop: () => started.stop(0) });
  return started;
}

type Stream = ClientDuplexStream<Buffer, SubmitReply>;

interface Caller {
  readonly stream: Stream;
  readonly outcomes: Outcome[];
  /** gRPC status with which the stream ended. */
  readonly ended: Promise<status>;
}

function caller(port: number, authority: string = tls.ca): Caller {
  const client = new Client(`localhost:${port}`, credentials.createSsl(Buffer.from(authority)));
  const stream: Stream = client.makeBidiStreamRequest(METHOD, (bytes: Buffer) => bytes, decodeSubmitReply);
  const outcomes: Outcome[] = [];
  stream.on('data', (reply: SubmitReply) => outcomes.push(...reply.outcomes));
  stream.on('error', () => undefined);
  const ended = new Promise<status>((resolve) => stream.on('status', ({ code }) => resolve(code)));
  open.push({
    stop: () => {
      stream.cancel();
      client.close();
    },
  });
  return { stream, outcomes, ended };
}

function frame(first: number, count: number): Buffer {
  const transactions = Array.from({ length: count }, () =>
    signedTransaction({ seed: ALICE, network: NETWORK }),
  );
  return Buffer.from(encodeSubmitRequest({ first, wait: 'committed', transactions }));
}

const ONE = signedTransaction({ seed: ALICE, network: NETWORK });

// The same transaction again and again: one signature.
function repeated(first: number, count: number): Buffer {
  const transactions = Array.from({ length: count }, () => ONE);
  return Buffer.from(encodeSubmitRequest({ first, wait: 'committed', transactions }));
}

describe('gRPC client port', () => {
  it('answers every transaction of every frame by its number', async () => {
    const { stream, outcomes } = caller((await server()).port);
    stream.write(frame(1, 3));
    stream.write(frame(4, 2));
    await eventually(() => outcomes.map((o) => o.number)).toEqual([1, 2, 3, 4, 5]);
    expect(outcomes.every((o) => o.code === '' && o.height > 0)).toBe(true);
  });

  it('answers what is under way before it ends a stream that the client has ended', async () => {
    const { stream, outcomes, ended } = caller((await server()).port);
    submission.hold = true;
    stream.write(frame(1, 3));
    stream.end();
    await eventually(() => submission.heights.size).toBe(3);
    submission.release();
    expect(await ended).toBe(status.OK);
    expect(outcomes).toHaveLength(3);
  });

  it('reads no further while the submission is full', async () => {
    const { stream, outcomes } = caller((await server()).port);
    submission.fill();
    stream.write(frame(1, 1));
    await eventually(() => outcomes.length).toBe(1);
    stream.write(frame(2, 1));
    await new Promise((resolve) => setTimeout(resolve, 50));
    expect(submission.heights.size).toBe(1);
    submission.empty();
    await eventually(() => outcomes.length).toBe(2);
  });

  it.each([
    ['nothing', Buffer.alloc(0)],
    ['noise', Buffer.from('ffffffffffffffffffff', 'hex')],
    ['a length that lies', Buffer.from('080110031aff01', 'hex')],
    ['an unknown field', Buffer.from('080110032201', 'hex')],
  ])('I15: ends a stream that sends %s and serves others', async (_name, bytes) => {
    const { port } = await server();
    const bad = caller(port);
    bad.stream.write(bytes);
    expect(await bad.ended).toBe(status.INVALID_ARGUMENT);
    const good = caller(port);
    good.stream.write(frame(1, 1));
    await eventually(() => good.outcomes.length).toBe(1);
  });

  it('I15: survives frames with flipped, missing and repeated bytes', async () => {
    const { port } = await server();
    const valid = frame(1, 2);
    const mutant = fc
      .tuple(
        fc.nat({ max: valid.length - 1 }),
        fc.nat({ max: 255 }),
        fc.constantFrom('flip', 'cut', 'repeat'),
      )
      .map(([at, byte, kind]) => {
        if (kind === 'cut') return valid.subarray(0, at);
        if (kind === 'repeat') return Buffer.concat([valid.subarray(0, at), valid]);
        const bytes = Buffer.from(valid);
        bytes[at] = byte;
        return bytes;
      });
    const client = new Client(`localhost:${port}`, credentials.createSsl(Buffer.from(tls.ca)));
    open.push({ stop: () => client.close() });
    const answered = fc.sample(mutant, 60).map(
      (bytes) =>
        new Promise((resolve) => {
          const stream: Stream = client.makeBidiStreamRequest(
            METHOD,
            (raw: Buffer) => raw,
            decodeSubmitReply,
          );
          stream.on('data', resolve);
          stream.on('error', resolve);
          stream.end(bytes);
          stream.on('end', resolve);
        }),
    );
    await Promise.all(answered);
    const good = caller(port);
    good.stream.write(frame(1, 1));
    await eventually(() => good.outcomes.length).toBe(1);
  });

  it('I15: refuses a message above the limit', async () => {
    const { stream, ended } = caller((await server()).port);
    stream.write(Buffer.alloc(submitBytesMax + 1, 1));
    expect(await ended).toBe(status.RESOURCE_EXHAUSTED);
  });

  it('I15: reads no further from a client that does not read its answers, and goes on when it does', async () => {
    const { port, bytesHeld } = await server();
    const { stream, outcomes } = caller(port);
    stream.pause();
    submission.result = JSON.stringify('x'.repeat(10_000));
    const frames = 300;
    for (let n = 0; n < frames; n++) stream.write(repeated(1 + n * 10, 10));
    await eventually(() => bytesHeld()).toBeGreaterThan(replyBytesPause);
    const taken = submission.takenCount;
    await new Promise((resolve) => setTimeout(resolve, 200));
    // Frames that had arrived when it was paused, and no more.
    expect(submission.takenCount).toBeLessThan((frames * 10) / 2);
    expect(bytesHeld()).toBeLessThan(10_100 * (taken + 1_000));
    stream.resume();
    await eventually(() => outcomes.length).toBe(frames * 10);
    expect(bytesHeld()).toBe(0);
  });

  it('I15: answers of a whole block with large results come in messages that every client takes', async () => {
    const { stream, outcomes } = caller((await server()).port);
    submission.result = JSON.stringify('ü'.repeat(30_000));
    stream.write(repeated(1, 200));
    await eventually(() => outcomes.length).toBe(200);
    expect(outcomes.map(({ number }) => number)).toEqual(Array.from({ length: 200 }, (_, n) => n + 1));
    expect(outcomes[199]?.result).toBe(submission.result);
  });

  it('I15: cuts a client that lets too many answers wait', async () => {
    const { port, bytesHeld } = await server();
    const { stream, ended } = caller(port);
    stream.pause();
    submission.hold = true;
    submission.result = JSON.stringify('x'.repeat(60_000));
    for (let n = 0; n < 8; n++) stream.write(repeated(1 + n * 100, 100));
    await eventually(() => submission.takenCount).toBe(800);
    submission.release();
    await eventually(() => submission.dropped.length).toBe(1);
    expect(bytesHeld()).toBe(0);
    stream.resume();
    expect(await ended).toBe(status.RESOURCE_EXHAUSTED);
  });

  it('I15: one address cannot take all streams', async () => {
    const { port } = await server();
    const ends: status[] = [];
    for (let n = 0; n < streamsPerAddressMax + 5; n++) {
      const { ended } = caller(port);
      void ended.then((code) => ends.push(code));
    }
    await eventually(() => ends).toEqual(Array.from({ length: 5 }, () => status.RESOURCE_EXHAUSTED));
  }, 60_000);

  it('forgets a client that goes away', async () => {
    const { stream, outcomes } = caller((await server()).port);
    submission.hold = true;
    stream.write(frame(1, 1));
    await eventually(() => submission.heights.size).toBe(1);
    stream.cancel();
    await eventually(() => submission.dropped.length).toBe(1);
    submission.release();
    expect(outcomes).toEqual([]);
  });

  it('serves 128 clients at once', async () => {
    const { port } = await server();
    const callers = Array.from({ length: 128 }, () => caller(port));
    for (const { stream } of callers) stream.write(frame(1, 2));
    await eventually(() => callers.filter((c) => c.outcomes.length === 2).length).toBe(128);
  }, 60_000);

  it('speaks TLS only with a certificate that its authority signed', async () => {
    const { port } = await server();
    const other = await createAuthority('stranger');
    const { stream, ended } = caller(port, other.certificate);
    stream.write(frame(1, 1));
    expect(await ended).toBe(status.UNAVAILABLE);
    expect(submission.heights.size).toBe(0);
  });

  it('says which address it cannot open', async () => {
    const { port } = await server();
    await expect(startClientServer({ host: '127.0.0.1', port, tls, submission, log })).rejects.toMatchObject({
      code: 'address_unusable',
    });
  });

  it('stops although streams are open', async () => {
    const started = await server();
    const { stream, outcomes } = caller(started.port);
    stream.write(frame(1, 1));
    await eventually(() => outcomes.length).toBe(1);
    const before = Date.now();
    await started.stop(100);
    expect(Date.now() - before).toBeLessThan(10_000);
  });
});
