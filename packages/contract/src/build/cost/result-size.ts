/** Functions by how large their results are beside what they are given. */

/** A number, a truth, a hash. */
export const SMALL_RESULTS: ReadonlySet<string> = new Set(
  `length char_length character_length octet_length bit_length ascii chr strpos position starts_with md5 sha224 sha256 sha384
   sha512 cardinality array_length array_lower array_upper array_ndims array_position jsonb_array_length jsonb_typeof
   jsonb_exists num_nulls num_nonnulls abs sign scale min_scale trim_scale ceil ceiling floor round trunc mod div gcd lcm sqrt
   width_bucket int2 int4 int8 numeric extract date_trunc timezone make_date make_interval date regexp_count regexp_instr
   regexp_like count sum avg bool_and bool_or every row_number rank dense_rank ntile bit_and bit_or`.split(
    /\s+/,
  ),
);

/** What only the rows tell. */
export const AGGREGATES: ReadonlySet<string> = new Set(
  'string_agg array_agg jsonb_agg jsonb_object_agg min max lag lead first_value last_value nth_value'.split(
    ' ',
  ),
);

/** Functions whose result may be a few times as long as what they are given. */
export const GROWING_RESULTS: ReadonlySet<string> = new Set(
  'encode decode quote_literal jsonb_pretty to_jsonb jsonb_build_object jsonb_build_array jsonb_object overlay format'.split(
    ' ',
  ),
);
