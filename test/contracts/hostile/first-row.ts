/** Cases in which the row that a plan meets first shows: equal values that differ, and the first of several errors. */

import { cases, type HostileCase } from './hostile-case.ts';

/** Numbers of two scales from the columns of the trial tables. */
const MIXED = `CASE WHEN i.place > 3 THEN i.balance ELSE i.balance * 1.00 END`;

/** A function that refuses some rows, and a function that calls it for all of them. */
function refusing(body: string, declare = 'n int8;'): { readonly source: string } {
  return {
    source: `
CREATE FUNCTION trial.need(wanted int4) RETURNS int4 LANGUAGE plpgsql AS $$
BEGIN
  IF wanted > 3 THEN RAISE EXCEPTION '% is too much', wanted USING ERRCODE = 'BC001'; END IF;
  RETURN wanted;
END $$;
CREATE FUNCTION trial.attack() RETURNS text LANGUAGE plpgsql AS $$
DECLARE ${declare}
BEGIN
  ${body}
  RETURN n::text;
END $$;`,
  };
}

/** A table whose rows divide when they are written, and a function that handles it. */
function dividing(columns: string): { readonly schema: string; readonly source: string } {
  return {
    schema: `CREATE TABLE trial.share (id int4 PRIMARY KEY, ${columns});`,
    source: `
CREATE FUNCTION trial.attack() RETURNS text LANGUAGE plpgsql AS $$
BEGIN
  UPDATE trial.share AS s SET parts = s.parts - 1 WHERE s.id = ANY ('{1,2}');
  RETURN 'x';
EXCEPTION WHEN division_by_zero THEN
  RETURN 'zero';
END $$;`,
  };
}

