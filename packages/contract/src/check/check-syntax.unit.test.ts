import { describe, expect, it } from 'vitest';
import { contractOf, contractWithBody, SHOP_SCHEMA } from '../../test/contract-texts.ts';
import { checkSyntax } from './check-syntax.ts';

/** Findings as `rule line:column construct`. */
async function found(contract: Parameters<typeof checkSyntax>[0]): Promise<readonly string[]> {
  const findings = await checkSyntax(contract);
  return findings.map(({ rule, line, column, construct }) => `${rule} ${line}:${column} ${construct}`);
}

describe('statements and expressions of a body', () => {
  // Each line: what is wrong at which place, and beside it what is right.
  type Case = readonly [wrong: string, finding: string, right: string, declare?: string];
  const cases: readonly Case[] = [
    [
      'RETURN extract(year FROM now());',
      'clock 3:26 now()',
      'RETURN extract(year FROM bucordo.block_time());',
    ],
    ["PERFORM 'é', clock_timestamp();", 'clock 3:14 clock_timestamp()', "PERFORM 'é', bucordo.block_time();"],
    [
      'PERFORM CURRENT_DATE;',
      'clock 3:9 CURRENT_TIMESTAMP, CURRENT_DATE, CURRENT_USER and the like',
      'RETURN 1;',
    ],
    ['PERFORM random();', 'random 3:9 random()', 'PERFORM bucordo.new_id();'],
    ["PERFORM nextval('x');", 'sequence 3:9 nextval()', 'PERFORM bucordo.position();'],
    ["PERFORM pg_read_file('x');", 'files 3:9 pg_read_file()', 'PERFORM length(t);'],
    [
      "PERFORM 'now'::timestamptz;",
      "moment-cast 3:14 'now'::timestamptz",
      "PERFORM '2026-01-31T12:00:00Z'::timestamptz;",
    ],
    ['PERFORM t::timestamptz;', 'moment-cast 3:10 ::timestamptz', 'PERFORM bucordo.timestamp_utc(t);'],
    ['PERFORM t::date;', 'moment-cast 3:10 ::date', 'PERFORM make_date(2026, 1, p);'],
    ["PERFORM '0x10'::int4;", "number-cast 3:15 '0x10'::int4", "PERFORM ' -10 '::int4;"],
    ["PERFORM '{1,1_0}'::int4[];", "number-cast 3:18 '{1,1_0}'::int4[]", "PERFORM '{1, NULL}'::int4[];"],
    ['PERFORM t::numeric;', 'number-cast 3:10 ::numeric', 'PERFORM bucordo.decimal_number(t);'],
    [
      "PERFORM (t::jsonb ->> 'a')::int8;",
      'number-cast 3:27 ::int8',
      "PERFORM bucordo.whole_number(t::jsonb ->> 'a');",
    ],
    ['PERFORM 1_000;', 'number-notation 3:9 1_000', 'PERFORM 1000;'],
    ['PERFORM 0b1;', 'number-notation 3:9 0b1', 'PERFORM 16;'],
    ['PERFORM p::float8;', 'floating-point 3:10 ::float8', 'PERFORM p::numeric;'],
    ['PERFORM p ^ 2;', 'version-dependent 3:11 ^', 'PERFORM p * p;'],
    ["EXECUTE 'DELETE FROM shop.item';", 'dynamic-sql 3:1 EXECUTE', 'DELETE FROM shop.item;'],
    ['COMMIT;', 'transaction-control 3:1 COMMIT', 'RETURN 1;'],
    ["SET timezone = 'UTC';", 'statement 3:1 SET', 'NULL;'],
    ['CREATE TABLE shop.x (id int4);', 'statement 3:1 CREATE TABLE', 'NULL;'],
    ["RAISE NOTICE 'x';", 'notice 3:1 RAISE NOTICE', "RAISE EXCEPTION 'x' USING ERRCODE = 'BC001';"],
    [
      "RAISE EXCEPTION 'x';",
      'error-code 3:1 RAISE EXCEPTION without ERRCODE',
      "RAISE EXCEPTION 'x %', p USING ERRCODE = 'BC001';",
    ],
    [
      "RAISE EXCEPTION 'x' USING ERRCODE = '53100';",
      "error-code 3:37 ERRCODE = '53100'",
      "RAISE SQLSTATE 'BC001';",
    ],
    [
      "RAISE EXCEPTION 'x' USING ERRCODE = 'BC900';",
      "error-code 3:37 ERRCODE = 'BC900'",
      "RAISE EXCEPTION 'x' USING ERRCODE = 'BC899', MESSAGE = t;".replace("'x' ", ''),
    ],
    [
      'BEGIN NULL; EXCEPTION WHEN others THEN NULL; END;',
      'handler 3:28 WHEN OTHERS',
      'BEGIN NULL; EXCEPTION WHEN unique_violation THEN NULL; END;',
    ],
    ['PERFORM sqlerrm;', 'error-text 3:9 SQLERRM', 'PERFORM t;'],
    ['PERFORM i.xmin FROM shop.item AS i;', 'system-column 3:9 i.xmin', 'PERFORM i.id FROM shop.item AS i;'],
    [
      "UPDATE shop.item AS i SET label = 'x' WHERE i.id = p RETURNING old.id INTO p;",
      'version-dependent 3:64 old.id',
      "UPDATE shop.item AS i SET label = 'x' WHERE i.id = p RETURNING i.id INTO p;",
    ],
    ['PERFORM FROM item;', 'unqualified-name 3:14 item', 'PERFORM FROM shop.item;'],
    ['PERFORM FROM other.item;', 'foreign-table 3:14 other.item', 'PERFORM FROM shop.item;'],
    [
      'PERFORM FROM shop.itme;',
      'unknown-table 3:14 shop.itme',
      'WITH x AS (SELECT 1 AS a) SELECT a INTO p FROM x;',
    ],
    ['PERFORM shop.missing();', 'unknown-function 3:9 shop.missing()', 'PERFORM abs(p);'],
    ['PERFORM bucordo.submit(1);', 'system-function 3:9 bucordo.submit()', "PERFORM bucordo.has_role('x');"],
    ['PERFORM FROM shop.item FOR UPDATE;', 'locking 3:1 FOR UPDATE or FOR SHARE', 'PERFORM FROM shop.item;'],
    [
      "PERFORM date_trunc('day', bucordo.block_time());",
      'time-zone 3:9 date_trunc()',
      "PERFORM date_trunc('day', bucordo.block_time(), 'UTC');",
    ],
    ['PERFORM t ~ t;', 'pattern 3:11 a regular expression', "PERFORM t ~ '^[a-z]+$';"],
    [
      'PERFORM FROM (SELECT 1 AS a);',
      'version-dependent 3:22 a subquery in FROM without a name',
      'PERFORM FROM (SELECT 1 AS a) AS q;',
    ],
    ['PERFORM t COLLATE "de_DE";', 'collation 3:11 COLLATE "de_DE"', 'PERFORM t COLLATE "C";'],
    [
      "PERFORM repeat('x', p);",
      'unbounded 3:9 repeat(…) without a constant bound',
      "PERFORM repeat('x', least(p, 100));",
    ],
    [
      'PERFORM (SELECT count(*) FROM generate_series(1, p));',
      'unbounded 3:31 generate_series(…) without a constant bound',
      'PERFORM (SELECT count(*) FROM generate_series(1, 20));',
    ],
    [
      "PERFORM t::jsonb->'a'->'b', (t::jsonb->'a')::int4;",
      'version-dependent 3:44 jsonb::int4',
      "PERFORM bucordo.whole_number(t::jsonb->>'a')::int4;",
    ],
    [
      'WITH RECURSIVE r AS (SELECT 1 AS a UNION SELECT a FROM r) SELECT min(a) INTO p FROM r;',
      'budget 3:16 WITH RECURSIVE',
      'WITH r AS (SELECT 1 AS a) SELECT min(a) INTO p FROM r;',
    ],
    ['RETURN __x;', 'reserved-name 3:8 __x', 'RETURN p;'],
    ['LISTEN x;', 'statement 3:1 LISTEN', 'NULL;'],
    ['x := p;', 'floating-point 1:88 x float8', 'x := p;', 'x float8;'],
  ];

  for (const [wrong, finding, right, declare = ''] of cases) {
    it(wrong, async () => {
      expect(await found(contractWithBody(wrong, declare))).toEqual([finding]);
      expect(await found(contractWithBody(right, declare.replace('float8', 'numeric')))).toEqual([]);
    });
  }

  it('names the place behind wide characters in editors’ columns', async () => {
    expect(await found(contractWithBody("PERFORM '𝒳€', now();"))).toEqual(['clock 3:16 now()']);
  });

  it('finds what Postgres’ reader of bodies loses: first values of rows', async () => {
    expect(await found(contractWithBody('RETURN 1;', 'r shop.item := shop.missing();'))).toEqual([
      'unknown-function 1:101 shop.missing()',
    ]);
  });
});

