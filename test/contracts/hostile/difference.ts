/** Cases whose result could differ from node to node: clocks, randomness, order on disk, types, failures. */

import { cases, type HostileCase } from './hostile-case.ts';

/** The time of the machine. */
export const CLOCKS: readonly HostileCase[] = [
  ...cases('clock', 'B1 B2 A', {
    now: `RETURN now()::text;`,
    clock_timestamp: `RETURN clock_timestamp()::text;`,
    statement_timestamp: `RETURN statement_timestamp()::text;`,
    transaction_timestamp: `RETURN transaction_timestamp()::text;`,
    timeofday: `RETURN timeofday();`,
    'age of one argument': `RETURN age(timestamptz '2026-01-01T00:00:00Z')::text;`,
    'time as of now in a predicate': {
      declare: 'n int8;',
      body: `SELECT count(*) INTO n FROM trial.item AS i WHERE i.placed < now(); RETURN n::text;`,
    },
    'time of now in a write': `UPDATE trial.item SET placed = now() WHERE id = 1; RETURN 'x';`,
    'epoch of now': `RETURN extract(epoch FROM now())::text;`,
    to_timestamp: `RETURN to_timestamp('2026', 'YYYY')::text;`,
    'input function': `RETURN timestamptz_in('now', 0, -1)::text;`,
    'date input function': `RETURN date_in('today')::text;`,
    'record from json': `RETURN (jsonb_populate_record(NULL::trial.item, '{"placed": "now"}')).placed::text;`,
    'columns from json': {
      declare: 'x text;',
      body: `SELECT j.ts::text INTO STRICT x FROM jsonb_to_record('{"ts": "now"}') AS j (ts timestamptz); RETURN x;`,
    },
    'rows from json': {
      declare: 'x text;',
      body: `SELECT j.ts::text INTO STRICT x FROM jsonb_to_recordset('[{"ts": "now"}]') AS j (ts timestamptz); RETURN x;`,
    },
    'json path with a time': `RETURN jsonb_path_query_first_tz('["2026-01-01"]', '$[0].datetime()')::text;`,
    'argument default': {
      source: `CREATE FUNCTION trial.attack(d timestamptz DEFAULT 'now') RETURNS text LANGUAGE plpgsql AS $$ BEGIN RETURN d::text; END $$;`,
    },
  }),
  ...cases('clock', 'B1 B2', {
    current_timestamp: `RETURN CURRENT_TIMESTAMP::text;`,
    current_date: `RETURN CURRENT_DATE::text;`,
    current_time: `RETURN CURRENT_TIME::text;`,
    localtimestamp: `RETURN LOCALTIMESTAMP::text;`,
    localtime: `RETURN LOCALTIME(0)::text;`,
    'current_timestamp with precision': `RETURN CURRENT_TIMESTAMP(3)::text;`,
    'literal now': `RETURN timestamptz 'now'::text;`,
    'literal now by cast': `RETURN 'now'::timestamptz::text;`,
    'literal today': `RETURN 'today'::date::text;`,
    'literal tomorrow': `RETURN date 'tomorrow'::text;`,
    'literal yesterday in capitals': `RETURN ' Yesterday '::date::text;`,
    'literal epoch': `RETURN 'epoch'::timestamptz::text;`,
    'literal infinity': `RETURN 'infinity'::timestamptz::text;`,
    'literal without a zone': `RETURN '2026-01-02 03:04'::timestamptz::text;`,
    'literal with a zone by name': `RETURN '2026-01-02 03:04 Europe/Vienna'::timestamptz::text;`,
    'literal in another order': `RETURN '01/02/2026'::date::text;`,
    'cast function style': `RETURN CAST('now' AS timestamptz)::text;`,
    'text put together': `RETURN ('no' || 'w')::timestamptz::text;`,
    'text of a column': `RETURN (SELECT (i.facts ->> 'a')::timestamptz FROM trial.item AS i WHERE i.id = 99)::text;`,
    'array literal': `RETURN (('{no' || 'w}')::timestamptz[])::text;`,
    'array literal constant': `RETURN '{now,today}'::timestamptz[]::text;`,
    'default of a variable': { declare: `d date := 'today';`, body: `RETURN d::text;` },
  }),
  ...cases('clock', 'B2', {
    'text of a variable': { declare: `t timestamptz; s text := 'now';`, body: `t := s; RETURN t::text;` },
    'literal in an insert': `INSERT INTO trial.item (id, owner, balance, placed) VALUES (77, 'x', 0, 'now'); RETURN 'x';`,
    'literal in a predicate': {
      declare: 'n int8;',
      body: `SELECT count(*) INTO n FROM trial.item AS i WHERE i.placed < 'today'; RETURN n::text;`,
    },
    'case of literals': {
      declare: `t timestamptz;`,
      body: `t := CASE WHEN true THEN 'now' ELSE 'today' END; RETURN t::text;`,
    },
    'coalesce of literals': {
      declare: `t timestamptz;`,
      body: `t := coalesce(NULL, 'now'); RETURN t::text;`,
    },
    'select into of text': { declare: `t date;`, body: `SELECT 'to' || 'day' INTO t; RETURN t::text;` },
    'foreach of text': {
      declare: `t date;`,
      body: `FOREACH t IN ARRAY ARRAY['today', 'tomorrow'] LOOP RETURN t::text; END LOOP; RETURN 'x';`,
    },
  }),
  ...cases('clock', 'B2', {
    'literal assigned to a parameter': {
      source: `CREATE FUNCTION trial.attack(d date) RETURNS text LANGUAGE plpgsql AS $$ BEGIN d := 'now'; RETURN d::text; END $$;`,
    },
    'text assigned to an element of a parameter': {
      source: `CREATE FUNCTION trial.attack(d date[], t text) RETURNS text LANGUAGE plpgsql AS $$ BEGIN d[1] := t; RETURN d::text; END $$;`,
    },
    'parameter returned as a date': {
      source: `CREATE FUNCTION trial.attack(t text) RETURNS date LANGUAGE plpgsql AS $$ BEGIN RETURN t; END $$;`,
    },
  }),
  ...cases('clock', 'B1', {
    'row literal': `RETURN (('(1,a,0,1,now,)')::trial.item).placed::text;`,
  }),
];

