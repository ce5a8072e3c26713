import { expect, test } from 'vitest';

import { Fault } from '../fault.ts';
import { createLogger, errorFacts } from './logger.ts';

test('a line is one JSON object with level, time, member, facts and message', () => {
  const lines: string[] = [];
  const logger = createLogger({
    level: 'info',
    member: 'buyer',
    destination: { write: (line: string) => lines.push(line) },
  });
  logger.debug({}, 'not shown');
  logger.warn({ height: 7 }, 'looks odd');
  expect(lines.length).toBe(1);
  expect(JSON.parse(lines[0] ?? '')).toEqual({
    level: 'warn',
    time: expect.stringMatching(/^\d{4}-\d\d-\d\dT.*Z$/),
    member: 'buyer',
    height: 7,
    msg: 'looks odd',
  });
});

test('a fault is logged by code, facts and hint', () => {
  const fault = new Fault('disk_full', 'No space left.', { facts: { free: 0 }, hint: 'Make room.' });
  expect(errorFacts(fault)).toEqual({
    free: 0,
    code: 'disk_full',
    reason: 'No space left.',
    hint: 'Make room.',
  });
  expect(errorFacts(new TypeError('odd'))).toMatchObject({ code: 'TypeError', reason: 'odd' });
  expect(errorFacts('text')).toEqual({ code: 'unknown', reason: 'text' });
});
