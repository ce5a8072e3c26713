/**
 * The positive list: every built-in function, operator and aggregate that a contract may reach, by
 * its resolved name and argument types as `pg_proc` has them. A function that is not here is refused,
 * whatever its volatility says.
 *
 * Each gives the same on every version that a network admits, or an error on all of them: a test
 * runs the list on the lowest and the highest (`version-differences.test.ts`). Differences of times and sums of
 * intervals are not here: beyond the range of an interval older versions give another one, newer ones
 * `infinity` or an error.
 *
 * Invariant: the sandbox grants at least these (`packages/node/sql/setup/functions.sql`); a test
 * compares. `{a,b}` stands for each of its parts; `_int4` is an array of int4.
 */

/** What the checker knows of an allowed function. */
export interface AllowedFunction {
  /** Whether it gives a value for all arguments: then it may stand in a predicate. */
  readonly isTotal: boolean;
}

/** The allowed function of this signature, such as `abs(int4)`; undefined when it is none. */
export function allowedFunction(signature: string): AllowedFunction | undefined {
  return ALLOWED.get(signature);
}

/** All signatures of the list. */
export function allowedSignatures(): readonly string[] {
  return [...ALLOWED.keys()];
}

/** Patterns of these are constants, so whether they raise is known when the contract is checked. */
export function isPatternFunction(name: string): boolean {
  return /^(text|bpchar)(ic)?(regex(eq|ne)|n?like)$|^regexp_|^bytean?like$|^like$|^notlike$/.test(name);
}

/** Never raise: comparisons, logic, text measures, exact sums; aggregates and window functions. */
const TOTAL = `
  int2{eq,ne,lt,le,gt,ge}(int2,int2) int4{eq,ne,lt,le,gt,ge}(int4,int4) int8{eq,ne,lt,le,gt,ge}(int8,int8)
  int24{eq,ne,lt,le,gt,ge}(int2,int4) int28{eq,ne,lt,le,gt,ge}(int2,int8) int42{eq,ne,lt,le,gt,ge}(int4,int2)
  int48{eq,ne,lt,le,gt,ge}(int4,int8) int82{eq,ne,lt,le,gt,ge}(int8,int2) int84{eq,ne,lt,le,gt,ge}(int8,int4)
  int2{and,or,xor}(int2,int2) int4{and,or,xor}(int4,int4) int8{and,or,xor}(int8,int8)
  int2not(int2) int4not(int4) int8not(int8) int2up(int2) int4up(int4) int8up(int8)
  int2shl(int2,int4) int2shr(int2,int4) int4shl(int4,int4) int4shr(int4,int4) int8shl(int8,int4) int8shr(int8,int4)
  int4(int2) int8(int2) int8(int4) int4(bool) bool(int4) numeric({int2,int4,int8})
  numeric_{eq,ne,lt,le,gt,ge,add,sub,mul}(numeric,numeric) numeric_{abs,uminus,uplus}(numeric)
  abs(numeric) sign(numeric) scale(numeric) min_scale(numeric) trim_scale(numeric)
  {ceil,ceiling,floor}(numeric) {round,trunc}(numeric) {round,trunc}(numeric,int4)
  bool{eq,ne,lt,le,gt,ge}(bool,bool)
  text{eq,ne}(text,text) text_{lt,le,gt,ge}(text,text) text{like,nlike,iclike,icnlike}(text,text)
  text{regexeq,regexne,icregexeq,icregexne}(text,text) {like,notlike}(text,text) {like,notlike}(bytea,bytea)
  bpchar{eq,ne,lt,le,gt,ge}(bpchar,bpchar) bpchar{like,nlike,iclike,icnlike}(bpchar,text)
  bpchar{regexeq,regexne,icregexeq,icregexne}(bpchar,text) text(bool) text(bpchar)
  {length,char_length,character_length,octet_length}({text,bpchar}) bit_length(text) {length,octet_length,bit_length}(bytea)
  {lower,upper}(text) {btrim,ltrim,rtrim}(text) {btrim,ltrim,rtrim}(text,text) {btrim,ltrim,rtrim}(bytea,bytea)
  strpos(text,text) position(text,text) position(bytea,bytea) starts_with(text,text) {left,right}(text,int4)
  ascii(text) reverse(text) replace(text,text,text) translate(text,text,text)
  {md5,sha224,sha256,sha384,sha512}(bytea) md5(text) substr(text,int4) substring(text,int4)
  bytea{eq,ne,lt,le,gt,ge}(bytea,bytea) bytea{like,nlike}(bytea,bytea)
  uuid_{eq,ne,lt,le,gt,ge}(uuid,uuid) date_{eq,ne,lt,le,gt,ge}(date,date)
  timestamptz_{eq,ne,lt,le,gt,ge}(timestamptz,timestamptz) timestamp_{eq,ne,lt,le,gt,ge}(timestamp,timestamp)
  date_{eq,ne,lt,le,gt,ge}_timestamp(date,timestamp) timestamp_{eq,ne,lt,le,gt,ge}_date(timestamp,date)
  interval_{eq,ne,lt,le,gt,ge}(interval,interval)
  jsonb_{eq,ne,lt,le,gt,ge,contains,contained}(jsonb,jsonb) jsonb_exists(jsonb,text) jsonb_exists_{any,all}(jsonb,_text)
  jsonb_object_field(jsonb,text) jsonb_object_field_text(jsonb,text)
  jsonb_array_element(jsonb,int4) jsonb_array_element_text(jsonb,int4)
  jsonb_extract_path(jsonb,_text) jsonb_extract_path_text(jsonb,_text) jsonb_typeof(jsonb)
  array_{eq,ne,lt,le,gt,ge}(anyarray,anyarray) arrayoverlap(anyarray,anyarray)
  arraycontains(anyarray,anyarray) arraycontained(anyarray,anyarray)
  {array_length,array_lower,array_upper}(anyarray,int4) array_ndims(anyarray) cardinality(anyarray)
  {num_nulls,num_nonnulls}(any)
  count() count(any) {min,max}({int2,int4,int8,numeric,text,bpchar,date,timestamptz,timestamp})
  sum({int2,int4,int8,numeric}) avg({int2,int4,int8,numeric})
  {bit_and,bit_or}({int2,int4,int8}) {bool_and,bool_or,every}(bool)
  string_agg(text,text) string_agg(bytea,bytea) array_agg(anynonarray) jsonb_agg(anyelement)
  row_number() rank() dense_rank() {lag,lead}(anyelement) {first_value,last_value}(anyelement)
`;

