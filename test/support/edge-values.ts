/**
 * Values at the edges of every type that a contract can meet, and calls of every function of the
 * positive list with them, as SQL. A type for which nothing stands here makes `callsOf` fail, so that
 * a new entry of the list is covered or noticed. Where the checker bounds an argument, the values keep
 * to that.
 */

import { EXTRACTED_FIELDS } from '../../packages/contract/src/resolve/call-arguments.ts';

/** What is known of a function from `pg_proc`. */
export interface ListedFunction {
  readonly signature: string;
  /** `f` plain, `a` aggregate, `w` window. */
  readonly kind: string;
  readonly isSet: boolean;
  readonly isVariadic: boolean;
}

const NUMBERS = ['0', '1', '-1', '2', '7', '-7'];

/** Values by type; each is SQL of that type. */
const EDGES: Readonly<Record<string, readonly string[]>> = typed({
  bool: ['true', 'false'],
  int2: ['-32768', ...NUMBERS, '32767'],
  int4: ['-2147483648', ...NUMBERS, '31', '10000', '178956970', '2147483647'],
  int8: ['-9223372036854775808', ...NUMBERS, '4294967296', '9223372036854775807'],
  numeric: [
    ...NUMBERS,
    ...[
      '0.00',
      '1.0',
      '1.00',
      '-0.5',
      '2.5',
      '3.5',
      '0.1',
      '1e-30',
      '-1e30',
      '1e30',
      '12345678901234567890.123456789',
    ],
    ...[
      '9.9999999999999999999999999999999999999',
      '32767.5',
      '2147483647.4',
      '9223372036854775807.5',
      '1e1000',
      '1e-1000',
    ],
    ...['NaN', 'Infinity', '-Infinity'],
  ],
  text: [
    ...[
      '',
      'a',
      'A',
      'Zebra zoo',
      'hello WORLD',
      'ÄÖÜ äöüß ẞ',
      'İıIi',
      'ΑΣ Ας',
      'ǅ ﬀ',
      'Ж ж Ѐ',
      '𐐀𐐨',
      'Ⅷ ⓐ',
      'ა Ა',
      'Ꭰ ꭰ',
    ],
    ...[
      'e\u0301 \u0130',
      '\u00a0 \u2003\u3000x',
      '\t\n x ',
      '%_\\',
      'a%b',
      '\\',
      '(',
      'a-b_c.d',
      '日本語',
      '👩‍👧',
      '٣ ௧',
      '0123456789',
    ],
    ...['abcabc', "it's", '"q"', 'A'.repeat(300), 'null', 'true'],
  ],
  bpchar: ['', 'a ', 'ÄB  '],
  varchar: ['', 'a ', 'ÄB  '],
  bytea: ['', '\\x00', '\\xff00ff', '\\x616263', '\\x255f5c', '\\xc3a4'],
  uuid: [
    '00000000-0000-0000-0000-000000000000',
    '01890a5d-ac96-774b-bcce-b302099a8057',
    'ffffffff-ffff-ffff-ffff-ffffffffffff',
  ],
  date: [
    '4713-01-01 BC',
    '0001-01-01',
    '1999-12-31',
    '2000-02-29',
    '2026-06-30',
    '9999-12-31',
    '5874897-12-31',
  ],
  timestamptz: [
    '4713-01-01 00:00Z BC',
    '1969-12-31 23:59:59.999999Z',
    '2000-02-29 00:00Z',
    '2024-12-30 12:34:56.789Z',
    '294276-12-31 23:59Z',
  ],
  timestamp: [
    '4713-01-01 00:00 BC',
    '1969-12-31 23:59:59.999999',
    '2000-02-29 00:00',
    '2024-12-30 12:34:56.789',
    '294276-12-31 23:59',
  ],
  interval: [
    '0 days',
    '1 microsecond',
    '-1 microsecond',
    '36 hours',
    '400 days',
    '-14 months',
    '1 month 1 day 1 second',
    '100 years',
    '-2147483648 days',
    '2147483647 days',
    '2147483647 hours',
    '-2147483648 hours',
    '2147483647 months',
    '-2147483648 months',
    '-2500000 days',
  ],
  jsonb: [
    ...[
      'null',
      'true',
      '1',
      '1.00',
      '1e-5',
      '-0',
      '""',
      '"a"',
      '"Ä\\u00e4"',
      '[]',
      '{}',
      '[1, [2, "x"], null]',
      '{"a": {"b": [1, null]}, "b": "1"}',
    ],
    ...['{"": 0, "aa": null, "b": [], "Ä": 1.50}', '12345678901234567890.10'],
  ],
  _text: ['{}', '{a}', '{a,b}', '{a,b,0}', '{1,0}', '{-1,x}', '{NULL,a}', '{ä,Ä,"",b}'],
  _int4: ['{}', '{0}', '{3}', '{2,2}', '{1,NULL,-1}', '[0:1]={5,6}'],
  _int8: ['{}', '{1,2}'],
  _numeric: ['{}', '{1.0,1.00,NULL}'],
  _bool: ['{}', '{t,NULL}'],
  _jsonb: ['{}', '{"[1]","{}",NULL}'],
  _date: ['{}', '{2026-01-31}'],
  _bytea: ['{}', '{"\\\\x00"}'],
  float8: ['0'],
  name: ['UTF8'],
});