/** Random values. */
export const RANDOMNESS: readonly HostileCase[] = [
  ...cases('randomness', 'B1 B2 A', {
    random: `RETURN random()::text;`,
    'random of a range': `RETURN random(1, 6)::text;`,
    random_normal: `RETURN random_normal()::text;`,
    setseed: `PERFORM setseed(0.1); RETURN 'x';`,
    uuid: `RETURN gen_random_uuid()::text;`,
    'uuid v7': `RETURN uuidv7()::text;`,
    'nextval of a sequence of its own': `RETURN nextval('trial.s')::text;`,
    'random order': {
      declare: 'r record;',
      body: `FOR r IN SELECT i.id FROM trial.item AS i ORDER BY random() LOOP RETURN r.id::text; END LOOP; RETURN 'x';`,
    },
    'random in a write': `UPDATE trial.item SET balance = random() WHERE id = 1; RETURN 'x';`,
    'random in a default of a variable': { declare: 'x float8 := random();', body: `RETURN x::text;` },
    tablesample: `RETURN (SELECT count(*) FROM trial.item TABLESAMPLE BERNOULLI (10))::text;`,
    'tablesample with a seed': `RETURN (SELECT count(*) FROM trial.item TABLESAMPLE SYSTEM (10) REPEATABLE (1))::text;`,
  }),
  ...cases('randomness', 'B1 B2', {
    'hash of a text': `RETURN hashtext('a')::text;`,
    'hash of a record': `RETURN hash_record(ROW(1))::text;`,
  }),
];

