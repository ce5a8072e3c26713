/**
 * Random migrations and calls on two databases whose rows lie in another order: the table is its newest
 * history, and the table as of every height is what was there then, under the names of now.
 */

import type { GenesisContract } from '@bucordo/protocol';
import fc from 'fast-check';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { THREE_MEMBERS } from '../../../../test/support/deciding-network.ts';
import { type ColumnValues, TwinNetworks } from '../../../../test/support/twin-networks.ts';

let twins: TwinNetworks;

beforeAll(async () => {
  twins = await TwinNetworks.found(THREE_MEMBERS);
});

afterAll(async () => {
  await twins?.close();
});

/** Types of columns, each with a value made of the parameter `n`. */
const TYPES: Readonly<Record<string, string>> = {
  bool: 'n % 2 = 0',
  int2: '(n % 30000)::int2',
  int4: 'n::int4',
  int8: 'n * 1000003',
  'numeric(5,2)': '(n % 1000)::numeric / 8',
  'numeric(12,4)': 'n::numeric / 16',
  text: `'v' || n`,
  date: `DATE '2026-01-01' + (n % 3000)::int4`,
  bytea: `decode(md5(n::text), 'hex')`,
  'text[]': `ARRAY[n::text, NULL, 'x']`,
  'int4[]': `ARRAY[n::int4, NULL]`,
};
const GENERATED = "text GENERATED ALWAYS AS ('#' || base) STORED";
const NAMES = ['a', 'b', 'c'];

/** Columns besides `id` and `base`: type, or {@link GENERATED}. */
type Shape = ReadonlyMap<string, string>;

type Step =
  | { readonly kind: 'put' | 'delete'; readonly id: number; readonly n: number }
  | { readonly kind: 'change'; readonly changes: readonly Change[] };

interface Change {
  readonly name: string;
  /** What the column becomes; null drops it. */
  readonly type: string | null;
  /** Whether one statement drops and adds. */
  readonly isTogether: boolean;
  readonly isFilled: boolean;
}

const change: fc.Arbitrary<Change> = fc.record({
  name: fc.constantFrom(...NAMES),
  type: fc.option(fc.constantFrom(...Object.keys(TYPES), GENERATED), { freq: 6 }),
  isTogether: fc.boolean(),
  isFilled: fc.boolean(),
});
const row = { id: fc.integer({ min: 1, max: 4 }), n: fc.integer({ min: 0, max: 90_000 }) };
const step: fc.Arbitrary<Step> = fc.oneof(
  { weight: 4, arbitrary: fc.record({ kind: fc.constant('put' as const), ...row }) },
  { weight: 1, arbitrary: fc.record({ kind: fc.constant('delete' as const), ...row }) },
  {
    weight: 2,
    arbitrary: fc.record({
      kind: fc.constant('change' as const),
      changes: fc.array(change, { minLength: 1, maxLength: 3 }),
    }),
  },
);

function contractOf(name: string, version: number, shape: Shape, migration: string): GenesisContract {
  const columns = [...shape].map(([column, type]) => `, ${column} ${type}`).join('');
  const own = [...shape].filter(([, type]) => type !== GENERATED);
  const names = ['id', 'base', ...own.map(([column]) => column)];
  const values = [
    'put.id',
    `'n' || put.n`,
    ...own.map(([, type]) => `(${valueFrom(type, 'put.n')})::${type}`),
  ];
  return {
    name,
    version: `${version}.0.0`,
    functions: { put: { roles: [], classes: [] }, remove: { roles: [], classes: [] } },
    schema: `CREATE TABLE ${name}.row (id int4 PRIMARY KEY, base text${columns});`,
    source: `
      CREATE FUNCTION ${name}.put(id int4, n int8) RETURNS void LANGUAGE plpgsql AS $$
      BEGIN
        DELETE FROM ${name}.row AS r WHERE r.id = put.id AND put.n % 3 = 0;
        INSERT INTO ${name}.row AS r (${names.join(', ')}) VALUES (${values.join(', ')})
        ON CONFLICT ON CONSTRAINT row_pkey DO UPDATE
          SET ${names
            .slice(1)
            .map((column) => `${column} = excluded.${column}`)
            .join(', ')};
      END $$;
      CREATE FUNCTION ${name}.remove(id int4, n int8) RETURNS void LANGUAGE plpgsql AS $$
      BEGIN
        DELETE FROM ${name}.row AS r WHERE r.id >= remove.id;
      END $$;`,
    migrations: version === 1 ? [] : [{ from: `${version - 1}.0.0`, sql: migration }],
  };
}

