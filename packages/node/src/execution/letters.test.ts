/** The cases of letters and the reading of numbers that contracts have from the system, on every Postgres of this machine. */

import { readFileSync } from 'node:fs';
import { expect, test } from 'vitest';
import { SCRATCH_VERSIONS, scratchOf, type TestScratch } from '../../../../test/support/scratch.ts';

const sql = (name: string): string =>
  readFileSync(new URL(`../../sql/system/${name}.sql`, import.meta.url), 'utf8');

const numbers = ['whole_number', 'decimal_number']
  .map((name) => new RegExp(`CREATE FUNCTION bucordo\\.${name}\\([^]*?END \\$\\$;`).exec(sql('context'))?.[0])
  .join('\n');

async function withFunctions<Result>(
  version: string,
  use: (scratch: TestScratch) => Promise<Result>,
): Promise<Result> {
  const scratch = await scratchOf(version);
  try {
    await scratch.query(`CREATE SCHEMA bucordo; ${numbers}; ${sql('letters')}`);
    return await use(scratch);
  } finally {
    await scratch.end();
  }
}

/** Every letter that this Node knows, in texts as long as the functions take. */
function allLetters(): readonly string[] {
  const texts: string[] = [];
  for (let code = 1; code < 0x20000; code += 256) {
    const letters = Array.from({ length: 256 }, (_, at) => code + at)
      .filter((each) => each < 0xd800 || each > 0xdfff)
      .map((each) => String.fromCodePoint(each))
      // What a later Unicode has added, this Node does not know.
      .filter((letter) => !/\p{Cn}/u.test(letter));
    texts.push(letters.slice(0, 128).join(''), letters.slice(128).join(''));
  }
  return texts.filter((text) => text !== '');
}

const byLetter = (text: string, map: (letter: string) => string): string => [...text].map(map).join('');

test.each(SCRATCH_VERSIONS)('I2: letters have the cases of Unicode on Postgres %s', (version) =>
  withFunctions(version, async (scratch) => {
    const texts = allLetters();
    const { rows } = await scratch.query(
      `SELECT t.value, bucordo.lower_case(t.value) AS small, bucordo.upper_case(t.value) AS large,
              bucordo.fold_case(t.value) AS folded, bucordo.fold_case(bucordo.fold_case(t.value)) AS again
         FROM unnest($1::text[]) WITH ORDINALITY AS t (value, place) ORDER BY t.place`,
      [texts],
    );
    for (const { value, small, large, folded, again } of rows as Record<string, string>[]) {
      expect(small).toBe(byLetter(value ?? '', (letter) => letter.toLowerCase()));
      expect(large).toBe(byLetter(value ?? '', (letter) => letter.toUpperCase()));
      expect(again).toBe(folded);
    }
    expect(rows).toHaveLength(texts.length);
  }),
);

test('texts that differ in their cases only have one folded form, and others do not', () =>
  withFunctions('embedded', async (scratch) => {
    const fold = async (...texts: string[]): Promise<number> => {
      const { rows } = await scratch.query(
        'SELECT count(DISTINCT bucordo.fold_case(t.value)) AS count FROM unnest($1::text[]) AS t (value)',
        [texts],
      );
      return Number(rows[0]?.['count']);
    };
    expect(await fold('Straße', 'STRASSE', 'strasse', 'STRAẞE')).toBe(1);
    expect(await fold('ΣΊΣΥΦΟΣ', 'Σίσυφος', 'σίσυφοσ')).toBe(1);
    expect(await fold('Anna', 'ANNA', 'anna')).toBe(1);
    expect(await fold('ﬃ', 'FFI', 'ﬁi')).toBe(2);
    expect(await fold('ı', 'i', 'I')).toBe(2);
    expect(await fold('é', 'e')).toBe(2);
  }));

test('a text is at most 1,024 bytes, and nothing stays nothing', () =>
  withFunctions('embedded', async (scratch) => {
    for (const name of ['lower_case', 'upper_case', 'fold_case']) {
      const ask = (value: string): Promise<unknown> =>
        scratch.query(`SELECT bucordo.${name}(${value}) AS value`).then(({ rows }) => rows[0]?.['value']);
      expect(await ask(`repeat('ä', 512)`)).toHaveLength(512);
      await expect(ask(`repeat('ä', 512) || 'a'`)).rejects.toMatchObject({ code: '54000' });
      await expect(ask(`repeat('a', 1025)`)).rejects.toMatchObject({ code: '54000' });
      expect(await ask('NULL')).toBeNull();
      expect(await ask(`''`)).toBe('');
    }
  }));

test.each(SCRATCH_VERSIONS)('I2: numbers are read in one notation on Postgres %s', (version) =>
  withFunctions(version, async (scratch) => {
    const ask = async (name: string, value: string | null): Promise<unknown> => {
      const asked = scratch.query(`SELECT bucordo.${name}($1::text)::text AS value`, [value]);
      return asked.then(
        ({ rows }) => rows[0]?.['value'],
        (error: { code: string }) => error.code,
      );
    };
    expect(await ask('whole_number', '-9223372036854775808')).toBe('-9223372036854775808');
    expect(await ask('whole_number', '007')).toBe('7');
    expect(await ask('whole_number', '9223372036854775808')).toBe('22003');
    expect(await ask('decimal_number', '-12.50')).toBe('-12.50');
    expect(await ask('decimal_number', '1'.repeat(1000))).toBe('1'.repeat(1000));
    for (const name of ['whole_number', 'decimal_number']) {
      expect(await ask(name, null)).toBeNull();
      for (const text of [
        '',
        ' 1',
        '1\n',
        '+1',
        '0x10',
        '0o7',
        '0b1',
        '1_000',
        '1e3',
        'NaN',
        'Infinity',
        '١',
        '-',
        '--1',
        '1.',
        '.5',
        '1'.repeat(1001),
      ])
        expect([text, await ask(name, text)]).toEqual([text, '22P02']);
    }
  }),
);
