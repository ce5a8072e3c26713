import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { checkArguments, type Parameter, type ParameterType } from './arguments.ts';
import { type ArgumentFlaw, explainArguments, notations } from './explain-arguments.ts';
import { argsBytesMax, argsDepthMax, messageBytesMax, numberDigitsMax } from './limits.ts';
import { scalarTypes } from './scalar.ts';
import { toUtf8, utf8Length } from './text.ts';

const invoice: readonly Parameter[] = [
  { name: 'number', type: 'text' },
  { name: 'due', type: 'date' },
  { name: 'rate', type: 'numeric' },
  { name: 'tags', type: 'text[]' },
  { name: 'extra', type: 'jsonb' },
  { name: 'at', type: 'timestamptz' },
  { name: 'key', type: 'bytea' },
  { name: 'count', type: 'int4' },
];
const whole: Readonly<Record<string, string>> = {
  number: '"R-1"',
  due: '"2026-03-01"',
  rate: '"19.00"',
  tags: '["a"]',
  extra: '{}',
  at: '"2026-03-01T09:00:00Z"',
  key: '"00ff"',
  count: '1',
};

const explain = (text: string | Uint8Array, parameters: readonly Parameter[]): ArgumentFlaw | null => {
  const inner = typeof text === 'string' ? toUtf8(text) : text;
  const bytes = new Uint8Array([0x23, ...inner, 0x23]);
  return explainArguments(bytes, 1, bytes.length - 1, parameters);
};

/** The flaw of an invoice in which `name` has another value. */
const explainValue = (name: string, json: string): ArgumentFlaw | null =>
  explain(
    `{${Object.entries({ ...whole, [name]: json })
      .map(([key, value]) => `"${key}":${value}`)
      .join(', ')}}`,
    invoice,
  );

describe('what is wrong with an argument', () => {
  const cases: readonly [name: string, json: string, words: string][] = [
    [
      'due',
      '"2026-02-30"',
      'due is "2026-02-30"; date is a day that exists as YYYY-MM-DD, such as "2026-03-01"',
    ],
    ['number', '12345', 'number is 12345; text is a string, such as "hello"'],
    [
      'at',
      '"2026-03-01T10:00:00+01:00"',
      'at is "2026-03-01T10:00:00+01:00"; timestamptz is a moment in UTC with a Z at its end, such as "2026-03-01T09:00:00Z" (convert the offset to UTC)',
    ],
    [
      'rate',
      '"1e5"',
      'rate is "1e5"; numeric is a decimal of at most 40 digits without an exponent, such as "12.50"',
    ],
    [
      'count',
      '2147483648',
      'count is 2147483648; int4 is a whole number from -2147483648 to 2147483647, such as 12',
    ],
    ['tags', '["a",null,7]', 'tags[2] is 7; text is a string, such as "hello"'],
    ['tags', '"a"', 'tags is "a"; text[] is an array, each element a string, such as "hello"'],
    [
      'key',
      '"00FF"',
      'key is a string of 4 characters, of which number 3 is "F"; bytea is a string of lower-case hex, two digits a byte, such as "00ff"',
    ],
  ];
  it.each(cases)('%s = %s', (name, json, words) => {
    expect(explainValue(name, json)).toEqual({ code: 'argument_invalid', argument: name, message: words });
  });

  it('names what is missing, with its type', () => {
    expect(
      explain('{"number":"R-1","due":null,"rate":null,"tags":null,"extra":null,"at":null}', invoice),
    ).toEqual({
      code: 'argument_missing',
      argument: 'key',
      message: 'no value for key (bytea), count (int4); give every parameter, with null where there is none',
    });
  });

  it('names what is no parameter, and the one that may be meant', () => {
    expect(explain('{"numbr":"R-1"}', invoice.slice(0, 2))).toEqual({
      code: 'argument_unknown',
      argument: 'numbr',
      message: 'it has no parameter "numbr"; did you mean number? it takes number (text), due (date)',
    });
    expect(explain('{"x":1}', [])?.message).toBe('it has no parameter "x"; it takes none');
  });

  it('quotes so little of a value that a key in the wrong place stays secret', () => {
    const key = '0123456789abcdef'.repeat(4);
    const message = explainValue('count', `"${key}"`)?.message ?? '';
    expect(message).toContain(`"${key.slice(0, 31)}…`);
    expect(message).not.toContain(key.slice(0, 33));
    expect(explainValue('key', `"${key}0"`)?.message).toContain('a string of 65 characters;');
  });

  it('writes what cannot be seen so that it can', () => {
    expect(explainValue('due', '"2026\u202e\u200b"')?.message).toContain('due is "2026\\u{202e}\\u{200b}"');
  });
});