/** Values that are equal and not identical. */
export const EQUAL_VALUES: readonly HostileCase[] = [
  ...cases('equal', 'B2', {
    'highest of two scales': `RETURN (SELECT max(${MIXED}) FROM trial.item AS i WHERE i.id = ANY ('{1,2,5}'))::text;`,
    'lowest beside a zero of no scale': `RETURN (SELECT min(coalesce(NULLIF(i.balance, 100), 0)) FROM trial.item AS i WHERE i.id = ANY ('{1,2}'))::text;`,
    'sum of distinct numbers': `RETURN (SELECT sum(DISTINCT ${MIXED}) FROM trial.item AS i WHERE i.id = ANY ('{1,5}'))::text;`,
    'mean of distinct numbers': `RETURN (SELECT avg(DISTINCT ${MIXED}) FROM trial.item AS i WHERE i.id = ANY ('{1,5}'))::text;`,
    'array of distinct numbers': `RETURN (SELECT array_agg(DISTINCT ${MIXED}) FROM trial.item AS i WHERE i.id = ANY ('{1,5}'))::text;`,
    'highest quotient': `RETURN (SELECT max(i.balance / i.place) FROM trial.item AS i WHERE i.id = ANY ('{1,5}'))::text;`,
    'highest of literals': `RETURN (SELECT max(v.a) FROM (VALUES (1.0), (1.00)) AS v (a))::text;`,
    'highest of document fields': `RETURN (SELECT max(bucordo.decimal_number(i.facts ->> 'a')) FROM trial.item AS i WHERE i.id = ANY ('{1,5}'))::text;`,
    'highest padded text': `RETURN (SELECT max(i.owner::char(4)) FROM trial.item AS i WHERE i.id = ANY ('{1,5}'))::text;`,
    'groups of numbers': `RETURN (SELECT string_agg(q.v::text, ',' ORDER BY q.v::text) FROM (SELECT ${MIXED} AS v FROM trial.item AS i WHERE i.id = ANY ('{1,5}') GROUP BY 1) AS q);`,
    'groups of documents': `RETURN (SELECT string_agg(q.v::text, ',' ORDER BY q.v::text) FROM (SELECT i.facts AS v FROM trial.item AS i WHERE i.id = ANY ('{1,5}') GROUP BY i.facts) AS q);`,
    'distinct documents': `RETURN (SELECT string_agg(q.v::text, ',' ORDER BY q.v::text) FROM (SELECT DISTINCT i.facts AS v FROM trial.item AS i WHERE i.id = ANY ('{1,5}')) AS q);`,
    'union of documents': `RETURN (SELECT string_agg(q.v::text, ',' ORDER BY q.v::text) FROM (SELECT i.facts AS v FROM trial.item AS i WHERE i.id = 1 UNION SELECT i.facts FROM trial.item AS i WHERE i.id = 2) AS q);`,
    'documents in their own order': `RETURN (SELECT jsonb_agg(i.facts ORDER BY i.facts) FROM trial.item AS i WHERE i.id = ANY ('{1,5}'))::text;`,
    'object of documents with equal keys': `RETURN (SELECT jsonb_object_agg(i.owner, i.facts ORDER BY i.owner, i.facts) FROM trial.item AS i WHERE i.id = ANY ('{1,5}'))::text;`,
    'first document': `RETURN (SELECT i.facts FROM trial.item AS i WHERE i.id = ANY ('{1,5}') ORDER BY i.facts LIMIT 1)::text;`,
    'first document of each': `RETURN (SELECT jsonb_agg(q.v ORDER BY q.p) FROM (SELECT DISTINCT ON (i.place) i.place AS p, i.facts AS v FROM trial.item AS i WHERE i.id = ANY ('{1,5}') ORDER BY i.place, i.facts) AS q)::text;`,
    'loop over documents': {
      declare: `r record; x text := '';`,
      body: `FOR r IN SELECT i.facts FROM trial.item AS i WHERE i.id = ANY ('{1,5}') ORDER BY i.facts LOOP x := x || r.facts::text; END LOOP; RETURN x;`,
    },
    'number of a document': `RETURN (SELECT min(q.n) FROM (SELECT s.v, row_number() OVER (ORDER BY s.v) AS n FROM (SELECT i.facts AS v FROM trial.item AS i WHERE i.id = ANY ('{1,5}')) AS s) AS q WHERE q.v::text = '{"a": 1}')::text;`,
    'highest in a window': `RETURN (SELECT max(q.m::text) FROM (SELECT max(${MIXED}) OVER () AS m FROM trial.item AS i WHERE i.id = ANY ('{1,5}')) AS q);`,
    'texts of documents in the order of documents': `RETURN (SELECT string_agg(i.facts::text, ',' ORDER BY i.facts) FROM trial.item AS i WHERE i.id = ANY ('{1,5}'));`,
    'digits of the first number': `RETURN (SELECT scale(q.v) FROM (SELECT ${MIXED} AS v FROM trial.item AS i WHERE i.id = ANY ('{1,5}')) AS q ORDER BY q.v LIMIT 1)::text;`,
    'rows of a function beside other rows': {
      source: `
CREATE FUNCTION trial.places() RETURNS SETOF int4 LANGUAGE plpgsql AS $$
BEGIN
  RETURN QUERY SELECT i.place FROM trial.item AS i WHERE i.id = ANY ('{1,5}');
END $$;
CREATE FUNCTION trial.attack() RETURNS text LANGUAGE plpgsql AS $$
BEGIN
  RETURN (SELECT sum(f.a * f.b) FROM ROWS FROM (trial.places(), unnest(ARRAY[1, 2])) AS f (a, b))::text;
END $$;`,
    },
    'groups of intervals': `RETURN (SELECT count(*) FROM (SELECT make_interval(days => i.place) AS v FROM trial.item AS i WHERE i.id = ANY ('{1,5}') GROUP BY 1) AS q)::text;`,
  }),
];

