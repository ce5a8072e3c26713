/** What statements are charged, and what costs nothing because its rows are few by the keys of the tables. */

import { beforeAll, describe, expect, it } from 'vitest';
import { loadParser } from '../../check/sql-parser.ts';
import type { ValueKind } from '../value-kind.ts';
import { AliasSource } from './read-plan.ts';
import { type StatementPlace, statementCharges } from './statement-charges.ts';
import { readSchemaShape } from './table-shape.ts';

const SCHEMA = `
CREATE TABLE shop.customer (id int4 PRIMARY KEY, name text NOT NULL UNIQUE CHECK (octet_length(name) <= 100), story text);
CREATE TABLE shop.orders (id int4 PRIMARY KEY, customer int4 NOT NULL, state text CHECK (length(state) < 20), note jsonb);
CREATE INDEX orders_customer ON shop.orders (customer);
CREATE TABLE shop.line (orders int4, no int4, product int4, amount numeric(12,2), PRIMARY KEY (orders, no));
CREATE VIEW shop.open_order AS SELECT o.id, o.customer FROM shop.orders AS o WHERE o.state = 'open';`;

const KINDS: ReadonlyMap<string, ValueKind> = new Map<string, ValueKind>([
  ['a', 'text'],
  ['b', 'text'],
  ['i', 'fixed'],
  ['j', 'json'],
  ['ids', 'array'],
]);

beforeAll(loadParser);

function charges(sql: string, change: Partial<StatementPlace> = {}): readonly string[] {
  return statementCharges(sql, {
    context: { contract: 'shop', schema: readSchemaShape(SCHEMA), aliases: new AliasSource() },
    functionName: 'f',
    parameters: KINDS,
    kinds: KINDS,
    isRepeated: false,
    isForQuery: false,
    declaredScans: new Set(),
    ...change,
  });
}

const rows = (from: string, unit = '1', free = 100): string =>
  `bucordo.charge_work((SELECT pg_catalog.sum(__rows.units) FROM (SELECT ${unit} AS units FROM ${from} LIMIT bucordo.units_left() + ${free + 1}) AS __rows), ${free})`;