/** What the order of rows on disk decides. */
export const ORDER: readonly HostileCase[] = [
  ...cases('physical', 'B1 B2', {
    xmin: `RETURN (SELECT i.xmin::text FROM trial.item AS i WHERE i.id = 1);`,
    ctid: `RETURN (SELECT i.ctid::text FROM trial.item AS i WHERE i.id = 1);`,
    tableoid: `RETURN (SELECT i.tableoid::text FROM trial.item AS i WHERE i.id = 1);`,
    cmin: `RETURN (SELECT cmin::text FROM trial.item WHERE id = 1);`,
    'ctid as key': `DELETE FROM trial.line WHERE ctid = '(0,1)'; RETURN 'x';`,
    'system column in returning': {
      declare: 'x text;',
      body: `UPDATE trial.item SET balance = 1 WHERE id = 1 RETURNING xmin::text INTO x; RETURN x;`,
    },
  }),
  ...cases('physical', 'B1 B2 A', {
    'xmax in a predicate': `RETURN (SELECT count(*) FROM trial.item AS i WHERE i.xmax = '0')::text;`,
  }),
  ...cases('order', 'B1 B2', {
    'limit without order': `RETURN (SELECT i.id FROM trial.item AS i LIMIT 1)::text;`,
    'limit with a partial order': `RETURN (SELECT i.id FROM trial.item AS i ORDER BY i.balance LIMIT 1)::text;`,
    'offset without order': `RETURN (SELECT i.id FROM trial.item AS i WHERE i.id < 3 OFFSET 1)::text;`,
    'fetch first': `RETURN (SELECT i.id FROM trial.item AS i FETCH FIRST 1 ROW ONLY)::text;`,
    'fetch first with ties': `RETURN (SELECT max(q.id) FROM (SELECT i.id FROM trial.item AS i ORDER BY i.balance FETCH FIRST 1 ROW WITH TIES) AS q)::text;`,
    'limit in a subquery': `RETURN (SELECT sum(q.id) FROM (SELECT i.id FROM trial.item AS i LIMIT 3) AS q)::text;`,
    'limit in a CTE': `RETURN (WITH q AS (SELECT i.id FROM trial.item AS i LIMIT 3) SELECT sum(q.id) FROM q)::text;`,
    'order by a constant': `RETURN (SELECT i.id FROM trial.item AS i ORDER BY 1 + 1 LIMIT 1)::text;`,
    array_agg: `RETURN (SELECT array_agg(i.id) FROM trial.item AS i)::text;`,
    string_agg: `RETURN (SELECT string_agg(i.owner, ',') FROM trial.item AS i);`,
    jsonb_agg: `RETURN (SELECT jsonb_agg(i.id) FROM trial.item AS i)::text;`,
    'json object with equal keys': `RETURN (SELECT jsonb_object_agg(i.balance::text, i.id) FROM trial.item AS i)::text;`,
    'array_agg over an ordered subquery by value': `RETURN (SELECT array_agg(i.id ORDER BY i.balance) FROM trial.item AS i)::text;`,
    'array of a query': `RETURN ARRAY(SELECT i.id FROM trial.item AS i)::text;`,
    row_number: `RETURN (SELECT max(q.n) FROM (SELECT row_number() OVER (ORDER BY i.balance) AS n, i.id FROM trial.item AS i) AS q WHERE q.id = 1)::text;`,
    lag: `RETURN (SELECT q.p FROM (SELECT i.id, lag(i.id) OVER (ORDER BY i.balance) AS p FROM trial.item AS i) AS q WHERE q.id = 5)::text;`,
    first_value: `RETURN (SELECT q.p FROM (SELECT i.id, first_value(i.id) OVER () AS p FROM trial.item AS i) AS q WHERE q.id = 5)::text;`,
    'running sum over equals': `RETURN (SELECT q.p FROM (SELECT i.id, sum(i.balance) OVER (ORDER BY i.balance ROWS UNBOUNDED PRECEDING) AS p FROM trial.item AS i) AS q WHERE q.id = 5)::text;`,
    'distinct on': `RETURN (SELECT max(q.id) FROM (SELECT DISTINCT ON (i.balance) i.id FROM trial.item AS i) AS q)::text;`,
    'for without order': {
      declare: `r record; x text := '';`,
      body: `FOR r IN SELECT i.id FROM trial.item AS i LOOP x := x || r.id::text; END LOOP; RETURN x;`,
    },
    'for with a partial order': {
      declare: `r record; x text := '';`,
      body: `FOR r IN SELECT i.id, i.balance FROM trial.item AS i ORDER BY i.balance LOOP x := x || r.id::text; END LOOP; RETURN x;`,
    },
    'for over returning': {
      declare: `r record; x text := '';`,
      body: `FOR r IN UPDATE trial.item SET balance = 1 WHERE id < 5 RETURNING id LOOP x := x || r.id::text; END LOOP; RETURN x;`,
    },
    'for over a join': {
      declare: `r record; x text := '';`,
      body: `FOR r IN SELECT i.id, l.amount FROM trial.item AS i JOIN trial.line AS l ON l.item = i.id ORDER BY i.id LOOP x := x || r.amount::text; END LOOP; RETURN x;`,
    },
    'select into of many rows': {
      declare: 'n int;',
      body: `SELECT i.id INTO n FROM trial.item AS i; RETURN n::text;`,
    },
    'select into by no key': {
      declare: 'n int;',
      body: `SELECT i.id INTO n FROM trial.item AS i WHERE i.balance = 100; RETURN n::text;`,
    },
    'update from with several matches': `UPDATE trial.item AS i SET balance = l.amount FROM trial.line AS l WHERE l.item = i.id; RETURN 'x';`,
    'update of a unique column of many rows': `UPDATE trial.item SET place = place + 1; RETURN 'x';`,
    'update of a key of many rows': `UPDATE trial.line SET no = no + 1 WHERE item < 5; RETURN 'x';`,
    'insert of many rows with do nothing': `INSERT INTO trial.item (id, owner, balance) SELECT l.no, 'o', l.amount FROM trial.line AS l ON CONFLICT DO NOTHING; RETURN 'x';`,
    'new_id in a query': `INSERT INTO trial.item (id, owner, balance) SELECT l.item + 100, bucordo.new_id()::text, 1 FROM trial.line AS l WHERE l.no = 1; RETURN 'x';`,
    'ordinal in a query': {
      declare: 'n int8;',
      body: `SELECT sum(i.id * bucordo.ordinal()) INTO n FROM trial.item AS i; RETURN n::text;`,
    },
    'union without order in for': {
      declare: `r record; x text := '';`,
      body: `FOR r IN SELECT i.id FROM trial.item AS i WHERE i.id < 3 UNION ALL SELECT l.no FROM trial.line AS l LOOP x := x || r.id::text; END LOOP; RETURN x;`,
    },
    'jsonb_each without order in for': {
      declare: `r record; x text := '';`,
      body: `FOR r IN SELECT l.item, j.key FROM trial.line AS l CROSS JOIN LATERAL jsonb_each('{"a":1}') AS j LOOP x := x || r.item::text; END LOOP; RETURN x;`,
    },
  }),
  ...cases('order', 'B2', {
    'assignment of a query of many rows': {
      declare: 'n int;',
      body: `n := i.id FROM trial.item AS i; RETURN n::text;`,
    },
  }),
  ...cases('order', 'B1 B2 A', {
    'any row of a group': `RETURN (SELECT any_value(i.id) FROM trial.item AS i)::text;`,
    'return query without order': {
      source: `CREATE FUNCTION trial.attack() RETURNS SETOF int4 LANGUAGE plpgsql AS $$ BEGIN RETURN QUERY SELECT i.id FROM trial.item AS i; END $$;`,
    },
  }),
];

