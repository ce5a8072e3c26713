/**
 * The rules about equal values and about the first of several errors: each refuses what it is for, lets the
 * remedy that it prints pass, and says nothing about ordinary contracts.
 */

import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { SCRATCH_VERSIONS, scratchOf, type TestScratch } from '../../../../test/support/scratch.ts';
import { checkSyntax } from '../check/check-syntax.ts';
import type { ContractPackage } from '../package/contract-package.ts';
import { checkSemantics } from './check-semantics.ts';

const SCHEMA = `
CREATE TABLE s.t (
  id int8 PRIMARY KEY, grp int4 NOT NULL, p2 numeric(10,2) NOT NULL, p4 numeric(10,4), seq int4 NOT NULL,
  label text NOT NULL CHECK (octet_length(label) <= 200), doc jsonb, at timestamptz, day date,
  tags text[], sums numeric(10,2)[]
);
CREATE INDEX t_grp ON s.t (grp);
CREATE TABLE s.u (id int8 PRIMARY KEY, k int4 NOT NULL UNIQUE, w numeric(10,2) CHECK (w >= 0), doc jsonb);
CREATE TABLE s.v (id int8 PRIMARY KEY, k int4 UNIQUE, doc jsonb);
CREATE VIEW s.means AS SELECT t.grp, avg(t.p2) AS mean, sum(t.p2) AS total FROM s.t AS t GROUP BY t.grp;
`;

const HELPERS = `
CREATE FUNCTION s.need(n int4) RETURNS int4 LANGUAGE plpgsql AS $$
BEGIN
  IF n < 0 THEN RAISE EXCEPTION 'row is negative: %', n USING ERRCODE = 'BC007'; END IF;
  RETURN n;
END $$;
CREATE FUNCTION s.passes(n int4) RETURNS int4 LANGUAGE plpgsql AS $$ BEGIN RETURN s.need(n); END $$;
CREATE FUNCTION s.twice(n numeric) RETURNS numeric LANGUAGE sql IMMUTABLE AS $$ SELECT n * 2 $$;
CREATE FUNCTION s.rows_of(n int4) RETURNS SETOF int4 LANGUAGE plpgsql AS $$
BEGIN
  RETURN QUERY SELECT s.need(n);
END $$;
`;

function contractOf(bodiesOfFunctions: readonly string[], schema = SCHEMA, more = ''): ContractPackage {
  const names = bodiesOfFunctions.map((_, index) => `f${index}`);
  const manifest = {
    name: 's',
    version: '1.0.0',
    functions: {},
    views: {},
    uses: {},
    readers: [],
    scans: Object.fromEntries(names.map((name) => [name, { t: 1000, u: 1000, v: 1000 }])),
  };
  const functions = bodiesOfFunctions.map(
    (
      body,
      index,
    ) => `CREATE FUNCTION s.f${index}(g int4, p numeric, docs jsonb, many numeric[]) RETURNS text LANGUAGE plpgsql AS $$
DECLARE n numeric; i int8 := 0; d jsonb; x text := ''; r record; a numeric[];
BEGIN
${body}
RETURN x;
END $$;`,
  );
  return {
    manifest,
    manifestText: { file: 'contract.json', text: JSON.stringify(manifest) },
    schema: { file: 'schema.sql', text: schema },
    functions: { file: 'functions.sql', text: [HELPERS, more, ...functions].join('\n') },
    migrations: [],
    tests: [],
  };
}

