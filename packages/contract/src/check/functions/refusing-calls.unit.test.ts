import { describe, expect, it } from 'vitest';
import { packageOfContract } from '../../package/package-of-contract.ts';
import { checkSyntax } from '../check-syntax.ts';

/** Rules and constructs of the findings about a contract whose inner helper has this body. */
async function found(inner: string, statement: string): Promise<readonly string[]> {
  const findings = await checkSyntax(
    packageOfContract({
      name: 'shop',
      version: '1.0.0',
      functions: { f: { roles: [], classes: [] } },
      schema: 'CREATE TABLE shop.item (id int4 PRIMARY KEY, n int4 NOT NULL, grp int4 NOT NULL);',
      source: `
CREATE FUNCTION shop.inner_one(p int4) RETURNS int4 LANGUAGE plpgsql STABLE AS $$ BEGIN ${inner} RETURN p; END $$;
CREATE FUNCTION shop.helper(p int4) RETURNS int4 LANGUAGE plpgsql STABLE AS $$ BEGIN RETURN shop.inner_one(p); END $$;
CREATE FUNCTION shop.f(a int4) RETURNS void LANGUAGE plpgsql AS $$ DECLARE x int8; BEGIN ${statement} END $$;`,
    }),
  );
  return findings.map(({ rule, construct }) => `${rule} ${construct}`);
}

const RAISES = `IF p < 0 THEN RAISE EXCEPTION 'no %', p USING ERRCODE = 'BC001'; END IF;`;
const REFUSED = ['refusal-per-row shop.helper() for every row of a query'];

describe('I2: a function that may refuse, through another one too', () => {
  it.each([
    ['an aggregate', 'SELECT sum(shop.helper(i.n)) INTO x FROM shop.item AS i WHERE i.grp = a;'],
    ['PERFORM in an order', 'PERFORM shop.helper(i.n) FROM shop.item AS i WHERE i.grp = a ORDER BY i.id;'],
    ['SET', 'UPDATE shop.item AS i SET n = shop.helper(i.n) WHERE i.grp = a;'],
    [
      'an INSERT of a query',
      'INSERT INTO shop.item (id, n, grp) SELECT i.id + 9, shop.helper(i.n), 1 FROM shop.item AS i WHERE i.grp = a ORDER BY i.id;',
    ],
    ['a subquery', 'SELECT sum((SELECT shop.helper(i.n))) INTO x FROM shop.item AS i WHERE i.grp = a;'],
  ])('is refused in %s of several rows', async (_, statement) => {
    expect(await found(RAISES, statement)).toEqual(REFUSED);
    expect(await found('', statement)).toEqual([]);
  });

  it.each([
    ['the row of a key', 'SELECT shop.helper(i.n) INTO x FROM shop.item AS i WHERE i.id = a;'],
    ['the row of a key that is written', 'UPDATE shop.item AS i SET n = shop.helper(i.n) WHERE i.id = a;'],
    [
      'what an aggregate gives',
      'x := (SELECT shop.helper(count(*)::int4) FROM shop.item AS i WHERE i.grp = a);',
    ],
    [
      'rows that are written down',
      'INSERT INTO shop.item (id, n, grp) VALUES (1, shop.helper(a), 1), (2, 2, 2);',
    ],
    [
      'rows of a loop',
      'FOR a IN SELECT i.n FROM shop.item AS i ORDER BY i.id LOOP x := shop.helper(a); END LOOP;',
    ],
  ])('is let pass for %s', async (_, statement) => {
    expect(await found(RAISES, statement)).toEqual([]);
  });
});
