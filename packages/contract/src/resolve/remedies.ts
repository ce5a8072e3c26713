/** What to write instead of what a contract may not use. */

const REMEDIES: readonly (readonly [pattern: RegExp, remedy: string])[] = [
  [
    /^(now|clock_timestamp|statement_timestamp|transaction_timestamp|timeofday)$|clock/,
    'Use bucordo.block_time().',
  ],
  [/^(random|random_normal|setseed)$/, 'Use bucordo.random_bytes(n).'],
  [/uuid/, 'Use bucordo.new_id().'],
  [
    /^(nextval|currval|setval|lastval)$/,
    'Use bucordo.position(), bucordo.new_id() or a number the caller gives.',
  ],
  [/^(current_user|session_user|user|getpgusername)$/, 'Use bucordo.caller() or bucordo.member().'],
  [/^(txid_|pg_current_xact)/, 'Use bucordo.tx_id() or bucordo.position().'],
  [
    /^(interval_mul|mul_d_interval|interval_div)$/,
    'Use make_interval(days => n), bucordo.add_seconds(moment, seconds), or add whole days to a date.',
  ],
  [
    /^timestamp(tz)?_mi$/,
    'Use bucordo.seconds_between(earlier, later); to compare, add to one side: bucordo.add_seconds(moment, seconds).',
  ],
  [/^interval(_pl|_mi|_um)?$/, 'Add up seconds or days, and make one interval of the sum.'],
  [
    /^(numeric_power|pow|power|dpow|numeric_exp|exp|ln|log|sqrt)/,
    'Multiply in a loop, or keep a table of the values.',
  ],
  [/^date_part$/, 'Use extract(… FROM …), which is exact.'],
  [
    /^(date|date_trunc|extract|timestamptz|timestamp|date_\w+_timestamptz|timestamptz_\w+_date)$/,
    "Say the zone: … AT TIME ZONE 'UTC', or date_trunc(field, moment, 'UTC').",
  ],
  [
    /^(timestamptz_(pl|mi)_interval|interval_pl_timestamptz|generate_series)$/,
    'Use bucordo.add_seconds(moment, seconds), or add days to a date.',
  ],
  [
    /^(int2|int4|int8|numeric|bool)$/,
    "Take the text of the JSON value: bucordo.decimal_number(document ->> 'key'), bucordo.whole_number(document ->> 'key').",
  ],
  [/^float|^d[a-z]+$/, 'Use numeric.'],
  [
    /^to_(char|date|timestamp|number)$/,
    'Use extract, make_date, lpad and || to build texts, and typed parameters to read them.',
  ],
  [/^json_|^to_json$|^row_to_json$|^array_to_json$/, 'Use jsonb and its functions.'],
  [/^jsonb_(to|populate)_record/, 'Take the fields one by one with ->> and cast them.'],
  [/^jsonb_path|^@/, 'Use -> and ->> with @>.'],
  [
    /^pg_|^lo_|^txid|^has_.*_privilege$|^current_/,
    'Leave it out: a contract knows its tables and its arguments, nothing of the server.',
  ],
];

/** A sentence that tells what to write instead of a function, operator or keyword. */
export function remedyFor(name: string): string {
  const found = REMEDIES.find(([pattern]) => pattern.test(name));
  return found?.[1] ?? 'Use one of the functions that the guide for contracts lists.';
}

/** A sentence that tells what to write instead of a construct that may raise in a predicate. */
export function remedyForRaising(construct: string): string {
  if (/^operator [/%]$|^(div|mod)\(\)$/.test(construct)) {
    return 'Divide by a constant other than zero; or divide numbers of the type numeric by NULLIF(divisor, 0): then nothing is divided by zero. Or compute it into a variable before.';
  }
  if (/^operator [-+*]$|^(abs|gcd|lcm)\(\)$/.test(construct)) {
    return 'Compute with the type numeric, column::numeric + 1, which has no highest number; or compute it into a variable before.';
  }
  if (/^(substr|substring|overlay|split_part|chr)\(\)$/.test(construct)) {
    return 'Give the numbers as constants, a length not below 0 and a place from 1 on; or compute it into a variable before.';
  }
  if (/^(int[248]|numeric)\(\)$/.test(construct)) {
    return 'Leave the conversion out: numbers of all types compare with each other; round(value, 2) cuts digits. Or compute it into a variable before.';
  }
  return 'Compute it into a variable before, or compare columns as they are.';
}
