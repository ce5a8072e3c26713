/**
 * What a call of each function and operator of the positive list costs by the sizes of its arguments: the
 * build charges by it. The build reads texts and knows no types, so a name has the class of its dearest
 * form, and so has an operator.
 *
 * Invariant: every function of the positive list has a class here, and every operator that leads to one; a
 * test compares. Weights were measured (decision 0023).
 */

/**
 * `small`: does not depend on the sizes of values. `copy`: moves its arguments. `linear`: looks at every byte
 * of them. `product`: looks at every byte of the first for every byte of the others. `pattern`: a regular
 * expression, constant by rule; the square of the text unless the pattern cannot begin again and again.
 * `digits`: the digits of one number for each digit of the other. `rows`: gives a row for each element.
 */
export type CostClass = 'small' | 'copy' | 'linear' | 'product' | 'pattern' | 'digits' | 'rows';

/** The class of a function by its name; `small` for one that is not on the positive list, which has no business here. */
export function functionCost(name: string): CostClass {
  return FUNCTIONS.get(name) ?? 'small';
}

/** The class of an operator by its signs. */
export function operatorCost(symbol: string): CostClass {
  return OPERATORS.get(symbol) ?? 'small';
}

/** Whether the function or operator has been given a class; for the test. */
export function hasCost(nameOrSymbol: string): boolean {
  return FUNCTIONS.has(nameOrSymbol) || OPERATORS.has(nameOrSymbol);
}

/** Steps of a function for each byte, where it is not 1: what takes a text apart letter by letter. */
export const STEP_WEIGHTS: ReadonlyMap<string, number> = new Map([
  ['translate', 20],
  ...['btrim', 'ltrim', 'rtrim'].map((name): [string, number] => [name, 4]),
  ...['length', 'char_length', 'character_length', 'left', 'right', 'substr', 'substring'].map(
    (name): [string, number] => [name, 2],
  ),
  ...['reverse', 'lower', 'upper', 'initcap'].map((name): [string, number] => [name, 20]),
  ...['lower_case', 'upper_case', 'fold_case'].map((name): [string, number] => [name, 20]),
  ...['md5', 'sha224', 'sha256', 'sha384', 'sha512', 'encode', 'decode', 'quote_literal'].map(
    (name): [string, number] => [name, 3],
  ),
]);

/** Units of a call that repeats a division until nothing is left. */
export const CALL_UNITS: ReadonlyMap<string, number> = new Map([
  ['gcd', 20],
  ['lcm', 20],
  ['sqrt', 2],
]);