/** Errors and refusals of several rows, of which one ends the statement. */
export const FIRST_ERRORS: readonly HostileCase[] = [
  ...cases('first error', 'B1 B2', {
    'refusals in a sum': refusing(
      `SELECT sum(trial.need(i.place)) INTO n FROM trial.item AS i WHERE i.id = ANY ('{1,4,5}');`,
    ),
    'refusals in PERFORM with an order': refusing(
      `PERFORM trial.need(i.place) FROM trial.item AS i WHERE i.id = ANY ('{4,5}') ORDER BY i.id;`,
    ),
    'refusals in SET': refusing(
      `UPDATE trial.item AS i SET balance = trial.need(i.place) WHERE i.id = ANY ('{4,5}');`,
    ),
    'refusals in an INSERT of a query': refusing(
      `INSERT INTO trial.line (item, no, amount) SELECT i.id, trial.need(i.place), 1 FROM trial.item AS i WHERE i.id = ANY ('{4,5}') ORDER BY i.id;`,
    ),
    'refusals before LIMIT': refusing(
      `n := (SELECT trial.need(i.place) FROM trial.item AS i WHERE i.id = ANY ('{4,5}') ORDER BY i.id LIMIT 1);`,
    ),
    'refusals in RETURNING': refusing(
      `UPDATE trial.item AS i SET balance = 1 WHERE i.id = ANY ('{4,5}') RETURNING trial.need(i.place) INTO n;`,
    ),
    'refusals in a subquery of each row': refusing(
      `SELECT sum((SELECT trial.need(i.place))) INTO n FROM trial.item AS i WHERE i.id = ANY ('{4,5}');`,
    ),
  }),
  ...cases('first error', 'B2', {
    'two conditions around quotients': {
      declare: 'n int8;',
      body: `BEGIN SELECT sum(10 / (i.place - 2) + 2147483647 / i.place * i.place) INTO n FROM trial.item AS i WHERE i.id = ANY ('{2,3}'); EXCEPTION WHEN division_by_zero THEN RETURN 'zero'; WHEN numeric_value_out_of_range THEN RETURN 'range'; END; RETURN n::text;`,
    },
    'one condition around two errors': {
      declare: 'n int8;',
      body: `BEGIN SELECT sum(10 / (i.place - 2) + 2147483647 * i.place) INTO n FROM trial.item AS i WHERE i.id = ANY ('{2,3}'); EXCEPTION WHEN division_by_zero THEN RETURN 'zero'; END; RETURN n::text;`,
    },
    'a condition around an UPDATE of several rows': `BEGIN UPDATE trial.line AS l SET amount = l.amount * 10000000000 WHERE l.item = ANY ('{2,3}'); EXCEPTION WHEN check_violation THEN RETURN 'check'; END; RETURN 'x';`,
    'a condition around a CHECK that divides': dividing('parts int4 CHECK (100 / parts > 1)'),
    'a condition around a generated column that divides': dividing(
      'parts int4, each int4 GENERATED ALWAYS AS (100 / parts) STORED CHECK (each > 1)',
    ),
    'a condition around conversions': {
      declare: 'n int8;',
      body: `BEGIN SELECT sum(bucordo.whole_number(substr(i.owner, i.place))) INTO n FROM trial.item AS i WHERE i.id = ANY ('{2,3}'); EXCEPTION WHEN invalid_text_representation THEN RETURN 'text'; END; RETURN n::text;`,
    },
    'an id behind references of several rows': `BEGIN DELETE FROM trial.item AS i WHERE i.id = ANY ('{1,2,30}'); EXCEPTION WHEN foreign_key_violation THEN RETURN bucordo.new_id()::text; END; RETURN 'x';`,
    'a number behind all that rows may break': `BEGIN UPDATE trial.line AS l SET item = 30 WHERE l.item = ANY ('{1,2}'); EXCEPTION WHEN foreign_key_violation OR check_violation OR not_null_violation OR unique_violation OR numeric_value_out_of_range THEN RETURN bucordo.ordinal()::text; END; RETURN 'x';`,
    'bytes behind the limit of bytes': `BEGIN UPDATE trial.item AS i SET facts = i.facts || '{"b": 1}' WHERE i.id = ANY ('{1,2}'); EXCEPTION WHEN numeric_value_out_of_range THEN RETURN bucordo.ordinal()::text; END; RETURN 'x';`,
    'a condition two callers further out': {
      source: `
CREATE FUNCTION trial.take_out() RETURNS void LANGUAGE plpgsql AS $$ BEGIN DELETE FROM trial.item AS i WHERE i.id = ANY ('{1,2,30}'); END $$;
CREATE FUNCTION trial.between() RETURNS void LANGUAGE plpgsql AS $$ BEGIN PERFORM trial.take_out(); END $$;
CREATE FUNCTION trial.attack() RETURNS text LANGUAGE plpgsql AS $$
BEGIN
  PERFORM trial.between();
  RETURN 'x';
EXCEPTION WHEN foreign_key_violation THEN
  RETURN bucordo.ordinal()::text;
END $$;`,
    },
    'a condition in the caller': {
      source: `
CREATE FUNCTION trial.quotients() RETURNS int8 LANGUAGE plpgsql AS $$
DECLARE n int8;
BEGIN
  SELECT sum(10 / (i.place - 2) + 2147483647 * i.place) INTO n FROM trial.item AS i WHERE i.id = ANY ('{2,3}');
  RETURN n;
END $$;
CREATE FUNCTION trial.attack() RETURNS text LANGUAGE plpgsql AS $$
BEGIN
  RETURN trial.quotients()::text;
EXCEPTION WHEN division_by_zero THEN
  RETURN 'zero';
END $$;`,
    },
  }),
];