function valueFrom(type: string, parameter: string): string {
  return (TYPES[type] ?? 'NULL').replaceAll(/\bn\b/g, parameter);
}

/** The statements of a change, and the shape after it. */
function apply(table: string, shape: Shape, { name, type, isTogether, isFilled }: Change): [string, Shape] {
  const after = new Map(shape);
  const drop = after.delete(name) ? [`DROP COLUMN ${name}`] : [];
  if (type !== null) after.set(name, type);
  const actions = [...drop, ...(type === null ? [] : [`ADD COLUMN ${name} ${type}`])];
  if (actions.length === 0) return ['', after];
  const statements = (isTogether ? [actions.join(', ')] : actions).map(
    (each) => `ALTER TABLE ${table} ${each};`,
  );
  if (type !== null && type !== GENERATED && isFilled) {
    statements.push(
      `UPDATE ${table} AS r SET ${name} = (${valueFrom(type, '(r.id * 7)::int8')})::${type} WHERE r.id < 4;`,
    );
  }
  return [statements.join('\n'), after];
}

const RUNS = process.env['BUCORDO_THOROUGH'] === '1' ? 40 : 3;
let contracts = 0;

test('I8, I2: tables equal their newest history and what was there, through every change of their shape', async () => {
  await fc.assert(
    fc.asyncProperty(fc.array(step, { minLength: 6, maxLength: 12 }), async (steps) => {
      const name = `shape${++contracts}`;
      const table = `${name}.row`;
      let shape: Shape = new Map([['a', 'int4']]);
      let version = 1;
      expect(await twins.deploy(contractOf(name, version, shape, ''), null)).toMatchObject({
        status: 'active',
      });
      const snapshots = new Map<number, Snapshot>();
      for (const each of [{ kind: 'put', id: 1, n: 5 } as const, ...steps]) {
        if (each.kind === 'change') {
          const texts: string[] = [];
          for (const one of each.changes) {
            const [text, after] = apply(table, shape, one);
            texts.push(text);
            shape = after;
          }
          version += 1;
          const next = contractOf(name, version, shape, texts.join('\n'));
          expect(await twins.deploy(next, `${version - 1}.0.0`)).toMatchObject({
            status: 'active',
            reason: null,
          });
        } else {
          await twins.call(name, each.kind === 'put' ? 'put' : 'remove', { id: each.id, n: each.n });
        }
        const columns = ['base', ...shape.keys()];
        const rows = await twins.rowsOf(table, columns);
        snapshots.set(await twins.height(), { columns, rows });
        expect(await twins.newestVersions(table, columns)).toEqual(rows);
        if (each.kind === 'change') await expectHistory(table, columns, snapshots);
      }
      await expectHistory(table, ['base', ...shape.keys()], snapshots);
      await twins.expectEqual();
    }),
    { numRuns: RUNS },
  );
});

interface Snapshot {
  readonly columns: readonly string[];
  readonly rows: ColumnValues;
}

/** The table as of every height under the names of now; a name that was not there then has no values. */
async function expectHistory(
  table: string,
  columns: readonly string[],
  snapshots: ReadonlyMap<number, Snapshot>,
): Promise<void> {
  for (const [height, { rows }] of snapshots) {
    const expected = Object.entries(rows).map(([id, values]) => [
      id,
      Object.fromEntries(columns.map((column) => [column, values[column] ?? null])),
    ]);
    expect(await twins.rowsAt(table, columns, height)).toEqual(Object.fromEntries(expected));
  }
}
