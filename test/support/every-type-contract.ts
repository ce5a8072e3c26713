/** A contract whose table has a column of every type that contracts may use. */

import type { GenesisContract } from '@bucordo/protocol';

/** Column types of `kinds.thing` besides the key; the column is named after the type. */
export const THING_TYPES = [
  'bool',
  'int2',
  'int4',
  'int8',
  'text',
  'bytea',
  'uuid',
  'date',
  'timestamptz',
  'jsonb',
] as const;

const columns = [
  ...THING_TYPES.map((type) => `c_${type} ${type}`),
  'c_numeric numeric(20,4)',
  ...THING_TYPES.map((type) => `a_${type} ${type}[]`),
  'a_numeric numeric(20,4)[]',
];
const parameters = [
  ...THING_TYPES.map((type) => `p_${type} ${type}`),
  'p_numeric numeric',
  ...THING_TYPES.map((type) => `pa_${type} ${type}[]`),
  'pa_numeric numeric[]',
];
const values = parameters.map((parameter) => parameter.split(' ')[0]);

/** The contract. */
export const KINDS: GenesisContract = {
  name: 'kinds',
  version: '1.0.0',
  functions: {
    put: { roles: [], classes: [] },
    remove: { roles: [], classes: [] },
    give: { roles: [], classes: [] },
    context: { roles: [], classes: [] },
  },
  schema: `CREATE TABLE kinds.thing (id int4 PRIMARY KEY, ${columns.join(', ')});`,
  source: `
    CREATE FUNCTION kinds.put(id int4, ${parameters.join(', ')}) RETURNS void LANGUAGE plpgsql AS $$
    BEGIN
      DELETE FROM kinds.thing WHERE thing.id = put.id;
      INSERT INTO kinds.thing VALUES (id, ${values.join(', ')});
    END $$;
    CREATE FUNCTION kinds.remove(id int4) RETURNS void LANGUAGE plpgsql AS $$
    BEGIN
      DELETE FROM kinds.thing WHERE thing.id = remove.id;
    END $$;
    CREATE FUNCTION kinds.give(document jsonb) RETURNS jsonb LANGUAGE sql AS $$ SELECT document $$;
    CREATE FUNCTION kinds.context() RETURNS jsonb LANGUAGE plpgsql AS $$
    BEGIN
      RETURN jsonb_build_object(
        'caller', bucordo.caller(), 'member', bucordo.member(), 'clerk', bucordo.has_role('clerk'),
        'tx_id', encode(bucordo.tx_id(), 'hex'), 'height', bucordo.height(), 'position', bucordo.position(),
        'ordinals', jsonb_build_array(bucordo.ordinal(), bucordo.ordinal()),
        'block_time', bucordo.block_time(), 'block_time_ms', bucordo.block_time_ms(),
        'later', bucordo.add_seconds(bucordo.block_time(), 3600), 'parsed', bucordo.timestamp_utc('2026-02-03T04:05:06.7Z'),
        'ids', jsonb_build_array(bucordo.new_id(), bucordo.new_id()), 'bytes', encode(bucordo.random_bytes(40), 'hex'));
    END $$;`,
};

/** Arguments of `kinds.put` with some value of every type. */
export function thing(id: number): Record<string, unknown> {
  return {
    id,
    p_bool: id % 2 === 0,
    p_int2: id - 100,
    p_int4: id * 1000,
    p_int8: '-9223372036854775808',
    p_text: `Grüße \\ ${id}`,
    p_bytea: '00ff0a',
    p_uuid: '01890a5d-ac96-774b-bcce-b302099a8057',
    p_date: '1969-12-31',
    p_timestamptz: '2026-11-23T20:00:00.123456Z',
    p_jsonb: { b: [1, 2.5, null], a: 'x' },
    p_numeric: '12.5',
    pa_bool: [true, null, false],
    pa_int2: [1, -2],
    pa_int4: [],
    pa_int8: ['9223372036854775807'],
    pa_text: ['a', null, ',"{}'],
    pa_bytea: ['', 'ff'],
    pa_uuid: ['01890a5d-ac96-774b-bcce-b302099a8057'],
    pa_date: ['2000-02-29'],
    pa_timestamptz: ['0001-01-01T00:00:00Z', '9999-12-31T23:59:59.999999Z'],
    pa_jsonb: [{ a: 1 }, null, 'text'],
    pa_numeric: ['0.0001', '-3'],
  };
}

/** Arguments of `kinds.put` that are all null but the key. */
export function emptyThing(id: number): Record<string, unknown> {
  return Object.fromEntries(Object.keys(thing(id)).map((name) => [name, name === 'id' ? id : null]));
}