describe('I15: rows', () => {
  it.each([
    'SELECT o.state FROM shop.orders AS o WHERE o.id = i',
    'SELECT o.state FROM shop.orders AS o JOIN shop.customer AS c ON c.id = o.customer WHERE o.id = i AND c.name = b',
    'SELECT l.amount FROM shop.line AS l WHERE l.orders = i AND l.no = 1',
    'SELECT c.id FROM shop.customer AS c WHERE c.name = a',
    'UPDATE shop.orders AS o SET state = b WHERE o.id = i',
    'INSERT INTO shop.line (orders, no) VALUES (i, 1), (i, 2)',
    'SELECT EXISTS (SELECT FROM shop.orders AS o WHERE o.customer = i)',
    'SELECT i + 1',
  ])('that a key leads to cost nothing: %s', (sql) => {
    expect(charges(sql)).toEqual([]);
  });

  it('of a group are counted by the index that leads to them, and by nothing else', () => {
    expect(charges('SELECT count(*) FROM shop.orders AS o WHERE o.customer = i AND o.id > 5')).toEqual([
      rows('"shop"."orders" AS __r1 WHERE __r1."customer" = "i"'),
    ]);
    expect(charges('SELECT sum(l.amount) FROM shop.line AS l WHERE l.no = 1 AND l.orders IN (1, i)')).toEqual(
      [rows('"shop"."line" AS __r1 WHERE __r1."orders" IN (1, "i") AND __r1."no" = 1')],
    );
  });

  it('of a join are counted step by step, so that counting reads no more than was paid for', () => {
    const sql =
      'SELECT count(*) FROM shop.line AS l JOIN shop.orders AS o ON l.orders = o.id WHERE o.customer = i';
    expect(charges(sql)).toEqual([
      rows('"shop"."orders" AS __r2 WHERE __r2."customer" = "i"'),
      rows(
        '"shop"."orders" AS __r2, "shop"."line" AS __r1 WHERE __r2."customer" = "i" AND __r1."orders" = __r2."id"',
      ),
    ]);
  });

  it('are found through views, WITH, subqueries and IN', () => {
    const group = rows('"shop"."orders" AS __r1 WHERE __r1."customer" = "i"');
    expect(charges('SELECT count(*) FROM shop.open_order AS v WHERE v.customer = i')).toEqual([group]);
    expect(
      charges(
        'WITH q AS (SELECT o.customer AS c FROM shop.orders AS o) SELECT count(*) FROM q WHERE q.c = i',
      ),
    ).toEqual([group]);
    expect(
      charges(
        'SELECT c.id FROM shop.customer AS c WHERE c.id IN (SELECT o.id FROM shop.orders AS o WHERE o.customer = i)',
      ),
    ).toEqual([rows('"shop"."orders" AS __r2 WHERE __r2."customer" = "i"')]);
  });

  it('of a subquery count for each row around it', () => {
    const sql = `SELECT count(*) FROM shop.orders AS o WHERE o.customer = i
      AND EXISTS (SELECT FROM shop.line AS l WHERE l.orders = o.id AND l.amount < 0)`;
    expect(charges(sql).at(-1)).toBe(
      rows(
        '"shop"."orders" AS __r1, "shop"."line" AS __r2 WHERE __r1."customer" = "i" AND __r2."orders" = __r1."id"',
      ),
    );
  });

  it('that become turns of a loop pay there, and those of a declared scan at the beginning', () => {
    const group = 'SELECT o.id FROM shop.orders AS o WHERE o.customer = i ORDER BY o.id';
    expect(charges(group, { isForQuery: true })).toEqual([]);
    expect(charges(group.replace('ORDER', 'AND o.id > 5 ORDER'), { isForQuery: true })).toHaveLength(1);
    const scan = 'SELECT count(*) FROM shop.orders AS o WHERE o.id > 5';
    expect(charges(scan, { declaredScans: new Set(['orders']) })).toEqual([]);
    expect(charges(scan)).toEqual([rows('"shop"."orders" AS __r1')]);
  });

  it('of series, arrays and lists multiply', () => {
    expect(charges('SELECT count(*) FROM generate_series(1, 9) AS x, unnest(ids) AS y').at(-1)).toBe(
      rows('"generate_series"(1, 9) AS __r1, "unnest"("ids") AS __r2'),
    );
    expect(charges('SELECT count(*) FROM (VALUES (1), (2), (3)) AS v (n), unnest(ids) AS y').at(-1)).toBe(
      rows('"unnest"("ids") AS __r2', '3 * (1)'),
    );
  });

  it.each([
    ['sum(o.id) OVER (ORDER BY o.id)', '1'],
    ['sum(o.id) OVER (ORDER BY o.id ROWS BETWEEN 2 PRECEDING AND 3 FOLLOWING)', '7 * (1)'],
    ['sum(o.id) OVER (ORDER BY o.id ROWS BETWEEN 1 PRECEDING AND UNBOUNDED FOLLOWING)', '1001 * (1)'],
    ['sum(o.id) OVER (ORDER BY o.id RANGE BETWEEN 1 PRECEDING AND CURRENT ROW)', '1001 * (1)'],
    [
      'sum(o.id) OVER (ORDER BY o.id ROWS BETWEEN UNBOUNDED PRECEDING AND CURRENT ROW EXCLUDE TIES)',
      '1001 * (1)',
    ],
    ['jsonb_agg(o.id) OVER (ORDER BY o.id)', '100 * (1)'],
    ["string_agg(o.state, ',') OVER (ORDER BY o.id ROWS 4 PRECEDING)", '600 * (1)'],
  ])('of a window count as often as its frame goes over them: %s', (call, unit) => {
    const sql = `SELECT max(q.v) FROM (SELECT ${call} AS v FROM shop.orders AS o WHERE o.customer = i) AS q`;
    expect(charges(sql).at(-1)).toBe(rows('"shop"."orders" AS __r1 WHERE __r1."customer" = "i"', unit));
  });

  it('are counted by a parameter that has the name of a column', () => {
    const parameters = new Map<string, ValueKind>([['customer', 'fixed']]);
    const sql = 'SELECT count(*) FROM shop.orders AS o WHERE o.customer = f.customer';
    expect(charges(sql, { parameters, kinds: parameters })).toEqual([
      rows('"shop"."orders" AS __r1 WHERE __r1."customer" = "f"."customer"'),
    ]);
  });

  it('of two functions of the contract are taken to be too many for each other', () => {
    expect(charges('SELECT count(*) FROM shop.all_of(i) AS x, shop.all_of(i) AS y').at(-1)).toBe(
      'bucordo.charge_work((100000 * (1)), 100)',
    );
  });

  it('are never counted by calling what is not the same twice', () => {
    expect(
      charges('SELECT count(*) FROM shop.orders AS o WHERE o.customer = shop.next_one()')[0],
    ).not.toContain('next_one');
    expect(charges('SELECT count(*) FROM shop.all_of(i) AS x')).toEqual([]);
  });
});

