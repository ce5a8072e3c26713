/** Cases that loop, recurse, grow, or hide in the text; and tables that a contract may not have. */

import { cases, type HostileCase } from './hostile-case.ts';

/** What uses up time, memory or disk. Where a checker layer is named, it sees the excess beforehand. */
export const RESOURCES: readonly HostileCase[] = [
  ...cases('resources', 'budget', {
    'loop for ever': `LOOP NULL; END LOOP; RETURN 'x';`,
    'while true': `WHILE true LOOP NULL; END LOOP; RETURN 'x';`,
    'for of two thousand million': {
      declare: 'n int8 := 0;',
      body: `FOR i IN 1 .. 2000000000 LOOP n := n + 1; END LOOP; RETURN n::text;`,
    },
    'loops in loops': {
      declare: 'n int8 := 0;',
      body: `FOR i IN 1 .. 30000 LOOP FOR j IN 1 .. 30000 LOOP n := n + 1; END LOOP; END LOOP; RETURN n::text;`,
    },
    'continue for ever': `<<outer_one>> LOOP LOOP CONTINUE outer_one; END LOOP; END LOOP; RETURN 'x';`,
    'loop in a handler': `BEGIN PERFORM 1 / 0; EXCEPTION WHEN division_by_zero THEN LOOP NULL; END LOOP; END; RETURN 'x';`,
    'loop behind a label named loop': `<<"loop">> LOOP NULL; END LOOP; RETURN 'x';`,
    'foreach in a loop': {
      declare: 'e int4; a int4[] := ARRAY[1, 2, 3];',
      body: `LOOP FOREACH e IN ARRAY a LOOP NULL; END LOOP; END LOOP; RETURN 'x';`,
    },
    'by step': {
      declare: 'n int4 := 0;',
      body: `FOR i IN REVERSE 2000000000 .. 1 BY 2 LOOP n := 1; END LOOP; RETURN 'x';`,
    },
    'loop in a helper': {
      source: `CREATE FUNCTION trial.spin() RETURNS void LANGUAGE plpgsql AS $$ BEGIN LOOP NULL; END LOOP; END $$;
CREATE FUNCTION trial.attack() RETURNS text LANGUAGE plpgsql AS $$ BEGIN PERFORM trial.spin(); RETURN 'x'; END $$;`,
    },
    'many calls of a helper': {
      source: `CREATE FUNCTION trial.tick(n int4) RETURNS int4 LANGUAGE plpgsql AS $$ BEGIN RETURN n; END $$;
CREATE FUNCTION trial.attack() RETURNS text LANGUAGE plpgsql AS $$ DECLARE n int4 := 0; BEGIN FOR i IN 1 .. 50000 LOOP n := trial.tick(i); END LOOP; RETURN n::text; END $$;`,
    },
    'string doubling': {
      declare: `s text := 'x';`,
      body: `FOR i IN 1 .. 31 LOOP s := s || s; END LOOP; RETURN length(s)::text;`,
    },
    'string doubling by concat': {
      declare: `s text := 'x';`,
      body: `FOR i IN 1 .. 31 LOOP s := concat(s, s); END LOOP; RETURN length(s)::text;`,
    },
    'array doubling': {
      declare: `a int4[] := ARRAY[1];`,
      body: `FOR i IN 1 .. 29 LOOP a := a || a; END LOOP; RETURN cardinality(a)::text;`,
    },
    'array by a far subscript': {
      declare: `a int4[] := ARRAY[1];`,
      body: `FOR i IN 1 .. 1000 LOOP a[i * 100000] := 1; END LOOP; RETURN cardinality(a)::text;`,
    },
    'json doubling': {
      declare: `j jsonb := '[1]';`,
      body: `FOR i IN 1 .. 28 LOOP j := j || j; END LOOP; RETURN jsonb_array_length(j)::text;`,
    },
    'bytea doubling': {
      declare: `b bytea := '\\x00';`,
      body: `FOR i IN 1 .. 31 LOOP b := b || b; END LOOP; RETURN length(b)::text;`,
    },
    'number doubling': {
      declare: `n numeric := 7;`,
      body: `FOR i IN 1 .. 22 LOOP n := n * n; END LOOP; RETURN length(n::text)::text;`,
    },
    'ten thousand and one rows': `FOR i IN 1 .. 10001 LOOP INSERT INTO trial.line (item, no, amount) VALUES (1, i + 10, 1); END LOOP; RETURN 'x';`,
    'eight mebibytes in small rows': `FOR i IN 1 .. 1300 LOOP INSERT INTO trial.item (id, owner, balance, facts) VALUES (1000 + i, 'x', 1, to_jsonb(repeat('x', 7000))); END LOOP; RETURN 'x';`,
    'rows that are written and removed': `FOR i IN 1 .. 650 LOOP INSERT INTO trial.item (id, owner, balance, facts) VALUES (1000 + i, 'x', 1, to_jsonb(repeat('x', 7000))); END LOOP; DELETE FROM trial.item WHERE id > 1000; RETURN 'x';`,
    'large rows that each are allowed': `FOR i IN 1 .. 20 LOOP INSERT INTO trial.item (id, owner, balance, facts) VALUES (1000 + i, 'x', 1, to_jsonb(repeat('x', 500000))); END LOOP; RETURN 'x';`,
    'a large result': `RETURN repeat('x', 70000);`,
    'a result that is large as JSON': `RETURN repeat('"', 40000);`,
    'one row again and again': `FOR i IN 1 .. 20000 LOOP UPDATE trial.item SET balance = i WHERE id = 1; END LOOP; RETURN 'x';`,
  }),
  ...cases('resources', 'B2 budget', {
    'loop over rows again and again': {
      declare: 'r record; n int8 := 0;',
      body: `FOR k IN 1 .. 100000 LOOP FOR r IN SELECT i.id FROM trial.item AS i ORDER BY i.id LOOP n := n + r.id; END LOOP; END LOOP; RETURN n::text;`,
    },
  }),
  ...cases('resources', 'B1 budget', {
    'a row of more than a mebibyte': `UPDATE trial.item SET facts = to_jsonb(repeat('x', 10000)) || to_jsonb(repeat('y', 2000000)) WHERE id = 1; RETURN 'x';`,
  }),
  ...cases('resources', 'B1', {
    'series of ten thousand million': `RETURN (SELECT count(*) FROM generate_series(1, 10000000000))::text;`,
    'series of a variable': {
      declare: 'n int8 := 10000000000;',
      body: `RETURN (SELECT count(*) FROM generate_series(1, n))::text;`,
    },
    repeat: `RETURN length(repeat('x', 1000000000))::text;`,
    'repeat by a variable': {
      declare: 'n int4 := 1000000000;',
      body: `RETURN length(repeat('x', n))::text;`,
    },
    lpad: `RETURN length(lpad('x', 1000000000))::text;`,
    'rpad by a column': `RETURN (SELECT length(rpad('x', i.id * 100000000)) FROM trial.item AS i WHERE i.id = 1)::text;`,
    array_fill: `RETURN cardinality(array_fill(0, ARRAY[100000000]))::text;`,
    recursion: `RETURN trial.attack();`,
    'recursion of two': {
      source: `CREATE FUNCTION trial.ping(n int4) RETURNS int4 LANGUAGE plpgsql AS $$ BEGIN RETURN trial.pong(n); END $$;
CREATE FUNCTION trial.pong(n int4) RETURNS int4 LANGUAGE plpgsql AS $$ BEGIN RETURN trial.ping(n); END $$;
CREATE FUNCTION trial.attack() RETURNS text LANGUAGE plpgsql AS $$ BEGIN RETURN trial.ping(1)::text; END $$;`,
    },
    'backtracking pattern': `RETURN (repeat('a', 3000) ~ '^(a+)+\\1+b$')::text;`,
    'pattern of a variable': { declare: `p text := '(a*)*b';`, body: `RETURN ('aaaa' ~ p)::text;` },
  }),
  ...cases('resources', 'B1 B2', {
    factorial: `RETURN length(factorial(30000)::text)::text;`,
    'power of numbers': `RETURN length((9.99::numeric ^ 100000)::text)::text;`,
    'recursive query': `RETURN (WITH RECURSIVE q (i) AS (SELECT 1 UNION ALL SELECT q.i + 1 FROM q) SELECT count(*) FROM q)::text;`,
    'pattern of a column in a loop': `RETURN (SELECT bool_or('a' ~ i.owner) FROM trial.item AS i)::text;`,
  }),
  ...cases('resources', 'B2', {
    'nested json': `RETURN length((repeat('[', 6000) || repeat(']', 6000))::jsonb::text)::text;`,
    'cross join': `RETURN (SELECT count(*) FROM trial.item AS a, trial.item AS b, trial.item AS c, trial.item AS d, trial.item AS e, trial.item AS f)::text;`,
    'cross join by keyword': `RETURN (SELECT count(*) FROM trial.item AS a CROSS JOIN trial.item AS b CROSS JOIN trial.item AS c CROSS JOIN trial.item AS d CROSS JOIN trial.item AS e)::text;`,
    'join by inequality': `RETURN (SELECT count(*) FROM trial.item AS a JOIN trial.item AS b ON a.id <> b.id JOIN trial.item AS c ON c.id <> b.id JOIN trial.item AS d ON d.id <> c.id)::text;`,
    'grouping sets': `RETURN (SELECT count(*) FROM (SELECT i.id FROM trial.item AS i GROUP BY CUBE (i.id, i.owner, i.balance, i.place, i.facts)) AS q)::text;`,
    'update by no key': `UPDATE trial.item SET balance = 0 WHERE owner = 'x'; RETURN 'x';`,
    'delete by no key': `DELETE FROM trial.line WHERE amount > 1000; RETURN 'x';`,
    'undeclared scan': {
      declare: 'n int8;',
      body: `SELECT count(*) INTO n FROM trial.item AS i WHERE i.owner LIKE '%x%'; RETURN n::text;`,
    },
  }),
];

