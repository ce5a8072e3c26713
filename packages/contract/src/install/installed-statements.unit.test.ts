/** What of a contract's texts may run on a node: cut and judged by Postgres's own parser, on every node alike. */

import { describe, expect, test } from 'vitest';
import { type InstalledPart, installedStatements } from './installed-statements.ts';

const TABLE = 'CREATE TABLE s.t (id int4 PRIMARY KEY)';
const FUNCTION = 'CREATE FUNCTION s.f() RETURNS void LANGUAGE plpgsql AS $$ BEGIN NULL; END $$';

const texts = async (sql: string, part: InstalledPart = 'schema'): Promise<string[]> =>
  (await installedStatements(sql, part)).map(({ text }) => text);

describe('I3: statements are cut where Postgres ends them', () => {
  test.for<[what: string, sql: string, count: number]>([
    ['nothing', '', 0],
    ['semicolons', ' ; ;\n', 0],
    ['a comment alone', '-- only a comment', 0],
    ['two', `${TABLE}; ${TABLE.replace('s.t', 's.u')}`, 2],
    ['a semicolon in a comment', `${TABLE} -- ;\n; /* ; /* ; */ ; */ ${FUNCTION}`, 2],
    ['a semicolon in a string', `COMMENT ON TABLE s.t IS 'a;''b'; COMMENT ON TABLE s.t IS E'a\\';b'`, 2],
    ['a semicolon in quotes', 'COMMENT ON TABLE s."a;b" IS NULL', 1],
    ['a semicolon in dollars', `${FUNCTION.replaceAll('$$', '$a$')}; ${FUNCTION}`, 2],
    ['a string over two lines', "COMMENT ON TABLE s.t IS 'a'\n ';b'", 1],
    ['other white space', `CREATE\fTABLE s.t\r(id int4)`, 1],
    ['letters of two bytes', `COMMENT ON TABLE s.t IS 'äöü;€'; ${TABLE}`, 2],
    [
      'a body that is no string',
      'CREATE FUNCTION s.f() RETURNS int4 BEGIN ATOMIC SELECT 1; SELECT 2; END; SELECT',
      0,
    ],
  ])('%s', async ([, sql, count]) => {
    if (count === 0 && sql.includes('ATOMIC'))
      await expect(texts(sql)).rejects.toThrow('SELECT has no place');
    else expect(await texts(sql)).toHaveLength(count);
  });

  test('each is as written, without the comments around it', async () => {
    expect(await texts(`/* a */ ${TABLE}; -- é\n COMMENT ON TABLE s.t IS 'é;' ;`)).toEqual([
      TABLE,
      "COMMENT ON TABLE s.t IS 'é;'",
    ]);
  });
});

test('I3: a letter that looks like white space is a letter', async () => {
  const statements = ['DROP INDEX s.i\u00a0', 'ALTER TABLE s.t DROP COLUMN a\ufeff'];
  expect(await texts(`${statements.join(';\n\f')}\t;\r\n`, 'migration')).toEqual(statements);
});