/** Commit or reject, decided by rows that are looked at first. */
export const PREDICATES: readonly HostileCase[] = [
  ...cases('order', 'B2', {
    'division in exists': `RETURN EXISTS (SELECT FROM trial.item AS i WHERE 10 / (i.id - 10) > 0)::text;`,
    'cast in a predicate': `RETURN (SELECT count(*) FROM trial.item AS i WHERE i.owner::int4 > 0)::text;`,
    'json cast in a predicate': `RETURN (SELECT count(*) FROM trial.item AS i WHERE (i.facts ->> 'a')::int4 = 1)::text;`,
    'product of many digits in a predicate': {
      declare: 'x numeric;',
      body: `RETURN (SELECT count(*) FROM trial.item AS i WHERE i.balance * ${Array.from({ length: 130 }, () => 'x').join(' * ')} > 0)::text;`,
    },
    'overflow in a predicate': `RETURN (SELECT count(*) FROM trial.item AS i WHERE i.id * 2000000000 > 0)::text;`,
    'substring in a predicate': `RETURN (SELECT count(*) FROM trial.item AS i WHERE substr(i.owner, 1, i.id - 5) = 'o')::text;`,
    'division in having': `RETURN (SELECT count(*) FROM (SELECT l.item FROM trial.line AS l GROUP BY l.item HAVING 1 / (count(*) - 2) > 0) AS q)::text;`,
    'division in filter': `RETURN (SELECT count(*) FILTER (WHERE 1 / (i.id - 3) > 0) FROM trial.item AS i)::text;`,
    'division in a join': `RETURN (SELECT count(*) FROM trial.item AS i JOIN trial.line AS l ON l.item = i.id AND 1 / (l.no - 1) > 0)::text;`,
    'division of parameters': {
      declare: 'p int4 := 0;',
      body: `RETURN (SELECT count(*) FROM trial.item AS i WHERE i.id = 1 / p)::text;`,
    },
    'raising below limit': `RETURN (SELECT q.x FROM (SELECT i.id, 10 / (i.id - 20) AS x FROM trial.item AS i) AS q ORDER BY q.id, q.x LIMIT 1)::text;`,
    'raising below exists': `RETURN EXISTS (SELECT 10 / (i.id - 20) FROM trial.item AS i)::text;`,
    'raising helper in a predicate': {
      source: `CREATE FUNCTION trial.check_it(id int4) RETURNS bool LANGUAGE plpgsql AS $$ BEGIN IF id = 7 THEN RAISE EXCEPTION 'seven' USING ERRCODE = 'BC007'; END IF; RETURN true; END $$;
CREATE FUNCTION trial.attack() RETURNS text LANGUAGE plpgsql AS $$ BEGIN RETURN EXISTS (SELECT FROM trial.item AS i WHERE trial.check_it(i.id))::text; END $$;`,
    },
  }),
  ...cases('order', 'B1 B2', {
    'helper that writes in a query': {
      source: `CREATE FUNCTION trial.touch(which int4) RETURNS int4 LANGUAGE plpgsql AS $$ BEGIN UPDATE trial.item SET balance = balance + which WHERE id = 1; RETURN which; END $$;
CREATE FUNCTION trial.attack() RETURNS text LANGUAGE plpgsql AS $$ BEGIN RETURN (SELECT sum(trial.touch(i.id)) FROM trial.item AS i)::text; END $$;`,
    },
    'writing in a CTE': {
      declare: 'n int8;',
      body: `WITH d AS (DELETE FROM trial.line WHERE item = 1 RETURNING no) SELECT count(*) INTO n FROM trial.line AS l, d WHERE l.no = d.no; RETURN n::text;`,
    },
    'bad constant pattern of a column': `RETURN (SELECT count(*) FROM trial.item AS i WHERE 'a' ~ i.owner)::text;`,
  }),
];