describe('what is wrong with the JSON', () => {
  const cases: readonly [what: string, json: string, words: string, place: string][] = [
    ['NUL', '{"a":"b\\u0000c"}', 'NUL stands there (\\u0000)', 'in extra.a'],
    ['NUL as it is', '"b\u0000c"', 'NUL stands there', 'in extra'],
    ['half a character', '[1,{"b":["\\ud800"]}]', 'half of a character', 'in extra[1].b[0]'],
    ['the other half', '"\\udc00"', 'half of a character', 'in extra'],
    ['a control character', '"a\tb"', 'write it as \\u0009', 'in extra'],
    ['an escape', '"a\\q"', 'a backslash stands there', 'in extra'],
    ['depth', '['.repeat(argsDepthMax), `more than ${argsDepthMax} deep`, 'in extra[0][0][0]'],
    ['a key twice', '{"a":{"b":1,"b":2}}', 'the key "b" stands twice', 'in extra.a'],
    ['a key twice, escaped', '{"b":1,"\\u0062":2}', 'the key "\\u0062" stands twice', 'in extra'],
    ['digits', `[${'1'.repeat(numberDigitsMax + 1)}]`, `more than ${numberDigitsMax} digits`, 'in extra[0]'],
    ['an exponent', '1e400', 'an exponent beyond ±30', 'in extra'],
    ['a number', '01', 'not written as JSON writes it', 'in extra'],
    ['a word', 'NaN', '"NaN', 'in extra'],
  ];
  it.each(cases)('%s', (_, json, words, place) => {
    const flaw = explainValue('extra', json);
    expect(flaw?.code).toBe('arguments_malformed');
    expect(flaw?.argument).toBe('extra');
    expect(flaw?.message).toContain(words);
    expect(flaw?.message).toContain(`(${place}`);
    expect(flaw?.message).toContain(', at byte ');
  });

  it.each([
    ['', 'the JSON ends too early (at byte 0)'],
    ['[1]', 'the arguments are one JSON object; "[1]" is no JSON there (at byte 0)'],
    ['{"number":"a"', 'the JSON ends too early (at byte 13)'],
    ['{"number":"a"} x', 'something stands behind the JSON object (at byte 15)'],
    ['{"number":"a","number":"b"}', 'the key "number" stands twice in one object (at byte 14)'],
    ['{"number":"a" "due"}', '"\\"due\\"}" is no JSON there (at byte 14)'.replaceAll('\\"', '"')],
  ])('%s', (json, message) => {
    expect(explain(json, invoice)).toEqual({ code: 'arguments_malformed', argument: null, message });
  });

  it('bytes that are not UTF-8', () => {
    const bytes = new Uint8Array([...toUtf8('{"extra":["'), 0xe9, ...toUtf8('"]}')]);
    expect(explain(bytes, invoice)?.message).toContain(
      'not UTF-8; write the text again from its source (in extra[0], at byte 11)',
    );
  });

  it('says how large they are', () => {
    const bytes = toUtf8(`{"number":"${'a'.repeat(argsBytesMax)}"}`);
    expect(explainArguments(bytes, 0, bytes.length, invoice)?.message).toContain(
      `${bytes.length} bytes, ${argsBytesMax} are allowed`,
    );
  });
});

describe('the words of any arguments', () => {
  const types = scalarTypes.flatMap((type): ParameterType[] => [type, `${type}[]`]);
  const name = fc.constantFrom('a', 'b', 'order', 'e\u0301', '"', 'a'.repeat(63));
  const parameters = fc.uniqueArray(fc.record({ name, type: fc.constantFrom(...types) }), {
    selector: (each) => each.name,
    maxLength: 5,
  });
  const text = fc.oneof(
    fc.json(),
    fc.dictionary(name, fc.jsonValue()).map((value) => JSON.stringify(value)),
    fc.string({ unit: 'binary' }),
    fc.tuple(fc.json(), fc.nat(), fc.string({ unit: 'binary', maxLength: 3 })).map(([json, at, wrong]) => {
      const cut = at % (json.length + 1);
      return json.slice(0, cut) + wrong + json.slice(cut);
    }),
  );

  it('have the code of the judgement, and fit into an answer (I7)', () => {
    fc.assert(
      fc.property(
        parameters,
        fc.oneof(text.map(toUtf8), fc.uint8Array({ maxLength: 40 })),
        (expected, bytes) => {
          const flaw = explainArguments(bytes, 0, bytes.length, expected);
          expect(flaw?.code ?? null).toBe(checkArguments(bytes, 0, bytes.length, expected));
          expect(utf8Length(flaw?.message ?? '')).toBeLessThan(messageBytesMax);
          expect(flaw?.message).not.toBe('');
          expect(flaw?.message ?? '').not.toMatch(/[\p{Cc}\p{Cf}]/u);
        },
      ),
      { numRuns: 3_000 },
    );
  });

  it('know how every type is written', () => {
    expect(Object.keys(notations).toSorted()).toEqual(scalarTypes.toSorted());
  });
});