describe.each(SCRATCH_VERSIONS)('on Postgres %s', (version) => {
  let scratch: TestScratch;

  beforeAll(async () => {
    scratch = await scratchOf(version);
  });

  afterAll(async () => {
    await scratch?.end();
  });

  /** Bodies of which many are checked at once, each as a function of its own; tests ask for the rules that one breaks. */
  const bodies: string[] = [];
  let verdicts: Promise<ReadonlyMap<string, readonly string[]>> | null = null;

  function later(cases: readonly (readonly [string, string])[]): readonly (readonly [string, string])[] {
    bodies.push(...cases.map(([, body]) => body));
    return cases;
  }

  async function rulesFor(body: string): Promise<readonly string[]> {
    verdicts ??= checkAll(bodies);
    return (await verdicts).get(body) ?? ['not checked'];
  }

  async function checkAll(all: readonly string[]): Promise<ReadonlyMap<string, readonly string[]>> {
    const found = new Map<string, readonly string[]>();
    for (let from = 0; from < all.length; from += 40) {
      const part = all.slice(from, from + 40);
      const contract = contractOf(part);
      const starts = part.map((_, index) => lineOf(contract.functions.text, `FUNCTION s.f${index}(`));
      const findings = [...(await checkSemantics(contract, scratch)), ...(await checkSyntax(contract))];
      for (const [index, body] of part.entries()) {
        const [start = 0, end = Number.POSITIVE_INFINITY] = starts.slice(index, index + 2);
        const own = findings.filter(
          (each) => each.file !== 'functions.sql' || (each.line >= start && each.line < end),
        );
        found.set(body, [...new Set(own.map(({ rule }) => rule))]);
      }
    }
    return found;
  }

  function lineOf(text: string, part: string): number {
    return text.slice(0, text.indexOf(part)).split('\n').length;
  }

  const loop = (query: string): string => `FOR r IN ${query} LOOP i := i + 1; END LOOP;`;
  const into = (name: string, query: string, from = 'FROM s.t AS t WHERE t.grp = g'): string =>
    `SELECT ${query} INTO ${name} ${from};`;

  describe('I2: equal values of which the plan would show the first are refused', () => {
    test.each(
      later([
        ['the highest of mixed scales', into('n', 'max(coalesce(t.p2, t.p4))')],
        ['the highest beside a constant of another scale', into('n', 'max(coalesce(t.p4, 0))')],
        ['the lowest of a CASE', into('n', 'min(CASE WHEN t.seq > 1 THEN t.p2 ELSE t.p4 END)')],
        ['the highest of a variable and a column', into('n', 'max(greatest(t.p2, p))')],
        ['the highest of quotients', into('n', 'max(t.p2 / t.seq)')],
        ['the highest of means', `SELECT max(m.mean) INTO n FROM s.means AS m WHERE m.total > 1;`],
        ['the highest of texts as numbers', into('n', 'max(bucordo.decimal_number(t.label))')],
        ['the highest of document fields', into('n', `max(bucordo.decimal_number(t.doc ->> 'a'))`)],
        ['the highest of an array', `SELECT max(v) INTO n FROM unnest(many) AS v;`],
        ['the highest of literals', `SELECT max(v.a) INTO n FROM (VALUES (1.0), (1.00)) AS v (a);`],
        [
          'the highest of a union',
          `SELECT max(q.a) INTO n FROM (SELECT t.p2 AS a FROM s.t AS t WHERE t.grp = g UNION ALL SELECT t.p4 FROM s.t AS t WHERE t.grp = g) AS q;`,
        ],
        ['the highest padded text', into('x', 'max(t.label::char(5))')],
        ['a sum of distinct numbers', into('n', 'sum(DISTINCT coalesce(t.p2, t.p4))')],
        ['a mean of distinct numbers', into('n', 'avg(DISTINCT coalesce(t.p2, t.p4))')],
        ['an array of distinct numbers', into('a', 'array_agg(DISTINCT coalesce(t.p2, t.p4))')],
        ['distinct documents in an array', into('d', 'jsonb_agg(DISTINCT t.doc)')],
        ['an object of distinct pairs', into('d', 'jsonb_object_agg(DISTINCT t.label, t.doc)')],
        ['documents in the order of documents', into('d', 'jsonb_agg(t.doc ORDER BY t.doc)')],
        [
          'numbers in the order of numbers',
          into('a', 'array_agg(coalesce(t.p2, t.p4) ORDER BY coalesce(t.p2, t.p4))'),
        ],
        ['an object with equal keys', into('d', 'jsonb_object_agg(t.label, t.doc ORDER BY t.label, t.doc)')],
        ['an array of arrays', into('d', 'jsonb_agg(ARRAY[t.p2, t.p4] ORDER BY ARRAY[t.p2, t.p4])')],
        [
          'groups of numbers',
          loop(
            `SELECT coalesce(t.p2, t.p4) AS v, count(*) AS c FROM s.t AS t WHERE t.grp = g GROUP BY 1 ORDER BY 1`,
          ),
        ],
        [
          'groups of documents',
          loop(`SELECT t.doc, count(*) AS c FROM s.t AS t WHERE t.grp = g GROUP BY t.doc ORDER BY t.doc`),
        ],
        [
          'groups of intervals',
          loop(
            `SELECT make_interval(days => t.seq) AS v, count(*) AS c FROM s.t AS t WHERE t.grp = g GROUP BY 1 ORDER BY 1`,
          ),
        ],
        [
          'groups of rows',
          loop(
            `SELECT (t.p2, t.doc) AS v, count(*) AS c FROM s.t AS t WHERE t.grp = g GROUP BY 1 ORDER BY 1`,
          ),
        ],
        [
          'groups of whole rows of a subquery',
          `SELECT count(*) INTO i FROM (SELECT q AS v FROM (SELECT t.doc FROM s.t AS t WHERE t.grp = g) AS q GROUP BY q) AS z;`,
        ],
        ['distinct documents', loop(`SELECT DISTINCT t.doc FROM s.t AS t WHERE t.grp = g ORDER BY t.doc`)],
        [
          'distinct numbers',
          loop(`SELECT DISTINCT coalesce(t.p2, t.p4) AS v FROM s.t AS t WHERE t.grp = g ORDER BY 1`),
        ],
        [
          'one of each, by the documents',
          loop(`SELECT DISTINCT ON (t.seq) t.seq, t.doc FROM s.t AS t WHERE t.grp = g ORDER BY t.seq, t.doc`),
        ],
        [
          'the first by the documents',
          `SELECT t.doc INTO d FROM s.t AS t WHERE t.grp = g ORDER BY t.doc LIMIT 1;`,
        ],
        [
          'the first number of a subquery',
          `n := (SELECT coalesce(t.p2, t.p4) FROM s.t AS t WHERE t.grp = g ORDER BY 1 LIMIT 1);`,
        ],
        [
          'an array of a query',
          `a := ARRAY(SELECT coalesce(t.p2, t.p4) FROM s.t AS t WHERE t.grp = g ORDER BY 1);`,
        ],
        ['a loop over documents', loop(`SELECT t.doc FROM s.t AS t WHERE t.grp = g ORDER BY t.doc`)],
        ['a loop by a nullable key', loop(`SELECT v.doc FROM s.v AS v WHERE v.id > 0 ORDER BY v.k, v.doc`)],
        [
          'a loop over elements',
          loop(`SELECT e.value FROM jsonb_array_elements(docs) AS e ORDER BY e.value`),
        ],
        [
          'a union of documents',
          loop(`SELECT t.doc FROM s.t AS t WHERE t.grp = g UNION SELECT u.doc FROM s.u AS u ORDER BY 1`),
        ],
        [
          'a union of scales',
          loop(
            `SELECT t.p2 FROM s.t AS t WHERE t.grp = g UNION SELECT t.p4 FROM s.t AS t WHERE t.grp = g ORDER BY 1`,
          ),
        ],
        [
          'an intersection of scales',
          loop(
            `SELECT t.p2 FROM s.t AS t WHERE t.grp = g INTERSECT SELECT t.p4 FROM s.t AS t WHERE t.grp = g ORDER BY 1`,
          ),
        ],
        [
          'a difference of documents',
          loop(`SELECT t.doc FROM s.t AS t WHERE t.grp = g EXCEPT SELECT u.doc FROM s.u AS u ORDER BY 1`),
        ],
        [
          'all of two scales in order',
          loop(
            `SELECT t.p2 FROM s.t AS t WHERE t.grp = g UNION ALL SELECT t.p4 FROM s.t AS t WHERE t.grp = g ORDER BY 1`,
          ),
        ],
        [
          'the highest in a window',
          loop(
            `SELECT t.id, max(coalesce(t.p2, t.p4)) OVER (PARTITION BY t.seq) AS m FROM s.t AS t WHERE t.grp = g ORDER BY t.id`,
          ),
        ],
        [
          'numbers of rows by documents',
          loop(
            `SELECT q.doc, row_number() OVER (ORDER BY q.doc) AS no FROM (SELECT t.doc FROM s.t AS t WHERE t.grp = g) AS q ORDER BY no`,
          ),
        ],
        [
          'the neighbour by documents',
          loop(
            `SELECT q.doc::text AS a, lag(q.doc) OVER (ORDER BY q.doc) AS b FROM (SELECT t.doc FROM s.t AS t WHERE t.grp = g) AS q ORDER BY q.doc::text`,
          ),
        ],
        [
          'rows inserted by documents',
          `INSERT INTO s.u (id, k, doc) SELECT 1, 1, t.doc FROM s.t AS t WHERE t.grp = g ORDER BY t.doc ON CONFLICT DO NOTHING;`,
        ],
      ]),
    )('%s', async (_name, body) => {
      expect(await rulesFor(body)).toContain('equal-not-identical');
    });
  });

  describe('I2: what is made of equal values shows which of them it was', () => {
    test.each(
      later([
        [
          'texts of documents in the order of documents',
          into('x', `string_agg(t.doc::text, ',' ORDER BY t.doc)`),
        ],
        [
          'texts of numbers in the order of numbers',
          `SELECT string_agg(q.v::text, ',' ORDER BY q.v) INTO x FROM (SELECT coalesce(t.p2, t.p4) AS v FROM s.t AS t WHERE t.grp = g) AS q;`,
        ],
        [
          'a loop over texts by documents',
          loop(`SELECT t.doc::text AS v FROM s.t AS t WHERE t.grp = g ORDER BY t.doc`),
        ],
        [
          'numbers of texts by documents',
          loop(
            `SELECT q.doc::text AS v, row_number() OVER w AS no FROM (SELECT t.doc FROM s.t AS t WHERE t.grp = g) AS q WINDOW w AS (ORDER BY q.doc) ORDER BY 1, 2`,
          ),
        ],
        [
          'the digits of the first number',
          `SELECT scale(q.v) INTO i FROM (SELECT coalesce(t.p2, t.p4) AS v FROM s.t AS t WHERE t.grp = g) AS q ORDER BY q.v LIMIT 1;`,
        ],
      ]),
    )('%s', async (_name, body) => {
      expect(await rulesFor(body)).toContain('equal-not-identical');
    });
  });

  describe('I2: the remedies pass, and what is alike needs none', () => {
    test.each(
      later([
        ['round', into('n', 'max(round(coalesce(t.p2, t.p4), 4))')],
        ['trim_scale', into('n', 'sum(DISTINCT trim_scale(coalesce(t.p2, t.p4)))')],
        ['a constant of the same scale', into('n', 'max(coalesce(t.p4, 0.0000))')],
        [
          'groups of rounded numbers',
          loop(
            `SELECT round(coalesce(t.p2, t.p4), 4) AS v, count(*) AS c FROM s.t AS t WHERE t.grp = g GROUP BY 1 ORDER BY 1`,
          ),
        ],
        [
          'a union of rounded numbers',
          loop(
            `SELECT round(t.p2, 4) AS v FROM s.t AS t WHERE t.grp = g UNION SELECT t.p4 FROM s.t AS t WHERE t.grp = g ORDER BY 1`,
          ),
        ],
        [
          'documents as texts',
          loop(`SELECT t.doc::text AS v, count(*) AS c FROM s.t AS t WHERE t.grp = g GROUP BY 1 ORDER BY 1`),
        ],
        [
          'a union of texts',
          loop(
            `SELECT t.doc::text AS v FROM s.t AS t WHERE t.grp = g UNION SELECT u.doc::text FROM s.u AS u ORDER BY 1`,
          ),
        ],
        ['documents in the order of a key', into('d', 'jsonb_agg(t.doc ORDER BY t.doc, t.id)')],
        [
          'an object in the order of a key',
          into('d', 'jsonb_object_agg(t.label, t.doc ORDER BY t.label, t.id)'),
        ],
        [
          'the first by a key',
          `SELECT t.doc INTO d FROM s.t AS t WHERE t.grp = g ORDER BY t.doc, t.id LIMIT 1;`,
        ],
        [
          'one of each by a key',
          loop(`SELECT DISTINCT ON (t.doc) t.doc FROM s.t AS t WHERE t.grp = g ORDER BY t.doc, t.id`),
        ],
        [
          'elements by their number',
          loop(
            `SELECT e.value FROM jsonb_array_elements(docs) WITH ORDINALITY AS e (value, no) ORDER BY e.no`,
          ),
        ],
        ['seconds of intervals', into('n', `sum(DISTINCT extract(epoch FROM make_interval(days => t.seq)))`)],
        ['seconds between moments', into('n', 'max(bucordo.seconds_between(t.at, t.at))')],
        ['padded texts as texts', into('x', 'max(t.label::char(5)::text)')],
        [
          'columns of money',
          loop(
            `SELECT t.p2, sum(t.p2) AS s, max(t.p2) AS m, min(t.p4) AS l FROM s.t AS t WHERE t.grp = g GROUP BY t.p2 ORDER BY t.p2`,
          ),
        ],
        ['money in order', loop(`SELECT t.p2 FROM s.t AS t WHERE t.grp = g ORDER BY t.p2 DESC`)],
        ['distinct money', into('n', 'sum(DISTINCT t.p2)')],
        ['products of money', into('n', 'max(t.p2 * t.p4 + 1 - abs(-t.p2))')],
        ['whole numbers as numeric', into('n', 'max(t.seq::numeric * t.p2)')],
        ['the highest total', `SELECT max(m.total) INTO n FROM s.means AS m WHERE m.grp = g;`],
        [
          'the highest of a subquery',
          `SELECT max(q.s) INTO n FROM (SELECT t.seq, sum(t.p2) AS s FROM s.t AS t WHERE t.grp = g GROUP BY t.seq) AS q;`,
        ],
        [
          'the highest of a WITH query',
          `WITH q AS (SELECT t.p2 AS v FROM s.t AS t WHERE t.grp = g) SELECT max(q.v) INTO n FROM q;`,
        ],
        ['the highest element of money', `SELECT max(v) INTO n FROM s.t AS t, unnest(t.sums) AS v;`],
        ['the highest of one variable', into('n', 'max(p)')],
        [
          'a group of one variable',
          loop(
            `SELECT docs AS v, t.seq, count(*) AS c FROM s.t AS t WHERE t.grp = g GROUP BY docs, t.seq ORDER BY t.seq`,
          ),
        ],
        ['documents counted', into('i', 'count(DISTINCT t.doc)')],
        [
          'a mean and a sum of mixed scales',
          into('n', 'avg(coalesce(t.p2, t.p4)) + sum(coalesce(t.p2, t.p4))'),
        ],
        [
          'a mean by group',
          loop(
            `SELECT t.seq, avg(t.p2) AS m FROM s.t AS t WHERE t.grp = g GROUP BY t.seq ORDER BY avg(t.p2), t.seq`,
          ),
        ],
        [
          'a column that follows from the group',
          loop(
            `SELECT u.id, u.doc, sum(t.p2) AS s FROM s.u AS u JOIN s.t AS t ON t.grp = u.k WHERE u.id = g GROUP BY u.id, u.doc ORDER BY u.id`,
          ),
        ],
        [
          'a document beside its key',
          loop(`SELECT DISTINCT t.id, t.doc FROM s.t AS t WHERE t.grp = g ORDER BY t.id`),
        ],
        [
          'documents of a subquery by its group',
          loop(
            `SELECT q.seq, q.d FROM (SELECT t.seq, jsonb_agg(t.doc ORDER BY t.id) AS d FROM s.t AS t WHERE t.grp = g GROUP BY t.seq) AS q ORDER BY q.seq`,
          ),
        ],
        [
          'rows joined by keys',
          loop(
            `SELECT t.id, t.doc, u.doc AS other FROM s.t AS t JOIN s.u AS u ON u.k = t.grp WHERE t.grp = g ORDER BY t.id`,
          ),
        ],
        [
          'rows joined from outside',
          loop(
            `SELECT t.id, t.doc, u.doc AS other FROM s.t AS t LEFT JOIN s.u AS u ON u.k = t.grp WHERE t.grp = g ORDER BY t.id`,
          ),
        ],
        ['rows by a unique column', loop(`SELECT u.doc FROM s.u AS u ORDER BY u.k`)],
        [
          'numbers of rows by a key',
          loop(
            `SELECT t.doc, row_number() OVER (ORDER BY t.id) AS no FROM s.t AS t WHERE t.grp = g ORDER BY t.id`,
          ),
        ],
        [
          'the highest document field by group',
          loop(
            `SELECT t.id, max(t.p4) OVER (PARTITION BY t.seq ORDER BY t.id) AS m FROM s.t AS t WHERE t.grp = g ORDER BY t.id`,
          ),
        ],
        [
          'all branches in an order of texts',
          loop(
            `SELECT t.label AS v FROM s.t AS t WHERE t.grp = g UNION ALL SELECT u.w::text FROM s.u AS u ORDER BY 1`,
          ),
        ],
        ['texts in their own order', into('x', `string_agg(t.label, ',' ORDER BY t.label)`)],
        [
          'days and moments',
          loop(
            `SELECT t.day, max(t.at) AS m, min(t.at) AS l FROM s.t AS t WHERE t.grp = g GROUP BY t.day ORDER BY t.day`,
          ),
        ],
        [
          'arrays of texts',
          loop(`SELECT t.tags, count(*) AS c FROM s.t AS t WHERE t.grp = g GROUP BY t.tags ORDER BY t.tags`),
        ],
        [
          'arrays of money',
          loop(`SELECT t.sums, count(*) AS c FROM s.t AS t WHERE t.grp = g GROUP BY t.sums ORDER BY t.sums`),
        ],
        [
          'a membership in documents',
          into('i', 'count(*)', 'FROM s.t AS t WHERE t.grp = g AND t.doc IN (SELECT u.doc FROM s.u AS u)'),
        ],
      ]),
    )('%s', async (_name, body) => {
      expect(await rulesFor(body)).toEqual([]);
    });

    test('a view is judged like a statement', async () => {
      const view =
        'CREATE VIEW s.best AS SELECT t.grp, max(coalesce(t.p2, t.p4)) AS m FROM s.t AS t GROUP BY t.grp;';
      const findings = await checkSemantics(contractOf([], `${SCHEMA}${view}`), scratch);
      expect(findings.map(({ rule, file }) => `${rule} ${file}`)).toEqual(['equal-not-identical schema.sql']);
    });
  });

  describe('I2: several refusals of one statement are refused', () => {
    test.each(
      later([
        ['in an aggregate', into('i', 'sum(s.need(t.seq))')],
        ['through another function', into('i', 'sum(s.passes(t.seq))')],
        ['in a filter of an aggregate', into('i', 'count(*) FILTER (WHERE s.need(t.seq) > 0)')],
        ['in PERFORM', `PERFORM s.need(t.seq) FROM s.t AS t WHERE t.grp = g;`],
        ['in PERFORM with an order', `PERFORM s.need(t.seq) FROM s.t AS t WHERE t.grp = g ORDER BY t.id;`],
        [
          'in the first row',
          `SELECT s.need(t.seq) INTO i FROM s.t AS t WHERE t.grp = g ORDER BY t.id LIMIT 1;`,
        ],
        ['in SET', `UPDATE s.t AS t SET seq = s.need(t.seq) WHERE t.grp = g;`],
        [
          'in INSERT … SELECT',
          `INSERT INTO s.u (id, k) SELECT t.id, s.need(t.seq) FROM s.t AS t WHERE t.grp = g ORDER BY t.id;`,
        ],
        [
          'in RETURNING',
          `DELETE FROM s.t AS t WHERE t.grp = g AND s.need(1) = 1; UPDATE s.t AS t SET seq = 1 WHERE t.grp = g RETURNING s.need(t.seq) INTO i;`,
        ],
        ['in a subquery of a row', into('i', 'sum((SELECT s.need(t.seq)))')],
        [
          'in FROM beside rows',
          `SELECT count(*) INTO i FROM s.t AS t, s.rows_of(t.seq) AS q WHERE t.grp = g;`,
        ],
        ['in an order', into('d', 'jsonb_agg(t.id ORDER BY s.need(t.seq), t.id)')],
        [
          'in a window',
          loop(
            `SELECT t.id, sum(s.need(t.seq)) OVER (ORDER BY t.id) AS q FROM s.t AS t WHERE t.grp = g ORDER BY t.id`,
          ),
        ],
        [
          'in a WITH query',
          `WITH q AS (SELECT s.need(t.seq) AS v FROM s.t AS t WHERE t.grp = g) SELECT sum(q.v) INTO i FROM q;`,
        ],
        [
          'in an array of a query',
          `x := ARRAY(SELECT s.need(t.seq) FROM s.t AS t WHERE t.grp = g ORDER BY t.id)::text;`,
        ],
        [
          'in ON CONFLICT',
          `INSERT INTO s.u (id, k) SELECT t.id, t.seq FROM s.t AS t WHERE t.grp = g ON CONFLICT (id) DO UPDATE SET k = s.need(excluded.k);`,
        ],
      ]),
    )('%s', async (_name, body) => {
      expect(await rulesFor(body)).toContain('refusal-per-row');
    });

    test.each(
      later([
        [
          'one row at a time',
          `FOR r IN SELECT t.id, t.seq FROM s.t AS t WHERE t.grp = g ORDER BY t.id LOOP i := s.need(r.seq); UPDATE s.t AS t SET seq = s.need(r.seq) WHERE t.id = r.id; END LOOP;`,
        ],
        ['the row of a key', `SELECT s.need(t.seq) INTO i FROM s.t AS t WHERE t.id = g;`],
        [
          'the row of a key that is written',
          `UPDATE s.t AS t SET seq = s.need(t.seq) WHERE t.id = g RETURNING s.need(t.seq) INTO i;`,
        ],
        [
          'rows of two keys',
          `SELECT s.need(t.seq) INTO i FROM s.t AS t JOIN s.u AS u ON u.k = t.grp WHERE t.id = g;`,
        ],
        ['no rows at all', `i := s.need(g) + (SELECT s.need(count(*)::int4) FROM s.t AS t WHERE t.grp = g);`],
        ['rows that are written down', `INSERT INTO s.u (id, k) VALUES (1, s.need(g)), (2, s.need(g + 1));`],
        [
          'the row of a subquery',
          `SELECT s.need(q.c) INTO i FROM (SELECT count(*)::int4 AS c FROM s.t AS t WHERE t.grp = g) AS q;`,
        ],
        [
          'rows written in order',
          `INSERT INTO s.u (id, k) SELECT t.id, t.seq FROM s.t AS t WHERE t.grp = g ORDER BY t.id ON CONFLICT (id) DO UPDATE SET w = s.need(excluded.k);`,
        ],
        ['what refuses nothing', into('n', 'sum(s.twice(t.p2))')],
      ]),
    )('not %s', async (_name, body) => {
      expect(await rulesFor(body)).toEqual([]);
    });
  });

  describe('I2: whether a call is for several rows is told by the rows that are read', () => {
    test.each(
      later([
        [
          'an aggregate of a query further out',
          `SELECT (SELECT sum(s.need(t.seq))) INTO i FROM s.t AS t WHERE t.grp = g;`,
        ],
        [
          'a part of a union',
          loop('SELECT s.need(t.seq) AS v FROM s.t AS t WHERE t.grp = g UNION ALL SELECT 1 ORDER BY 1'),
        ],
      ]),
    )('%s', async (_name, body) => {
      expect(await rulesFor(body)).toContain('refusal-per-row');
    });

    test.each(
      later([
        [
          'the row of a WITH query',
          `WITH q AS (SELECT t.seq FROM s.t AS t WHERE t.id = g) SELECT s.need(q.seq) INTO i FROM q;`,
        ],
      ]),
    )('not %s', async (_name, body) => {
      expect(await rulesFor(body)).toEqual([]);
    });
  });

  describe('I2: rows of a function of the contract stand beside no others', () => {
    test.each(
      later([
        [
          'in ROWS FROM',
          loop(
            'SELECT f.a, f.b FROM ROWS FROM (s.rows_of(g), unnest(ARRAY[1, 2])) AS f (a, b) ORDER BY f.a, f.b',
          ),
        ],
        [
          'in a select list',
          into('i', 'sum(q.a * q.b)', 'FROM (SELECT s.rows_of(g) AS a, unnest(ARRAY[1, 2]) AS b) AS q'),
        ],
      ]),
    )('%s', async (_name, body) => {
      expect(await rulesFor(body)).toContain('statement');
    });

    test.each(
      later([
        ['alone in FROM', into('i', 'sum(q)', 'FROM s.rows_of(g) AS q')],
        [
          'built-in ones',
          loop('SELECT f.a, f.b FROM unnest(ARRAY[3, 4], ARRAY[1, 2]) AS f (a, b) ORDER BY f.a, f.b'),
        ],
      ]),
    )('not %s', async (_name, body) => {
      expect(await rulesFor(body)).toEqual([]);
    });
  });

  describe('I2: errors of several rows that a handler tells apart are refused', () => {
    const caught = (body: string, ...conditions: string[]): string =>
      `BEGIN ${body} EXCEPTION ${conditions.map((each) => `WHEN ${each} THEN x := '${each}';`).join(' ')} END;`;
    const quotients = into('n', 'sum(100 / t.seq)');

    test.each(
      later([
        ['two conditions', caught(quotients, 'division_by_zero', 'numeric_value_out_of_range')],
        ['one of two errors', caught(quotients, 'division_by_zero')],
        [
          'conversions',
          caught(into('n', 'sum(bucordo.whole_number(t.label))'), 'invalid_text_representation'),
        ],
        [
          'a row that breaks one of two constraints',
          caught(`UPDATE s.u AS u SET w = u.w - 1 WHERE u.id > 0;`, 'check_violation'),
        ],
        [
          'rows written without order',
          caught(
            `INSERT INTO s.u (id, k, w) SELECT t.id, t.seq, t.p2 FROM s.t AS t WHERE t.grp = g;`,
            'unique_violation',
          ),
        ],
        [
          'expressions of rows that are written',
          caught(
            `INSERT INTO s.u (id, k) SELECT t.id, 10 / t.seq FROM s.t AS t WHERE t.grp = g ORDER BY t.id;`,
            'unique_violation',
          ),
        ],
        [
          'rows that are referred to',
          caught(`DELETE FROM s.u AS u WHERE u.id > 0;`, 'foreign_key_violation'),
        ],
        [
          'the limit of bytes in rows that are written',
          caught(`UPDATE s.u AS u SET w = 1 WHERE u.id > 0;`, 'numeric_value_out_of_range'),
        ],
        [
          'rows that break constraints in one branch',
          caught(
            `UPDATE s.u AS u SET w = 1 WHERE u.id > 0;`,
            'check_violation OR not_null_violation OR unique_violation OR foreign_key_violation OR numeric_value_out_of_range',
          ),
        ],
        ['a function of the contract', caught(into('n', 'sum(s.twice(t.p2))'), 'division_by_zero')],
        [
          'too many rows or one that raises',
          caught(`SELECT 100 / t.seq INTO STRICT i FROM s.t AS t WHERE t.grp = g;`, 'too_many_rows'),
        ],
      ]),
    )('%s', async (_name, body) => {
      expect(await rulesFor(body)).toContain('caught-per-row');
    });

    test.each(
      later([
        ['all in one branch', caught(quotients, 'division_by_zero OR numeric_value_out_of_range')],
        ['none of them', caught(quotients, 'no_data_found', 'unique_violation')],
        ['one row', caught(`SELECT 100 / t.seq INTO n FROM s.t AS t WHERE t.id = g;`, 'division_by_zero')],
        ['in the handler', `BEGIN PERFORM 1 / g; EXCEPTION WHEN division_by_zero THEN ${quotients} END;`],
        [
          'a row that is referred to',
          caught(`DELETE FROM s.u AS u WHERE u.id = g;`, 'foreign_key_violation'),
        ],
        ['rows that are taken out', caught(`DELETE FROM s.u AS u WHERE u.id > 0;`, 'division_by_zero')],
        [
          'rows written in order',
          caught(
            `INSERT INTO s.u (id, k, w) SELECT t.id, t.seq, t.p2 FROM s.t AS t WHERE t.grp = g ORDER BY t.id;`,
            'unique_violation',
          ),
        ],
        [
          'one row of a loop',
          caught(
            `FOR r IN SELECT t.id, t.seq FROM s.t AS t WHERE t.grp = g ORDER BY t.id LOOP n := 100 / r.seq; END LOOP;`,
            'division_by_zero',
          ),
        ],
        ['rows that cannot raise', caught(into('n', 'sum(t.p2 / 3)'), 'division_by_zero')],
      ]),
    )('not %s', async (_name, body) => {
      expect(await rulesFor(body)).toEqual([]);
    });

    test('the handler of a caller counts', async () => {
      const helper = `CREATE FUNCTION s.all_of(g int4) RETURNS int8 LANGUAGE plpgsql AS $$
DECLARE n int8; BEGIN ${quotients} RETURN n; END $$;`;
      const caughtCall = caught('i := s.all_of(g);', 'division_by_zero');
      const findings = await checkSemantics(contractOf([caughtCall], SCHEMA, helper), scratch);
      const line = lineOf(contractOf([], SCHEMA, helper).functions.text, 'SELECT sum(100');
      expect(findings.map((each) => `${each.rule} ${each.line}`)).toEqual([`caught-per-row ${line}`]);
      expect(await checkSemantics(contractOf(['i := s.all_of(g);'], SCHEMA, helper), scratch)).toEqual([]);
    });
  });

  describe('a predicate may use what cannot raise with the arguments it is given', () => {
    const conditions = (all: readonly string[]): readonly (readonly [string, string])[] =>
      later(
        all.map(
          (each) => [each, into('i', 'count(*)', `FROM s.t AS t WHERE t.grp = g AND ${each}`)] as const,
        ),
      );

    test.each(
      conditions([
        't.seq / 2 = 3',
        't.seq % 10 = 0',
        'mod(t.seq, 7) > 1',
        't.p2 / 1.19 > 10',
        't.p2 % 0.05 = 0',
        'div(t.p2, 3) = 1',
        '10::numeric / NULLIF(t.seq, 0) > 1',
        't.p2 / NULLIF(t.p4, 0) > 1',
        'mod(t.p2, NULLIF(t.p4, 0.00)) > 1',
        't.seq::numeric + 1 > 10',
        `substring(t.label FROM 1 FOR 3) = 'abc'`,
        `substr(t.label, t.seq, 2) = 'ab'`,
        `split_part(t.label, '-', 2) = 'b'`,
        `overlay(t.label PLACING 'x' FROM 2 FOR 1) = 'axc'`,
        `lpad(t.label, 5, '0') = '00001'`,
        `length(t.label || '-' || t.seq::text) < 100`,
        `concat(t.label, '-', t.seq) = 'a-1'`,
        `encode(sha256(convert_to(t.label, 'UTF8')), 'hex') = x`,
        `extract(year FROM t.day) = 2026`,
        `round(t.p4, 2) = t.p2`,
      ]),
    )('%s', async (_condition, body) => {
      expect(await rulesFor(body)).toEqual([]);
    });

    test.each(
      conditions([
        't.seq / 0 = 3',
        't.seq / -1 = 3',
        '10 / t.seq > 1',
        't.p2 / t.p4 > 1',
        't.p2 / 0.00 > 1',
        't.p2 / NULLIF(t.p4, 1) > 1',
        't.seq / NULLIF(t.seq, 0) > 1',
        't.seq % 0 = 0',
        't.seq + 1 > 10',
        `substring(t.label FROM 1 FOR t.seq) = 'abc'`,
        `substring(t.label FROM 1 FOR -1) = 'abc'`,
        `split_part(t.label, '-', t.seq) = 'b'`,
        `split_part(t.label, '-', 0) = 'b'`,
        `overlay(t.label PLACING 'x' FROM 0) = 'axc'`,
        `chr(t.seq) = 'a'`,
      ]),
    )('not %s', async (_condition, body) => {
      expect(await rulesFor(body)).toEqual(['raising-predicate']);
    });

    test('a stored column is computed for the row that is written', async () => {
      const table = `${SCHEMA}CREATE TABLE s.line (id int8 PRIMARY KEY, quantity numeric(10,3) NOT NULL, price numeric(12,2) NOT NULL,
      amount numeric(14,2) GENERATED ALWAYS AS (round(quantity * price, 2)) STORED, next int4 GENERATED ALWAYS AS (id::int4 + 1) STORED,
      name text NOT NULL, given text NOT NULL, CHECK (length(name || given) < 100));`;
      expect(await checkSemantics(contractOf([], table), scratch)).toEqual([]);
    });
  });
});
