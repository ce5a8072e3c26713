/** Statements that pass every rule about single words and cost far more than they are long: joins, and functions over long values. */

import { cases, type HostileCase } from './hostile-case.ts';

/** A text of 100,000 bytes. */
const LONG = `repeat('a', 10000) || repeat('a', 10000) || repeat('a', 10000) || repeat('a', 10000) || repeat('a', 10000) || repeat('a', 10000) || repeat('a', 10000) || repeat('a', 10000) || repeat('a', 10000) || repeat('a', 10000)`;
const LONG_TEXTS = `a text := ${LONG}; b text := 'b' || repeat('a', 10000);`;
const LONG_ARRAYS = `a int4[] := array_fill(1, ARRAY[10000]); b int4[] := array_fill(2, ARRAY[10000]);`;

/** What a node would work on for seconds or hours, of which only the budget knows. */
export const WORK: readonly HostileCase[] = [
  ...cases('resources', 'budget', {
    'a long text in a longer one': { declare: LONG_TEXTS, body: `RETURN strpos(a, b)::text;` },
    'position of a long text': { declare: LONG_TEXTS, body: `RETURN position(b in a)::text;` },
    'like with a long text': { declare: LONG_TEXTS, body: `RETURN (a LIKE '%' || b || '%')::text;` },
    'not like in a condition': {
      declare: LONG_TEXTS,
      body: `IF a NOT LIKE '%' || b THEN RETURN 'y'; END IF; RETURN 'x';`,
    },
    'replace a long text': { declare: LONG_TEXTS, body: `RETURN length(replace(a, b, 'x'))::text;` },
    'replace by a long text': { declare: LONG_TEXTS, body: `RETURN length(replace(a, 'a', b))::text;` },
    'split by a long text': { declare: LONG_TEXTS, body: `RETURN split_part(a, b, 2);` },
    'an array out of a long text': {
      declare: LONG_TEXTS,
      body: `RETURN cardinality(string_to_array(a, b))::text;`,
    },
    'trim by a long text': { declare: LONG_TEXTS, body: `RETURN length(btrim(a, b))::text;` },
    'translate by a long text': { declare: LONG_TEXTS, body: `RETURN length(translate(a, b, 'x'))::text;` },
    'a pattern that begins again': { declare: LONG_TEXTS, body: `RETURN (a || 'c' ~ 'a*b|c')::text;` },
    'a pattern for the end of a text': {
      declare: LONG_TEXTS,
      body: `RETURN length(regexp_replace(a, 'a+b$', ''))::text;`,
    },
    'arrays that overlap': { declare: LONG_ARRAYS, body: `RETURN (a && b)::text;` },
    'an array in another': { declare: LONG_ARRAYS, body: `RETURN (a @> b)::text;` },
    'an array within another': { declare: LONG_ARRAYS, body: `RETURN (a <@ b)::text;` },
    'each of an array with all of it': {
      declare: `${LONG_ARRAYS} n int8;`,
      body: `SELECT count(*) INTO n FROM unnest(a) AS x WHERE x <> ALL (b); RETURN n::text;`,
    },
    'a document in another': {
      declare: `${LONG_ARRAYS} j jsonb := to_jsonb(a); k jsonb := to_jsonb(b);`,
      body: `RETURN (j @> k)::text;`,
    },
    'a document changed again and again': {
      declare: `j jsonb := to_jsonb(array_fill(1, ARRAY[10000]));`,
      body: `FOR i IN 1 .. 50000 LOOP j := jsonb_set(j, '{0}', '2'); END LOOP; RETURN 'x';`,
    },
    'a long text turned round again and again': {
      declare: `${LONG_TEXTS} n int8 := 0;`,
      body: `FOR i IN 1 .. 90000 LOOP n := n + ascii(reverse(a)); END LOOP; RETURN n::text;`,
    },
    'a search in the condition of a loop': {
      declare: `${LONG_TEXTS} n int8 := 0;`,
      body: `WHILE strpos(a, b) = 0 LOOP n := n + 1; EXIT WHEN n = 90; END LOOP; RETURN n::text;`,
    },
    'a search in a helper': {
      source: `CREATE FUNCTION trial.found(a text, b text) RETURNS int4 LANGUAGE sql IMMUTABLE AS $$ SELECT strpos(a, b) $$;
CREATE FUNCTION trial.attack() RETURNS text LANGUAGE plpgsql AS $$ DECLARE ${LONG_TEXTS} BEGIN RETURN trial.found(a, b)::text; END $$;`,
    },
    'a product of many numbers': {
      declare: `n numeric := 1234567890123456789012345678901234567890;`,
      body: `RETURN length((${Array.from({ length: 700 }, () => 'n').join(' * ')})::text)::text;`,
    },
    'arrays by each other': {
      declare: `${LONG_ARRAYS} n int8;`,
      body: `SELECT count(*) INTO n FROM unnest(a) AS x, unnest(b) AS y; RETURN n::text;`,
    },
    'series by each other': `RETURN (SELECT count(*) FROM generate_series(1, 10000) AS x, generate_series(1, 10000) AS y)::text;`,
    'rows of values by each other': `RETURN (SELECT count(*) FROM ${['v', 'w', 'x', 'y']
      .map((name) => `(VALUES ${Array.from({ length: 40 }, (_, n) => `(${n})`).join(', ')}) AS ${name} (n)`)
      .join(', ')})::text;`,
    'functions that give rows in a select list': {
      declare: `${LONG_ARRAYS} n int8;`,
      body: `SELECT count(*) INTO n FROM (SELECT unnest(a) AS u FROM unnest(b) AS x) AS q; RETURN n::text;`,
    },
    'a with query by itself': {
      declare: 'n int8;',
      body: `WITH q AS (SELECT l.item FROM trial.line AS l WHERE l.item = 1), s AS (SELECT x.n FROM generate_series(1, 1000) AS x (n)) SELECT count(*) INTO n FROM q, s AS a, s AS b; RETURN n::text;`,
    },
    'a query in a first value': {
      declare: `n int8 := (SELECT count(*) FROM generate_series(1, 1000) AS x, generate_series(1, 1000) AS y);`,
      body: `RETURN n::text;`,
    },
    'a query within a query': {
      declare: 'n int8;',
      body: `SELECT count(*) INTO n FROM generate_series(1, 1000) AS x (n) WHERE NOT EXISTS (SELECT FROM generate_series(1, 1000) AS y (n) WHERE y.n = 0 - x.n); RETURN n::text;`,
    },
    'a window that begins anew with each row': {
      declare: 'n int8;',
      body: `SELECT count(q.m) INTO n FROM (SELECT max(x.n) OVER (ORDER BY x.n ROWS BETWEEN 5000 PRECEDING AND CURRENT ROW) AS m FROM generate_series(1, 10000) AS x (n)) AS q; RETURN n::text;`,
    },
    'a group for nothing when nothing is left': {
      declare: 'n int8;',
      body: `FOR i IN 1 .. 100100 LOOP NULL; END LOOP; SELECT count(*) INTO n FROM generate_series(1, 10000) AS x, generate_series(1, 10000) AS y; RETURN n::text;`,
    },
    'rows of two functions for each other': {
      source: `
CREATE FUNCTION trial.many() RETURNS SETOF int4 LANGUAGE sql STABLE AS $$ SELECT x.n FROM generate_series(1, 10000) AS x (n) $$;
CREATE FUNCTION trial.attack() RETURNS text LANGUAGE plpgsql AS $$
DECLARE n int8;
BEGIN
  SELECT count(*) INTO n FROM trial.many() AS a, trial.many() AS b;
  RETURN n::text;
END $$;`,
    },
    'slices of a long array': {
      declare: `${LONG_ARRAYS} n int8 := 0;`,
      body: `FOR i IN 1 .. 50000 LOOP n := n + cardinality(a[2:9999]); END LOOP; RETURN n::text;`,
    },
    'elements of a long array set one by one': {
      declare: `a text[] := array_fill('x'::text, ARRAY[10000]);`,
      body: `FOR i IN 1 .. 50000 LOOP a[5000] := 'y'; END LOOP; RETURN a[1];`,
    },
    'a window that leaves rows out': {
      declare: 'n int8;',
      body: `SELECT sum(q.m) INTO n FROM (SELECT sum(x.n) OVER (ORDER BY x.n ROWS BETWEEN UNBOUNDED PRECEDING AND UNBOUNDED FOLLOWING EXCLUDE TIES) AS m FROM generate_series(1, 10000) AS x (n)) AS q; RETURN n::text;`,
    },
    'a window to the end from a row nearby': {
      declare: 'n int8;',
      body: `SELECT sum(q.m) INTO n FROM (SELECT max(0 - x.n) OVER (ORDER BY x.n ROWS BETWEEN 1 PRECEDING AND UNBOUNDED FOLLOWING) AS m FROM generate_series(1, 10000) AS x (n)) AS q; RETURN n::text;`,
    },
    'all rows so far for each row': {
      declare: 'n int8;',
      body: `SELECT sum(jsonb_array_length(q.m)) INTO n FROM (SELECT jsonb_agg(x.n) OVER (ORDER BY x.n) AS m FROM generate_series(1, 10000) AS x (n)) AS q; RETURN n::text;`,
    },
    'a row taken out and put back': `FOR i IN 1 .. 4000 LOOP DELETE FROM trial.line WHERE item = 1 AND no = 1; INSERT INTO trial.line (item, no, amount) VALUES (1, 1, i); END LOOP; RETURN 'x';`,
    'many rows changed again and again': `FOR i IN 1 .. 450 LOOP UPDATE trial.item SET balance = i; END LOOP; RETURN 'x';`,
    'a large row again and again': {
      declare: LONG_TEXTS,
      body: `FOR i IN 1 .. 200 LOOP UPDATE trial.item SET facts = to_jsonb(a) WHERE id = 1; END LOOP; RETURN 'x';`,
    },
  }),
];