/** Types and functions whose values or texts differ between machines, settings or versions. */
export const TYPES: readonly HostileCase[] = [
  ...cases('type', 'B1 B2', {
    'power operator': `RETURN (1.5 ^ 7)::text;`,
    'endless interval': `RETURN interval 'infinity'::text;`,
    xml: `RETURN xmlparse(DOCUMENT '<a/>')::text;`,
    'network address': `RETURN inet '10.0.0.1'::text;`,
    'internal char': `RETURN 'abc'::"char"::text;`,
    'name type': `RETURN 'abc'::name::text;`,
    'other collation': `RETURN (SELECT min(i.owner COLLATE "en_US") FROM trial.item AS i);`,
    'format with an identifier': `RETURN format('%I', 'merge_action');`,
    'unnamed zone': `RETURN (timestamptz '2026-01-01T00:00:00Z' AT TIME ZONE 'Europe/Vienna')::text;`,
    'null of json to a number': `RETURN ('null'::jsonb)::int4::text;`,
  }),
  ...cases('type', 'B1', {
    'timestamp without zone': `RETURN timestamp '2026-01-01 00:00:00'::text;`,
    'icu collation': `RETURN ('a' < 'B' COLLATE "und-x-icu")::text;`,
    'truncated time without zone': `RETURN date_trunc('day', timestamptz '2026-01-01T00:00:00Z')::text;`,
  }),
  ...cases('type', 'B2', {
    'whole row as text': `RETURN (SELECT i::text FROM trial.item AS i WHERE i.id = 1);`,
    'record to text': {
      declare: 'r record;',
      body: `SELECT i.* INTO STRICT r FROM trial.item AS i WHERE i.id = 1; RETURN r::text;`,
    },
    'function as attribute': {
      declare: 'r trial.item;',
      body: `SELECT * INTO STRICT r FROM trial.item AS i WHERE i.id = 1; RETURN (r).hash_record::text;`,
    },
  }),
  ...cases('type', 'B1 B2 A', {
    'float sum': `RETURN (SELECT sum(i.id::float8) FROM trial.item AS i)::text;`,
    'float literal': `RETURN (0.1::float8 + 0.2::float8)::text;`,
    'float variable': { declare: 'x float8 := 0.1;', body: `RETURN (x * 3)::text;` },
    'real variable': { declare: 'x real := 0.1;', body: `RETURN (x * 3)::text;` },
    'double precision': { declare: 'x double precision;', body: `x := 1; RETURN x::text;` },
    sine: `RETURN sin(1)::text;`,
    power: `RETURN power(1.5, 7)::text;`,
    'square root operator': `RETURN (|/ 2)::text;`,
    exp: `RETURN exp(1.5)::text;`,
    'standard deviation': `RETURN (SELECT stddev(i.id) FROM trial.item AS i)::text;`,
    correlation: `RETURN (SELECT corr(i.id, i.place) FROM trial.item AS i)::text;`,
    money: `RETURN 12.34::money::text;`,
    'json instead of jsonb': `RETURN '{"a":1,"a":2}'::json::text;`,
    'time of day': `RETURN time '10:00'::text;`,
    point: `RETURN point '(1,2)'::text;`,
    range: `RETURN int4range(1, 5)::text;`,
    'text search': `RETURN to_tsvector('simple', 'a b')::text;`,
    'format of a time': `RETURN to_char(timestamptz '2026-01-01T00:00:00Z', 'Day');`,
    'format of a number': `RETURN to_char(1234.5, 'L9G999D99');`,
    'number of a text with locale': `RETURN to_number('1.234,5', '9G999D9')::text;`,
    'date of a text': `RETURN to_date('01 Jan 2026', 'DD Mon YYYY')::text;`,
    'is normalized': `RETURN ('a' IS NORMALIZED)::text;`,
    normalize: `RETURN normalize('a');`,
    quote_ident: `RETURN quote_ident('merge_action');`,
    'send function': `RETURN encode(int4send(1), 'hex');`,
    'record send': `RETURN encode(record_send(ROW(1)), 'hex');`,
    percentile: `RETURN (SELECT percentile_cont(0.5) WITHIN GROUP (ORDER BY i.id) FROM trial.item AS i)::text;`,
  }),
  ...cases('type', 'B0 B2', {
    'digits with underscores': `RETURN (1_000)::text;`,
    'hexadecimal digits': `RETURN (0x10)::text;`,
  }),
  ...cases('type', 'B1 B2', {
    'hexadecimal text to a number': `RETURN '0x10'::int4::text;`,
    'text with underscores to a number': `RETURN '1_000'::numeric::text;`,
    'text of a document to a number': `RETURN ('{"n": "0b1"}'::jsonb ->> 'n')::int8::text;`,
    'array of texts to numbers': `RETURN '{1,0o7}'::int4[]::text;`,
    'letters of the builtin locale': `RETURN lower('Ä' COLLATE "pg_c_utf8");`,
    'letters of unicode': `RETURN ('ä' ILIKE 'Ä' COLLATE "pg_unicode_fast")::text;`,
  }),
  ...cases('type', 'B2', {
    'text assigned to a number': { declare: `n int4; t text := '0x10';`, body: `n := t; RETURN n::text;` },
    'text read into a number': {
      declare: 'n numeric;',
      body: `SELECT i.owner INTO n FROM trial.item AS i WHERE i.id = 1; RETURN n::text;`,
    },
    'hexadecimal literal in a predicate': `RETURN (SELECT i.owner FROM trial.item AS i WHERE i.id = '0x1');`,
    'hexadecimal literal of a variable': { declare: `n int4 := '0x10';`, body: `RETURN n::text;` },
    'week of an interval': `RETURN extract(week FROM interval '15 days')::text;`,
    'quarter of an interval': `RETURN extract(quarter FROM make_interval(months => -14))::text;`,
    'years beyond an interval': {
      declare: 'n int4 := 200000000;',
      body: `RETURN extract(year FROM make_interval(years => n))::text;`,
    },
    'weeks beyond an interval': {
      declare: 'n int4 := 400000000;',
      body: `RETURN extract(day FROM make_interval(0, 0, n, 5))::text;`,
    },
    'letters of another encoding': `RETURN encode(convert_to('ḿ', 'GB18030'), 'hex');`,
    'path of any length': {
      declare: `d jsonb := '[[1]]'; p text[];`,
      body: `p := array_fill('0'::text, ARRAY[9000]); RETURN jsonb_set(d, p, '2')::text;`,
    },
    'long path': `RETURN ('[[[[[[[[[[1]]]]]]]]]]'::jsonb #- '{0,0,0,0,0,0,0,0,0}')::text;`,
    'path in two dimensions': `RETURN jsonb_insert('[1]', ARRAY[ARRAY['0', '0'], ARRAY['0', '0']], '2')::text;`,
    'pattern of any length': {
      declare: `p text := '%';`,
      body: `FOR n IN 1 .. 15 LOOP p := p || p; END LOOP; RETURN (repeat('a', 10000) LIKE p)::text;`,
    },
    'pattern of any length with an escape': {
      declare: `p text := '%';`,
      body: `RETURN ('a' NOT ILIKE p ESCAPE '#')::text;`,
    },
    'nulls of arrays': `RETURN jsonb_strip_nulls('[null]', true)::text;`,
  }),
  ...cases('type', 'B1', {
    'subquery without a name': `RETURN (SELECT count(*) FROM (VALUES (1), (2)))::text;`,
  }),
  ...cases('type', 'B2 A', {
    'difference of times': `RETURN extract(epoch FROM (bucordo.add_seconds('1970-01-01T00:00:00Z', 9000000000000) - '0001-01-01T00:00:00Z'))::text;`,
    'sum of intervals': `RETURN extract(epoch FROM (interval '999999999 hours' + interval '999999999 days'))::text;`,
    'interval turned round': `RETURN extract(epoch FROM (- interval '1 day'))::text;`,
  }),
  ...cases('type', 'B1 B2 A', {
    'buckets of a histogram': `RETURN width_bucket(9.99, 1e100, 2.5, 1)::text;`,
    'folded letters': `RETURN casefold('Ä');`,
  }),
  ...cases('type', 'B2 A', {
    'bit string': `RETURN B'101'::text;`,
  }),
];

