/**
 * Good contracts with one thing made wrong: what a careless or sly author would change. Each mutation
 * is applied at every place where it can be, one at a time.
 */

import type { GenesisContract } from '@bucordo/protocol';

/** A good contract with one mistake. */
export interface Mutant {
  /** What was done, where: `ORDER BY dropped, functions 12`. */
  readonly name: string;
  readonly contract: GenesisContract;
}

interface Mutation {
  readonly name: string;
  readonly part: 'schema' | 'source';
  readonly pattern: RegExp;
  readonly replacement: string;
}

const inSource = (name: string, pattern: RegExp, replacement: string): Mutation => ({
  name,
  part: 'source',
  pattern,
  replacement,
});
const inSchema = (name: string, pattern: RegExp, replacement: string): Mutation => ({
  name,
  part: 'schema',
  pattern,
  replacement,
});

const MUTATIONS: readonly Mutation[] = [
  inSource('ORDER BY dropped', /\sORDER BY (?:[\w.() ]|, )+?(?=\n| LOOP| LIMIT|\))/g, ''),
  inSource('ORDER BY a constant', /ORDER BY (?:[\w.() ]|, )+?(?=\n| LOOP| LIMIT|\))/g, 'ORDER BY 1 + 0'),
  inSource('block time by now()', /bucordo\.block_time\(\)/g, 'now()'),
  inSource('block time by CURRENT_TIMESTAMP', /bucordo\.block_time\(\)/g, 'CURRENT_TIMESTAMP'),
  inSource('id by random uuid', /bucordo\.new_id\(\)/g, 'gen_random_uuid()'),
  inSource('position by transaction number', /bucordo\.position\(\)/g, 'txid_current()::text::int8'),
  inSource('caller by CURRENT_USER', /bucordo\.(?:caller|member)\(\)/g, 'CURRENT_USER::text'),
  inSource('zero by random()', /:= 0;/g, ':= (random() * 10)::int4;'),
  inSource(
    'handler of everything',
    /WHEN (?:\w+_violation|no_data_found|invalid_text_representation)(?= THEN| OR)/g,
    'WHEN OTHERS',
  ),
  inSource('code of a full disk', /ERRCODE = 'BC\d\d\d'/g, "ERRCODE = '53100'"),
  inSource('notice for exception', /RAISE EXCEPTION/g, 'RAISE NOTICE'),
  inSource('statement made at run time', /^BEGIN$/gm, "BEGIN\n  EXECUTE 'SELECT 1';"),
  inSource('a nap', /^BEGIN$/gm, 'BEGIN\n  PERFORM pg_sleep(0);'),
  inSource('a setting', /^BEGIN$/gm, 'BEGIN\n  SET LOCAL search_path = public;'),
  inSource('a look at the catalogue', /^BEGIN$/gm, 'BEGIN\n  PERFORM count(*) FROM pg_catalog.pg_class;'),
  inSource(
    'table of the system',
    /^BEGIN$/gm,
    "BEGIN\n  PERFORM 1 FROM bucordo.identity AS i WHERE i.name = 'x';",
  ),
  inSource('definer rights', /LANGUAGE plpgsql(?= AS)/g, 'LANGUAGE plpgsql SECURITY DEFINER'),
  inSource('LIMIT by chance', /\sORDER BY [^;]*?LIMIT 1/g, ' LIMIT 1'),
  inSource('date of today', /:= '\{\}'/g, ":= ARRAY['today'::date::text]"),
  inSource('first key predicate dropped', /(?<=WHERE )[\w.]+ = [\w.[\]]+ AND /g, ''),
  inSource('last key predicate dropped', /\sAND [\w.]+ = [\w.[\]]+(?=;|\n)/g, ''),
  inSource('only predicate dropped', /\sWHERE [\w.]+ = [\w.[\]]+(?=;|\n|\))/g, ''),
  inSchema('no primary key', /\sPRIMARY KEY(?=,| CHECK|\n)/g, ''),
  inSchema('float for numeric', /numeric\(\d+,\d+\)/g, 'float8'),
  inSchema('numeric without scale', /numeric\(\d+,\d+\)/g, 'numeric'),
  inSchema('time without zone', /timestamptz/g, 'timestamp'),
  inSchema('json for jsonb', /jsonb/g, 'json'),
  inSchema('default of a clock', /timestamptz NOT NULL/g, 'timestamptz NOT NULL DEFAULT now()'),
  inSchema('serial number', /int[48] PRIMARY KEY/g, 'serial PRIMARY KEY'),
  inSchema('key without length', /text PRIMARY KEY CHECK \([^\n]*/g, 'text PRIMARY KEY,'),
  inSchema('unlogged', /CREATE TABLE/g, 'CREATE UNLOGGED TABLE'),
];

/** Every mutant of `contract`. */
export function mutantsOf(contract: GenesisContract): Mutant[] {
  return MUTATIONS.flatMap((mutation) => {
    const text = contract[mutation.part];
    return [...text.matchAll(mutation.pattern)].map((match) => {
      const line = text.slice(0, match.index).split('\n').length;
      const changed =
        text.slice(0, match.index) + mutation.replacement + text.slice(match.index + match[0].length);
      return {
        name: `${mutation.name}, ${mutation.part} ${line}`,
        contract: { ...contract, [mutation.part]: changed },
      };
    });
  });
}
