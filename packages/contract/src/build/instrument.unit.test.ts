import fc from 'fast-check';
import { beforeAll, describe, expect, it } from 'vitest';
import { loadParser } from '../check/sql-parser.ts';
import { BuildError } from './build-error.ts';
import { authorSource, isBuilt } from './insertion.ts';
import { type InstrumentOptions, instrument } from './instrument.ts';

const TURN = 'IF __turns = 0 THEN __turns := bucordo.charge(100); END IF; __turns := __turns - 1;';

beforeAll(() => loadParser());

function build(source: string, options: Partial<InstrumentOptions> = {}): string {
  return instrument(source, {
    contract: 'shop',
    file: 'functions.sql',
    schema: '',
    scans: {},
    entries: new Set(['f']),
    ...options,
  });
}

/** What stands between marks but for the charges of work, one text per insertion, with the line it stands on. */
function insertions(source: string, options: Partial<InstrumentOptions> = {}): string[] {
  const built = build(source, options);
  expect(authorSource(built)).toBe(source);
  expect(built.split('\n').length).toBe(source.split('\n').length);
  const all = [...built.matchAll(/\/\*\+\*\/ ([\s\S]*?) \/\*-(\w*)\*?\/?/g)];
  return all
    .filter(([text]) => !text.includes('charge_work('))
    .map((match) => {
      const line = built.slice(0, match.index).split('\n').length;
      return `${line}: ${match[1]}${match[2] === '' ? '' : ` for ${match[2]}`}`;
    });
}

function refusal(source: string, options: Partial<InstrumentOptions> = {}): string {
  try {
    return `taken: ${build(source, options)}`;
  } catch (error) {
    if (error instanceof BuildError) return error.message;
    throw error;
  }
}

const plpgsql = (body: string, head = 'f() RETURNS int4'): string =>
  `CREATE FUNCTION shop.${head} LANGUAGE plpgsql AS $$\n${body}\n$$;\n`;

describe('loops', () => {
  it('count every turn, whatever the kind of loop', () => {
    expect(
      insertions(
        plpgsql(`DECLARE r record; x int4;
BEGIN
  LOOP EXIT WHEN true; END LOOP;
  WHILE x < 3 LOOP x := x + 1; END LOOP;
  FOR i IN REVERSE 9 .. 1 BY 2 LOOP NULL; END LOOP;
  FOR r IN SELECT id FROM shop.item ORDER BY id LOOP NULL; END LOOP;
  FOREACH x IN ARRAY ARRAY[1, 2] LOOP NULL; END LOOP;
END`),
      ),
    ).toEqual(['2: __turns int4 := 100;', ...[4, 5, 6, 7, 8].map((line) => `${line}: ${TURN}`)]);
  });

  it('nested in one another share what is free', () => {
    const found = insertions(
      plpgsql(
        'BEGIN\n<<a>> FOR i IN 1 .. 3 LOOP\n<<b>> LOOP EXIT a; END LOOP b;\nEND LOOP a; RETURN 1;\nEND',
      ),
    );
    expect(found).toEqual(['2: DECLARE __turns int4 := 100;', `3: ${TURN}`, `4: ${TURN}`]);
  });

  it.each([
    ['a string', "BEGIN\n  RETURN length('FOR i LOOP END LOOP');\nEND"],
    ['a comment', 'BEGIN -- LOOP\n  /* LOOP /* LOOP */ END LOOP */ RETURN 1;\nEND'],
    ['a quoted name', 'BEGIN\n  RETURN (SELECT "loop" FROM shop.item AS "loop" WHERE "loop".id = 1);\nEND'],
    ['an alias', 'BEGIN\n  RETURN (SELECT s.n FROM (SELECT 1 AS loop, 2 AS n) AS s);\nEND'],
    ['nothing like it', 'BEGIN\n  RETURN 1;\nEND'],
  ])('are not found in %s', (_, body) => {
    expect(insertions(plpgsql(body))).toEqual([]);
  });

  it('stand beside text of any language and keep to bytes', () => {
    const body =
      "DECLARE größe text := 'åäö€😀';\nBEGIN\n  LOOP größe := größe || '😀'; END LOOP; -- äß\nEND";
    expect(insertions(plpgsql(body))).toMatchObject([/^2/, /^4/, /^4/].map(() => expect.any(String)));
    expect(build(plpgsql(body))).toContain("größe || '😀'; /*+*/ IF pg_catalog.octet_length(größe) > 262144");
  });

  it('whose ends cannot be told from other words are refused', () => {
    expect(
      refusal(plpgsql('BEGIN\n  LOOP\n    PERFORM CASE WHEN true THEN 1 END loop;\n  END LOOP;\nEND')),
    ).toMatch(/functions.sql:1:1: the loops of f cannot be told|functions.sql:\d+:\d+: /);
  });
});