/** Handlers that would swallow a node's own trouble, and raising what is not the contract's. */
export const FAILURES: readonly HostileCase[] = [
  ...cases('failure', 'B1', {
    'when others': `BEGIN PERFORM 1 / 0; EXCEPTION WHEN OTHERS THEN RETURN 'swallowed'; END; RETURN 'x';`,
    'when others among more': `BEGIN PERFORM 1 / 0; EXCEPTION WHEN unique_violation OR OTHERS THEN RETURN 'swallowed'; END; RETURN 'x';`,
    'when query_canceled': `BEGIN PERFORM 1; EXCEPTION WHEN query_canceled THEN RETURN 'swallowed'; END; RETURN 'x';`,
    'when assert_failure': `BEGIN ASSERT false; EXCEPTION WHEN assert_failure THEN RETURN 'swallowed'; END; RETURN 'x';`,
    'when sqlstate of a resource': `BEGIN PERFORM 1; EXCEPTION WHEN SQLSTATE '53200' THEN RETURN 'swallowed'; END; RETURN 'x';`,
    'when sqlstate of the budget': `BEGIN PERFORM 1; EXCEPTION WHEN SQLSTATE 'BC901' THEN RETURN 'swallowed'; END; RETURN 'x';`,
    'when out_of_memory': `BEGIN PERFORM 1; EXCEPTION WHEN out_of_memory THEN RETURN 'swallowed'; END; RETURN 'x';`,
    'when disk_full': `BEGIN PERFORM 1; EXCEPTION WHEN disk_full THEN RETURN 'swallowed'; END; RETURN 'x';`,
    'when internal_error': `BEGIN PERFORM 1; EXCEPTION WHEN internal_error THEN RETURN 'swallowed'; END; RETURN 'x';`,
    'when a whole class': `BEGIN PERFORM 1; EXCEPTION WHEN program_limit_exceeded THEN RETURN 'swallowed'; END; RETURN 'x';`,
    'when sequence limit': `BEGIN PERFORM 1; EXCEPTION WHEN sequence_generator_limit_exceeded THEN RETURN 'swallowed'; END; RETURN 'x';`,
    'when statement_too_complex': `BEGIN PERFORM 1; EXCEPTION WHEN statement_too_complex THEN RETURN 'swallowed'; END; RETURN 'x';`,
    'when insufficient_privilege': `BEGIN PERFORM 1; EXCEPTION WHEN insufficient_privilege THEN RETURN 'swallowed'; END; RETURN 'x';`,
    'text of the error': `BEGIN RETURN (1 / 0)::text; EXCEPTION WHEN division_by_zero THEN RETURN SQLERRM; END;`,
    'code of the error': `BEGIN RETURN (1 / 0)::text; EXCEPTION WHEN division_by_zero THEN RETURN SQLSTATE; END;`,
    'stacked diagnostics': {
      declare: 'x text;',
      body: `BEGIN PERFORM 1 / 0; EXCEPTION WHEN division_by_zero THEN GET STACKED DIAGNOSTICS x = MESSAGE_TEXT; RETURN x; END; RETURN 'x';`,
    },
    'stacked context': {
      declare: 'x text;',
      body: `BEGIN PERFORM 1 / 0; EXCEPTION WHEN division_by_zero THEN GET STACKED DIAGNOSTICS x = PG_EXCEPTION_CONTEXT; RETURN x; END; RETURN 'x';`,
    },
    'raise a notice': `RAISE NOTICE 'x'; RETURN 'x';`,
    'raise to the log': `RAISE LOG 'x'; RETURN 'x';`,
    'raise a warning': `RAISE WARNING 'x'; RETURN 'x';`,
    'raise info': `RAISE INFO 'x'; RETURN 'x';`,
    'raise debug': `RAISE DEBUG 'x'; RETURN 'x';`,
    'raise disk full': `RAISE EXCEPTION 'x' USING ERRCODE = '53100';`,
    'raise a condition': `RAISE disk_full;`,
    'raise sqlstate': `RAISE SQLSTATE '57P01';`,
    'raise a code of the system': `RAISE EXCEPTION 'x' USING ERRCODE = 'BC900';`,
    'raise the code of the budget': `RAISE EXCEPTION 'x' USING ERRCODE = 'BC901';`,
    'raise a code of a variable': {
      declare: `c text := '53100';`,
      body: `RAISE EXCEPTION 'x' USING ERRCODE = c;`,
    },
    'raise with a table name': `RAISE EXCEPTION 'x' USING ERRCODE = 'BC001', TABLE = 'item', SCHEMA = 'secret';`,
  }),
];