describe('order', () => {
  const cases: readonly (readonly [wrong: string, finding: string, right: string])[] = [
    [
      'SELECT i.id INTO p FROM shop.item AS i ORDER BY i.amount LIMIT 1;',
      'limit-without-order 3:58 LIMIT',
      'SELECT i.id INTO p FROM shop.item AS i ORDER BY i.amount, i.id LIMIT 1;',
    ],
    [
      'SELECT l.no INTO p FROM shop.line AS l WHERE l.item = p LIMIT 1;',
      'limit-without-order 3:57 LIMIT',
      'SELECT l.no INTO p FROM shop.line AS l WHERE l.item = p ORDER BY l.no LIMIT 1;',
    ],
    [
      'SELECT i.id INTO p FROM shop.item AS i WHERE i.amount = p;',
      'into-without-key 3:13 SELECT … INTO of many rows',
      'SELECT i.id INTO p FROM shop.item AS i WHERE i.label = t;',
    ],
    [
      'FOR x IN SELECT i.id FROM shop.item AS i LOOP NULL; END LOOP;',
      'loop-without-order 3:10 FOR … IN SELECT without order',
      'FOR x IN SELECT i.id FROM shop.item AS i ORDER BY i.id LOOP NULL; END LOOP;',
    ],
    [
      'FOR x IN SELECT l.no FROM shop.item AS i JOIN shop.line AS l ON l.item = i.id ORDER BY i.id LOOP NULL; END LOOP;',
      'loop-without-order 3:10 FOR … IN SELECT without order',
      'FOR x IN SELECT i.amount FROM shop.item AS i JOIN shop.line AS l ON l.item = i.id ORDER BY l.item, l.no LOOP NULL; END LOOP;',
    ],
    [
      'PERFORM (SELECT array_agg(i.id ORDER BY i.amount) FROM shop.item AS i);',
      'aggregate-without-order 3:17 array_agg(…)',
      'PERFORM (SELECT array_agg(i.id ORDER BY i.id DESC) FROM shop.item AS i);',
    ],
    [
      'PERFORM (SELECT max(n) FROM (SELECT row_number() OVER (ORDER BY i.amount) AS n FROM shop.item AS i) AS q);',
      'window-without-order 3:37 row_number() OVER (…)',
      'PERFORM (SELECT max(n) FROM (SELECT row_number() OVER (ORDER BY i.amount, i.id) AS n FROM shop.item AS i) AS q);',
    ],
    [
      'PERFORM ARRAY(SELECT i.id FROM shop.item AS i);',
      'array-without-order 3:9 ARRAY(SELECT …)',
      'PERFORM ARRAY(SELECT i.id FROM shop.item AS i ORDER BY 1);',
    ],
    [
      'PERFORM DISTINCT ON (i.amount) i.id FROM shop.item AS i ORDER BY i.amount;',
      'distinct-on-without-order 3:9 DISTINCT ON',
      'PERFORM DISTINCT ON (i.amount) i.id FROM shop.item AS i ORDER BY i.amount, i.id;',
    ],
    [
      'UPDATE shop.item SET place = place + 1;',
      'key-update 3:22 SET place = … on the unique column of many rows',
      'UPDATE shop.item SET place = place + 1 WHERE id = p;',
    ],
    [
      'UPDATE shop.item AS i SET amount = l.no FROM shop.line AS l WHERE l.item = i.id;',
      'update-from 3:41 UPDATE … FROM',
      'UPDATE shop.item AS i SET amount = (SELECT max(l.no) FROM shop.line AS l WHERE l.item = i.id);',
    ],
    [
      'INSERT INTO shop.line (item, no) SELECT i.id, 1 FROM shop.item AS i ON CONFLICT DO NOTHING;',
      'insert-without-order 3:13 INSERT … SELECT without order',
      'INSERT INTO shop.line (item, no) SELECT i.id, 1 FROM shop.item AS i ORDER BY i.id ON CONFLICT DO NOTHING;',
    ],
    [
      'FOR x IN SELECT u.a FROM unnest(ARRAY[p], ARRAY[p]) WITH ORDINALITY AS u (a, b) ORDER BY u.b LOOP NULL; END LOOP;',
      'loop-without-order 3:10 FOR … IN SELECT without order',
      'FOR x IN SELECT u.a FROM unnest(ARRAY[p], ARRAY[p]) WITH ORDINALITY AS u (a, b, n) ORDER BY u.n LOOP NULL; END LOOP;',
    ],
    [
      'FOR x IN SELECT length(e.key) FROM jsonb_each_text(t::jsonb) AS e ORDER BY e.value LOOP NULL; END LOOP;',
      'loop-without-order 3:10 FOR … IN SELECT without order',
      'FOR x IN SELECT e.value::int4 FROM jsonb_each_text(t::jsonb) AS e ORDER BY e.key LOOP NULL; END LOOP;',
    ],
    [
      'FOR x IN SELECT l.no FROM shop.line AS l LEFT JOIN shop.item AS i ON i.id = l.item ORDER BY i.id LOOP NULL; END LOOP;',
      'loop-without-order 3:10 FOR … IN SELECT without order',
      'FOR x IN SELECT i.amount FROM shop.line AS l LEFT JOIN shop.item AS i ON i.id = l.item ORDER BY l.item, l.no LOOP NULL; END LOOP;',
    ],
    [
      'FOR x IN SELECT q.n FROM (SELECT l.item, count(*) AS n FROM shop.line AS l GROUP BY l.item) AS q ORDER BY q.n, q.n + 1 LOOP PERFORM 1; END LOOP; FOR x IN SELECT q.item FROM (SELECT l.item, count(*) AS n FROM shop.line AS l GROUP BY l.item) AS q ORDER BY q.n LOOP NULL; END LOOP;',
      'loop-without-order 3:155 FOR … IN SELECT without order',
      'FOR x IN SELECT q.n FROM (SELECT l.item, count(*) AS n FROM shop.line AS l GROUP BY l.item) AS q ORDER BY q.item LOOP NULL; END LOOP;',
    ],
    [
      'FOR x IN SELECT l.no FROM shop.line AS l UNION SELECT 1 LOOP NULL; END LOOP;',
      'loop-without-order 3:10 FOR … IN SELECT without order',
      'FOR x IN SELECT l.no FROM shop.line AS l UNION SELECT 1 ORDER BY no LOOP NULL; END LOOP;',
    ],
    [
      'PERFORM (SELECT string_agg(i.label, t ORDER BY i.amount) FROM shop.item AS i);',
      'aggregate-without-order 3:17 string_agg(…)',
      'PERFORM (SELECT string_agg(i.label, t ORDER BY i.label) FROM shop.item AS i);',
    ],
    [
      'DELETE FROM shop.line AS l USING shop.item AS i WHERE i.id = l.item;',
      'delete-using 3:28 DELETE … USING',
      'DELETE FROM shop.line AS l WHERE EXISTS (SELECT FROM shop.item AS i WHERE i.id = l.item);',
    ],
    [
      'PERFORM bucordo.ordinal() FROM shop.item AS i;',
      'call-per-row 3:9 bucordo.ordinal() for every row of a query',
      'PERFORM bucordo.ordinal();',
    ],
  ];

  it.each(cases)('%s', async (wrong, finding, right) => {
    const declare = 'x int4;';
    expect(await found(contractWithBody(wrong, declare))).toEqual([finding]);
    expect(await found(contractWithBody(right, declare))).toEqual([]);
  });
});