describe('functions that others call', () => {
  const caller = plpgsql('BEGIN\n  RETURN shop.g();\nEND');

  it('pay for their entry', () => {
    const looping = plpgsql('BEGIN LOOP EXIT; END LOOP; RETURN 1; END', 'g() RETURNS int4');
    expect(insertions(caller + looping)).toEqual([
      '7: DECLARE __units int4 := bucordo.charge(10); __turns int4 := 100;',
      `7: ${TURN}`,
    ]);
    const calling = plpgsql('BEGIN RETURN shop.h(); END', 'g() RETURNS int4');
    const last = plpgsql('BEGIN RETURN 1; END', 'h() RETURNS int4');
    expect(insertions(caller + calling + last)).toEqual([
      '7: DECLARE __units int4 := bucordo.charge(10);',
      '10: DECLARE __units int4 := bucordo.charge(10);',
    ]);
  });

  it('pay although transactions call them too', () => {
    const entry = plpgsql('BEGIN RETURN shop.h(); END', 'g() RETURNS int4');
    const last = plpgsql('BEGIN RETURN 1; END', 'h() RETURNS int4');
    expect(insertions(caller + entry + last, { entries: new Set(['f', 'g']) })).toEqual([
      '7: DECLARE __units int4 := bucordo.charge(10);',
      '10: DECLARE __units int4 := bucordo.charge(10);',
    ]);
  });

  it('pay in SQL, too, in each form of a body', () => {
    // A function in SQL that calls none itself costs nothing.
    const last = 'CREATE FUNCTION shop.h() RETURNS int4 LANGUAGE sql AS $$ SELECT 1 $$;\n';
    const forms = [
      'CREATE FUNCTION shop.g() RETURNS int4 LANGUAGE sql AS $$ SELECT shop.h() $$;\n',
      'CREATE FUNCTION shop.g() RETURNS int4 LANGUAGE sql BEGIN ATOMIC SELECT shop.h(); END;\n',
      'CREATE FUNCTION shop.g() RETURNS int4 LANGUAGE sql RETURN shop.h();\n',
    ];
    const charge = 'SELECT bucordo.charge(10);';
    expect(forms.map((form) => insertions(caller + form + last))).toEqual([
      [`6: ${charge}`],
      [`6: ${charge}`],
      [`6: BEGIN ATOMIC ${charge}`, '6: ; END'],
    ]);
  });

  it('are found in views, checks and defaults of parameters', () => {
    const looping = plpgsql('BEGIN LOOP EXIT; END LOOP; RETURN 1; END', 'f(a int4) RETURNS int4');
    const entries = new Set(['f', 'k']);
    const charges = (source: string, schema = ''): string[] =>
      insertions(source, { schema, entries }).filter((each) => each.includes('charge(10)'));
    expect(charges(looping)).toEqual([]);
    expect(charges(looping, 'CREATE VIEW shop.v AS SELECT shop.f(1) AS n;').length).toBe(1);
    const byDefault = plpgsql('BEGIN RETURN a; END', 'k(a int4 DEFAULT shop.f(1)) RETURNS int4');
    expect(charges(looping + byDefault).length).toBe(1);
  });

  it('may be called with a row before a dot', () => {
    const looping = plpgsql('BEGIN LOOP EXIT; END LOOP; RETURN 1; END', 'g(r shop.item) RETURNS int4');
    const attribute = plpgsql('BEGIN RETURN (SELECT i.g FROM shop.item AS i WHERE i.id = 1); END');
    const entries = new Set(['f', 'g']);
    expect(insertions(attribute + looping, { entries }).join()).toContain(
      '__units int4 := bucordo.charge(10);',
    );
  });

  it('run whenever they are called: no label lets the planner call them once for a session', () => {
    const source =
      plpgsql('BEGIN\n  RETURN shop.g();\nEND', 'f() RETURNS int4 STABLE') +
      plpgsql('BEGIN LOOP EXIT; END LOOP; RETURN 1; END', 'g() RETURNS int4 immutable STRICT') +
      plpgsql('BEGIN RETURN 1; END', 'h() RETURNS int4 IMMUTABLE');
    const built = build(source, { entries: new Set(['f', 'h']) });
    expect(built).toContain('f() RETURNS int4 STABLE LANGUAGE');
    expect(built).toContain('g() RETURNS int4 /*+*/ STABLE /*-immutable*/ STRICT');
    expect(built).toContain('h() RETURNS int4 IMMUTABLE');
    expect(authorSource(built)).toBe(source);
  });
});

