import { describe, expect, it } from 'vitest';
import { packageOfContract } from '../../package/package-of-contract.ts';
import { checkSyntax } from '../check-syntax.ts';

/** Rules and constructs of the findings about a contract whose helper has these labels and this body. */
async function found(label: string, body: string, statement: string): Promise<readonly string[]> {
  const findings = await checkSyntax(
    packageOfContract({
      name: 'shop',
      version: '1.0.0',
      functions: { f: { roles: [], classes: [] } },
      schema: 'CREATE TABLE shop.item (id int4 PRIMARY KEY, n int4 NOT NULL);',
      source: `
CREATE FUNCTION shop.inner_one(p int4) RETURNS int4 LANGUAGE plpgsql ${label} AS $$ BEGIN ${body} END $$;
CREATE FUNCTION shop.helper(p int4) RETURNS int4 LANGUAGE plpgsql STABLE AS $$ BEGIN RETURN shop.inner_one(p); END $$;
CREATE FUNCTION shop.f(a int4) RETURNS void LANGUAGE plpgsql AS $$ BEGIN ${statement} END $$;`,
    }),
  );
  return findings.map(({ rule, construct }) => `${rule} ${construct}`);
}

const READS = 'RETURN (SELECT i.n FROM shop.item AS i WHERE i.id = p);';
const UPDATES = 'UPDATE shop.item AS i SET n = shop.helper(i.id - 1) WHERE i.n = a;';
const REFUSED = ['unsteady-call shop.helper() while rows change'];

describe('a function that reads tables while rows change', () => {
  it.each([
    ['an UPDATE of several rows', UPDATES],
    [
      'an INSERT of several rows',
      'INSERT INTO shop.item (id, n) SELECT i.id + 100, shop.helper(i.id) FROM shop.item AS i;',
    ],
  ])('is refused in %s, through another function, too', async (_, statement) => {
    expect(await found('', READS, statement)).toEqual(REFUSED);
    expect(await found('VOLATILE', READS, statement)).toEqual(REFUSED);
    expect(await found('STABLE', READS, statement)).toEqual([]);
  });

  it('is let pass where it reads nothing, or one row changes', async () => {
    expect(await found('', 'RETURN p + 1;', UPDATES)).toEqual([]);
    expect(await found('', READS, 'UPDATE shop.item AS i SET n = shop.helper(a) WHERE i.id = a;')).toEqual(
      [],
    );
    expect(await found('', READS, 'INSERT INTO shop.item (id, n) VALUES (a, shop.helper(a));')).toEqual([]);
  });
});