/** Texts that try to be read otherwise by the checker than by Postgres. */
export const TEXTS: readonly HostileCase[] = [
  ...cases('text', 'B1 B2', {
    'body in quotes': {
      source: `CREATE FUNCTION trial.attack() RETURNS text LANGUAGE plpgsql AS 'BEGIN RETURN now()::text; END';`,
    },
    'body in escaped quotes': {
      source: `CREATE FUNCTION trial.attack() RETURNS text LANGUAGE plpgsql AS E'BEGIN RETURN n\\x6fw()::text; END';`,
    },
    'escaped literal': `RETURN (E'n\\x6fw')::timestamptz::text;`,
    'language sql with a text': {
      source: `CREATE FUNCTION trial.attack() RETURNS text LANGUAGE sql AS 'SELECT now()::text';`,
    },
    'alias of an argument': {
      source: `CREATE FUNCTION trial.attack(a int4) RETURNS text LANGUAGE plpgsql AS $$ DECLARE b ALIAS FOR $1; BEGIN RETURN b::text; END $$;`,
    },
    'unclosed comment': {
      source: `CREATE FUNCTION trial.attack() RETURNS text LANGUAGE plpgsql AS $$ BEGIN RETURN 'x'; END $$; /* /* */`,
    },
    'table without a schema': `RETURN (SELECT count(*) FROM item)::text;`,
  }),
  ...cases('text', 'B0 B2', {
    'body in unicode quotes': {
      source: `CREATE FUNCTION trial.attack() RETURNS text LANGUAGE plpgsql AS U&'BEGIN RETURN \\006eow()::text; END';`,
    },
    'unicode literal': `RETURN (U&'\\006eow')::timestamptz::text;`,
  }),
  ...cases('text', 'B1', {
    'own cost': {
      source: `CREATE FUNCTION trial.attack() RETURNS text LANGUAGE plpgsql COST 1000000 AS $$ BEGIN RETURN 'x'; END $$;`,
    },
    'option of plpgsql': {
      source: `CREATE FUNCTION trial.attack() RETURNS text LANGUAGE plpgsql AS $$\n#variable_conflict use_column\nBEGIN RETURN 'x'; END $$;`,
    },
    'percent type': { declare: 'x trial.item.id%TYPE;', body: `RETURN x::text;` },
    'function in a record initialiser': {
      declare: 'r trial.item := hash_record(ROW(1));',
      body: `RETURN r.owner;`,
    },
  }),
  ...cases('text', 'B0', {
    'names with two underscores in front': {
      declare: '__turns int4 := 0;',
      body: `__turns := -1000000; RETURN 'x';`,
    },
  }),
  ...cases('text', 'B1 B2 A', {
    'a second statement': {
      source: `CREATE FUNCTION trial.attack() RETURNS text LANGUAGE plpgsql AS $$ BEGIN RETURN 'x'; END $$; DROP TABLE trial.line;`,
    },
    'language c': {
      source: `CREATE FUNCTION trial.attack() RETURNS text LANGUAGE c AS '/lib/libc.so.6', 'system';`,
    },
    'language internal': {
      source: `CREATE FUNCTION trial.attack() RETURNS text LANGUAGE internal AS 'version';`,
    },
    'support function': {
      source: `CREATE FUNCTION trial.attack() RETURNS text LANGUAGE plpgsql SUPPORT generate_series_int4_support AS $$ BEGIN RETURN 'x'; END $$;`,
    },
    'a procedure': { source: `CREATE PROCEDURE trial.attack() LANGUAGE plpgsql AS $$ BEGIN COMMIT; END $$;` },
    'an aggregate': { source: `CREATE AGGREGATE trial.attack(int4) (SFUNC = int4pl, STYPE = int4);` },
    'a function of another schema': {
      source: `CREATE FUNCTION public.attack() RETURNS text LANGUAGE plpgsql AS $$ BEGIN RETURN 'x'; END $$;`,
    },
    'a function without a schema': {
      source: `CREATE FUNCTION attack() RETURNS text LANGUAGE plpgsql AS $$ BEGIN RETURN 'x'; END $$;`,
    },
    'a function of the catalogue': {
      source: `CREATE FUNCTION pg_catalog.attack() RETURNS text LANGUAGE plpgsql AS $$ BEGIN RETURN 'x'; END $$;`,
    },
    'a trigger function': {
      source: `CREATE FUNCTION trial.attack() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN RETURN NULL; END $$;`,
    },
    'any element': {
      source: `CREATE FUNCTION trial.attack(a anyelement) RETURNS text LANGUAGE plpgsql AS $$ BEGIN RETURN a::text; END $$;`,
    },
    'do statement': { source: `DO $$ BEGIN RAISE EXCEPTION 'x'; END $$;` },
    'psql command': {
      source: `\\! id\nCREATE FUNCTION trial.attack() RETURNS text LANGUAGE plpgsql AS $$ BEGIN RETURN 'x'; END $$;`,
    },
    'function in an initialiser': { declare: 'x text := version();', body: `RETURN x;` },
    'function in a subscript': { declare: 'a int4[];', body: `a[pg_backend_pid()] := 1; RETURN a::text;` },
    'function in a slice': {
      declare: 'a int4[] := ARRAY[1, 2];',
      body: `RETURN a[1:pg_backend_pid()]::text;`,
    },
    'function in a bound': `FOR i IN 1 .. pg_backend_pid() LOOP RETURN i::text; END LOOP; RETURN 'x';`,
    'function in a step': `FOR i IN 1 .. 3 BY pg_backend_pid() LOOP RETURN i::text; END LOOP; RETURN 'x';`,
    'function in a case': `CASE pg_backend_pid() WHEN 1 THEN RETURN 'a'; ELSE RETURN 'b'; END CASE;`,
    'function in exit when': `LOOP EXIT WHEN pg_backend_pid() > 0; END LOOP; RETURN 'x';`,
    'function in assert': `ASSERT pg_backend_pid() > 0, version(); RETURN 'x';`,
    'function in raise': `RAISE EXCEPTION 'pid %', pg_backend_pid() USING ERRCODE = 'BC001';`,
    'function in raise using': `RAISE EXCEPTION USING ERRCODE = 'BC001', MESSAGE = version();`,
    'function in order by': `RETURN (SELECT i.id FROM trial.item AS i WHERE i.id = 1 ORDER BY pg_backend_pid(), i.id LIMIT 1)::text;`,
    'function in values': `INSERT INTO trial.line (item, no, amount) VALUES (1, pg_backend_pid(), 1); RETURN 'x';`,
    'function in on conflict': `INSERT INTO trial.line AS l (item, no, amount) VALUES (1, 1, 1) ON CONFLICT (item, no) DO UPDATE SET amount = pg_backend_pid(); RETURN 'x';`,
    'function in returning': {
      declare: 'n int4;',
      body: `UPDATE trial.item SET balance = 1 WHERE id = 1 RETURNING pg_backend_pid() INTO n; RETURN n::text;`,
    },
    'function in from': `RETURN (SELECT p.pid FROM pg_backend_pid() AS p (pid))::text;`,
    'function in lateral': `RETURN (SELECT p.pid FROM trial.item AS i CROSS JOIN LATERAL pg_backend_pid() AS p (pid) WHERE i.id = 1)::text;`,
    'function in a window': `RETURN (SELECT q.s FROM (SELECT i.id, sum(i.id) OVER (PARTITION BY pg_backend_pid()) AS s FROM trial.item AS i) AS q WHERE q.id = 1)::text;`,
    'function through an operator': `RETURN (1 OPERATOR(pg_catalog.+) pg_backend_pid())::text;`,
    'rows from': `RETURN (SELECT count(*) FROM ROWS FROM (pg_ls_dir('/')) AS f)::text;`,
    'table of another schema without a schema': `RETURN (SELECT count(*) FROM pg_class)::text;`,
  }),
  ...cases('text', 'B1 A', {
    'security definer': {
      source: `CREATE FUNCTION trial.attack() RETURNS text LANGUAGE plpgsql SECURITY DEFINER AS $$ BEGIN RETURN 'x'; END $$;`,
    },
    'own settings': {
      source: `CREATE FUNCTION trial.attack() RETURNS text LANGUAGE plpgsql SET search_path = trial AS $$ BEGIN RETURN 'x'; END $$;`,
    },
    'window function': {
      source: `CREATE FUNCTION trial.attack() RETURNS text LANGUAGE plpgsql WINDOW AS $$ BEGIN RETURN 'x'; END $$;`,
    },
    'variadic arguments': {
      source: `CREATE FUNCTION trial.attack(VARIADIC a int4[]) RETURNS text LANGUAGE plpgsql AS $$ BEGIN RETURN 'x'; END $$;`,
    },
    'output arguments': {
      source: `CREATE FUNCTION trial.attack(OUT a text) LANGUAGE plpgsql AS $$ BEGIN a := 'x'; END $$;`,
    },
    'two of one name': {
      source: `CREATE FUNCTION trial.attack() RETURNS text LANGUAGE plpgsql AS $$ BEGIN RETURN 'x'; END $$; CREATE FUNCTION trial.attack(a int4) RETURNS text LANGUAGE plpgsql AS $$ BEGIN RETURN 'x'; END $$;`,
    },
  }),
  ...cases('text', 'B0 B2 A', {
    'unicode name': `RETURN U&"\\006eow"()::text;`,
    'unicode name with its own escape': `RETURN U&"!006eow" UESCAPE '!' ()::text;`,
  }),
];