describe('declared scans', () => {
  const scans = { f: { item: 500 } };
  const charge = "__units := bucordo.charge_scan('shop.item', 500);";

  it('are charged where the function begins', () => {
    const body = 'BEGIN\n  RETURN (SELECT count(*) FROM shop.item);\nEND';
    const both = ['2: DECLARE __units int4;', `2: ${charge}`];
    expect(insertions(plpgsql(body), { scans })).toEqual(both);
    expect(insertions(plpgsql('BEGIN\n  RETURN 1;\nEND'), { scans })).toEqual(both);
    const sql = 'CREATE FUNCTION shop.f() RETURNS int8 LANGUAGE sql AS $$ SELECT count(*) FROM shop.item $$;';
    expect(insertions(sql, { scans })).toEqual([`1: ${charge.replace('__units :=', 'SELECT')}`]);
  });

  it('are charged on every turn of a loop that scans, and once where only the loop begins', () => {
    const inside = 'BEGIN\n  FOR i IN 1 .. 3 LOOP\n    PERFORM count(*) FROM shop.item;\n  END LOOP;\nEND';
    expect(insertions(plpgsql(inside), { scans })[1]).toBe(`3: ${TURN} ${charge}`);
    const query =
      'DECLARE r record;\nBEGIN\n  FOR r IN SELECT id FROM shop.item ORDER BY id LOOP NULL; END LOOP;\nEND';
    expect(insertions(plpgsql(query), { scans })).toEqual([
      '2: __units int4; __turns int4 := 100;',
      `3: ${charge}`,
      `4: ${TURN}`,
    ]);
    const condition = 'BEGIN\n  WHILE (SELECT count(*) FROM shop.item) > 1 LOOP NULL; END LOOP;\nEND';
    expect(insertions(plpgsql(condition), { scans }).slice(1)).toEqual([
      `2: ${charge}`,
      `3: ${TURN} ${charge}`,
    ]);
  });

  it('of a function that is not there are refused', () => {
    expect(refusal(plpgsql('BEGIN RETURN 1; END'), { scans: { nobody: { item: 1 } } })).toContain(
      'scans names the function nobody',
    );
  });
});