describe('order that only seems total', () => {
  const schema = `${SHOP_SCHEMA}
    CREATE TABLE shop.loan (no int4, car int4 NOT NULL, ended date, state text NOT NULL, PRIMARY KEY (no));
    CREATE UNIQUE INDEX loan_open ON shop.loan (car) WHERE ended IS NULL;`;
  const rules = async (body: string): Promise<readonly string[]> => {
    const contract = contractWithBody(body, 'x int4; r record;');
    return (await checkSyntax({ ...contract, schema: { file: 'schema.sql', text: schema } })).map(
      ({ rule }) => rule,
    );
  };

  const cases: readonly (readonly [name: string, wrong: string, right: string])[] = [
    [
      'NULL is there many times',
      'SELECT i.id INTO p FROM shop.item AS i ORDER BY i.place LIMIT 1;',
      'SELECT i.id INTO p FROM shop.item AS i WHERE i.place = p;',
    ],
    [
      'an output hides the column of its name',
      'SELECT i.id, i.label::varchar(1) INTO p, t FROM shop.item AS i ORDER BY label LIMIT 1;',
      'SELECT i.id, i.label INTO p, t FROM shop.item AS i ORDER BY label LIMIT 1;',
    ],
    [
      'a table under other names',
      'SELECT i.b INTO p FROM shop.item AS i (b, c, d, id) ORDER BY i.id LIMIT 1;',
      'SELECT i.b INTO p FROM shop.item AS i (b, c, d, id) ORDER BY i.b LIMIT 1;',
    ],
    [
      'a WITH query under other names',
      'WITH q (id, a) AS (SELECT i.amount, i.id FROM shop.item AS i) SELECT q.a INTO p FROM q ORDER BY q.id LIMIT 1;',
      'WITH q (id, a) AS (SELECT i.amount, i.id FROM shop.item AS i) SELECT q.id INTO p FROM q ORDER BY q.a LIMIT 1;',
    ],
    [
      'a join under a name of its own',
      'SELECT j.no INTO p FROM (shop.item CROSS JOIN shop.line) AS j ORDER BY j.amount LIMIT 1;',
      'SELECT j.no INTO p FROM (shop.item CROSS JOIN shop.line) AS j ORDER BY j.no LIMIT 1;',
    ],
    [
      'a column with its schema',
      'SELECT shop.item.id INTO p FROM shop.item ORDER BY shop.item.amount LIMIT 1;',
      'SELECT shop.item.id INTO p FROM shop.item ORDER BY shop.item.id LIMIT 1;',
    ],
    [
      'a whole row',
      'SELECT i INTO r FROM shop.item AS i ORDER BY i.amount LIMIT 1;',
      'SELECT i INTO r FROM shop.item AS i ORDER BY i.id LIMIT 1;',
    ],
    [
      'a name that a subquery has too',
      'SELECT l.no + (SELECT max(l.no) FROM shop.line AS l) INTO p FROM shop.line AS l ORDER BY l.note LIMIT 1;',
      'SELECT (SELECT max(l.no) FROM shop.line AS l) INTO p FROM shop.item AS i ORDER BY i.id LIMIT 1;',
    ],
    [
      'an own function called like an aggregate',
      'SELECT shop.count(i.id) INTO p FROM shop.item AS i;',
      'SELECT count(i.id) INTO p FROM shop.item AS i;',
    ],
    [
      'a key of some rows',
      'SELECT o.no INTO p FROM shop.loan AS o WHERE o.car = p AND o.ended IS NOT NULL;',
      'SELECT o.no INTO p FROM shop.loan AS o WHERE o.car = p AND o.ended IS NULL;',
    ],
    [
      'rows that enter a partial index',
      "UPDATE shop.loan SET ended = NULL WHERE state = 'x';",
      'UPDATE shop.loan SET ended = NULL WHERE car = p AND ended IS NULL;',
    ],
    [
      'a handler that sees the first error',
      'INSERT INTO shop.line (item, no) SELECT i.id, 1 FROM shop.item AS i; EXCEPTION WHEN unique_violation THEN NULL;',
      'INSERT INTO shop.line (item, no) SELECT i.id, 1 FROM shop.item AS i;',
    ],
    [
      'NULL in a condition',
      'SELECT i.id INTO p FROM shop.item AS i WHERE i.place IS NOT DISTINCT FROM p;',
      'SELECT i.id INTO p FROM shop.item AS i WHERE i.id IS NOT DISTINCT FROM p;',
    ],
  ];

  it.each(cases)('%s', async (_name, wrong, right) => {
    expect(await rules(wrong)).toContainEqual(expect.stringMatching(/without-(order|key)$|^key-update$/));
    expect(await rules(right)).toEqual([]);
  });
});