describe('I12: what has no place in a contract does not run', () => {
  test.for<[what: string, part: InstalledPart, sql: string, words: string]>([
    [
      'text behind a carriage return',
      'schema',
      `${TABLE};\n-- note\rDO 'BEGIN END' /*\n${TABLE}\n-- */\n;`,
      'DO has no',
    ],
    [
      'COMMIT behind a carriage return',
      'source',
      `${FUNCTION};\n-- note\rCOMMIT /*\n${FUNCTION}\n-- */\n;`,
      'COMMIT',
    ],
    ['text behind an old string', 'schema', `COMMENT ON TABLE s.t IS '\\'; DO 'BEGIN END'; --'`, 'DO has no'],
    ['text behind a nested comment', 'schema', `/* /* */ */ DO 'BEGIN END'; /* */`, 'DO has no'],
    ['an escaped name', 'schema', `U&"d\\006f" ''`, 'syntax error'],
    ['COPY', 'schema', "COPY s.t TO '/tmp/x'", 'COPY has no'],
    ['SET ROLE', 'migration', 'SET LOCAL ROLE bucordo_owner', 'SET has no'],
    ['RESET ALL', 'migration', 'RESET ALL', 'SET has no'],
    ['GRANT', 'schema', 'GRANT SELECT ON s.t TO PUBLIC', 'GRANT'],
    ['an extension', 'schema', 'CREATE EXTENSION citext', 'EXTENSION'],
    ['CALL', 'migration', 'CALL s.f()', 'CALL has no'],
    ['a query', 'migration', 'SELECT pg_sleep(100)', 'SELECT has no'],
    ['EXPLAIN ANALYZE', 'migration', 'EXPLAIN ANALYZE UPDATE s.t SET id = 1', 'EXPLAIN has no'],
    ['PREPARE', 'migration', 'PREPARE a AS SELECT 1', 'PREPARE has no'],
    ['LISTEN', 'schema', 'LISTEN a', 'LISTEN has no'],
    ['LOCK', 'migration', 'LOCK TABLE s.t', 'LOCK'],
    ['TRUNCATE', 'migration', 'TRUNCATE s.t', 'TRUNCATE has no'],
    ['a trigger', 'schema', 'CREATE TRIGGER a AFTER INSERT ON s.t EXECUTE FUNCTION s.f()', 'TRIGGER has no'],
    [
      'an event trigger',
      'schema',
      'CREATE EVENT TRIGGER a ON ddl_command_end EXECUTE FUNCTION s.f()',
      'EVENT',
    ],
    ['a rule', 'migration', 'CREATE RULE r AS ON INSERT TO s.t DO NOTHING', 'RULE has no'],
    ['a policy', 'migration', 'CREATE POLICY p ON s.t', 'POLICY has no'],
    ['a publication', 'schema', 'CREATE PUBLICATION p FOR ALL TABLES', 'PUBLICATION has no'],
    ['a type', 'schema', 'CREATE TYPE s.a AS (b int4)', 'TYPE has no'],
    ['a sequence', 'schema', 'CREATE SEQUENCE s.a', 'SEQUENCE has no'],
    ['a table of a query', 'schema', 'CREATE TABLE s.t AS SELECT 1', 'CREATE TABLE AS has no'],
    ['SELECT INTO', 'migration', 'SELECT 1 INTO s.t', 'SELECT has no'],
    ['a table that drops', 'migration', 'DROP TABLE s.t', 'DROP is for indexes'],
    ['a new name', 'migration', 'ALTER TABLE s.t RENAME TO u', 'RENAME has no'],
    ['another schema', 'migration', 'ALTER TABLE s.t SET SCHEMA u', 'has no place'],
    ['an owner', 'migration', 'ALTER TABLE s.t OWNER TO bucordo_deploy', 'ChangeOwner'],
    ['a trigger that is off', 'migration', 'ALTER TABLE s.t DISABLE TRIGGER ALL', 'DisableTrigAll'],
    ['row security', 'migration', 'ALTER TABLE s.t ENABLE ROW LEVEL SECURITY', 'EnableRowSecurity'],
    ['rows written by a type', 'migration', 'ALTER TABLE s.t ALTER a TYPE int4 USING a * 2', 'by UPDATE'],
    ['CASCADE', 'migration', 'ALTER TABLE s.t DROP COLUMN a CASCADE', 'CASCADE'],
    ['rows in the schema', 'schema', 'INSERT INTO s.t VALUES (1)', 'INSERT has no'],
    ['a table among functions', 'source', TABLE, 'CREATE TABLE has no'],
    ['a function in a migration', 'migration', FUNCTION, 'CREATE FUNCTION has no'],
    ['a comment on the database', 'schema', "COMMENT ON DATABASE d IS 'x'", 'COMMENT ON'],
  ])('%s', async ([, part, sql, words]) => {
    await expect(texts(sql, part)).rejects.toThrow(words);
  });
});