describe('values that grow', () => {
  const inLoop = (declare: string, statement: string): string[] =>
    insertions(plpgsql(`DECLARE ${declare}\nBEGIN\n  LOOP\n    ${statement}\n  END LOOP;\nEND`))
      .slice(2)
      .map((each) => each.replace(/^5: /, ''));
  const above = (size: string, free: number, check: string): string =>
    `IF ${size} > ${free} THEN __units := bucordo.${check}(${size}); END IF;`;

  it.each([
    ['s text;', "s := s || 'x';", above('pg_catalog.octet_length(s)', 262_144, 'check_size')],
    ['s varchar(9);', 's := repeat(s, 2);', above('pg_catalog.octet_length(s)', 262_144, 'check_size')],
    ['s bytea;', 's = s || s;', above('pg_catalog.octet_length(s)', 262_144, 'check_size')],
    ['j jsonb;', 'j := j || j;', above('pg_catalog.octet_length(j::text)', 262_144, 'check_size')],
    ['a int4[];', 'a := a || a;', '__units := bucordo.check_array(a);'],
    [
      'a text[];',
      'a[7] := 1;',
      'IF pg_catalog.cardinality(a) > 1000 THEN __units := bucordo.charge(pg_catalog.cardinality(a) / 1000); END IF; __units := bucordo.check_array(a);',
    ],
    [
      'a int4 ARRAY;',
      'SELECT array_agg(i.id ORDER BY i.id) INTO a FROM shop.item AS i;',
      '__units := bucordo.check_array(a);',
    ],
    ['n numeric;', 'n := n * n;', above('pg_catalog.octet_length(n::text)', 250, 'check_digits')],
    ['r record;', 'r.s := r.s || r.s;', above('pg_catalog.octet_length(r.s::text)', 262_144, 'check_size')],
    ['"S" text;', '"S" := "S" || "S";', above('pg_catalog.octet_length("S")', 262_144, 'check_size')],
    ['s text;', "SELECT s || 'x' INTO s;", above('pg_catalog.octet_length(s)', 262_144, 'check_size')],
  ])('are measured: %s %s', (declare, statement, test) => {
    expect(inLoop(declare, statement)).toEqual([test]);
  });

  it.each([
    ['s text;', "s := 'x';"],
    ['s text; t text;', 's := t;'],
    ['s text;', 's := lower(s);'],
    ['s text;', "s := coalesce(s, '');"],
    ['n int8;', "n := length('a' || 'b');"],
    ['n numeric(12,2);', 'n := n * n;'],
    ['n numeric;', 'n := n + 1;'],
    ['d date;', "d := d + (1 || '')::int4;"],
    ['t timestamp with time zone;', 't := bucordo.add_seconds(t, 1);'],
  ])('are left alone where they cannot: %s %s', (declare, statement) => {
    expect(inLoop(declare, statement)).toEqual([]);
  });

  it('are measured outside loops where they are many', () => {
    const lines = (count: number): string =>
      plpgsql(`DECLARE s text;\nBEGIN\n${'s := s || s;\n'.repeat(count)}  RETURN 1;\nEND`);
    expect(insertions(lines(7))).toEqual([]);
    expect(insertions(lines(8)).length).toBe(9);
  });

  it('are measured outside loops where they are numbers', () => {
    const [, test] = insertions(plpgsql('DECLARE n numeric;\nBEGIN\n  n := n * n;\n  RETURN 1;\nEND'));
    expect(test).toBe(`4: ${above('pg_catalog.octet_length(n::text)', 250, 'check_digits')}`);
  });

  it('may be parameters', () => {
    const source = plpgsql(
      'BEGIN LOOP p := p || p; END LOOP; END',
      'f(p text, q numeric(9,2)[]) RETURNS int4',
    );
    expect(insertions(source)[2]).toContain('octet_length(p)');
  });
});

describe('documents that may become deeper', () => {
  const nesting = (name: string, document = name): string =>
    `IF pg_catalog.octet_length(${name}::text) > 1000 AND bucordo.check_nesting(${document}) IS NULL THEN END IF;`;
  const nested = (declare: string, statement: string, head = 'f() RETURNS int4'): string[] =>
    insertions(plpgsql(`DECLARE ${declare}\nBEGIN\n  ${statement}\nEND`, head)).filter((each) =>
      each.includes('check_nesting'),
    );

  it.each([
    ['j jsonb;', 'j := jsonb_build_array(j);', nesting('j')],
    ['j jsonb;', `j := "jsonb_set"(j, '{a}', j);`, nesting('j')],
    ['j jsonb;', "SELECT jsonb_build_object('a', j) INTO j;", nesting('j')],
    ['j jsonb;', "j['a'] := j;", nesting('j')],
    ['j jsonb[];', 'j[1] := to_jsonb(j);', nesting('j', 'pg_catalog.to_jsonb(j)')],
    ['r record;', 'r.j := jsonb_build_array(r.j);', nesting('r.j', 'pg_catalog.to_jsonb(r.j)')],
  ])('are measured wherever they are assigned: %s %s', (declare, statement, test) => {
    expect(nested(declare, statement)).toEqual([`4: ${test}`]);
  });

  it.each([
    ['j jsonb;', 'j := j -> 1;'],
    ['s text;', 's := jsonb_build_array(s)::text;'],
    ['a int4[];', 'a[1] := 2;'],
  ])('are left alone where they cannot: %s %s', (declare, statement) => {
    expect(nested(declare, statement)).toEqual([]);
  });

  it('are measured where they begin, and where a helper is given or returns one', () => {
    expect(nested('j jsonb := jsonb_build_array(1);', 'RETURN 1;')).toEqual([`3: ${nesting('j')}`]);
    const helper = plpgsql('BEGIN\n  RETURN jsonb_build_array(d);\nEND', 'h(d jsonb) RETURNS jsonb');
    const caller = plpgsql('BEGIN\n  PERFORM shop.h(d);\nEND', 'f(d jsonb) RETURNS void');
    const built = build(`${helper}\n${caller}`);
    expect(built).toContain(`BEGIN /*+*/ ${nesting('d')} /*-*/`);
    expect(built.replace(/ \/\*\+\*\/ | \/\*-\*\/ /g, '')).toContain(
      'RETURN bucordo.check_nesting(jsonb_build_array(d));',
    );
  });
});