describe('functions', () => {
  const head = 'CREATE FUNCTION shop.act(p int4) RETURNS int4';
  const body = 'AS $$ BEGIN RETURN p; END $$';
  const cases: readonly (readonly [functions: string, finding: string])[] = [
    [`${head} LANGUAGE plpgsql SECURITY DEFINER ${body};`, 'function-option 1:64 SECURITY'],
    [`${head} LANGUAGE plpgsql SET search_path = x ${body};`, 'function-option 1:64 SET'],
    [`${head} LANGUAGE plpgsql COST 3 ${body};`, 'function-option 1:64 COST'],
    [`${head} LANGUAGE plpgsql AS 'BEGIN RETURN p; END';`, 'body-quoting 1:67 the body'],
    [`${head} LANGUAGE plpgsql ${body}; SELECT 1;`, 'statement 1:94 SELECT'],
    [`CREATE FUNCTION act(p int4) RETURNS int4 LANGUAGE plpgsql ${body};`, 'function-name 1:17 act'],
    [
      `CREATE FUNCTION shop.act(p int4, OUT q int4) LANGUAGE plpgsql AS $$ BEGIN q := p; END $$;`,
      'parameter 1:34 the parameter q',
    ],
    [
      `CREATE FUNCTION shop.act(p float8) RETURNS int4 LANGUAGE plpgsql ${body};`,
      'floating-point 1:26 the type float8',
    ],
    [
      `CREATE FUNCTION shop.act() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN RETURN NULL; END $$;`,
      'trigger 1:17 RETURNS trigger',
    ],
    [
      `CREATE PROCEDURE shop.act() LANGUAGE plpgsql AS $$ BEGIN NULL; END $$;`,
      'statement 1:1 CREATE PROCEDURE',
    ],
    [
      `${head} LANGUAGE plpgsql AS $$ BEGIN RETURN shop.act(p); END $$;`,
      'recursion 1:83 shop.act() from act',
    ],
    [
      `${head} IMMUTABLE LANGUAGE plpgsql AS $$ BEGIN RETURN (SELECT count(*) FROM shop.item); END $$;`,
      'volatility 1:47 IMMUTABLE',
    ],
    [
      `${head} LANGUAGE sql AS $$ SELECT i.id FROM shop.item AS i $$;`,
      'into-without-key 1:66 the last SELECT of many rows',
    ],
    [`${head} LANGUAGE sql BEGIN ATOMIC SELECT random()::int4; END;`, 'random 1:80 random()'],
    [`${head} LANGUAGE sql RETURN now();`, 'clock 1:67 now()'],
    [`${head} LANGUAGE plpgsql AS $$ BEGIN IF p THEN RETURN 1 END IF; END $$;`, 'syntax 1:107 the syntax'],
    [`${head} LANGUAGE plpgsql AS $$ DECLARE p int4; BEGIN RETURN p; END $$;`, 'variable 1:78 p'],
    [
      `${head} LANGUAGE plpgsql AS $$ DECLARE r shop.item%ROWTYPE; BEGIN RETURN 1; END $$;`,
      'type 1:80 r shop.item%ROWTYPE',
    ],
    [
      `${head} LANGUAGE plpgsql AS $$ DECLARE c CURSOR FOR SELECT 1; BEGIN RETURN 1; END $$;`,
      'cursor 1:78 CURSOR',
    ],
    [
      `${head} LANGUAGE plpgsql AS $$ #variable_conflict use_column\nBEGIN RETURN p; END $$;`,
      'body-option 1:70 #variable_conflict',
    ],
  ];

  it.each(cases)('%s', async (functions, finding) => {
    const all = await found(contractOf({ functions, manifest: { functions: { act: {} } } }));
    expect(all).toContain(finding);
  });

  it('accepts helpers, loops, handlers and SQL', async () => {
    const functions = `
      CREATE FUNCTION shop.total() RETURNS numeric STABLE LANGUAGE sql AS $$ SELECT sum(i.amount) FROM shop.item AS i $$;
      CREATE FUNCTION shop.lines(which int4) RETURNS TABLE (no int4, note text) LANGUAGE plpgsql AS $$
      BEGIN RETURN QUERY SELECT l.no, l.note FROM shop.line AS l WHERE l.item = which; END $$;
      CREATE FUNCTION shop.act(p int4, ids int4[]) RETURNS numeric LANGUAGE plpgsql AS $$
      <<whole>>
      DECLARE
        one record;
        row shop.item;
        n int4 := 0;
        id int4;
      BEGIN
        FOR one IN SELECT l.no, l.note FROM shop.lines(p) AS l ORDER BY l.no, l.note LOOP
          n := n + one.no;
          CONTINUE whole_loop WHEN n > 3;
        END LOOP;
        FOREACH id IN ARRAY ids LOOP n := n + id; END LOOP;
        WHILE n > 0 LOOP n := n / 2; END LOOP;
        LOOP EXIT WHEN n = 0; n := n - 1; END LOOP;
        CASE p WHEN 1, 2 THEN n := 1; ELSE NULL; END CASE;
        SELECT i.* INTO row FROM shop.item AS i WHERE i.id = p;
        row.amount := 3;
        ids[1] := n;
        GET DIAGNOSTICS n = ROW_COUNT;
        RETURN shop.total();
      EXCEPTION WHEN unique_violation OR division_by_zero THEN
        RAISE EXCEPTION 'no % in %', p, ids USING ERRCODE = 'BC201', HINT = 'x';
      END $$;`.replace(' whole_loop', '');
    expect(await found(contractOf({ functions, manifest: { functions: { act: {} } } }))).toEqual([]);
  });
});

