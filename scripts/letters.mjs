/**
 * Writes packages/node/sql/system/letters.sql: the cases of letters, from the Unicode data of the Node
 * that runs this. The nodes of a network run what lies in the tree, so the file is written anew only
 * together with a new version of the context functions.
 */

import { writeFileSync } from 'node:fs';

const FILE = new URL('../packages/node/sql/system/letters.sql', import.meta.url);

/** @typedef {(letter: string) => string} LetterMap */

/** @type {LetterMap} */
const lower = (letter) => letter.toLowerCase();
/** @type {LetterMap} */
const upper = (letter) => letter.toUpperCase();
/**
 * The dotless i stays: as a capital it would become an I, and then an i.
 *
 * @type {LetterMap}
 */
const fold = (letter) => (letter === 'ı' ? letter : [...upper(lower(letter))].map(lower).join(''));

/** @type {readonly (readonly [name: string, ascii: string, map: LetterMap, words: string])[]} */
const FUNCTIONS = [
  [
    'lower_case',
    'lower',
    lower,
    'Letters as small ones. A capital sigma becomes σ, also at the end of a word.',
  ],
  ['upper_case', 'upper', upper, 'Letters as capitals; ß becomes SS.'],
  [
    'fold_case',
    'lower',
    fold,
    'The form in which texts that differ in nothing but their cases are equal: for keys and comparisons, not for reading.',
  ],
];

/**
 * What the letters beyond ASCII become, as the text of a JSON object.
 *
 * @param {LetterMap} map
 */
function lettersText(map) {
  const entries = [];
  for (let code = 0x80; code <= 0x1ffff; code++) {
    if (code >= 0xd800 && code <= 0xdfff) continue;
    const letter = String.fromCodePoint(code);
    const mapped = map(letter);
    if (mapped !== letter) entries.push(`"${letter}":"${mapped}"`);
  }
  return `{${entries.join(',')}}`;
}

/** @param {(typeof FUNCTIONS)[number]} described */
function functionText([name, ascii, map, words]) {
  return `-- ${words}
CREATE FUNCTION bucordo.${name}(value text) RETURNS text
LANGUAGE plpgsql IMMUTABLE SECURITY DEFINER AS $$
DECLARE
  letter text;
  result text := '';
BEGIN
  IF pg_catalog.octet_length(value) > 1024 THEN
    RAISE EXCEPTION USING ERRCODE = 'program_limit_exceeded',
      MESSAGE = '${name} takes at most 1024 bytes, not ' || pg_catalog.octet_length(value);
  ELSIF value IS NULL OR pg_catalog.octet_length(value) = pg_catalog.char_length(value) THEN
    RETURN pg_catalog.${ascii}(value COLLATE "C");
  END IF;
  FOREACH letter IN ARRAY pg_catalog.string_to_array(pg_catalog.${ascii}(value COLLATE "C"), NULL) LOOP
    result := result || coalesce('${lettersText(map)}'::pg_catalog.jsonb ->> letter, letter);
  END LOOP;
  RETURN result;
END $$;
`;
}

writeFileSync(
  FILE,
  `-- Cases of letters, by Unicode ${process.versions['unicode']}: the same on every node, whatever its version of Postgres, its system
-- and its locale know about letters. One letter at a time, whatever stands beside it, and no language's
-- own habits (a Turkish I). Written by scripts/letters.mjs.
--
-- At most 1,024 bytes, as much as a key may have: names, addresses, codes. A text of ASCII takes 2 µs, any
-- other 1 to 2 µs a character.

${FUNCTIONS.map(functionText).join('\n')}`,
);