const FUNCTION_LIST: Readonly<Record<CostClass, string>> = {
  small: `
    int2eq int2ne int2lt int2le int2gt int2ge int4eq int4ne int4lt int4le int4gt int4ge int8eq int8ne int8lt int8le int8gt int8ge
    int24eq int24ne int24lt int24le int24gt int24ge int28eq int28ne int28lt int28le int28gt int28ge
    int42eq int42ne int42lt int42le int42gt int42ge int48eq int48ne int48lt int48le int48gt int48ge
    int82eq int82ne int82lt int82le int82gt int82ge int84eq int84ne int84lt int84le int84gt int84ge
    int2and int2or int2xor int4and int4or int4xor int8and int8or int8xor int2not int4not int8not int2up int4up int8up
    int2shl int2shr int4shl int4shr int8shl int8shr int2 int4 int8
    booleq boolne boollt boolle boolgt boolge
    numeric_eq numeric_ne numeric_lt numeric_le numeric_gt numeric_ge numeric_add numeric_sub numeric_abs numeric_uminus
    numeric_uplus abs sign scale min_scale trim_scale ceil ceiling floor round trunc numeric
    octet_length bit_length ascii chr starts_with
    uuid_eq uuid_ne uuid_lt uuid_le uuid_gt uuid_ge date_eq date_ne date_lt date_le date_gt date_ge
    timestamptz_eq timestamptz_ne timestamptz_lt timestamptz_le timestamptz_gt timestamptz_ge
    timestamp_eq timestamp_ne timestamp_lt timestamp_le timestamp_gt timestamp_ge
    date_eq_timestamp date_ne_timestamp date_lt_timestamp date_le_timestamp date_gt_timestamp date_ge_timestamp
    timestamp_eq_date timestamp_ne_date timestamp_lt_date timestamp_le_date timestamp_gt_date timestamp_ge_date
    interval_eq interval_ne interval_lt interval_le interval_gt interval_ge
    jsonb_exists jsonb_object_field jsonb_object_field_text jsonb_array_element jsonb_array_element_text
    jsonb_extract_path jsonb_extract_path_text jsonb_typeof jsonb_array_length
    array_length array_lower array_upper array_ndims cardinality num_nulls num_nonnulls
    bool count min max sum avg bit_and bit_or bool_and bool_or every row_number rank dense_rank lag lead first_value last_value
    nth_value ntile
    int2pl int2mi int2mul int2div int2mod int4pl int4mi int4mul int4div int4mod int8pl int8mi int8mul int8div int8mod
    int24pl int24mi int24mul int24div int28pl int28mi int28mul int28div int42pl int42mi int42mul int42div
    int48pl int48mi int48mul int48div int82pl int82mi int82mul int82div int84pl int84mi int84mul int84div
    int2um int4um int8um int2abs int4abs int8abs gcd lcm
    make_date make_interval extract date_trunc timezone date timestamp timestamptz interval date_mi date_pli date_mii
    integer_pl_date date_pl_interval date_mi_interval interval_pl_date timestamp_pl_interval timestamp_mi_interval
    interval_pl_timestamp timestamp_mi timestamptz_mi interval_pl interval_mi interval_um`,
  copy: `
    texteq textne text_lt text_le text_gt text_ge bpchareq bpcharne bpcharlt bpcharle bpchargt bpcharge
    byteaeq byteane bytealt byteale byteagt byteage text varchar bpchar
    textcat textanycat anytextcat byteacat lpad rpad repeat overlay concat concat_ws format
    array_append array_prepend array_cat trim_array array_fill array_agg string_agg jsonb_agg`,
  linear: `
    length char_length character_length left right substr substring lower upper initcap reverse md5 sha224 sha256 sha384 sha512 quote_literal encode decode convert_to convert_from
    jsonb_eq jsonb_ne jsonb_lt jsonb_le jsonb_gt jsonb_ge jsonb_exists_any jsonb_exists_all
    array_eq array_ne array_lt array_le array_gt array_ge array_remove array_replace array_position array_positions
    array_to_string jsonb_set jsonb_insert jsonb_strip_nulls jsonb_pretty jsonb_build_object jsonb_build_array to_jsonb
    jsonb_object jsonb_concat jsonb_delete_path jsonb_object_agg similar_to_escape like_escape`,
  product: `
    textlike textnlike texticlike texticnlike like notlike bpcharlike bpcharnlike bpchariclike bpcharicnlike bytealike
    byteanlike strpos position replace translate btrim ltrim rtrim split_part string_to_array
    jsonb_contains jsonb_contained arrayoverlap arraycontains arraycontained jsonb_delete`,
  pattern: `
    textregexeq textregexne texticregexeq texticregexne bpcharregexeq bpcharregexne bpcharicregexeq bpcharicregexne
    regexp_replace regexp_match regexp_matches regexp_split_to_array regexp_like regexp_count regexp_substr regexp_instr`,
  digits: 'numeric_mul numeric_div numeric_mod mod div sqrt width_bucket',
  rows: `
    unnest generate_subscripts generate_series jsonb_array_elements jsonb_array_elements_text jsonb_each jsonb_each_text
    jsonb_object_keys`,
};

const OPERATOR_LIST: Readonly<Record<CostClass, string>> = {
  small: '+ & | # << >> -> ->> #> #>> ? @',
  copy: '',
  // Also of arrays and documents: what compares texts alone would be moved only.
  linear: '= <> != < > <= >= || ?| ?& #- ^@ - <->',
  product: '~~ !~~ ~~* !~~* @> <@ &&',
  pattern: '~ !~ ~* !~*',
  digits: '* / %',
  rows: '',
};

const FUNCTIONS = byName(FUNCTION_LIST);
const OPERATORS = byName(OPERATOR_LIST);

function byName(list: Readonly<Record<CostClass, string>>): ReadonlyMap<string, CostClass> {
  const classes: readonly CostClass[] = ['small', 'copy', 'linear', 'product', 'pattern', 'digits', 'rows'];
  return new Map(
    classes.flatMap((each) =>
      list[each]
        .split(/\s+/)
        .filter((name) => name !== '')
        .map((name) => [name, each] as const),
    ),
  );
}

/**
 * Whether a regular expression is matched in one pass: it is tied to the beginning of the text, or repeats nothing
 * but at its very end, so that it never runs far and begins again one character further.
 */
export function isOnePass(pattern: string): boolean {
  const plain = pattern.replace(/\\./g, 'x').replace(/\[\^?\]?[^\]]*\]/g, 'x');
  if (plain.includes('|') || plain.includes('***')) return false;
  if (plain.startsWith('^')) return !/\((?!\?[:=!])/.test(plain) || !/\)[*+{]/.test(plain);
  return !/[*+{]/.test(plain.replace(/([*+]|\{[\d,]+\})\??$/, ''));
}