describe('rows that are handed back', () => {
  const inLoop = (declare: string, statement: string, head = 'f() RETURNS SETOF text'): string | undefined =>
    insertions(plpgsql(`DECLARE ${declare}\nBEGIN\n  LOOP\n    ${statement}\n  END LOOP;\nEND`, head))[2];

  it.each([
    ['s text;', 'RETURN NEXT s;', '1 + coalesce(pg_catalog.octet_length(s::text), 0) / 1000'],
    ['r record;', 'RETURN NEXT r.s;', '1 + coalesce(pg_catalog.octet_length(r.s::text), 0) / 1000'],
    ['s text;', 'RETURN NEXT s || s;', '100'],
    ['s text;', "RETURN QUERY SELECT ';' || i.label FROM shop.item AS i;", '100'],
  ])('pay in a loop: %s %s', (declare, statement, units) => {
    expect(inLoop(declare, statement)).toBe(`5: __units := bucordo.charge(${units});`);
  });

  it('pay where the columns of the result are variables', () => {
    expect(inLoop('n int4;', 'RETURN NEXT;', 'f() RETURNS TABLE (a text)')).toBe(
      '5: __units := bucordo.charge(100);',
    );
  });

  it('cost nothing outside of loops', () => {
    expect(insertions(plpgsql("BEGIN\n  RETURN NEXT 'x'; RETURN;\nEND", 'f() RETURNS SETOF text'))).toEqual(
      [],
    );
  });
});

describe('what cannot be built', () => {
  it.each([
    ['marks of a build', 'BEGIN /*+*/ NULL; /*-*/ RETURN 1; END', '2:7: the source has the marks of a build'],
    ['a reserved variable', 'DECLARE __turns int4;\nBEGIN RETURN 1; END', '2:9: names that begin with __'],
    [
      'a reserved name in a query',
      'BEGIN\n  RETURN (SELECT __x FROM shop.t);\nEND',
      '3:18: names that begin with __',
    ],
    ['a body that ends early', 'BEGIN\n  LOOP\nEND', 'functions.sql:'],
    ['an open string', "BEGIN\n  RETURN 'x;\nEND", 'functions.sql:'],
  ])('says where: %s', (_, body, message) => {
    expect(refusal(plpgsql(body))).toContain(message);
  });

  it('is built once: its own result is refused', () => {
    const built = build(plpgsql('BEGIN LOOP EXIT; END LOOP; END'));
    expect(isBuilt(built)).toBe(true);
    expect(refusal(built)).toContain('marks of a build');
  });

  it('a body between quotes', () => {
    expect(
      refusal("CREATE FUNCTION shop.f() RETURNS int4 LANGUAGE plpgsql AS 'BEGIN LOOP END LOOP; END';"),
    ).toContain('not written between dollar quotes');
  });
});

it('gives the same text every time and the author’s text back, whatever stands around the loops', () => {
  const noise = fc.constantFrom(
    ' ',
    '\n',
    '-- LOOP\n',
    '/* END LOOP; */',
    "PERFORM 'LOOP';",
    'PERFORM "loop" FROM shop.t;',
    'PERFORM $q$ LOOP $q$;',
    'LOOP EXIT; END LOOP;',
    'FOR i IN 1 .. 3 LOOP\n',
    "s := s || 'END LOOP';",
    'NULL;',
    'END LOOP;',
    'BEGIN',
    'END;',
  );
  fc.assert(
    fc.property(fc.array(noise, { maxLength: 20 }), (parts) => {
      const source = plpgsql(`DECLARE s text;\nBEGIN ${parts.join(' ')} RETURN 1; END`);
      const first = refusal(source);
      expect(refusal(source)).toBe(first);
      if (!first.startsWith('taken: ')) return;
      const built = first.slice('taken: '.length);
      expect(authorSource(built)).toBe(source);
      const loops = parts.filter((part) => /^(LOOP|FOR)/.test(part)).length;
      expect(built.split('__turns - 1;').length - 1).toBe(loops);
    }),
    { numRuns: 200 },
  );
});