describe('I2: what not every server has is refused on all', () => {
  test.for<[what: string, part: InstalledPart, sql: string, words: string]>([
    ['a tablespace', 'schema', `${TABLE} TABLESPACE fast`, 'fast'],
    ['a tablespace of an index', 'schema', 'CREATE INDEX ON s.t (id) TABLESPACE fast', 'fast'],
    [
      'a tablespace of a key',
      'schema',
      'CREATE TABLE s.t (id int4, PRIMARY KEY (id) USING INDEX TABLESPACE fast)',
      'fast',
    ],
    ['an access method', 'schema', `${TABLE} USING columnar`, 'USING'],
    ['a kind of index', 'schema', 'CREATE INDEX ON s.t USING bloom (id)', 'bloom'],
    ['a collation', 'schema', `CREATE TABLE s.t (id text CHECK (id COLLATE "de_DE" < 'x'))`, 'de_DE'],
    ['a collation of an index', 'schema', 'CREATE INDEX ON s.t (id COLLATE "en-x-icu")', 'en-x-icu'],
    ['a collation of a column', 'schema', 'CREATE TABLE s.t (id text COLLATE "POSIX" PRIMARY KEY)', 'POSIX'],
    [
      'a partition, whose bounds are computed',
      'schema',
      'CREATE TABLE s.u PARTITION OF s.t FOR VALUES IN (s.f())',
      'ordinary',
    ],
    ['numbers of Postgres 16', 'schema', 'CREATE TABLE s.t (id int4 DEFAULT 0x10)', '0x10'],
    ['numbers of Postgres 16 in a body', 'source', FUNCTION.replace('NULL', 'PERFORM 1_000'), '1_000'],
    ['a vertical tab', 'schema', 'CREATE\vTABLE s.t (id int4)', 'vertical tab'],
    ['a name of NOT NULL', 'schema', 'CREATE TABLE s.t (id int4 CONSTRAINT a NOT NULL)', 'Postgres 18'],
    [
      'the name that NOT NULL gets',
      'migration',
      'ALTER TABLE s.t DROP CONSTRAINT t_id_not_null',
      'Postgres 18',
    ],
    [
      'a check of that name',
      'migration',
      'ALTER TABLE s.t ADD CONSTRAINT t_id_not_null CHECK (id > 0)',
      'Postgres 18',
    ],
    [
      'a column computed when read',
      'schema',
      'CREATE TABLE s.t (id int4, x int4 GENERATED ALWAYS AS (id) VIRTUAL)',
      'STORED',
    ],
    [
      'a column computed when read, unsaid',
      'migration',
      'ALTER TABLE s.t ADD x int4 GENERATED ALWAYS AS (id)',
      'STORED',
    ],
    ['a check that is off', 'schema', 'CREATE TABLE s.t (id int4 CHECK (id > 0) NOT ENFORCED)', 'ENFORCED'],
    [
      'a check of the table that is off',
      'migration',
      'ALTER TABLE s.t ADD CHECK (id > 0) NOT ENFORCED',
      'ENFORCED',
    ],
    ['a check that says it is on', 'migration', 'ALTER TABLE s.t ADD CHECK (id > 0) ENFORCED', 'ENFORCED'],
    [
      'a key that says it is on',
      'migration',
      'ALTER TABLE s.t ADD FOREIGN KEY (id) REFERENCES s.u ENFORCED',
      'ENFORCED',
    ],
    ['a bare NOT NULL', 'schema', 'CREATE TABLE s.t (id int4, NOT NULL id)', 'NOT NULL'],
    ['NOT NULL with NO INHERIT', 'schema', 'CREATE TABLE s.t (id int4 NOT NULL NO INHERIT)', 'NO INHERIT'],
    [
      'a key over periods',
      'schema',
      'CREATE TABLE s.t (id int4, x int4, UNIQUE (id, x WITHOUT OVERLAPS))',
      'OVERLAPS',
    ],
    ['storage of a new table', 'schema', 'CREATE TABLE s.t (id int4, x text STORAGE EXTERNAL)', 'STORAGE'],
    ['a constructor of JSON', 'migration', `UPDATE s.t SET x = JSON_OBJECT('a': 1)`, 'JSON'],
    ['a predicate of JSON', 'schema', 'CREATE VIEW s.v AS SELECT t.x IS JSON AS j FROM s.t AS t', 'JSON'],
    [
      'the row before',
      'migration',
      'WITH a AS (UPDATE s.t SET x = 1 RETURNING old.x) INSERT INTO s.t SELECT * FROM a',
      'old.x',
    ],
    ['a subquery without a name', 'migration', 'INSERT INTO s.t SELECT * FROM (SELECT 1)', 'without a name'],
    [
      'a subquery without a name in a view',
      'schema',
      'CREATE VIEW s.v AS SELECT a FROM (VALUES (1))',
      'without a name',
    ],
    [
      'a subquery without a name in a function',
      'source',
      'CREATE FUNCTION s.f() RETURNS int4 LANGUAGE sql BEGIN ATOMIC SELECT * FROM (SELECT 1); END',
      'without a name',
    ],
    [
      'MERGE in a query',
      'migration',
      'WITH a AS (MERGE INTO s.t USING s.u ON true WHEN MATCHED THEN DELETE RETURNING t.x) INSERT INTO s.t SELECT * FROM a',
      'MERGE',
    ],
    ['NOT NULL as a constraint of the table', 'migration', 'ALTER TABLE s.t ADD NOT NULL id', 'Postgres 18'],
  ])('%s', async ([, part, sql, words]) => {
    await expect(texts(sql, part)).rejects.toThrow(words);
  });
});

