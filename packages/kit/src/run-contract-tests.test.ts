import { join } from 'node:path';
import { runContractTests, type TestReport } from '@bucordo/kit';
import { beforeAll, describe, expect, it } from 'vitest';

const folder = (name: string): string => join(import.meta.dirname, '../test', name);

describe('tests of a sound contract', () => {
  let report: TestReport;
  beforeAll(async () => {
    report = await runContractTests(folder('shop'));
  });

  it('pass, in SQL, TypeScript and JavaScript', () => {
    expect(report.results.filter((result) => result.failure !== null)).toEqual([]);
    expect(report.results).toHaveLength(9);
  });

  it('tell which functions and codes they reached', () => {
    expect(report.coverage.functions).toEqual([
      { name: 'halve', isCallable: true, isEntered: true },
      { name: 'place_order', isCallable: true, isEntered: true },
      { name: 'require_order', isCallable: false, isEntered: true },
      { name: 'ship_order', isCallable: true, isEntered: true },
      { name: 'total', isCallable: true, isEntered: true },
    ]);
    expect(report.coverage.codes).toEqual([
      { code: 'BC201', lines: [16], isRaised: true },
      { code: 'BC202', lines: [5], isRaised: true },
      { code: 'BC301', lines: [19], isRaised: false },
    ]);
  });

  it('count branches where that is asked for', async () => {
    const { coverage, results } = await runContractTests(folder('shop'), { isMarked: true });
    expect(results.every((result) => result.failure === null)).toBe(true);
    expect(coverage.branches.map(({ line, isEntered }) => `${line}${isEntered ? '' : ' never'}`)).toEqual([
      '2',
      '4',
      '13',
      '15',
      '18 never',
      '29',
      '38',
      '45',
    ]);
    expect(report.coverage.branches).toEqual([]);
  });

  it('can be chosen by name', async () => {
    const { results } = await runContractTests(folder('shop'), { filter: 'placed once' });
    expect(results.map(({ name }) => name)).toEqual(['an order is placed once']);
  });
});

describe('tests of a contract that reads another one', () => {
  it('call both, and see what readers see', async () => {
    const { results } = await runContractTests(folder('orders'));
    expect(results.map(({ name, failure }) => [name, failure])).toEqual([
      ['orders what another contract offers', null],
      ['readers see what the manifest lets them see', null],
      ['a reader asks from TypeScript', null],
    ]);
  });
});

describe('tests of a contract with a migration', () => {
  it('run it on the rows that the tests of the version before leave', async () => {
    const { results, migration } = await runContractTests(folder('harbour'));
    const failed = (name: string, message: string): [string, unknown] => [
      name,
      expect.objectContaining({ message: expect.stringContaining(message) }),
    ];
    expect(results.map(({ name, failure }) => [name, failure])).toEqual([
      ['the members decide in three blocks', null],
      failed('nothing is left to upgrade', 'begins on the tested version'),
      ['a text becomes a number', null],
      ['1.0.0 to 1.1.0, on no rows', null],
      ['1.0.0 to 1.1.0, on the rows of: ships with a draught', null],
      failed(
        '1.0.0 to 1.1.0, on the rows of: a ship that did not say how deep it lies',
        'the upgrade from 1.0.0 to 1.1.0 fails: Contract harbour: migration, statement 2',
      ),
    ]);
    expect(migration).toEqual({ ran: '1.0.0', left: [] });
  });

  it('is refused where the version before has no migration to it', async () => {
    const asked = runContractTests(folder('harbour'), { previous: folder('shop') });
    await expect(asked).rejects.toThrow('shop 1.0.0, from which harbour 1.1.0 has no migration');
  });
});

describe('tests of a contract that keeps JSON', () => {
  it('pass JSON as JSON, and lose no digit', async () => {
    const { results } = await runContractTests(folder('papers'));
    const failures = Object.fromEntries(results.map(({ name, failure }) => [name, failure?.message ?? null]));
    expect(failures).toEqual({
      'a text for a jsonb parameter is JSON': null,
      'what is no text becomes JSON': null,
      'no number loses a digit': null,
      'a text that is no JSON': expect.stringMatching(/invalid input syntax for type json/),
      'no number of JavaScript has lost a digit': null,
      'a number that lost digits is refused':
        'body.lines[0].n: the number 9007199254740992 is not a safe integer',
    });
  });
});

describe('tests of a fickle contract', () => {
  let report: TestReport;
  beforeAll(async () => {
    report = await runContractTests(folder('fickle'));
  });

  it.each([
    [
      'picks the first',
      'order.test.sql',
      7,
      /result 1 in run 1, taken with the result 2 in run 2.*row item_id=1: written in run 1, not written in run 2/s,
    ],
    [
      'lists in some order',
      'order.test.sql',
      10,
      /fickle\.item, row item_id=1, column note: "1,2" in run 1, "2,1" in run 2/,
    ],
    ['says something wrong', 'order.test.sql', 13, /true was expected, and the value is false/],
    ['asks for what is not there', 'order.test.sql', 19, /fickle\.nothing" does not exist \[42P01\]/],
    ['does not await', 'body.test.mjs', 6, /ended while calls were under way/],
    ['keeps something between its runs', 'body.test.mjs', 12, /other arguments in run 2/],
    ['asserts wrongly', 'body.test.mjs', 17, /strictly equal/],
    ['expects another code', 'body.test.mjs', 21, /BC100 was expected, and the call was taken/],
    ['names nobody', 'body.test.mjs', 25, /one\/bob is no identity of this network/],
    ['turns the clock back', 'body.test.mjs', 29, /not later than the last block/],
    ['passes an argument too many', 'body.test.mjs', 33, /argument_unknown/],
  ])('fail where it %s', (name, file, line, message) => {
    const failure = report.results.find((result) => result.name === name)?.failure;
    expect(failure?.message).toMatch(message);
    expect(failure?.place.file).toMatch(new RegExp(`/${file}$`));
    expect(failure?.place.line).toBe(line);
  });

  it('leave the others alone', () => {
    const passed = report.results.filter((result) => result.failure === null);
    expect(passed.map(({ name }) => name)).toEqual(['is right']);
  });
});
