/** Texts that hide a statement from who cuts them, statements that are nobody's to give, and names that a node needs itself. */

import { cases, type HostileCase } from './hostile-case.ts';

const FUNCTION = `CREATE FUNCTION trial.attack() RETURNS text LANGUAGE plpgsql AS $$ BEGIN RETURN 'x'; END $$`;
const ESCAPE = `DO 'BEGIN SET LOCAL ROLE bucordo_owner; END'`;

/** Statements where other statements are expected. */
export const STATEMENTS: readonly HostileCase[] = [
  ...cases('statement', 'B1 B2 A', {
    'behind a comment that ends at a carriage return': {
      schema: `-- a note\r${ESCAPE} /*\nCREATE TABLE trial.u (id int4 PRIMARY KEY)\n-- */\n;`,
    },
    'the end of the transaction behind such a comment': {
      source: `-- a note\rCOMMIT /*\n${FUNCTION}\n-- */\n;`,
    },
    'behind a nested comment': { schema: `/* /* */ ; */ ${ESCAPE}; /* */` },
    'behind a backslash that escapes nothing': {
      schema: `COMMENT ON TABLE trial.item IS '\\'; ${ESCAPE}; --';`,
    },
    'behind a word with dollar signs': { schema: `COMMENT ON TABLE trial.item IS 'a$$'; ${ESCAPE}; --$$` },
    'behind an escape string that ends twice': {
      schema: `COMMENT ON TABLE trial.item IS E'a\\'''; ${ESCAPE}; --'`,
    },
    'a block in the middle of functions': { source: `${FUNCTION}; ${ESCAPE}` },
    'a setting': { schema: `SET LOCAL search_path = trial;` },
    'a right': { schema: 'GRANT ALL ON trial.item TO PUBLIC;' },
    'an extension': { schema: 'CREATE EXTENSION IF NOT EXISTS plpgsql;' },
    'a row': { schema: `INSERT INTO trial.item (id, owner, balance) VALUES (1, 'a', 0);` },
    'a file': { schema: `COPY trial.item TO '/tmp/trial';` },
  }),
  ...cases('statement', 'B0 A', {
    'words divided by a vertical tab': { schema: 'CREATE\vTABLE trial.u (id int4 PRIMARY KEY);' },
    'a number that is none on 15': {
      schema: 'CREATE TABLE trial.u (id int4 PRIMARY KEY, a int4 DEFAULT 0x10);',
    },
  }),
  ...cases('statement', 'B1 A', {
    'a parameter that Postgres 18 knows': {
      schema: 'CREATE TABLE trial.u (id int4 PRIMARY KEY) WITH (autovacuum_vacuum_max_threshold = 5);',
    },
    'what compresses on some servers': {
      schema:
        'CREATE TABLE trial.u (id int4 PRIMARY KEY, a text COMPRESSION lz4 CHECK (octet_length(a) < 9));',
    },
    'a subquery that has a name on 15 only': {
      schema: 'CREATE VIEW trial.v AS SELECT n FROM (SELECT 1 AS n);',
    },
    'a collation of one server': {
      schema: `CREATE TABLE trial.u (id int4 PRIMARY KEY, a text CHECK (a COLLATE "ucs_basic" <> 'b' AND octet_length(a) < 9));`,
    },
    'a partition with a computed bound': {
      schema: `CREATE TABLE trial.u (id int4 PRIMARY KEY) PARTITION BY LIST (id); CREATE TABLE trial.p PARTITION OF trial.u FOR VALUES IN (abs(1));`,
    },
    'a name that Postgres 18 gives': {
      schema: 'CREATE TABLE trial.u (id int4 PRIMARY KEY, a int4, CONSTRAINT u_a_not_null CHECK (a > 0));',
    },
    'a table with the name of another history': {
      schema: 'CREATE TABLE trial.item_versions (id int4 PRIMARY KEY);',
    },
    'a table whose history has no name': {
      schema: `CREATE TABLE trial.${'u'.repeat(55)} (id int4 PRIMARY KEY);`,
    },
    'a table with the name of an index': {
      schema: 'CREATE TABLE trial.item__position_idx (id int4 PRIMARY KEY);',
    },
    'a column that ends a quote': {
      schema: 'CREATE TABLE trial.u (id int4 PRIMARY KEY, "a$history$ b" int4);',
    },
    'a parameter that ends a quote': {
      source: `CREATE FUNCTION trial.attack("a$run_block$ b" int4) RETURNS text LANGUAGE plpgsql AS $$ BEGIN RETURN 'x'; END $$;`,
    },
  }),
];