describe('schema', () => {
  const cases: readonly (readonly [schema: string, finding: string])[] = [
    ['CREATE TABLE shop.t (id int4);', 'primary-key 1:14 t'],
    ['CREATE TABLE shop.t (id serial PRIMARY KEY);', 'sequence 1:25 id serial'],
    [
      'CREATE TABLE shop.t (id int4 GENERATED ALWAYS AS IDENTITY PRIMARY KEY);',
      'sequence 1:30 GENERATED … AS IDENTITY',
    ],
    ['CREATE TABLE shop.t (id int4 PRIMARY KEY, x float8);', 'floating-point 1:45 x float8'],
    ['CREATE TABLE shop.t (id int4 PRIMARY KEY, x numeric);', 'numeric-scale 1:45 x numeric'],
    ['CREATE TABLE shop.t (id int4 PRIMARY KEY, x varchar(3));', 'type 1:45 x varchar'],
    ['CREATE TABLE shop.t (id int4 PRIMARY KEY, x int4[][]);', 'type 1:45 x int4[][]'],
    ['CREATE TABLE shop.t (id int4 PRIMARY KEY, x timestamptz DEFAULT now());', 'clock 1:65 now()'],
    [
      "CREATE TABLE shop.t (id int4 PRIMARY KEY, x date DEFAULT 'today');",
      "moment-cast 1:50 x DEFAULT 'today'",
    ],
    [
      'CREATE TABLE shop.t (id int4 PRIMARY KEY, x int8 DEFAULT bucordo.height());',
      'context-in-table 1:58 bucordo.height()',
    ],
    ['CREATE TABLE shop.t (id int4 PRIMARY KEY, _x int4);', 'reserved-name 1:43 "_x"'],
    ['CREATE TABLE shop.t (id int4 PRIMARY KEY DEFERRABLE);', 'deferrable 1:42 DEFERRABLE'],
    [
      'CREATE TABLE shop.t (id int4 PRIMARY KEY, x int4 REFERENCES shop.t ON DELETE CASCADE);',
      'cascade 1:50 ON DELETE or ON UPDATE with CASCADE, SET NULL or SET DEFAULT',
    ],
    [
      'CREATE TABLE shop.t (id int4 PRIMARY KEY, x int4 CONSTRAINT q NOT NULL);',
      'version-dependent 1:50 NOT NULL with a name of its own',
    ],
    [
      'CREATE TABLE shop.t (id int4 PRIMARY KEY, x int4, NOT NULL x);',
      'version-dependent 1:51 NOT NULL with a name of its own',
    ],
    [
      'CREATE TABLE shop.t (id int4 PRIMARY KEY, x int4, CHECK (x > 0) NOT ENFORCED);',
      'version-dependent 1:51 NOT ENFORCED',
    ],
    ['CREATE TABLE shop.t (id int4 PRIMARY KEY, x text COLLATE "de");', 'collation 1:50 COLLATE "de"'],
    [
      'CREATE TABLE shop.t (id int4 PRIMARY KEY, CHECK (bucordo.height() > 1));',
      'context-in-table 1:50 bucordo.height()',
    ],
    ['CREATE TABLE shop.t (id int4); ALTER TABLE shop.t ADD UNIQUE (id);', 'primary-key 1:14 t'],
    [
      'CREATE TABLE shop.t (id int4 PRIMARY KEY, x date); ALTER TABLE shop.t ALTER COLUMN x SET DEFAULT now();',
      'clock 1:98 now()',
    ],
    ['ALTER TABLE shop.item ADD COLUMN x int4;', 'statement 1:1 ALTER TABLE'],
    ['CREATE TABLE other.t (id int4 PRIMARY KEY);', 'foreign-table 1:14 other.t'],
    ['CREATE UNLOGGED TABLE shop.t (id int4 PRIMARY KEY);', 'table-kind 1:23 UNLOGGED'],
    ['CREATE TRIGGER x BEFORE INSERT ON shop.t EXECUTE FUNCTION shop.f();', 'trigger 1:1 CREATE TRIGGER'],
    ['CREATE SEQUENCE shop.s;', 'sequence 1:1 CREATE SEQUENCE'],
    ["CREATE TYPE shop.e AS ENUM ('a');", 'type 1:1 CREATE TYPE … AS ENUM'],
    ['DROP TABLE shop.item;', 'statement 1:1 DROP'],
    ['CREATE INDEX i ON shop.item (lower(label));', 'index 1:29 an expression in an index'],
    ['CREATE INDEX i ON shop.item USING hash (label);', 'index 1:29 USING hash'],
    ['CREATE VIEW shop.v AS SELECT now() AS n;', 'clock 1:30 now()'],
    ['CREATE TABLE shop.t (id int4', 'syntax 1:29 the syntax'],
  ];

  it.each(cases)('%s', async (schema, finding) => {
    expect(await found(contractOf({ schema }))).toContain(finding);
  });

  it('accepts ordinary tables, indexes and views', async () => {
    const schema = `${SHOP_SCHEMA}
      CREATE TABLE shop.t (
        id uuid PRIMARY KEY,
        state text NOT NULL DEFAULT 'open' CHECK (state IN ('open', 'done')),
        tags text[] NOT NULL DEFAULT '{}',
        facts jsonb,
        day date DEFAULT '2026-01-31',
        price numeric(12,2) NOT NULL DEFAULT 0.5 CHECK (price >= 0),
        item int4 REFERENCES shop.item,
        twice numeric(12,2) GENERATED ALWAYS AS (price * 2) STORED,
        CONSTRAINT once UNIQUE (item, day)
      ) WITH (fillfactor = 70);
      CREATE UNIQUE INDEX t_open ON shop.t (item) WHERE state = 'open';
      CREATE VIEW shop.sums AS SELECT t.item, sum(t.price) AS price FROM shop.t AS t GROUP BY t.item;
      ALTER TABLE shop.t ADD CHECK (num_nulls(item, day) < 2);
      CREATE TABLE shop.dumped (id bigint NOT NULL, note text, item integer);
      ALTER TABLE ONLY shop.dumped ALTER COLUMN note SET DEFAULT ''::text, ALTER COLUMN item SET NOT NULL;
      ALTER TABLE ONLY shop.dumped ADD CONSTRAINT dumped_pkey PRIMARY KEY (id);
      ALTER TABLE ONLY shop.dumped ADD CONSTRAINT dumped_once UNIQUE (item, note);
      ALTER TABLE ONLY shop.dumped ADD CONSTRAINT dumped_item FOREIGN KEY (item) REFERENCES shop.item(id);
      COMMENT ON TABLE shop.t IS 'x';`;
    expect(await found(contractOf({ schema }))).toEqual([]);
  });
});