/** Tables and columns that nodes could not keep alike. */
export const TABLES: readonly HostileCase[] = [
  ...cases('table', 'B1 B2 A', {
    'a column that is computed when it is read': {
      schema: 'CREATE TABLE trial.t (id int4 PRIMARY KEY, x int4 GENERATED ALWAYS AS (id) VIRTUAL);',
    },
    'a constraint that is not enforced': {
      schema: 'CREATE TABLE trial.t (id int4 PRIMARY KEY, x int4 CHECK (x > 0) NOT ENFORCED);',
    },
    'a table whose rows show in another one': {
      schema: 'CREATE TABLE trial.t (PRIMARY KEY (id)) INHERITS (trial.item);',
    },
    'a column whose name leaves the history no room': {
      schema: `CREATE TABLE trial.t (id int4 PRIMARY KEY, ${'n'.repeat(58)} int4);`,
    },
    'a column with the name of a retired one': {
      schema: 'CREATE TABLE trial.t (id int4 PRIMARY KEY, _5_price int4);',
    },
    'a column with the name of the place of a version': {
      schema: 'CREATE TABLE trial.t (id int4 PRIMARY KEY, _position int8);',
    },
    'no primary key': { schema: 'CREATE TABLE trial.t (id int4);' },
    serial: { schema: 'CREATE TABLE trial.t (id serial PRIMARY KEY);' },
    identity: { schema: 'CREATE TABLE trial.t (id int4 GENERATED ALWAYS AS IDENTITY PRIMARY KEY);' },
    'float column': { schema: 'CREATE TABLE trial.t (id int4 PRIMARY KEY, x float8);' },
    'numeric without scale': { schema: 'CREATE TABLE trial.t (id int4 PRIMARY KEY, x numeric);' },
    'json column': { schema: 'CREATE TABLE trial.t (id int4 PRIMARY KEY, x json);' },
    'xml column': { schema: 'CREATE TABLE trial.t (id int4 PRIMARY KEY, x xml);' },
    'money column': { schema: 'CREATE TABLE trial.t (id int4 PRIMARY KEY, x money);' },
    'interval column': { schema: 'CREATE TABLE trial.t (id int4 PRIMARY KEY, x interval);' },
    'timestamp column': { schema: 'CREATE TABLE trial.t (id int4 PRIMARY KEY, x timestamp);' },
    'time column': { schema: 'CREATE TABLE trial.t (id int4 PRIMARY KEY, x time);' },
    'range column': { schema: 'CREATE TABLE trial.t (id int4 PRIMARY KEY, x int4range);' },
    'oid column': { schema: 'CREATE TABLE trial.t (id int4 PRIMARY KEY, x oid);' },
    'regclass column': { schema: 'CREATE TABLE trial.t (id int4 PRIMARY KEY, x regclass);' },
    'composite column': { schema: 'CREATE TABLE trial.t (id int4 PRIMARY KEY, x trial.item);' },
    'name column': { schema: 'CREATE TABLE trial.t (id int4 PRIMARY KEY, x name);' },
    'enum type': {
      schema: `CREATE TYPE trial.e AS ENUM ('a'); CREATE TABLE trial.t (id int4 PRIMARY KEY, x trial.e);`,
    },
    'domain type': {
      schema: `CREATE DOMAIN trial.d AS int4; CREATE TABLE trial.t (id trial.d PRIMARY KEY);`,
    },
    'unlogged table': { schema: 'CREATE UNLOGGED TABLE trial.t (id int4 PRIMARY KEY);' },
    'partitioned table': { schema: 'CREATE TABLE trial.t (id int4 PRIMARY KEY) PARTITION BY RANGE (id);' },
    'collation of its own': {
      schema: 'CREATE TABLE trial.t (id int4 PRIMARY KEY, x text COLLATE "en-x-icu");',
    },
    'deferred constraint': {
      schema:
        'CREATE TABLE trial.t (id int4 PRIMARY KEY, x int4 REFERENCES trial.item DEFERRABLE INITIALLY DEFERRED);',
    },
    'deferrable unique': { schema: 'CREATE TABLE trial.t (id int4 PRIMARY KEY, x int4 UNIQUE DEFERRABLE);' },
    trigger: {
      schema:
        'CREATE TRIGGER t BEFORE INSERT ON trial.item EXECUTE FUNCTION suppress_redundant_updates_trigger();',
    },
    rule: { schema: 'CREATE RULE r AS ON DELETE TO trial.item DO INSTEAD NOTHING;' },
    sequence: { schema: 'CREATE SEQUENCE trial.s;' },
    'materialized view': { schema: 'CREATE MATERIALIZED VIEW trial.v AS SELECT 1 AS a;' },
    'table of another schema': { schema: 'CREATE TABLE public.t (id int4 PRIMARY KEY);' },
    'grant in the schema': { schema: 'GRANT ALL ON trial.item TO PUBLIC;' },
    policy: { schema: 'CREATE POLICY p ON trial.item USING (true);' },
    extension: { schema: 'CREATE EXTENSION hstore;' },
    'insert in the schema': { schema: `INSERT INTO trial.item VALUES (1, 'x', 1);` },
    'drop in the schema': { schema: 'DROP TABLE trial.line;' },
    'foreign table': { schema: 'CREATE FOREIGN TABLE trial.t (id int4) SERVER s;' },
    'underscore in front': { schema: 'CREATE TABLE trial.t (id int4 PRIMARY KEY, _position int8);' },
    'index with a volatile function': { schema: 'CREATE INDEX i ON trial.item ((random()));' },
    'reference to another contract': {
      schema: 'CREATE TABLE trial.t (id int4 PRIMARY KEY REFERENCES secret.paper);',
    },
    'inheritance from another contract': { schema: 'CREATE TABLE trial.t () INHERITS (secret.paper);' },
    'view over another contract': {
      schema: 'CREATE VIEW trial.v AS SELECT p.content FROM secret.paper AS p;',
    },
    'generated by a function of the zone': {
      schema:
        'CREATE TABLE trial.t (id int4 PRIMARY KEY, x numeric(5,2), y float8 GENERATED ALWAYS AS (sqrt(x)) STORED);',
    },
    'array of floats': {
      schema: 'CREATE TABLE trial.t (id int4 PRIMARY KEY, x float8[]);',
    },
  }),
  ...cases('table', 'B1 A', {
    'temporary table': { schema: 'CREATE TEMPORARY TABLE t (id int4 PRIMARY KEY);' },
  }),
  ...cases('table', 'B1 B2', {
    'default of a clock': {
      schema: 'CREATE TABLE trial.t (id int4 PRIMARY KEY, x timestamptz DEFAULT now());',
    },
    'default of current_date': {
      schema: 'CREATE TABLE trial.t (id int4 PRIMARY KEY, x date DEFAULT CURRENT_DATE);',
    },
    'default of randomness': {
      schema: 'CREATE TABLE trial.t (id uuid PRIMARY KEY DEFAULT gen_random_uuid());',
    },
    'check with a clock': {
      schema: 'CREATE TABLE trial.t (id int4 PRIMARY KEY, x timestamptz CHECK (x < now()));',
    },
    'function in an index': { schema: `CREATE INDEX item_f ON trial.item ((facts ->> 'a'));` },
    'cast in an index': { schema: `CREATE UNIQUE INDEX item_f ON trial.item (((facts ->> 'a')::int4));` },
    'gin index': { schema: 'CREATE INDEX item_f ON trial.item USING gin (facts);' },
    'hash index': { schema: 'CREATE INDEX item_f ON trial.item USING hash (owner);' },
    'exclusion constraint': {
      schema: 'CREATE TABLE trial.t (id int4 PRIMARY KEY, x int4, EXCLUDE USING btree (x WITH =));',
    },
    'cascade of deletes': {
      schema: 'CREATE TABLE trial.t (id int4 PRIMARY KEY REFERENCES trial.item ON DELETE CASCADE);',
    },
    'view with a clock': { schema: 'CREATE VIEW trial.v AS SELECT i.id, now() AS at FROM trial.item AS i;' },
    'view with a system column': {
      schema: 'CREATE VIEW trial.v AS SELECT i.id, i.xmin::text AS x FROM trial.item AS i;',
    },
    compression: { schema: 'CREATE TABLE trial.t (id int4 PRIMARY KEY, x text COMPRESSION lz4);' },
  }),
  ...cases('table', 'B2 A', {
    'a constraint that rows may break': {
      schema: 'ALTER TABLE trial.item ADD CONSTRAINT c CHECK (balance > 5) NOT VALID;',
    },
  }),
  ...cases('table', 'B2', {
    'check with a cast to a time': {
      schema: `CREATE TABLE trial.t (id int4 PRIMARY KEY, x text CHECK (x::date > '2020-01-01'));`,
    },
    'default by a literal': { schema: `CREATE TABLE trial.t (id int4 PRIMARY KEY, x date DEFAULT 'today');` },
    'unbounded text in an index': { schema: 'CREATE TABLE trial.t (id text PRIMARY KEY);' },
    'unbounded text in a unique constraint': {
      schema: 'CREATE TABLE trial.t (id int4 PRIMARY KEY, x text UNIQUE);',
    },
    'unbounded bytea in an index': {
      schema: 'CREATE TABLE trial.t (id int4 PRIMARY KEY, x bytea); CREATE INDEX t_x ON trial.t (x);',
    },
    'json in an index': {
      schema: 'CREATE TABLE trial.t (id int4 PRIMARY KEY, x jsonb); CREATE UNIQUE INDEX t_x ON trial.t (x);',
    },
  }),
  ...cases('table', 'B1', {
    'view with limit': { schema: 'CREATE VIEW trial.v AS SELECT i.id FROM trial.item AS i LIMIT 1;' },
    tablespace: { schema: 'CREATE TABLE trial.t (id int4 PRIMARY KEY) TABLESPACE pg_default;' },
  }),
];