/** May raise: arithmetic that overflows or divides, conversions, anything that validates its arguments. */
const PARTIAL = `
  int2{pl,mi,mul,div,mod}(int2,int2) int4{pl,mi,mul,div,mod}(int4,int4) int8{pl,mi,mul,div,mod}(int8,int8)
  int24{pl,mi,mul,div}(int2,int4) int28{pl,mi,mul,div}(int2,int8) int42{pl,mi,mul,div}(int4,int2)
  int48{pl,mi,mul,div}(int4,int8) int82{pl,mi,mul,div}(int8,int2) int84{pl,mi,mul,div}(int8,int4)
  int2um(int2) int4um(int4) int8um(int8) int2abs(int2) int4abs(int4) int8abs(int8)
  abs({int2,int4,int8}) mod(int2,int2) mod(int4,int4) mod(int8,int8) mod(numeric,numeric) div(numeric,numeric)
  {gcd,lcm}(int4,int4) {gcd,lcm}(int8,int8) {gcd,lcm}(numeric,numeric)
  int2({int4,int8,numeric}) int4({int8,numeric}) int8(numeric) numeric(numeric,int4)
  numeric_{div,mod}(numeric,numeric) sqrt(numeric)
  textcat(text,text) textanycat(text,anynonarray) anytextcat(anynonarray,text) byteacat(bytea,bytea)
  varchar(varchar,int4,bool) bpchar(bpchar,int4,bool)
  {lpad,rpad}(text,int4) {lpad,rpad}(text,int4,text) repeat(text,int4) initcap(text) chr(int4)
  {substr,substring}(text,int4,int4) {substr,substring}(bytea,int4) {substr,substring}(bytea,int4,int4)
  substring(text,text) substring(text,text,text) similar_to_escape(text) similar_to_escape(text,text)
  like_escape(text,text) like_escape(bytea,bytea)
  overlay(text,text,int4) overlay(text,text,int4,int4) overlay(bytea,bytea,int4) overlay(bytea,bytea,int4,int4)
  split_part(text,text,int4) concat(any) concat_ws(text,any) format(text) format(text,any)
  quote_literal(text) quote_literal(anyelement) encode(bytea,text) decode(text,text)
  convert_to(text,name) convert_from(bytea,name)
  regexp_replace(text,text,text) regexp_replace(text,text,text,text) regexp_match(text,text) regexp_match(text,text,text)
  regexp_matches(text,text) regexp_matches(text,text,text)
  regexp_split_to_array(text,text) regexp_split_to_array(text,text,text)
  regexp_like(text,text) regexp_like(text,text,text) regexp_count(text,text) regexp_count(text,text,int4)
  regexp_substr(text,text) regexp_substr(text,text,int4) regexp_instr(text,text) regexp_instr(text,text,int4)
  array_append(anycompatiblearray,anycompatible) array_prepend(anycompatible,anycompatiblearray)
  array_cat(anycompatiblearray,anycompatiblearray) array_remove(anycompatiblearray,anycompatible)
  array_replace(anycompatiblearray,anycompatible,anycompatible)
  array_position(anycompatiblearray,anycompatible) array_position(anycompatiblearray,anycompatible,int4)
  array_positions(anycompatiblearray,anycompatible)
  array_to_string(anyarray,text) array_to_string(anyarray,text,text) string_to_array(text,text) string_to_array(text,text,text)
  unnest(anyarray) generate_subscripts(anyarray,int4) generate_subscripts(anyarray,int4,bool)
  array_fill(anyelement,_int4) array_fill(anyelement,_int4,_int4) trim_array(anyarray,int4)
  generate_series(int4,int4) generate_series(int4,int4,int4) generate_series(int8,int8) generate_series(int8,int8,int8)
  jsonb_array_length(jsonb) jsonb_array_elements(jsonb) jsonb_array_elements_text(jsonb)
  jsonb_each(jsonb) jsonb_each_text(jsonb) jsonb_object_keys(jsonb)
  jsonb_set(jsonb,_text,jsonb,bool) jsonb_insert(jsonb,_text,jsonb,bool)
  jsonb_strip_nulls(jsonb) jsonb_strip_nulls(jsonb,bool) jsonb_pretty(jsonb)
  jsonb_build_object() jsonb_build_object(any) jsonb_build_array() jsonb_build_array(any)
  to_jsonb(anyelement) jsonb_object(_text) jsonb_object(_text,_text) jsonb_concat(jsonb,jsonb)
  jsonb_delete(jsonb,text) jsonb_delete(jsonb,int4) jsonb_delete(jsonb,_text) jsonb_delete_path(jsonb,_text)
  array_agg(anyarray) jsonb_object_agg(any,any)
  {lag,lead}(anyelement,int4) {lag,lead}(anycompatible,int4,anycompatible) nth_value(anyelement,int4) ntile(int4)
  make_date(int4,int4,int4) make_interval(int4,int4,int4,int4,int4,int4,float8)
  extract(text,{date,timestamp,interval}) date_trunc(text,timestamp) date_trunc(text,timestamptz,text)
  timezone(text,{timestamp,timestamptz}) date(timestamp) timestamp(date)
  date_mi(date,date) date_pli(date,int4) date_mii(date,int4) integer_pl_date(int4,date)
  date_{pl,mi}_interval(date,interval) interval_pl_date(interval,date)
  timestamp_{pl,mi}_interval(timestamp,interval) interval_pl_timestamp(interval,timestamp)
  timestamptz(timestamptz,int4) timestamp(timestamp,int4)
`;

const ALLOWED: ReadonlyMap<string, AllowedFunction> = new Map<string, AllowedFunction>([
  ...entries(PARTIAL, { isTotal: false }),
  ...entries(TOTAL, { isTotal: true }),
]);

function entries(list: string, known: AllowedFunction): readonly (readonly [string, AllowedFunction])[] {
  return signatures(list).map((each) => [each, known]);
}

function signatures(list: string): readonly string[] {
  return list
    .split(/\s+/)
    .filter((each) => each !== '')
    .flatMap((each) => expand(each));
}

// The first group of braces is written out, then what follows it.
function expand(pattern: string): readonly string[] {
  const open = pattern.indexOf('{');
  if (open < 0) return [pattern];
  const close = pattern.indexOf('}', open);
  const parts = pattern.slice(open + 1, close).split(',');
  return parts.flatMap((part) => expand(pattern.slice(0, open) + part + pattern.slice(close + 1)));
}