describe('I15: work on long values', () => {
  const size = (name: string): string => `coalesce(pg_catalog.octet_length("${name}"), 0)::int8`;

  it('is the product of both texts, and free where both are short', () => {
    const units = `((${size('a')}) * (${size('b')})) / 1000`;
    expect(charges('SELECT strpos(a, b)')).toEqual([
      `CASE WHEN ${units} > 100 THEN bucordo.charge_work(${units}, 0) ELSE 0 END`,
    ]);
  });

  it.each([
    ["SELECT a LIKE 'x%'", true],
    ['SELECT a || b', false],
    ['SELECT lower(a)', false],
    ["SELECT a ~ '^[0-9]+$'", false],
    ["SELECT a ~ '[0-9]+$'", true],
    ['SELECT ids && ids', true],
    ['SELECT j @> j', true],
    ["SELECT j -> 'x'", false],
    ['SELECT i - 1', false],
    ["SELECT j - 'x'", true],
    ['SELECT ids[2:i]', false],
  ])('is charged outside of loops where it is steep: %s %s', (sql, isCharged) => {
    expect(charges(sql)).toHaveLength(isCharged ? 1 : 0);
  });

  it('is charged in loops where it is linear', () => {
    for (const sql of [
      'SELECT md5(a)',
      'SELECT a || b',
      'SELECT length(a)',
      "SELECT jsonb_set(j, '{a}', j)",
      'SELECT ids[2:i]',
    ]) {
      expect(charges(sql, { isRepeated: true })).toHaveLength(1);
    }
    for (const sql of ["SELECT j -> 'x'", 'SELECT i + 1', 'SELECT ids[i]', 'SELECT octet_length(a)']) {
      expect(charges(sql, { isRepeated: true })).toEqual([]);
    }
  });

  it('on long columns is charged for each row', () => {
    const unit = `1 + (coalesce(pg_catalog.octet_length((__r1."note")::text), 0)::int8) / 1000`;
    expect(charges('SELECT o.note FROM shop.orders AS o WHERE o.id = i')).toEqual([
      rows('"shop"."orders" AS __r1 WHERE __r1."id" = "i"', unit),
    ]);
    const [search] = charges('SELECT c.id FROM shop.customer AS c WHERE c.id = i AND strpos(c.story, a) > 0');
    expect(search).toContain(
      `(coalesce(pg_catalog.octet_length(__r1."story"), 0)::int8) * ((SELECT ${size('a')}))`,
    );
  });
});