describe('I15: a text that would exhaust a reader is not read', () => {
  test.for<[what: string, sql: string, words: string]>([
    ['a NUL', `${TABLE}\0; DO 'BEGIN END'`, 'NUL'],
    ['a chain of operators', `CREATE VIEW s.v AS SELECT ${'1 + '.repeat(5_000)} 1 AS a`, 'words'],
    ['openings of comments', '/*'.repeat(1_001), 'times /*'],
    ['an open comment', `${TABLE}; /* open`, 'comment'],
    ['an open string', `${TABLE}; COMMENT ON TABLE s.t IS 'open`, 'string'],
    ['statements', 'COMMENT ON TABLE s.t IS NULL;'.repeat(2_002), 'statements'],
  ])('%s', async ([, sql, words]) => {
    await expect(texts(sql)).rejects.toThrow(words);
  });
});

test('enforced may be a name', async () => {
  const sql = `CREATE TABLE s.enforced (enforced int4 PRIMARY KEY, CONSTRAINT enforced CHECK (enforced > 0));
    ALTER TABLE s.enforced ALTER enforced SET NOT NULL, ADD COLUMN enforced2 int4, DROP CONSTRAINT enforced`;
  expect(await texts(sql, 'schema')).toHaveLength(2);
});

test('a table may leave room in its pages', async () => {
  expect(await texts(`${TABLE} WITH (fillfactor = 70)`)).toHaveLength(1);
});

test('what contracts need is carried out', async () => {
  const kinds = async (sql: string, part: InstalledPart): Promise<string[]> =>
    (await installedStatements(sql, part)).map(({ kind }) => kind);
  const schema = `${TABLE}; CREATE UNIQUE INDEX ON s.t (id); CREATE VIEW s.v AS SELECT t.id FROM s.t AS t;
    ALTER TABLE s.t ADD CONSTRAINT a CHECK (id > 0), ADD FOREIGN KEY (id) REFERENCES s.t; COMMENT ON VIEW s.v IS 'x'`;
  expect(await kinds(schema, 'schema')).toEqual(['table', 'table', 'view', 'table', 'comment']);
  expect(await kinds(`${FUNCTION}; COMMENT ON FUNCTION s.f() IS 'x'`, 'source')).toEqual([
    'function',
    'comment',
  ]);
  const migration = `ALTER TABLE s.t ADD COLUMN b text, ALTER COLUMN b SET NOT NULL, DROP CONSTRAINT a;
    UPDATE s.t SET b = 'x'; INSERT INTO s.t VALUES (1); DELETE FROM s.t; DROP INDEX s.i`;
  expect(await kinds(migration, 'migration')).toEqual(['table', 'rows', 'rows', 'rows', 'table']);
});
