/** A thread that does not give a verdict: whatever it does, the node goes on and knows why. */

import { expect, test } from 'vitest';
import { runCheck } from './check-runner.ts';

const never = new AbortController().signal;
const program = (text: string): URL => new URL(`data:text/javascript,${encodeURIComponent(text)}`);

test('the outcome is what the thread says', async () => {
  const text = `import { parentPort, workerData } from 'node:worker_threads';
    parentPort.postMessage({ kind: 'unchecked', reason: workerData.word });`;
  const check = { program: program(text), work: { word: 'because' } };
  expect(await runCheck(check, { timeMs: 60_000, memoryMib: 64 }, never)).toEqual({
    kind: 'unchecked',
    reason: 'because',
  });
});

test.for<[title: string, text: string, reason: string]>([
  ['eats memory', 'const all = []; for (;;) all.push(new Array(1e5).fill(Math.random()));', 'memory limit'],
  ['never ends', 'for (;;) {}', 'longer than 2 seconds'],
  ['waits for ever', 'setInterval(() => {}, 1000);', 'longer than 2 seconds'],
  ['throws', 'throw new Error("broken");', 'broken'],
  ['runs out of stack', 'const deeper = () => deeper() + 1; deeper();', 'call stack'],
  ['ends silently', 'process.exit(0);', 'without a verdict'],
])('a thread that %s', async ([, text, reason]) => {
  const outcome = await runCheck(
    { program: program(text), work: {} },
    { timeMs: 2_000, memoryMib: 32 },
    never,
  );
  expect(outcome).toEqual({ kind: 'unchecked', reason: expect.stringContaining(reason) });
});

test('a node that stops waits for no check', async () => {
  const stopping = new AbortController();
  const check = { program: program('setInterval(() => {}, 1000);'), work: {} };
  const running = runCheck(check, { timeMs: 60_000, memoryMib: 64 }, stopping.signal);
  stopping.abort();
  const stopped = { kind: 'unchecked', reason: 'the node is stopping' };
  expect(await running).toEqual(stopped);
  expect(await runCheck(check, { timeMs: 60_000, memoryMib: 64 }, stopping.signal)).toEqual(stopped);
});