function typed(
  values: Readonly<Record<string, readonly string[]>>,
): Readonly<Record<string, readonly string[]>> {
  return Object.fromEntries(
    Object.entries(values).map(([type, texts]) => [
      type,
      [...texts.map((text) => `${quote(text)}::pg_catalog.${type}`), `NULL::pg_catalog.${type}`],
    ]),
  );
}

function quote(text: string): string {
  return `'${text.replaceAll("'", "''")}'`;
}

const whole = (type: string, ...values: readonly string[]): readonly string[] => [
  ...values.map((value) => `'${value}'::${type}`),
  `NULL::${type}`,
];
const texts = (...values: readonly string[]): readonly string[] =>
  values.map((value) => `${quote(value)}::text`);

const PATTERNS = texts(
  '',
  '^[a-z]+$',
  '[[:alpha:]]+',
  '\\w+',
  '\\d',
  '[^\\s]',
  '(a)(b)?',
  'Ä',
  '[À-Þ]',
  '[[:upper:]]',
  '(?i)ä',
  'a{2,3}|b*',
  '[A-z]',
  '\\mA',
  '(?=a)',
  '[[=a=]]',
  '(',
  '\\y.',
);
const FLAGS = texts('', 'g', 'i', 'x', 'n', 'c');

/** Arguments with a grammar of their own, by function and place. */
const SPECIAL: readonly (readonly [RegExp, number, readonly string[]])[] = [
  // Numbers that ask for rows or characters are constants of at most 10,000 in a contract.
  [/^(repeat|lpad|rpad)\(/, 1, whole('int4', '-1', '0', '3', '40')],
  [/^(var|bp)char\(/, 1, whole('int4', '-1', '4', '5', '14')],
  [/^generate_series\(int4/, 0, whole('int4', '-3', '0', '5')],
  [/^generate_series\(int4/, 1, whole('int4', '-5', '0', '12')],
  [/^generate_series\(int8/, 0, whole('int8', '-3', '0', '5')],
  [/^generate_series\(int8/, 1, whole('int8', '-5', '0', '12')],
  [/^array_fill\(/, 1, ['{}', '{0}', '{3}', '{2,2}', '{-1}'].map((each) => `'${each}'::int4[]`)],
  [/^((text|bpchar)(ic)?regex|regexp_)/, 1, PATTERNS],
  [/^substring\(text,text\)/, 1, PATTERNS],
  [/^regexp_(match|matches|split_to_array|like)\(text,text,text\)/, 2, FLAGS],
  [/^regexp_replace\(text,text,text\)/, 2, texts('', 'x', '[\\&]', '\\1')],
  [/^regexp_replace\(text,text,text,text\)/, 2, texts('', '[\\&]', '\\1')],
  [/^regexp_replace\(text,text,text,text\)/, 3, FLAGS],
  [/^(encode|decode)\(/, 1, texts('hex', 'base64', 'escape')],
  ...[...EXTRACTED_FIELDS].map(
    ([type, fields]) => [new RegExp(`^extract\\(text,${type}\\)`), 0, texts(...fields)] as const,
  ),
  // Years and weeks are constants.
  [/^make_interval/, 0, whole('int4', '0')],
  [/^make_interval/, 2, whole('int4', '0')],
  [
    /^date_trunc\(/,
    0,
    texts(
      ...`microseconds milliseconds second minute hour day week month quarter year decade century millennium nothing`.split(
        ' ',
      ),
    ),
  ],
  [/^timezone\(/, 0, texts('UTC')],
  [/^date_trunc\(text,timestamptz,text\)/, 2, texts('UTC')],
  [/^(similar_to_escape|substring\(text,text,text)/, 2, texts('\\', '#', '')],
  [/^similar_to_escape\(/, 0, texts('a%', '[a-z]_', '(a|b)*', '%#"b#"%', '[^[:alpha:]]', '', '[]]%')],
  [/^substring\(text,text,text/, 1, texts('%#"b#"%', '%', '#"_#"%', '[a-c]*')],
  [/^format\(/, 0, texts('', '%s', '%L-%s', '%%', '%1$s %5s|%-5s', '%2$s', '%x')],
  [/^like_escape\(text/, 1, texts('', '#', '\\', 'ab')],
  [
    /^((text|bpchar)(ic)?n?like|like|notlike)\((text|bpchar)/,
    1,
    texts('', 'a%', '_', '%Ä%', 'a\\', '%\\%%', 'ä%', 'ǆ%'),
  ],
];

/** What polymorphic arguments are tried as. */
const ELEMENTS = ['int4', 'numeric', 'text', 'jsonb', 'bool', 'date', 'bytea'] as const;
const POLYMORPHIC: ReadonlySet<string> = new Set(
  'anyelement anynonarray anyarray anycompatible anycompatiblearray any'.split(' '),
);

/** How many calls of one form are made; `few` is for the ordinary run. */
export type Effort = 'few' | 'all';
const CALLS_MAX: Readonly<Record<Effort, number>> = { few: 24, all: 800 };

/** The calls of a listed function, each an expression that gives one text. */
export function callsOf(listed: ListedFunction, effort: Effort): readonly string[] {
  const [, name = '', list = ''] = /^(\w+)\((.*)\)$/.exec(listed.signature) ?? [];
  const types = list.split(',').filter((each) => each !== '');
  if (types.length === 0) return [callText(listed, name, types, [])];
  const forms = types.some((type) => POLYMORPHIC.has(type))
    ? ELEMENTS.map((element) => types.map((type) => concrete(type, element)))
    : [types];
  return forms.flatMap((form) => {
    const values = form.map((type, place) => valuesOf(listed.signature, place, type));
    if (listed.kind === 'a') return aggregations(listed, name, types, values);
    return combinations(values, CALLS_MAX[effort]).map((each) => callText(listed, name, types, each));
  });
}

/** Types that have edge values. */
export function edgeTypes(): readonly string[] {
  return Object.keys(EDGES);
}

/** Values of a type, each SQL of that type. */
export function edgeValues(type: string): readonly string[] {
  return EDGES[type] ?? [];
}

function concrete(type: string, element: string): string {
  if (!POLYMORPHIC.has(type)) return type;
  return type.endsWith('array') && type !== 'anynonarray' ? `_${element}` : element;
}

function valuesOf(signature: string, place: number, type: string): readonly string[] {
  const special = SPECIAL.find(([pattern, at]) => at === place && pattern.test(signature));
  const values = special?.[2] ?? EDGES[type];
  if (values === undefined) throw new Error(`no edge values for the type ${type} of ${signature}`);
  return values;
}

// All of them where they are few, otherwise evenly spread ones; the remainder lets every place change.
function combinations(values: readonly (readonly string[])[], max: number): readonly (readonly string[])[] {
  const total = values.reduce((product, each) => product * each.length, 1);
  return Array.from({ length: Math.min(total, max) }, (_, index) => {
    let rest = total <= max ? index : Math.floor((index * total) / max) + (index % 7);
    return values.map((each) => {
      const value = each[rest % each.length] ?? '';
      rest = Math.floor(rest / each.length);
      return value;
    });
  });
}

// Over all values, over none, and over every two neighbours.
function aggregations(
  listed: ListedFunction,
  name: string,
  types: readonly string[],
  values: readonly (readonly string[])[],
): readonly string[] {
  const count = Math.max(...values.map((each) => each.length));
  const row = (index: number): string =>
    `(${index}, ${values.map((each) => each[index % each.length]).join(', ')})`;
  const columns = values.map((_, place) => `v.v${place}`);
  const call = callText({ ...listed, kind: 'f' }, name, types, columns).replace(
    /\)\)::text$/,
    ' ORDER BY v.n))::text',
  );
  const over = (rows: readonly string[], rest = ''): string =>
    `(SELECT ${call} FROM (VALUES ${rows.join(', ')}) AS v (n, ${columns.map((each) => each.slice(2)).join(', ')})${rest})`;
  const all = Array.from({ length: count }, (_, index) => row(index));
  const pairs = all.slice(1).map((each, index) => over([all[index] ?? '', each]));
  return [over(all), over(all, ' WHERE false'), ...pairs];
}

function callText(
  { kind, isSet, isVariadic }: ListedFunction,
  name: string,
  types: readonly string[],
  values: readonly string[],
): string {
  const call = `pg_catalog."${name}"(${argumentsText(types, values, isVariadic)})`;
  const rows = `pg_catalog.generate_series(1, 5) AS n`;
  if (kind === 'a') return `(SELECT pg_catalog."${name}"(*) FROM ${rows})::text`;
  if (kind === 'w') return joined(`SELECT ${call} OVER (ORDER BY n) AS x FROM ${rows}`);
  return isSet ? joined(`SELECT ${call} AS x`) : `(${call})::text`;
}

function argumentsText(types: readonly string[], values: readonly string[], isVariadic: boolean): string {
  const last = values.at(-1) ?? '';
  if (!isVariadic) return values.join(', ');
  // Of VARIADIC "any" two are given; a list of one type is given as an array.
  return types.at(-1) === 'any'
    ? [...values, last].join(', ')
    : [...values.slice(0, -1), `VARIADIC ${last}`].join(', ');
}

function joined(query: string): string {
  return `(SELECT pg_catalog.string_agg(coalesce(q.x::text, 'null'), '|') FROM (${query}) AS q)`;
}
