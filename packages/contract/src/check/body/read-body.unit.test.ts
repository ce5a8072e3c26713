import { beforeAll, describe, expect, it } from 'vitest';
import { SourceText } from '../source-text.ts';
import { loadParser, parseBody } from '../sql-parser.ts';
import { unseenExpression } from './agrees-with-postgres.ts';
import { BodyError, type FunctionBody } from './function-body.ts';
import { readBody } from './read-body.ts';

const HEAD = 'CREATE FUNCTION s.f(a int4, list int4[]) RETURNS SETOF int4 LANGUAGE plpgsql AS $$';

function read(body: string): { text: string; body: FunctionBody } {
  const text = `${HEAD}${body}$$`;
  return {
    text,
    body: readBody(new SourceText('functions.sql', text), HEAD.length, Buffer.byteLength(text) - 2),
  };
}

beforeAll(loadParser);

/** Bodies that Postgres reads; each must hold no expression that this reader misses. */
const BODIES: readonly string[] = [
  'BEGIN RETURN; END',
  '<<outer>> DECLARE x int4 := 1 + a; y CONSTANT text NOT NULL DEFAULT $q$it;s$q$; BEGIN x := 2; x = 3; END outer;',
  'DECLARE r record; BEGIN FOR r IN SELECT 1 AS n LOOP RETURN NEXT r.n; END LOOP; END',
  'DECLARE x int4; BEGIN CASE a WHEN 1, 2 THEN x := 1; WHEN 3 THEN NULL; ELSE x := CASE WHEN a > 1 THEN 2 END; END CASE; END',
  'DECLARE x int4; BEGIN CASE WHEN a = 1 THEN NULL; END CASE; IF a = 1 THEN NULL; ELSIF a = 2 THEN NULL; ELSEIF a = 3 THEN NULL; ELSE NULL; END IF; END',
  'BEGIN FOR i IN REVERSE 10 .. 1 BY 2 LOOP CONTINUE WHEN i = 2; EXIT; END LOOP; WHILE a < 3 LOOP a := a + 1; END LOOP; LOOP EXIT WHEN true; END LOOP; END',
  'DECLARE x int4; BEGIN FOREACH x IN ARRAY list LOOP list[x + 1] := x; END LOOP; END',
  'DECLARE x int4; y text; BEGIN SELECT 1, $$a$$ INTO STRICT x, y FROM s.t WHERE b = 2; INSERT INTO s.t VALUES (1) RETURNING b INTO x; PERFORM s.g(x), 2; END'.replaceAll(
    '$$',
    "'",
  ),
  "BEGIN RAISE EXCEPTION 'a % b %', a + 1, list[1] USING ERRCODE = 'BC001', HINT = 'x' || a; END",
  "BEGIN RAISE SQLSTATE 'BC001' USING MESSAGE = 'x'; END",
  'BEGIN ASSERT a > 1, $q$no$q$; RETURN QUERY SELECT 1; END',
  'DECLARE n int4; BEGIN GET DIAGNOSTICS n = ROW_COUNT; BEGIN NULL; EXCEPTION WHEN unique_violation OR no_data_found THEN n := 1; END; END',
  'DECLARE loop_count int4; BEGIN loop_count := 1; UPDATE s.t SET b = loop_count; END',
  'DECLARE x int4; BEGIN x := (SELECT max(b) FROM s.t WHERE c = ANY (list[1:2])); x := a /* ; */ + 1 -- ;\n; END',
];

describe('reading bodies', () => {
  it.each(BODIES)('sees all that Postgres sees in %s', (text) => {
    const { text: statement, body } = read(text);
    const postgres = parseBody(statement);
    if ('error' in postgres) expect.fail(postgres.error.message);
    expect(unseenExpression(body, postgres.ok)).toBeNull();
  });

  it.each(BODIES)('tells where each expression stands in %s', (text) => {
    const { text: statement, body } = read(text);
    const bytes = Buffer.from(statement);
    for (const { sql, base, start, end, role } of body.expressions) {
      const written = bytes.toString('utf8', start, end);
      const embedded = role === 'statement' ? sql.replace(/ {4,}/g, ' ') : sql.replace(/^SELECT ?/, '');
      expect(
        role === 'perform' ? written.slice('PERFORM '.length) : written.replace(/INTO .*? (?=FROM)/, ''),
      ).toContain(embedded.trim().slice(0, 12));
      expect(base).toBeLessThanOrEqual(start + 1);
    }
  });

  it('notices a reading that differs', () => {
    const other = parseBody(`${HEAD}BEGIN a := 2; END$$`);
    if ('error' in other) expect.fail(other.error.message);
    expect(unseenExpression(read('BEGIN a := 1; END').body, other.ok)).toBe('SELECT 2');
  });

  it('finds first values of rows, which Postgres’ reader leaves out', () => {
    expect(read('DECLARE r s.t := s.g(); BEGIN RETURN; END').body.expressions.map(({ sql }) => sql)).toEqual([
      'SELECT s.g()',
    ]);
  });

  it('tells variables and control statements apart', () => {
    const { body } = read(
      'DECLARE x numeric(12,2); BEGIN FOR i IN 1 .. 2 LOOP EXECUTE x; END LOOP; COMMIT; OPEN c; END',
    );
    expect(body.variables.map(({ name, type }) => `${name} ${type}`)).toEqual([
      'x numeric(12,2)',
      'i integer',
    ]);
    expect(body.constructs.map(({ kind }) => kind)).toEqual([
      'for-integer',
      'execute',
      'transaction',
      'cursor',
    ]);
  });

  const broken: readonly (readonly [string, string])[] = [
    ['BEGIN x := ; END', 'an expression is missing'],
    ['BEGIN IF a THEN NULL; END;', 'IF is expected, not ;'],
    ['BEGIN LOOP NULL; END', 'LOOP is expected, not the end of the body'],
    ['BEGIN RETURN 1 END', '; is missing'],
    ['DECLARE x; BEGIN END', 'a type is missing'],
    ['BEGIN END; BEGIN END', 'BEGIN follows the end of the body'],
    ["BEGIN RETURN 'x; END", 'a string or comment is not closed'],
    ['<<a>> NULL;', 'BEGIN is expected, not NULL'],
  ];

  it.each(broken)('says what is wrong with %s', (text, message) => {
    expect(() => read(text)).toThrow(BodyError);
    expect(() => read(text)).toThrow(message);
  });
});
