import { describe, expect, it } from 'vitest';
import { authorSource } from './insertion.ts';
import { markBranches } from './mark-branches.ts';

const SOURCE = `CREATE FUNCTION a.f(x int4) RETURNS int4 LANGUAGE plpgsql AS $$
DECLARE
  y int4 := CASE WHEN x > 1 THEN 1 ELSE 2 END;
BEGIN
  IF x = (CASE WHEN y = 1 THEN 3 ELSE 4 END) THEN
    y := 1;
  ELSIF x = 5 THEN
    CASE y WHEN 1 THEN y := 2; ELSE y := 3; END CASE;
  ELSE
    FOR i IN 1 .. 3 LOOP
      WHILE y < i LOOP y := y + 1; END LOOP;
    END LOOP;
  END IF;
  BEGIN
    y := 1 / y;
  EXCEPTION WHEN division_by_zero THEN
    y := 0;
  END;
  RETURN y;
END $$;
CREATE FUNCTION a.g() RETURNS int4 LANGUAGE sql AS $$ SELECT CASE WHEN true THEN 1 ELSE 2 END $$;`;

describe('markBranches', () => {
  it('marks lists of statements and no expressions', async () => {
    const { source, lines } = await markBranches(SOURCE);
    expect(lines).toEqual([4, 5, 7, 8, 8, 9, 10, 11, 14, 16]);
    expect(source.split('\n')).toHaveLength(SOURCE.split('\n').length);
    expect(source).toContain('THEN 3 ELSE 4 END) THEN /*+*/ ASSERT bucordo_kit.reach(2); /*-*/ \n');
    expect(source).toContain('CREATE FUNCTION a.g() RETURNS int4 LANGUAGE sql AS $$ SELECT CASE WHEN true');
    expect(authorSource(source)).toBe(SOURCE);
  });

  it('leaves a source without functions alone', async () => {
    expect(await markBranches('-- nothing\n')).toEqual({ source: '-- nothing\n', lines: [] });
  });
});
