import { beforeAll, describe, expect, it } from 'vitest';
import { NetworkPlan, parseNetworkDescription } from './network-description.ts';
import { loadScanner } from './sql-scanner.ts';
import { parseSqlTests, type SqlTest } from './sql-test-file.ts';

const isCallable = (contract: string, name: string): boolean => contract === 'shop' && name !== 'helper';
const parse = (sql: string, plan: NetworkPlan = new NetworkPlan()): SqlTest[] =>
  parseSqlTests(sql, 'a.test.sql', { plan, isCallable });

beforeAll(() => loadScanner());

describe('parseSqlTests', () => {
  it('puts what stands before the first test in front of each', () => {
    const tests = parse(
      '-- as buyer/alice\nSELECT shop.f(1);\n-- test: one\n-- as vendor/bob\nSELECT shop.g();\n-- test: two\nSELECT shop.h();',
    );
    const signed = tests.map((test) =>
      test.steps.map((step) =>
        step.kind === 'calls' ? `${step.calls[0]?.function} by ${step.identity}` : '',
      ),
    );
    expect(signed).toEqual([
      ['f by buyer/alice', 'g by vendor/bob'],
      ['f by buyer/alice', 'h by buyer/alice'],
    ]);
  });

  it('tells calls from assertions', () => {
    const kinds = (sql: string): string[] =>
      parse(`-- test: x\n-- as buyer/alice\n${sql}`).flatMap((test) => test.steps.map((step) => step.kind));
    expect(kinds("SELECT shop.f(1, 'a,b'), shop.g();")).toEqual(['calls']);
    expect(kinds('select shop.f((SELECT 1));')).toEqual(['calls']);
    expect(kinds('SELECT shop.f(1) = 2;')).toEqual(['assertion']);
    expect(kinds('SELECT shop.f(1) FROM shop.item;')).toEqual(['assertion']);
    expect(kinds('SELECT shop.helper(1);')).toEqual(['assertion']);
    expect(kinds('SELECT other.f(1);')).toEqual(['assertion']);
    expect(kinds('SELECT count(*) = 1 FROM shop.item;')).toEqual(['assertion']);
  });

  it('reads arguments by place and by name', () => {
    const [test] = parse(
      "-- test: x\n-- as buyer/alice\nSELECT shop.f(1, note => 'a => b', more := ARRAY[1, 2]);",
    );
    const [step] = test?.steps ?? [];
    expect(step?.kind === 'calls' ? step.calls[0]?.args : null).toEqual([
      { name: null, sql: '1' },
      { name: 'note', sql: "'a => b'" },
      { name: 'more', sql: 'ARRAY[1, 2]' },
    ]);
  });

  it('reads identities, times and expectations', () => {
    const plan = new NetworkPlan();
    const [test] = parse(
      `-- identity buyer/alice class buyer roles purchaser, approver
       -- identity vendor/bob class seller
       -- test: x
       -- at 2026-05-01T00:00:00Z
       -- advance 3 blocks
       -- advance 60 seconds
       -- as buyer/alice
       -- expect BC201 it is there
       SELECT shop.f();
       -- expect no rows
       SELECT 1;
       -- expect 3 rows
       SELECT 1;
       -- expect value a b
       SELECT 1;
       -- expected otherwise, says this comment
       SELECT true;`,
      plan,
    );
    expect(plan.members).toEqual([
      ['buyer', { class: 'buyer', identities: { alice: ['purchaser', 'approver'] } }],
      ['vendor', { class: 'seller', identities: { bob: [] } }],
    ]);
    expect(test?.steps).toMatchObject([
      { kind: 'at', time: '2026-05-01T00:00:00Z' },
      { kind: 'advance', blocks: 3, seconds: 0 },
      { kind: 'advance', blocks: 0, seconds: 60 },
      { kind: 'calls', expected: { kind: 'rejection', code: 'BC201', words: 'it is there' } },
      { kind: 'assertion', expected: { kind: 'rows', count: 0 } },
      { kind: 'assertion', expected: { kind: 'rows', count: 3 } },
      { kind: 'assertion', expected: { kind: 'value', text: 'a b' } },
      { kind: 'assertion', expected: { kind: 'default' } },
    ]);
  });

  it('lets one assertion be seen by somebody', () => {
    const [test] = parse('-- test: x\n-- seen by buyer/alice\n-- expect denied\nSELECT 1;\nSELECT true;');
    expect(test?.steps).toMatchObject([
      { seenBy: 'buyer/alice', expected: { kind: 'denied' } },
      { seenBy: null, expected: { kind: 'default' } },
    ]);
    expect(() => parse('-- test: x\n-- seen by alice\nSELECT 1;')).toThrow(/seen by alice: not understood/);
  });

  it.each([
    ['a misspelt identity', '-- test: x\n-- as buyer\nSELECT true;', 2, /as buyer: not understood/],
    ['a time without a zone', '-- test: x\n-- at 2026-01-01\nSELECT true;', 2, /not understood/],
    ['an advance of nothing', '-- test: x\n-- advance some blocks\nSELECT true;', 2, /not understood/],
    ['an expectation of nothing', '-- test: x\n-- expect BC201\n', 2, /no statement behind it/],
    [
      'two expectations of one statement',
      '-- test: x\n-- expect BC201\n-- expect BC202\nSELECT 1;',
      2,
      /no statement/,
    ],
    [
      'an expected code of an assertion',
      '-- test: x\n-- expect BC201\nSELECT 1;',
      3,
      /calls no contract function/,
    ],
    ['a call that somebody sees', '-- test: x\n-- seen by a/b\nSELECT shop.f();', 3, /signed, not seen/],
    ['a call that nobody signs', '-- test: x\nSELECT shop.f();', 2, /nobody signs/],
    ['no test', 'SELECT 1;', 1, /has no test/],
    ['an identity without a class', '-- identity buyer/alice\n-- test: x\nSELECT 1;', 1, /in the form/],
    [
      'the name of the node',
      '-- identity buyer/node class buyer\n-- test: x\nSELECT 1;',
      1,
      /no identity of the form/,
    ],
    [
      'an identity with two classes',
      '-- identity buyer/alice class buyer\n-- identity buyer/bob class seller\n-- test: x\nSELECT 1;',
      2,
      /declared twice/,
    ],
  ])('refuses %s', (_what, sql, line, message) => {
    expect(() => parse(sql)).toThrow(message);
    expect(() => parse(sql)).toThrow(expect.objectContaining({ place: { file: 'a.test.sql', line } }));
  });
});

describe('parseNetworkDescription', () => {
  it('reads members, contracts and the time', () => {
    const description = {
      members: { buyer: { class: 'buyer', identities: { alice: ['purchaser'] } } },
      contracts: ['../other'],
      time: '2026-01-01T00:00:00Z',
    };
    expect(parseNetworkDescription(JSON.stringify(description), 'n')).toEqual(description);
  });

  it.each([
    ['{', /no JSON/],
    ['[]', /not a JSON object/],
    ['{"member":{}}', /unknown key member/],
    ['{"members":{"buyer":{}}}', /members\.buyer has no class/],
    ['{"members":{"buyer":{"class":"b","roles":[]}}}', /unknown key roles/],
    ['{"members":{"buyer":{"class":"b","identities":{"a":"x"}}}}', /identities\.a is no list of roles/],
    ['{"contracts":"x"}', /no list of folders/],
    ['{"time":"soon"}', /no time/],
  ])('refuses %s', (text, message) => {
    expect(() => parseNetworkDescription(text, 'n')).toThrow(message);
  });
});