describe('migrations and manifest', () => {
  const way = { version: '1.1.0' };

  it('accepts the changes that nodes carry out', async () => {
    const sql = `CREATE TABLE shop.fresh (id int4 PRIMARY KEY);
      ALTER TABLE shop.item ADD COLUMN colour text;
      UPDATE shop.item SET colour = 'red';
      ALTER TABLE shop.item ALTER COLUMN colour SET NOT NULL, DROP COLUMN place, ADD CONSTRAINT c CHECK (amount > 0);
      ALTER TABLE shop.item ALTER COLUMN colour SET DEFAULT 'blue', ALTER COLUMN note DROP DEFAULT;
      ALTER TABLE shop.item ADD COLUMN loud text GENERATED ALWAYS AS (colour || '!') STORED;
      ALTER TABLE shop.item ALTER COLUMN loud DROP EXPRESSION;
      DROP INDEX shop.old_index;`;
    expect(await found(contractOf({ manifest: way, migrations: { '1.0.0-1.1.0': sql } }))).toEqual([]);
  });

  const wrong: readonly (readonly [string, string])[] = [
    ['ALTER TABLE shop.item ALTER COLUMN place TYPE int8;', 'migration 1:1 ALTER TABLE … AlterColumnType'],
    ['ALTER TABLE shop.item RENAME COLUMN place TO spot;', 'migration 1:1 RENAME'],
    [
      'ALTER TABLE shop.item ADD COLUMN x int4 NOT NULL;',
      'migration 1:1 ADD COLUMN x with NOT NULL or DEFAULT',
    ],
    ['DROP TABLE shop.item;', 'migration 1:1 DROP'],
    ['ALTER TABLE shop.item RENAME TO thing;', 'migration 1:1 RENAME'],
    ["ALTER TABLE shop.item ALTER COLUMN added SET DEFAULT 'now';", "moment-cast 1:1 DEFAULT 'now'"],
    ['ALTER TABLE shop.item ALTER COLUMN added SET DEFAULT now();', 'clock 1:54 now()'],
    [
      'ALTER TABLE shop.item ALTER COLUMN loud SET EXPRESSION AS (colour);',
      'migration 1:1 ALTER TABLE … SetExpression',
    ],
    ['ALTER TABLE shop.item INHERIT shop.other;', 'migration 1:1 ALTER TABLE … AddInherit'],
    ['TRUNCATE shop.item;', 'migration 1:1 TRUNCATE'],
    [
      'UPDATE shop.item SET place = place + 1;',
      'key-update 1:22 SET place = … on the unique column of many rows',
    ],
    ['UPDATE shop.item SET added = now();', 'clock 1:30 now()'],
    ['SELECT 1;', 'migration 1:1 SELECT'],
  ];

  it.each(wrong)('%s', async (sql, finding) => {
    const findings = await checkSyntax(contractOf({ manifest: way, migrations: { '1.0.0-1.1.0': sql } }));
    expect(findings.map(({ file }) => file)).toContain('migrations/1.0.0-1.1.0.sql');
    expect(
      findings.map(({ rule, line, column, construct }) => `${rule} ${line}:${column} ${construct}`),
    ).toContain(finding);
  });

  it('says when a migration does not lead to the version', async () => {
    expect(await found(contractOf({ manifest: way, migrations: { '1.0.0-1.0.5': '' } }))).toEqual([
      'manifest 3:3 migrations/1.0.0-1.0.5.sql',
    ]);
  });

  it('holds the manifest against the texts', async () => {
    const manifest = {
      functions: { gone: {} },
      views: { gone_view: { contracts: ['*'] } },
      readers: [{ table: 'item', columns: ['id', 'colour'], rows: 'added < now()' }, { table: 'nothing' }],
      scans: { gone: { item: 3 } },
    };
    const findings = await found(contractOf({ manifest }));
    expect(findings.map((each) => each.replace(/\d+:\d+ /, ''))).toEqual([
      'manifest the function gone',
      'manifest the view gone_view',
      'manifest the column item.colour',
      'clock now()',
      'manifest the table nothing',
      'manifest the function gone',
    ]);
  });

  it('lets the manifest open views of other contracts', async () => {
    const functions = `CREATE FUNCTION shop.act() RETURNS int8 LANGUAGE plpgsql AS $$
      BEGIN RETURN (SELECT count(*) FROM depot.stock AS s); END $$;`;
    expect(await found(contractOf({ functions }))).toEqual(['foreign-table 2:42 depot.stock']);
    expect(await found(contractOf({ functions, manifest: { uses: { depot: ['stock'] } } }))).toEqual([]);
  });
});
